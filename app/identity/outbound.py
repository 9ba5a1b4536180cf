"""The way out to a provider: no redirects, no proxy from the environment, five seconds, 64 KiB."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx2

from app.vocabulary.errors import Unavailable

SECONDS: Final = 5.0
MAX_BYTES: Final = 64 * 1024
TIMEOUT: Final = httpx2.Timeout(SECONDS)


class TooMuch(httpx2.TransportError):
    """A provider's answer that does not end where a provider's answer should."""


class _CappedStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        seen = 0
        async for part in self._stream:
            seen += len(part)
            if seen > MAX_BYTES:
                raise TooMuch("the answer is too long")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()


class CappedTransport(httpx2.AsyncBaseTransport):
    """One pool of connections, shared by every request to one provider."""

    def __init__(self) -> None:
        self._transport = httpx2.AsyncHTTPTransport(
            trust_env=False, limits=httpx2.Limits(max_connections=20)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # Compressed bytes would be counted before they unfold.
        request.headers["accept-encoding"] = "identity"
        response = await self._transport.handle_async_request(request)
        stream = response.stream
        if "content-encoding" in response.headers or not isinstance(stream, httpx2.AsyncByteStream):
            await response.aclose()
            raise TooMuch("an answer in a form that nobody asked for")
        response.stream = _CappedStream(stream)
        return response

    async def aclose(self) -> None:
        await self._transport.aclose()


@asynccontextmanager
async def answering() -> AsyncIterator[None]:
    """Whatever a provider does instead of answering in time is Unavailable."""
    try:
        async with asyncio.timeout(SECONDS):
            yield
    except (
        httpx2.HTTPError,
        httpx2.InvalidURL,
        TimeoutError,
        ValueError,
        TypeError,
        RecursionError,
    ):
        raise Unavailable("provider") from None


async def fetch(transport: httpx2.AsyncBaseTransport, url: str) -> bytes:
    """A document of the provider's, or Unavailable."""
    async with answering():
        client = httpx2.AsyncClient(transport=transport, timeout=TIMEOUT, trust_env=False)
        response = await client.get(url, headers={"accept": "application/json"})
        if response.status_code != httpx2.codes.OK:
            raise ValueError("not the document")
        return response.content
