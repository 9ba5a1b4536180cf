"""How often one address may ask for anything at all, whoever is behind it.

Outside of the routes, so that it also counts what no route takes: unknown paths, tokens that do
not hold, forms without a session.
"""

from typing import Final

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from app.identity.limits.budgets import Budget
from app.identity.limits.limits import INSTALLATION, Limits

# What says nothing of anybody and works without a database: the probes of whoever keeps this
# running, and what every page is made of.
UNCOUNTED: Final = ("/healthz", "/readyz", "/static/", "/.well-known/")


class Throttle:
    """Raises RateLimited before any route runs; `app.web.edge` says so to the caller."""

    def __init__(self, app: ASGIApp, *, limits: Limits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(UNCOUNTED):
            address = self._limits.address(HTTPConnection(scope))
            await self._limits.spend(INSTALLATION, {Budget.ADDRESS_REQUESTS: address})
        await self._app(scope, receive, send)
