"""A witness as c2sp.org/tlog-witness has it, on a free port of this machine.

    with WitnessServer(logs=[vkey]) as witness:
        policy = f"witness w {witness.vkey} {witness.url}\\nquorum w\\n"

It shares no code with the service beyond signing: notes and proofs are judged by the Rust library
metamorphic-log. `seen` is what it cosigned last of each log; `asked` counts requests.
"""

import base64
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

import metamorphic_log
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.cosignatures import Cosigner


class Manner(StrEnum):
    """HONEST, or what else a witness may do instead of answering well."""

    HONEST = "honest"
    FAILING = "failing"
    ANOTHER_KEY = "another_key"
    GARBAGE = "garbage"
    ENDLESS = "endless"


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes = b""
    kind: str = "text/plain"


@dataclass
class WitnessServer:
    """Judges requests in `answer`, one at a time, as the specification asks."""

    logs: Iterable[str]
    name: str = "witness.example/w1"
    manner: Manner = Manner.HONEST
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: int = 0

    def __post_init__(self) -> None:
        self._vkeys = {vkey.partition("+")[0]: vkey for vkey in self.logs}
        self._cosigner = Cosigner(self.name, Ed25519PrivateKey.generate())
        self._one_at_a_time = threading.Lock()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/witness"

    @property
    def vkey(self) -> str:
        return self._cosigner.verifier.vkey

    def answer(self, body: str) -> Answer:
        with self._one_at_a_time:
            self.asked += 1
            match self.manner:
                case Manner.FAILING:
                    return Answer(500)
                case Manner.GARBAGE:
                    return Answer(200, b"\xff\xfe")
                case Manner.ENDLESS:
                    return Answer(200, b"x" * 1_000_000)
                case Manner.ANOTHER_KEY:
                    self._cosigner = Cosigner(self.name, Ed25519PrivateKey.generate())
                case Manner.HONEST:
                    pass
            return self._judged(body)

    def _judged(self, body: str) -> Answer:  # noqa: PLR0911 - one for each answer the specification has
        above, _, note = body.partition("\n\n")
        first, *steps = above.split("\n")
        origin = note.partition("\n")[0]
        old = int(first.removeprefix("old "))
        if origin not in self._vkeys:
            return Answer(404)
        try:
            head = metamorphic_log.checkpoint_verify(note, [self._vkeys[origin]])
        except metamorphic_log.VerifyError:
            return Answer(403)
        size, root = self.seen.get(origin, (0, b""))
        if old > head.size:
            return Answer(400)
        if old != size:
            return Answer(409, f"{size}\n".encode(), "text/x.tlog.size")
        if old == head.size and old and head.root != root:
            return Answer(409)
        if 0 < old < head.size:
            proof = [base64.b64decode(step) for step in steps]
            try:
                metamorphic_log.verify_consistency(old, head.size, proof, root, head.root)
            except metamorphic_log.VerifyError:
                return Answer(422)
        self.seen[origin] = (head.size, head.root)
        text = note.partition("\n\n")[0] + "\n"
        return Answer(200, self._cosigner.line(text, at=datetime.now(UTC)).encode())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, witness: WitnessServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.witness = witness


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        answer = Answer(404)
        if self.path == "/witness/add-checkpoint":
            answer = self.server.witness.answer(body)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is its parent's
        """Silent: what came is counted, not printed."""
