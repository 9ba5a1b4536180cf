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

import metamorphic_log
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.cosignatures import Cosigner
from tests.doubles.loopback import Answer, Loopback


class Manner(StrEnum):
    """HONEST, or what else a witness may do instead of answering well."""

    HONEST = "honest"
    FAILING = "failing"
    ANOTHER_KEY = "another_key"
    GARBAGE = "garbage"
    ENDLESS = "endless"


@dataclass
class WitnessServer(Loopback):
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
        super().__init__()

    @property
    def url(self) -> str:
        return f"{super().url}/witness"

    @property
    def vkey(self) -> str:
        return self._cosigner.verifier.vkey

    def answer(self, path: str, body: bytes, encoding: str | None) -> Answer:
        if path != "/witness/add-checkpoint" or encoding is not None:
            return Answer(404)
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
            return self._judged(body.decode())

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
