"""Payloads sealed with a key that belongs to a tenant's log and to nothing else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.commits import after_commit
from app.database.numbering import highest
from app.database.statements import number_of
from app.vault.columns import LOG_KEY_OWNER
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey
from app.vocabulary.ids import EntryId, TenantId

_COLUMN: Final = "audit_payloads.sealed"
_VERSION: Final = 1
_KEPT_SECONDS: Final = 60


class Sealer(Protocol):
    """Seals a payload to its row, so that it opens nowhere else."""

    async def seal(
        self, tx: AsyncSession, tenant: TenantId, entry: EntryId, plaintext: bytes
    ) -> bytes: ...

    async def open(
        self, tx: AsyncSession, tenant: TenantId, entry: EntryId, sealed: bytes
    ) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """`connections`: the newest connection there was when it was read."""

    key: DataKey
    until: float
    connections: int


class VaultSealer:
    """The sealer in use: one key a tenant.

    Other keys are unwrapped anew for each request. This one belongs to no person, nobody's
    erasure waits for it, and every request needs it: it is kept for a minute, once the
    transaction that read or made it is committed. A key made in a transaction that failed
    is not in the database and must seal nothing. It is used over connections that were there
    when it was read: who has none any more holds no key that is in use (`app.vault.holders`).
    """

    def __init__(self, vault: Vault, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._vault = vault
        self._monotonic = monotonic
        self._kept: dict[TenantId, _Kept] = {}

    async def seal(
        self, tx: AsyncSession, tenant: TenantId, entry: EntryId, plaintext: bytes
    ) -> bytes:
        key = await self._key(tx, tenant)
        return key.seal(plaintext, Address(tenant, _COLUMN, entry, _VERSION))

    async def open(
        self, tx: AsyncSession, tenant: TenantId, entry: EntryId, sealed: bytes
    ) -> bytes:
        """Raises Unopenable for a payload that was moved, altered or sealed otherwise."""
        key = await self._key(tx, tenant)
        return key.open(sealed, Address(tenant, _COLUMN, entry, _VERSION))

    async def _key(self, tx: AsyncSession, tenant: TenantId) -> DataKey:
        kept, now = self._kept.get(tenant), self._monotonic()
        if kept is not None and now < kept.until and number_of(tx) <= kept.connections:
            return kept.key
        connections = highest()
        key = await self._vault.key(tx, tenant, LOG_KEY_OWNER)

        def keep() -> None:
            self._kept[tenant] = _Kept(key, now + _KEPT_SECONDS, connections)

        after_commit(tx, keep)
        return key
