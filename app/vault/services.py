"""Key services: who holds the key that all others are wrapped with."""

import hmac
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes
from typing import Final, Protocol
from uuid import UUID

from app.vault import keywrap
from app.vault.sealing import KEY_BYTES, Address, DataKey, Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

_OPEN_TO_OTHERS: Final = 0o077
_FORM: Final = b"\x02"
_NUMBER_BYTES: Final = 4
_HEAD_BYTES: Final = len(_FORM) + _NUMBER_BYTES
_NO_ROW: Final = UUID(int=0)


class KeyService(Protocol):
    """Wraps and unwraps tenants' keys under a key that never leaves it.

    Raises Unavailable where it does not answer, and Unopenable for what it did not wrap, for
    this tenant, under a version it still has. Its key has versions, counted from 1.
    """

    @property
    def kept_seconds(self) -> float:
        """For how long what it unwrapped may be used before it is asked again."""

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        """Under the newest version."""

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes: ...

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        """The same keys under the newest version."""

    def version(self, wrapped: bytes) -> int:
        """Under which version it was wrapped. Raises Unopenable for what it did not wrap."""

    async def newest(self) -> int: ...

    async def rotate(self) -> int:
        """One more version, which is the newest from now on. Those before still unwrap."""

    async def index_key(self, tenant: TenantId) -> bytes:
        """The same for ever: what was indexed with it could not be found otherwise."""

    async def establish(self) -> None:
        """The first keys. Raises FileExistsError rather than replace any."""

    async def close(self) -> None: ...


class FileKeyService:
    """One file of 32 random bytes a version, from which keys are derived. For the demo only.

    The file is looked at in each call and read where it changed, so that a key service gone is
    noticed, and refused when others than its owner may read it.
    """

    kept_seconds: Final = 0.0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, ...], list[bytes]] | None = None

    @staticmethod
    def create(path: Path) -> None:
        """Raises FileExistsError rather than replace a key."""
        _write(path, token_bytes(KEY_BYTES))

    async def establish(self) -> None:
        self.create(self._path)

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        masters = self._masters()
        version = len(masters)
        sealed = _cipher(masters[-1], tenant).seal(key, _address(tenant, version))
        return _FORM + version.to_bytes(_NUMBER_BYTES, "big") + sealed

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        masters, version = self._masters(), self.version(wrapped)
        if not 1 <= version <= len(masters):
            raise Unopenable
        master = masters[version - 1]
        if len(wrapped) == keywrap.WRAPPED_BYTES:
            return keywrap.opened(_derived(master, tenant, b"wrap"), wrapped)
        return _cipher(master, tenant).open(wrapped[_HEAD_BYTES:], _address(tenant, version))

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        return [await self.wrap(tenant, await self.unwrap(tenant, each)) for each in wrapped]

    def version(self, wrapped: bytes) -> int:
        """The first release wrapped by RFC 5649, without a version: that is 1."""
        if len(wrapped) == keywrap.WRAPPED_BYTES:
            return 1
        if not wrapped.startswith(_FORM):
            raise Unopenable
        return int.from_bytes(wrapped[len(_FORM) : _HEAD_BYTES], "big")

    async def newest(self) -> int:
        return len(self._masters())

    async def rotate(self) -> int:
        """The versions before stay in the file: the index key comes from the first."""
        masters = [*self._masters(), token_bytes(KEY_BYTES)]
        beside = self._path.with_name(f"{self._path.name}.new")
        beside.unlink(missing_ok=True)
        _write(beside, b"".join(masters))
        beside.replace(self._path)
        return len(masters)

    async def index_key(self, tenant: TenantId) -> bytes:
        return _derived(self._masters()[0], tenant, b"index")

    async def close(self) -> None:
        """Nothing is held."""

    def _masters(self) -> list[bytes]:
        try:
            now = self._path.stat()
            if now.st_mode & _OPEN_TO_OTHERS:
                raise Unavailable("keys")
            state = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
            if self._read is not None and self._read[0] == state:
                return self._read[1]
            content = self._path.read_bytes()
        except OSError:
            raise Unavailable("keys") from None
        if not content or len(content) % KEY_BYTES:
            raise Unavailable("keys")
        masters = [content[at : at + KEY_BYTES] for at in range(0, len(content), KEY_BYTES)]
        self._read = state, masters
        return masters


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _derived(master: bytes, tenant: TenantId, use: bytes) -> bytes:
    return hmac.digest(master, b"klarfall " + use + b"\x00" + tenant.encode(), sha256)


def _cipher(master: bytes, tenant: TenantId) -> DataKey:
    return DataKey(_derived(master, tenant, b"tenant key"))


def _address(tenant: TenantId, version: int) -> Address:
    return Address(tenant, "tenant_keys.wrapped", _NO_ROW, version)
