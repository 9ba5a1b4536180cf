"""A key service behind PKCS#11: a hardware security module, or SoftHSM.

Its AES keys cannot be taken out: they are sensitive and not extractable. Each version is one
object, all with the same label, told apart by CKA_ID. Wrapped form, in bytes: 1 form (0x03) |
4 version | 12 nonce | ciphertext and tag of AES-256-GCM with the tenant as associated data.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from typing import Final, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import (
    DataInvalid,
    DataLenRange,
    EncryptedDataInvalid,
    EncryptedDataLenRange,
    GeneralError,
    PKCS11Error,
)

from app.vault.commitment import committed, key_of
from app.vault.sealing import Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId

_T = TypeVar("_T")
_FORM: Final = b"\x03"
_NUMBER_BYTES: Final = 4
_HEAD_BYTES: Final = len(_FORM) + _NUMBER_BYTES
_NONCE_BYTES: Final = 12
_TAG_BITS: Final = 128
_SHORTEST: Final = _HEAD_BYTES + _NONCE_BYTES + _TAG_BITS // 8
_OPEN_TO_OTHERS: Final = 0o077
_SPOILT: Final = (DataInvalid, DataLenRange, EncryptedDataInvalid, EncryptedDataLenRange)
_INDEX_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSettings:
    """Where the token is. The PIN is read from its file each time a session is opened."""

    module: Path
    token: str
    pin_file: Path
    label: str = "klarfall"


class HardwareKeyService:
    """Calls block, so one thread makes them; its session is opened anew after any failure."""

    kept_seconds: Final = 10.0

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pkcs11")
        self._session: pkcs11.Session | None = None
        self._keys: dict[int, pkcs11.SecretKey] = {}
        self._index: pkcs11.SecretKey | None = None

    def __repr__(self) -> str:
        return "<HardwareKeyService>"

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        return await self._call(lambda: self._wrap(tenant, key))

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        version = self.version(wrapped)
        return await self._call(lambda: self._unwrap(tenant, version, wrapped))

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        def again() -> list[bytes]:
            return [
                self._wrap(tenant, self._unwrap(tenant, self.version(each), each))
                for each in wrapped
            ]

        return await self._call(again)

    def version(self, wrapped: bytes) -> int:
        if not wrapped.startswith(_FORM) or len(wrapped) < _SHORTEST:
            raise Unopenable
        return int.from_bytes(wrapped[len(_FORM) : _HEAD_BYTES], "big")

    async def newest(self) -> int:
        return await self._call(lambda: max(self._looked_up()))

    async def rotate(self) -> int:
        def renew() -> int:
            version = max(self._looked_up()) + 1
            self._generate(version)
            return version

        return await self._call(renew)

    async def index_key(self, tenant: TenantId) -> bytes:
        """Worked out in the token from a key of its own, which is never renewed."""

        def work_out() -> bytes:
            self._opened()
            if self._index is None:
                raise Unavailable("keys")
            message = b"klarfall index\x00" + tenant.encode()
            sign = self._index.sign  # type: ignore[attr-defined]  # given by what the key may do
            return bytes(sign(message, mechanism=Mechanism.SHA256_HMAC))

        return await self._call(work_out)

    async def establish(self) -> None:
        def make() -> None:
            if self._found(self._settings.label) or self._found(self._index_label):
                raise FileExistsError
            self._generate(1)
            self._writable().generate_key(
                KeyType.GENERIC_SECRET,
                256,
                label=self._index_label,
                id=_INDEX_VERSION.to_bytes(_NUMBER_BYTES, "big"),
                store=True,
                template={
                    Attribute.SENSITIVE: True,
                    Attribute.EXTRACTABLE: False,
                    Attribute.SIGN: True,
                    Attribute.VERIFY: False,
                },
            )
            self._forget()

        await self._call(make)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._forget)
        self._thread.shutdown()

    @property
    def _index_label(self) -> str:
        return f"{self._settings.label} index"

    async def _call(self, what: Callable[[], _T]) -> _T:
        def called() -> _T:
            try:
                return what()
            except (Unopenable, FileExistsError):
                raise
            except (PKCS11Error, OSError, ValueError, Unavailable):
                self._forget()
                raise Unavailable("keys") from None

        return await asyncio.get_running_loop().run_in_executor(self._thread, called)

    def _wrap(self, tenant: TenantId, key: bytes) -> bytes:
        version = max(self._opened())
        nonce = token_bytes(_NONCE_BYTES)
        encrypt = self._keys[version].encrypt  # type: ignore[attr-defined]  # given by what the key may do
        body = encrypt(
            committed(key),
            mechanism=Mechanism.AES_GCM,
            mechanism_param=GCMParams(nonce, tenant.encode(), _TAG_BITS),
        )
        return b"".join((_FORM, version.to_bytes(_NUMBER_BYTES, "big"), nonce, bytes(body)))

    def _unwrap(self, tenant: TenantId, version: int, wrapped: bytes) -> bytes:
        key = self._opened().get(version) or self._looked_up().get(version)
        if key is None:
            raise Unopenable
        nonce, body = wrapped[_HEAD_BYTES:][:_NONCE_BYTES], wrapped[_HEAD_BYTES + _NONCE_BYTES :]
        decrypt = key.decrypt  # type: ignore[attr-defined]  # given by what the key may do
        try:
            opened = decrypt(
                body,
                mechanism=Mechanism.AES_GCM,
                mechanism_param=GCMParams(nonce, tenant.encode(), _TAG_BITS),
            )
        except _SPOILT:
            raise Unopenable from None
        except GeneralError:
            # SoftHSM says no more than this of a wrong tag. A token that is away fails here, too.
            self._wrap(tenant, bytes(32))
            raise Unopenable from None
        return key_of(bytes(opened))

    def _opened(self) -> dict[int, pkcs11.SecretKey]:
        """The keys by version, in a session. Raises Unavailable where there are none."""
        if self._session is None:
            self._session = self._new_session()
            self._looked_up()
            index = self._found(self._index_label)
            self._index = index[0] if len(index) == 1 else None
        return self._keys

    def _looked_up(self) -> dict[int, pkcs11.SecretKey]:
        found = self._found(self._settings.label)
        self._keys = {int.from_bytes(key.id, "big"): key for key in found}
        if not self._keys or len(self._keys) != len(found):
            raise Unavailable("keys")
        return self._keys

    def _found(self, label: str) -> list[pkcs11.SecretKey]:
        wanted = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.LABEL: label}
        found = list(self._writable().get_objects(wanted))
        return [each for each in found if isinstance(each, pkcs11.SecretKey)]

    def _generate(self, version: int) -> None:
        self._writable().generate_key(
            KeyType.AES,
            256,
            label=self._settings.label,
            id=version.to_bytes(_NUMBER_BYTES, "big"),
            store=True,
            template={
                Attribute.SENSITIVE: True,
                Attribute.EXTRACTABLE: False,
                Attribute.ENCRYPT: True,
                Attribute.DECRYPT: True,
                Attribute.WRAP: False,
                Attribute.UNWRAP: False,
            },
        )

    def _writable(self) -> pkcs11.Session:
        if self._session is None:
            self._session = self._new_session()
        return self._session

    def _new_session(self) -> pkcs11.Session:
        """A module looks for its tokens when it is initialised, so a second try does that."""
        if self._settings.pin_file.stat().st_mode & _OPEN_TO_OTHERS:
            raise Unavailable("keys")
        pin = self._settings.pin_file.read_text("ascii").strip()
        library = pkcs11.lib(str(self._settings.module))
        try:
            return library.get_token(token_label=self._settings.token).open(user_pin=pin, rw=True)
        except PKCS11Error:
            library.reinitialize()
            return library.get_token(token_label=self._settings.token).open(user_pin=pin, rw=True)

    def _forget(self) -> None:
        session, self._session = self._session, None
        self._keys, self._index = {}, None
        if session is not None:
            with suppress(PKCS11Error):
                session.close()
