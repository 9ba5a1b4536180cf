"""The way out to a provider: no redirects, no proxy from the environment, five seconds, 64 KiB."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx2

from app.identity.provider.addresses import LeadsElsewhere, Resolve, addresses, resolved
from app.identity.tokens.strict_json import strict_object
from app.vocabulary.errors import Unavailable

SECONDS: Final = 5.0
MAX_BYTES: Final = 64 * 1024
TIMEOUT: Final = httpx2.Timeout(SECONDS)

_JSON: Final = "application/json"
# RFC 9449, section 8.1, and no longer than a header of ours should be.
_NONCE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,512}", re.ASCII)


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
    """One pool of connections, shared by every request to one provider.

    Connects to an address that was checked; the certificate is held against the name (AP-09).
    """

    def __init__(self, resolve: Resolve = resolved) -> None:
        self._resolve = resolve
        self._transport = httpx2.AsyncHTTPTransport(
            trust_env=False, limits=httpx2.Limits(max_connections=20)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        # Compressed bytes would be counted before they unfold.
        request.headers["accept-encoding"] = "identity"
        response = await self._sent(request)
        stream = response.stream
        if "content-encoding" in response.headers or not isinstance(stream, httpx2.AsyncByteStream):
            await response.aclose()
            raise TooMuch("an answer in a form that nobody asked for")
        response.stream = _CappedStream(stream)
        return response

    async def _sent(self, request: httpx2.Request) -> httpx2.Response:
        """To the first address that takes a connection."""
        name = request.url.raw_host.decode("ascii")
        request.extensions = {**request.extensions, "sni_hostname": name}
        failure: httpx2.TransportError = LeadsElsewhere("nobody answers there")
        for address in await addresses(request.url, self._resolve):
            request.url = request.url.copy_with(host=address)
            try:
                return await self._transport.handle_async_request(request)
            except httpx2.ConnectError as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        await self._transport.aclose()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """What a provider's back channel says: an object of JSON.

    `nonce` is for the next proof; `said_at` is what its clock shows, where it says so.
    """

    status: int
    content: Mapping[str, object]
    nonce: str | None
    said_at: datetime | None

    def refused_as(self, error: str) -> bool:
        return httpx2.codes.is_client_error(self.status) and self.content.get("error") == error


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
        response = await client.get(url, headers={"accept": _JSON})
        if response.status_code != httpx2.codes.OK:
            raise ValueError("not the document")
        return response.content


async def post(
    transport: httpx2.AsyncBaseTransport,
    url: str,
    form: Mapping[str, str],
    *,
    headers: Mapping[str, str],
) -> Answer:
    """Raises what `answering` makes Unavailable of for anything but an object of JSON."""
    client = httpx2.AsyncClient(transport=transport, timeout=TIMEOUT, trust_env=False)
    response = await client.post(url, data=dict(form), headers={"accept": _JSON, **headers})
    if response.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise ValueError("not JSON")
    nonce = response.headers.get("dpop-nonce")
    if nonce is not None and _NONCE.fullmatch(nonce) is None:
        raise ValueError("not a nonce")
    return Answer(
        status=response.status_code,
        content=strict_object(response.content),
        nonce=nonce,
        said_at=_date(response.headers.get("date")),
    )


def _date(header: str | None) -> datetime | None:
    if header is None:
        return None
    said_at = parsedate_to_datetime(header)
    return said_at if said_at.tzinfo is not None else None
