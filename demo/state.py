"""The folder that the demo keeps between runs: keys, data, ports. Git ignores it."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.vault.services import FileKeyService
from demo import witness
from demo.keys import ensure_keys

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = Path(os.environ.get("KLARFALL_DEMO_FOLDER") or ROOT / ".demo")
TENANTS: Final = ("bergstrasse", "main-kinzig")
WITNESS: Final = "witness"


class Running(Exception):
    """Another process runs the demo from this folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a running demo answers."""

    url: str
    issuer: str
    pid: int

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """None where no demo runs from this folder."""
        try:
            with held(folder):
                return None
        except Running:
            pass
        try:
            return cls(**json.loads((folder / "place.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, folder: Path) -> None:
        write_private(folder / "place.json", json.dumps(asdict(self)).encode())


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """The folder for this process alone. Raises Running. A killed holder holds no longer."""
    folder.mkdir(mode=0o711, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Running from None
        yield
    finally:
        os.close(descriptor)


def ensure_secrets(folder: Path) -> None:
    """The keys of provider, clients, logs, witness and the file key service, each made once."""
    keys = folder / "keys"
    ensure_keys(keys)
    master = keys / "master.key"
    if not master.exists():
        FileKeyService.create(master)
    for tenant in TENANTS:
        signing = keys / f"log-{tenant}.pem"
        if not signing.exists():
            key = Ed25519PrivateKey.generate()
            write_private(
                signing, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            )
    if not (folder / WITNESS / "policy").exists():
        witness.write_policy(folder / WITNESS)


def write_private(path: Path, content: bytes) -> None:
    """Readable by its owner only, and never seen half written."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
    unfinished.replace(path)


def remembered_port(folder: Path, name: str) -> int | None:
    try:
        return int((folder / f"{name}.port").read_text())
    except (OSError, ValueError):
        return None


def remember_port(folder: Path, name: str, port: int) -> None:
    (folder / f"{name}.port").write_text(str(port))
