"""Key services: who holds the key that all others are wrapped with."""

import hmac
import os
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final, Protocol

from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from app.vault.sealing import KEY_BYTES, Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

_OPEN_TO_OTHERS: Final = 0o077


class KeyService(Protocol):
    """Wraps and unwraps keys under a key that never leaves it (RFC 5649)."""

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes: ...

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes: ...

    async def index_key(self, tenant: TenantId) -> bytes: ...


class FileKeyService:
    """One file of 32 random bytes, from which a key per tenant is derived. For the demo only.

    The file is read at each call, so that a key service gone is noticed, and
    refused when others than its owner may read it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    @staticmethod
    def create(path: Path) -> None:
        """Raises FileExistsError rather than replace a key."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(token_bytes(KEY_BYTES))

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        return aes_key_wrap_with_padding(self._derived(tenant, b"wrap"), key)

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap_with_padding(self._derived(tenant, b"wrap"), wrapped)
        except (InvalidUnwrap, ValueError):
            raise Unopenable from None

    async def index_key(self, tenant: TenantId) -> bytes:
        return self._derived(tenant, b"index")

    def _derived(self, tenant: TenantId, use: bytes) -> bytes:
        return hmac.digest(self._read(), b"klarfall " + use + b"\x00" + tenant.encode(), sha256)

    def _read(self) -> bytes:
        try:
            if self._path.stat().st_mode & _OPEN_TO_OTHERS:
                raise Unavailable("keys")
            master = self._path.read_bytes()
        except OSError:
            raise Unavailable("keys") from None
        if len(master) != KEY_BYTES:
            raise Unavailable("keys")
        return master
