"""A small witness for the demonstration's logs (c2sp.org/tlog-witness), a process of its own.

    python -m demo.witness FOLDER PORT LOG_VKEY…

It keeps the last checkpoint it saw of each log in a file of its own, and cosigns a newer one only
with the proof that it continues that one. An office has somebody else run its witnesses, on
another machine: one beside the service shows how it goes, and guards against nothing.
"""

import json
import os
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.audit.cosignatures import Cosigner
from app.audit.notes import Checkpoint, VerifierKey, open_checkpoint, unbase64
from app.audit.rejection import Rejected
from app.audit.tree import verify_consistency

NAME: Final = "demo"
KEY_NAME: Final = "klarfall.example/demo-witness"
PREFIX: Final = "/witness"
_LARGEST: Final = 65_536
_MOST_STEPS: Final = 63
_SIZE: Final = "text/x.tlog.size"
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Answer:
    status: HTTPStatus
    body: str = ""
    kind: str = "text/plain"


@dataclass
class Witness:
    """`seen` is of each log the size and root that were cosigned last."""

    cosigner: Cosigner
    logs: dict[str, VerifierKey]
    memory: Path
    seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Raises ValueError for a memory that cannot be read: who forgot must not cosign."""
        if self.memory.exists():
            told = json.loads(self.memory.read_text("utf-8"))
            self.seen = {log: (int(size), str(root)) for log, (size, root) in told.items()}

    def add_checkpoint(self, body: str) -> Answer:
        """One of the answers that the specification has for each case."""
        above, gap, note = body.partition("\n\n")
        first, *steps = above.split("\n")
        key = self.logs.get(note.partition("\n")[0])
        word, _, digits = first.partition(" ")
        if not gap or word != "old" or not digits.isdecimal() or len(steps) > _MOST_STEPS:
            return Answer(HTTPStatus.BAD_REQUEST)
        if key is None:
            return Answer(HTTPStatus.NOT_FOUND)
        try:
            checkpoint = open_checkpoint(note, key)
        except Rejected:
            return Answer(HTTPStatus.FORBIDDEN)
        with self._one_at_a_time:
            return self._judged(checkpoint, int(digits), steps)

    def _judged(self, checkpoint: Checkpoint, old: int, steps: list[str]) -> Answer:
        size, root = self.seen.get(checkpoint.origin, (0, ""))
        if old > checkpoint.size:
            return Answer(HTTPStatus.BAD_REQUEST)
        if old != size:
            return Answer(HTTPStatus.CONFLICT, f"{size}\n", _SIZE)
        if size == checkpoint.size and size and root != checkpoint.root.hex():
            return Answer(HTTPStatus.CONFLICT)
        if steps and not size:
            return Answer(HTTPStatus.UNPROCESSABLE_ENTITY)
        if size:
            try:
                verify_consistency(
                    old_size=size,
                    new_size=checkpoint.size,
                    old_root=bytes.fromhex(root),
                    new_root=checkpoint.root,
                    proof=[unbase64(step) for step in steps],
                )
            except Rejected:
                return Answer(HTTPStatus.UNPROCESSABLE_ENTITY)
        self._remember(checkpoint)
        return Answer(HTTPStatus.OK, self.cosigner.line(checkpoint.text, at=datetime.now(UTC)))

    def _remember(self, checkpoint: Checkpoint) -> None:
        """On the disk before a word of it leaves: what is forgotten could be cosigned twice."""
        seen = {**self.seen, checkpoint.origin: (checkpoint.size, checkpoint.root.hex())}
        unfinished = self.memory.with_suffix(".new")
        with unfinished.open("w", encoding="utf-8") as stream:
            json.dump(seen, stream)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self.memory)
        self.seen = seen


def cosigner(folder: Path) -> Cosigner:
    """Its key, made once."""
    path = folder / "witness.pem"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Ed25519PrivateKey.generate()
        pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.touch(mode=0o600)
        path.write_bytes(pem)
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("the witness's key is of another kind")
    return Cosigner(KEY_NAME, key)


def write_policy(folder: Path, port: int | None = None) -> Path:
    """Who has to have cosigned (c2sp.org/tlog-policy); with a port, also where to ask for it."""
    vkey = cosigner(folder).verifier.vkey
    where = "" if port is None else f" http://{_HOST}:{port}{PREFIX}"
    path = folder / "policy"
    unfinished = path.with_suffix(".new")
    unfinished.write_text(f"witness {NAME} {vkey}{where}\nquorum {NAME}\n", "utf-8")
    unfinished.replace(path)
    return path


def forget(folder: Path) -> None:
    """For a demonstration whose database was made anew: its log begins again, and says so."""
    (folder / "seen.json").unlink(missing_ok=True)


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        answer = Answer(HTTPStatus.NOT_FOUND)
        if self.path == f"{PREFIX}/add-checkpoint":
            answer = Answer(HTTPStatus.BAD_REQUEST)
            if length.isdecimal() and int(length) <= _LARGEST:
                answer = self._said(self.rfile.read(int(length)))
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _said(self, body: bytes) -> Answer:
        try:
            return self.server.witness.add_checkpoint(body.decode())
        except UnicodeDecodeError:
            return Answer(HTTPStatus.BAD_REQUEST)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is its parent's
        """Silent: what it cosigned is in its memory."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, witness: Witness, port: int) -> None:
        super().__init__((_HOST, port), _Handler)
        self.witness = witness


def server(folder: Path, port: int, logs: list[str]) -> ThreadingHTTPServer:
    """Bound to its port, and not serving yet."""
    keys = [VerifierKey.parse(each) for each in logs]
    known = {key.name: key for key in keys}
    return _Server(Witness(cosigner(folder), known, folder / "seen.json"), port)


def main(arguments: list[str]) -> None:
    _, folder, port, *logs = arguments
    server(Path(folder), int(port), logs).serve_forever()


if __name__ == "__main__":
    main(sys.argv)
