"""Applications and lying providers at real addresses on this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from email.utils import format_datetime
from socket import socket

import httpx2
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.doubles.lying_provider import LyingProvider


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def listening(app: ASGIApp, port: int) -> AsyncIterator[None]:
    """Says no `Date` by itself: the clocks here are the tests' own."""
    config = uvicorn.Config(
        app, port=port, lifespan="off", ws="none", log_config=None, date_header=False
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.should_exit = True
        await running


class AtHome:
    """A lying provider as an application."""

    def __init__(self, liar: LyingProvider) -> None:
        self._liar = liar

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while (message := await receive()).get("more_body", False):
            body += message["body"]
        request = httpx2.Request(
            scope["method"],
            f"{self._liar.issuer}{scope['raw_path'].decode()}",
            headers=scope["headers"],
            content=body + message.get("body", b""),
        )
        response = await self._liar.handle_async_request(request)
        # A client that is shown too much or kept waiting is gone before the end.
        headers = [(name.lower(), value) for name, value in response.headers.raw]
        date = format_datetime(self._liar.clock().astimezone(UTC), usegmt=True)
        headers.append((b"date", date.encode()))
        start = {"type": "http.response.start", "status": response.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": await response.aread()})


class Tab:
    """One browser, one tab. Cookies by hand: no client but a browser sends a Secure one to http."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    async def get(self, path: str) -> httpx2.Response:
        return self._keep(await self.client.get(path, headers=self.header))

    async def post(self, path: str, form: dict[str, str]) -> httpx2.Response:
        headers = {**self.header, "origin": str(self.client.base_url).rstrip("/")}
        return self._keep(await self.client.post(path, data=form, headers=headers))

    @property
    def header(self) -> dict[str, str]:
        pairs = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"cookie": pairs} if pairs else {}

    def _keep(self, response: httpx2.Response) -> httpx2.Response:
        for given in response.headers.get_list("set-cookie"):
            name, _, rest = given.partition("=")
            value = rest.partition(";")[0].strip('"')
            self.cookies.pop(name, None)
            if value:
                self.cookies[name] = value
        return response
