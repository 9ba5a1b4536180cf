"""A data key's versions, wrapped together under one version of the tenant's key.

    1 form (0x02) | 4 version of the tenant's key | sealed: (4 version | 32 key), newest first

The sealed part is that of `app.vault.sealing`, addressed to the owner: a ring given to another
owner does not open. Before there were tenants' keys the key service wrapped a data key itself
(RFC 5649, 40 bytes); no ring is that short, and such a key counts as under version 0.
"""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from app.vault.alarms import raise_alarm
from app.vault.columns import Sealed
from app.vault.keywrap import WRAPPED_BYTES
from app.vault.sealing import KEY_BYTES, Address, DataKey, Unopenable
from app.vocabulary.ids import TenantId

DIRECT: Final = 0
_FORM: Final = b"\x02"
_NUMBER_BYTES: Final = 4
_HEAD_BYTES: Final = len(_FORM) + _NUMBER_BYTES
_ENTRY_BYTES: Final = _NUMBER_BYTES + KEY_BYTES
# What one version takes in all: form, number, mark, nonce, tag.
ONE_VERSION_BYTES: Final = _HEAD_BYTES + 9 + 12 + _ENTRY_BYTES + 16


class Ring:
    """The versions of one owner's data key, newest first. It has no text form."""

    __slots__ = ("versions",)

    def __init__(self, versions: tuple[tuple[int, bytes], ...]) -> None:
        if not versions:
            raise Unopenable
        self.versions = versions

    def __repr__(self) -> str:
        return "<Ring>"

    def key(self, alarm: Callable[[TenantId, str], None] = raise_alarm) -> DataKey:
        newest, *older = (key for _, key in self.versions)
        return DataKey(newest, *older, alarm=alarm)

    def with_newest(self, key: bytes) -> "Ring":
        return Ring(((self.versions[0][0] + 1, key), *self.versions))

    def newest_alone(self) -> "Ring":
        return Ring(self.versions[:1])


def tenant_version(wrapped: bytes) -> int:
    """Which version of the tenant's key opens it. Raises Unopenable for what is no ring."""
    if len(wrapped) == WRAPPED_BYTES:
        return DIRECT
    if len(wrapped) < ONE_VERSION_BYTES or not wrapped.startswith(_FORM):
        raise Unopenable
    return int.from_bytes(wrapped[len(_FORM) : _HEAD_BYTES], "big")


def wrap(ring: Ring, under: DataKey, *, version: int, tenant: TenantId, owner: UUID) -> bytes:
    entries = b"".join(number.to_bytes(_NUMBER_BYTES, "big") + key for number, key in ring.versions)
    sealed = under.seal(entries, Address(tenant, Sealed.DATA_KEYS, owner, version))
    return _FORM + version.to_bytes(_NUMBER_BYTES, "big") + sealed


def unwrap(wrapped: bytes, under: DataKey, *, tenant: TenantId, owner: UUID) -> Ring:
    version = tenant_version(wrapped)
    entries = under.open(wrapped[_HEAD_BYTES:], Address(tenant, Sealed.DATA_KEYS, owner, version))
    if len(entries) % _ENTRY_BYTES:
        raise Unopenable
    return Ring(
        tuple(
            (
                int.from_bytes(entries[start : start + _NUMBER_BYTES], "big"),
                entries[start + _NUMBER_BYTES : start + _ENTRY_BYTES],
            )
            for start in range(0, len(entries), _ENTRY_BYTES)
        )
    )
