"""The service behind a real socket, as `klarfall serve` opens it, and callers that write bytes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import uvicorn
from fastapi import FastAPI

from app.web.commands.serving import MANNER
from demo.postgres import free_port

HEAD = b"Host: fall.example\r\n"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back until the connection was closed, one response after the other."""

    responses: list[tuple[int, dict[str, str], bytes]]
    left_open: bool

    @property
    def statuses(self) -> list[int]:
        return [status for status, _, _ in self.responses]


class Quiet(uvicorn.Server):
    """Leaves the test runner its signals."""

    async def serve(self, sockets: object = None) -> None:
        await self._serve()


@asynccontextmanager
async def listening(app: FastAPI) -> AsyncIterator[int]:
    """The port."""
    port = free_port()
    server = Quiet(uvicorn.Config(app, port=port, lifespan="off", log_config=None, **MANNER))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    try:
        yield port
    finally:
        server.should_exit = True
        await serving


async def told(port: int, *pieces: bytes, seconds: float = 1.0, pause: float = 0.0) -> Heard:
    """Sends these bytes, a piece at a time, and listens until the end or for so long."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    parts: list[bytes] = []

    async def listen() -> None:
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                parts.append(part)

    listening_on = asyncio.create_task(listen())
    for number, piece in enumerate(pieces):
        await asyncio.sleep(pause if number else 0)
        if listening_on.done():
            break
        with suppress(ConnectionError):
            writer.write(piece)
            await writer.drain()
    done, _ = await asyncio.wait([listening_on], timeout=seconds)
    listening_on.cancel()
    writer.close()
    return Heard(list(_responses(b"".join(parts))), left_open=not done)


def _responses(stream: bytes) -> list[tuple[int, dict[str, str], bytes]]:
    found = []
    while stream:
        head, _, rest = stream.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        size = int(headers.get("content-length", len(rest)))
        found.append((int(first.split()[1]), headers, rest[:size]))
        stream = rest[size:]
    return found
