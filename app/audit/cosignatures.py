"""Cosignatures of witnesses (c2sp.org/tlog-cosignature, the Ed25519 kind, `cosignature/v1`).

A witness says by one: as of this time, this is the largest tree of this log I saw, and all I saw
before is its beginning.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.audit.notes import VerifierKey, signature_line, signatures_by, verify_signature
from app.audit.rejection import Rejected

_TIME_BYTES: Final = 8
_SIGNATURE_BYTES: Final = 64
_LAST_SECOND: Final = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())


@dataclass(frozen=True, slots=True)
class WitnessKey(VerifierKey):
    """The name and public key of a witness."""

    kind: ClassVar[bytes] = b"\x04"


@dataclass(frozen=True, slots=True, repr=False)
class Cosigner:
    """What a witness signs with."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> WitnessKey:
        return WitnessKey(self.name, self.private.public_key().public_bytes_raw())

    def line(self, text: str, *, at: datetime) -> str:
        """The signature line for a checkpoint's text."""
        seconds = int(at.timestamp())
        signature = self.private.sign(_message(text, seconds).encode())
        return signature_line(self.verifier, seconds.to_bytes(_TIME_BYTES) + signature)


def cosigned_at(note: str, key: WitnessKey) -> datetime | None:
    """When this witness cosigned the note, at the latest; None if it did not.

    A line of its key that does not verify rejects the note, as a log's own would.
    """
    text, signatures = signatures_by(note, key)
    times = [_opened(signature, text, key) for signature in signatures]
    return max(times, default=None)


def _opened(signature: bytes, text: str, key: WitnessKey) -> datetime:
    if len(signature) != _TIME_BYTES + _SIGNATURE_BYTES:
        raise Rejected("A cosignature is not as long as cosignatures are.")
    seconds = int.from_bytes(signature[:_TIME_BYTES])
    if seconds > _LAST_SECOND:
        raise Rejected("A cosignature is of a time that there is not.")
    verify_signature(signature[_TIME_BYTES:], _message(text, seconds), key)
    return datetime.fromtimestamp(seconds, UTC)


def _message(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"
