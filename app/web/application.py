"""What each worker process serves, set up from the environment."""

import gc
from threading import Thread

from fastapi import FastAPI

from app.redaction.recognisers import prepared
from app.web.main import create_app
from app.web.settings import Settings


def application() -> FastAPI:
    """What is loaded once stays for good: the collector need not walk through it again."""
    app = create_app(Settings())
    gc.collect()
    gc.freeze()
    # Beside the first requests, which need not wait for patterns that they have no use for.
    Thread(target=prepared, name="prepared", daemon=True).start()
    return app
