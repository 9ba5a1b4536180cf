"""The whole service behind a real socket, and those who come to it with tokens."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

import httpx2
import uvicorn

from demo.proofs import Holder
from tests.doubles.lying_provider import ORIGIN, LyingProvider
from tests.identity.forgeries import Bound, OfMachine
from tests.service import Whole

ME = "/v1/me"
SCHEMA = "/v1/integration/schema"


@dataclass(frozen=True)
class Door:
    """`bare`, `bound` and `machine` sign with the provider's one key, each its kind of token."""

    whole: Whole
    client: httpx2.AsyncClient

    @cached_property
    def holder(self) -> Holder:
        """Of the right key, with the nonce it was given last."""
        known = self.whole
        return Holder(known.liar.machine_key, lambda: known.clock().timestamp(), known_as=ORIGIN)

    @property
    def bare(self) -> LyingProvider:
        return self._liar(LyingProvider)

    @property
    def bound(self) -> LyingProvider:
        return self._liar(Bound)

    @property
    def machine(self) -> LyingProvider:
        return self._liar(OfMachine)

    async def call(
        self,
        path: str,
        authorization: str | None,
        *proofs: str,
        method: str = "GET",
        holder: Holder | None = None,
    ) -> httpx2.Response:
        """With these proofs as they are, or with those that the holder makes."""
        headers = [(b"dpop", each.encode("latin-1")) for each in proofs]
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        return await self.client.request(method, path, headers=headers, auth=holder)

    def _liar(self, kind: type[LyingProvider]) -> LyingProvider:
        known = self.whole.liar
        return kind(known.clock, key=known.key, machine_key=known.machine_key)


@asynccontextmanager
async def behind_a_socket(whole: Whole) -> AsyncIterator[Door]:
    # Named as TCP, for asyncio sends what is small at once only there: else 40 ms an answer.
    listening = socket.socket(proto=socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    config = uvicorn.Config(whole.app, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
            yield Door(whole, client)
    finally:
        server.should_exit = True
        await serving


def told(response: httpx2.Response) -> tuple[int, list[tuple[str, str]], dict[str, object]]:
    """All there is of an answer but the number of its request and the time of day."""
    headers = [
        (name, value)
        for name, value in response.headers.multi_items()
        if name not in {"klarfall-request-id", "date"}
    ]
    return response.status_code, sorted(headers), shape(response)


def shape(response: httpx2.Response) -> dict[str, object]:
    """All of the answer's body but the number of the request."""
    body = dict(response.json())
    assert body.pop("request") == response.headers["klarfall-request-id"]
    return body
