"""The wire: one HTTP/1.1 connection, read strictly and not for ever (RFC 9112).

What two readers could take for two different requests is refused, so that nobody in front of us
can be made to disagree with us about where a request ends. A parser may be lenient there; we
have no client that needs it to be.
"""

import asyncio
import json
import re
from typing import Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from app.vocabulary.errors import InvalidBody
from app.web.edge import SECURITY_HEADERS

# From the first moment of a connection, or the first byte of its next request, to the last
# header; and for what is left of a body that was refused before it was all here.
SECONDS: Final = 10.0
LARGEST_HEAD: Final = 16 * 1024

_BARE: Final = re.compile(rb"(?<!\r)\n")
_LINE: Final = re.compile(rb"[A-Z]{1,20} (/[!-~]*|\*) HTTP/1\.[01]")
_ONCE: Final = frozenset({b"host", b"content-length", b"transfer-encoding"})
_STATUS: Final = 400


def unambiguous(head: bytes) -> bool:
    """Whether everybody reads this head, without its last empty line, as the same request.

    1. a request line of three words: a method, our own path or `*`, HTTP/1.0 or 1.1
    2. lines end in CR LF, and neither stands elsewhere (RFC 9112, 2.2)
    3. no line is folded, no name is set off from its colon (5.1, 5.2)
    4. `Host` and what says how long the body is are there once at most (3.2, 6.3)
    5. the body is framed in one way: a length in digits, or chunks and nothing else (6.1, 6.3)
    """
    line, *rest = head.split(b"\r\n")
    # 1
    if _LINE.fullmatch(line) is None:
        return False
    # 2
    if any(byte in head.replace(b"\r\n", b"") for byte in b"\r\n\0"):
        return False
    # 3
    fields = [(name.lower(), value.strip(b" \t")) for name, _, value in _split(rest)]
    if any(not name or name != name.strip() for name, _ in fields):
        return False
    # 4
    framing = [(name, value) for name, value in fields if name in _ONCE]
    found = dict(framing)
    if len(found) != len(framing):
        return False
    # 5
    length, coding = found.get(b"content-length"), found.get(b"transfer-encoding")
    if coding is not None:
        return length is None and coding.lower() == b"chunked" and line.endswith(b"1.1")
    return length is None or length.isdigit()


def _split(lines: list[bytes]) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b":") for line in lines]


class Strictly(h11.Connection):
    """Reads a request only where all would read the same."""

    def next_event(
        self,
    ) -> h11.Event | type[h11.NEED_DATA] | type[h11.PAUSED]:
        """Raises RemoteProtocolError for what is not one request beyond doubt."""
        before, _ = self.trailing_data
        if self.their_state is h11.IDLE:
            head, end, _ = before.partition(b"\r\n\r\n")
            if not unambiguous(head) if end else _BARE.search(before):
                raise h11.RemoteProtocolError("not one request beyond doubt")
        event = super().next_event()
        if isinstance(event, h11.EndOfMessage):
            after, _ = self.trailing_data
            read = before[: len(before) - len(after)]
            # Of a body in chunks: no fields after it, and its last line ends as lines do.
            if event.headers or (read and not read.endswith(b"\r\n")):
                raise h11.RemoteProtocolError("not the end of a body beyond doubt")
        return event


class Wire(H11Protocol):
    """What uvicorn serves each connection with."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = Strictly(h11.SERVER, LARGEST_HEAD)
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._unfinished and not self.transport.is_closing():
            self._wait()
        else:
            self._go_on()

    def connection_lost(self, exc: Exception | None) -> None:
        self._go_on()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's text is in one language
        """The problem of the contract, with the headers of every other, and then nothing more."""
        if self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            body = {"type": "about:blank", "title": InvalidBody.title_de, "status": _STATUS}
            content = json.dumps({**body, "code": InvalidBody.code}, ensure_ascii=False).encode()
            headers = {
                **SECURITY_HEADERS,
                "content-type": "application/problem+json",
                "content-language": "de",
                "content-length": str(len(content)),
                "cache-control": "no-store",
                "connection": "close",
            }
            for event in (
                h11.Response(status_code=_STATUS, headers=list(headers.items())),
                h11.Data(data=content),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    @property
    def _unfinished(self) -> bool:
        """A head that is not all here, or a body that nobody reads any more."""
        theirs, ours = self.conn.their_state, self.conn.our_state
        return theirs is h11.IDLE or (theirs is h11.SEND_BODY and ours is h11.DONE)

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = self.loop.call_later(SECONDS, self.transport.close)

    def _go_on(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
