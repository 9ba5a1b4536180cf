"""What each worker process serves, set up from the environment."""

import gc

from fastapi import FastAPI

from app.web.main import create_app
from app.web.settings import Settings


def application() -> FastAPI:
    """What is loaded once stays for good: the collector need not walk through it again."""
    app = create_app(Settings())
    gc.collect()
    gc.freeze()
    return app
