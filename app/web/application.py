"""What each worker process serves, set up from the environment."""

from fastapi import FastAPI

from app.web.main import create_app
from app.web.settings import Settings


def application() -> FastAPI:
    return create_app(Settings())
