"""Sealing one value to one place.

Sealed form, version 1, in bytes: 1 version | 8 key commitment | 12 nonce | ciphertext and tag.
The cipher is AES-256-GCM. Its associated data is the address, so that a sealed value moved to
another row, column, tenant or version no longer opens. GCM does not commit to its key, so a
commitment derived from the key goes along and is checked first.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

KEY_BYTES: Final = 32
_VERSION: Final = b"\x01"
_COMMITMENT_BYTES: Final = 8
_NONCE_BYTES: Final = 12
_HEADER_BYTES: Final = 1 + _COMMITMENT_BYTES + _NONCE_BYTES


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
    """A key in use. It has no text form."""

    __slots__ = ("_cipher", "_commitment")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise Unopenable
        self._cipher = AESGCM(key)
        self._commitment = hmac.digest(key, b"klarfall key commitment v1", sha256)[
            :_COMMITMENT_BYTES
        ]

    def __repr__(self) -> str:
        return "<DataKey>"

    def seal(self, plaintext: bytes, address: Address) -> bytes:
        nonce = token_bytes(_NONCE_BYTES)
        body = self._cipher.encrypt(nonce, plaintext, address.associated_data())
        return b"".join((_VERSION, self._commitment, nonce, body))

    def open(self, sealed: bytes, address: Address) -> bytes:
        """Raises Unopenable for anything not sealed by this key for this very address."""
        header, body = sealed[:_HEADER_BYTES], sealed[_HEADER_BYTES:]
        expected = _VERSION + self._commitment
        if not hmac.compare_digest(header[: len(expected)], expected):
            raise Unopenable
        try:
            return self._cipher.decrypt(header[len(expected) :], body, address.associated_data())
        except (InvalidTag, ValueError):
            raise Unopenable from None
