"""The edge of the service: what is checked before any route runs, and set on whatever leaves.

Plain ASGI, so that it also holds for streams, for unknown paths and for what fails. Whether what
came is a request at all is judged before, in `app.web.wire`.
"""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.vocabulary.errors import InvalidBody, TooLarge
from app.vocabulary.ids import random_id
from app.web.problems import REQUEST_ID, TooSlow, render_klarfall

CITIZEN_BYTES: Final = 16 * 1024
INTEGRATION_BYTES: Final = 1024 * 1024
HEADER_BYTES: Final = 8 * 1024
DEEPEST: Final = 32
# How long a body may take to be all here. A citizen's fits into a dozen packets.
CITIZEN_SECONDS: Final = 10.0
INTEGRATION_SECONDS: Final = 60.0
_INTEGRATION: Final = "/v1/integration/"
_TEXT: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_BODY_METHODS: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# Art. 32 GDPR, in headers. No inline script or style, nothing from elsewhere, framed by nobody.
SECURITY_HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "strict-transport-security": "max-age=31536000",
}


class Edge:
    """Gives each request an id, holds bodies to their limits, and sets the security headers.

    `form_targets` are origins a form of ours may lead to: the providers' logout pages.
    """

    def __init__(self, app: ASGIApp, *, form_targets: Iterable[str] = ()) -> None:
        self._app = app
        targets = " ".join(["'self'", *sorted(set(form_targets))])
        policy = SECURITY_HEADERS["content-security-policy"]
        self._headers = {
            **SECURITY_HEADERS,
            "content-security-policy": policy.replace(
                "form-action 'self'", f"form-action {targets}"
            ),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = random_id()
        scope[REQUEST_ID] = request_id
        begun = False

        async def noticed(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        outgoing = self._with_headers(scope, noticed, request_id)
        try:
            held = await _held_body(scope, receive)
            await self._app(scope, held, outgoing)
        except Exception as error:
            if begun:
                raise
            response = await render_klarfall(Request(scope), error)
            await response(scope, receive, outgoing)

    def _with_headers(self, scope: Scope, send: Send, request_id: UUID) -> Send:
        cacheable = scope["path"].startswith(("/log/", "/static/", "/.well-known/"))

        async def outgoing(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers["klarfall-request-id"] = str(request_id)
                if not cacheable:
                    headers["cache-control"] = "no-store"
            await send(message)

        return outgoing


async def _held_body(scope: Scope, receive: Receive) -> Receive:
    """The whole body, read within its limits, and judged before anybody parses it."""
    headers = Headers(scope=scope)
    if sum(len(k) + len(v) for k, v in scope["headers"]) > HEADER_BYTES:
        raise TooLarge
    if scope["method"] not in _BODY_METHODS:
        return receive
    limit, seconds = CITIZEN_BYTES, CITIZEN_SECONDS
    if scope["path"].startswith(_INTEGRATION):
        limit, seconds = INTEGRATION_BYTES, INTEGRATION_SECONDS
    try:
        async with asyncio.timeout(seconds):
            body = await _read(headers, receive, limit)
    except TimeoutError:
        raise TooSlow from None
    if scope["path"].startswith("/v1/") and body:
        _judge(headers, body)
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _read(headers: Headers, receive: Receive, limit: int) -> bytes:
    declared = headers.get("content-length")
    if declared is not None and (not declared.isdecimal() or int(declared) > limit):
        raise TooLarge
    parts: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise InvalidBody
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise TooLarge
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


def _judge(headers: Headers, body: bytes) -> None:
    """JSON, not deeper than any document of ours, no member twice, no half character."""
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in {"application/json", "application/merge-patch+json"}:
        raise InvalidBody
    if _depth(body) > DEEPEST:
        raise InvalidBody
    try:
        text = body.decode("utf-8")
        found = json.loads(text, object_pairs_hook=_no_member_twice, parse_constant=_no_constant)
        # Halves of characters and numbers past all bounds come out of escapes and exponents.
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise InvalidBody from None


def _depth(body: bytes) -> int:
    """Brackets open at once, at most. Those inside strings are text."""
    deepest = depth = 0
    for byte in _TEXT.sub(b"", body).translate(None, _NO_BRACKETS):
        if byte in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        else:
            depth -= 1
    return deepest


def _no_member_twice(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member is there twice")
    return found


def _no_constant(_name: str) -> object:
    raise ValueError("not a number")
