"""Sealing one value to one place.

Sealed form, version 1, in bytes: 1 version | 8 key commitment | 12 nonce | ciphertext and tag.
The cipher is AES-256-GCM. Its associated data is the address, so that a sealed value moved to
another row, column, tenant or version no longer opens. GCM does not commit to its key, so a
commitment derived from the key goes along and is checked first. It also says which version of
a key a value was sealed with, so that a key can be renewed while values are read.
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.vault.alarms import raise_alarm
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_COMMITMENT_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_MARK_BYTES: Final = len(_VERSION) + _COMMITMENT_BYTES
_HEADER_BYTES: Final = _MARK_BYTES + _NONCE_BYTES


class Unopenable(Unavailable):
    """A sealed value that was moved, altered or sealed with another key."""

    def __init__(self) -> None:
        super().__init__("keys")


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sealed value lives. `column` is `table.column`; `version` counts from 1."""

    tenant: TenantId
    column: str
    row: UUID
    version: int

    def associated_data(self) -> bytes:
        parts = (self.tenant.encode(), self.column.encode(), self.row.bytes, b"%d" % self.version)
        return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


class DataKey:
    """A key in use. It has no text form.

    Seals with its newest version, and opens what an older one sealed as long as that is there.
    `alarm` is told the tenant and column of what does not open.
    """

    __slots__ = ("_alarm", "_cipher", "_marks", "mark")

    def __init__(
        self, key: bytes, *older: bytes, alarm: Callable[[TenantId, str], None] = raise_alarm
    ) -> None:
        if any(len(each) != KEY_BYTES for each in (key, *older)):
            raise Unopenable
        self._alarm = alarm
        self._cipher = AESGCM(key)
        self.mark = _mark(key)
        self._marks = {self.mark: self._cipher} | {_mark(each): AESGCM(each) for each in older}

    def __repr__(self) -> str:
        return "<DataKey>"

    def seal(self, plaintext: bytes, address: Address) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        body = self._cipher.encrypt(nonce, plaintext, address.associated_data())
        return b"".join((self.mark, nonce, body))

    def open(self, sealed: bytes, address: Address) -> bytes:
        """Raises Unopenable for anything not sealed by this key for this very address."""
        mark = sealed[:_MARK_BYTES]
        for each, cipher in self._marks.items():
            if hmac.compare_digest(mark, each):
                nonce, body = sealed[_MARK_BYTES:_HEADER_BYTES], sealed[_HEADER_BYTES:]
                try:
                    return cipher.decrypt(nonce, body, address.associated_data())
                except (InvalidTag, ValueError):
                    break
        self._alarm(address.tenant, address.column)
        raise Unopenable


def _mark(key: bytes) -> bytes:
    """What a sealed value begins with: the form and the commitment to its key."""
    digest = hmac.digest(key, b"klarfall key commitment v1", sha256)
    return _VERSION + digest[:_COMMITMENT_BYTES]
