"""Signed notes and checkpoints (c2sp.org/signed-note, c2sp.org/tlog-checkpoint).

Ed25519 only. Anything a verifier could read in two ways is rejected.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import ClassVar, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from app.audit.rejection import Rejected
from app.audit.tree import HASH_BYTES

_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_DASH: Final = "— "
_MOST_BYTES: Final = 65_536
_FIRST_PRINTABLE: Final = " "


def unbase64(text: str) -> bytes:
    """Standard base64 in its one canonical spelling."""
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise Rejected("Something that should be base64 is not.") from None
    if b64encode(data).decode() != text:
        raise Rejected("Something is base64, but not as base64 is written.")
    return data


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """What a stranger needs to verify a log: its name and its public key."""

    kind: ClassVar[bytes] = _ED25519

    name: str
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or any(c.isspace() or c == "+" or c < _FIRST_PRINTABLE for c in self.name):
            raise Rejected("A key's name is empty, or has a space or a plus sign in it.")
        if len(self.public) != HASH_BYTES:
            raise Rejected("The verifier key is not an Ed25519 key.")

    @classmethod
    def parse(cls, vkey: str) -> Self:
        """From `name+keyid+base64`, the form of Go's `note` package."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        data = unbase64(encoded)
        if data[:1] != cls.kind:
            raise Rejected("The verifier key is not of the kind it should be.")
        key = cls(name, data[1:])
        if key.id.hex() != key_id:
            raise Rejected("The verifier key contradicts itself.")
        return key

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:_KEY_ID_BYTES]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A log's own key. Its name is the log's origin."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> VerifierKey:
        return VerifierKey(self.name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note: `text`, an empty line, the signature."""
        return f"{text}\n{signature_line(self.verifier, self.private.sign(text.encode()))}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log signs: that it had this root at this size."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Three lines and no more: extension lines are nothing our logs write."""
        origin, _, rest = text.partition("\n")
        size, _, encoded = rest.partition("\n")
        if not size.isascii() or not size.isdigit() or len(size) > len(str(2**63)):
            raise Rejected("The checkpoint does not say how large the log is.")
        checkpoint = cls(origin, int(size), unbase64(encoded.removesuffix("\n")))
        if len(checkpoint.root) != HASH_BYTES or checkpoint.text != text:
            raise Rejected("The checkpoint is not written as checkpoints are.")
        return checkpoint


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint in a note that `key` signed, for the log that bears the key's name."""
    checkpoint = Checkpoint.parse(open_note(note, key))
    if checkpoint.origin != key.name:
        raise Rejected("The checkpoint is of another log.")
    return checkpoint


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note that `key` signed.

    Lines of other keys are passed over, as the specification asks: witnesses sign too.
    A line of this key that does not verify rejects the note.
    """
    text, signatures = signatures_by(note, key)
    if not signatures:
        raise Rejected("The checkpoint is not signed by this log's key.")
    for signature in signatures:
        verify_signature(signature, text, key)
    return text


def signatures_by(note: str, key: VerifierKey) -> tuple[str, list[bytes]]:
    """The note's text, and what stands behind the key's id in each line of its name and id."""
    text, lines = _split(note)
    found = []
    for line in lines:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not name or "+" in name:
            raise Rejected("The note has a line that is no signature.")
        signature = unbase64(encoded)
        if name == key.name and signature[:_KEY_ID_BYTES] == key.id:
            found.append(signature[_KEY_ID_BYTES:])
    return text, found


def signature_line(key: VerifierKey, signature: bytes) -> str:
    return f"{_DASH}{key.name} {b64encode(key.id + signature).decode()}\n"


def _split(note: str) -> tuple[str, list[str]]:
    if len(note) > _MOST_BYTES or any(c < _FIRST_PRINTABLE and c != "\n" for c in note):
        raise Rejected("The note is too long, or has control characters in it.")
    text, gap, below = note.rpartition("\n\n")
    if not text or not gap or not below.endswith("\n"):
        raise Rejected("The note has no signatures.")
    return text + "\n", below.removesuffix("\n").split("\n")


@lru_cache(maxsize=64)
def _ed25519(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def verify_signature(signature: bytes, text: str, key: VerifierKey) -> None:
    try:
        _ed25519(key.public).verify(signature, text.encode())
    except (InvalidSignature, ValueError):
        raise Rejected("The signature on the checkpoint is wrong.") from None
