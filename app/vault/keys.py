"""Data keys: one per person, one per household, one per tenant's log.

Each is wrapped with its tenant's key, and that one by the key service.
"""

import hmac
import time
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.vault import rings
from app.vault.alarms import Alarms
from app.vault.columns import LOG_KEY_OWNER, Sealed
from app.vault.sealing import KEY_BYTES, DataKey, Unopenable
from app.vault.services import KeyService
from app.vault.tables import DataKeyRow
from app.vault.tenant_keys import TenantKeys
from app.vocabulary.ids import TenantId

INDEX_BYTES: Final = 16

_FIND: Final = Statement(
    "SELECT owner, wrapped FROM data_keys WHERE tenant = :tenant AND owner = ANY(:owners)"
)
_DESTROY: Final = Statement("SELECT destroy_data_keys(:tenant, :owners) AS destroyed")


class Vault:
    """Hands out data keys by owner. A key is unwrapped once a request and never kept across."""

    def __init__(
        self, service: KeyService, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._monotonic = monotonic
        self._tenants = TenantKeys(service, monotonic=monotonic)
        self._indexers: dict[TenantId, tuple[BlindIndexer, float]] = {}
        self.alarms = Alarms()

    async def keys(
        self, tx: AsyncSession, tenant: TenantId, owners: Iterable[UUID]
    ) -> dict[UUID, DataKey]:
        """The keys of these owners, in one statement. An owner without one is left out."""
        rows = await _FIND.rows(tx, {"tenant": tenant, "owners": list(owners)})
        return await self.unwrapped(tx, tenant, {row.owner: row.wrapped for row in rows})

    async def unwrapped(
        self, tx: AsyncSession, tenant: TenantId, wrapped: Mapping[UUID, bytes]
    ) -> dict[UUID, DataKey]:
        """The keys that were read beside what they open, by owner."""
        return {
            owner: (await self.ring(tx, tenant, owner, bytes(ring))).key(self.alarms.sound)
            for owner, ring in wrapped.items()
        }

    async def ring(
        self, tx: AsyncSession, tenant: TenantId, owner: UUID, wrapped: bytes
    ) -> rings.Ring:
        """All versions of a data key, for whoever renews it."""
        try:
            version = rings.tenant_version(wrapped)
            if version == rings.DIRECT:
                return rings.Ring(((1, await self._service.unwrap(tenant, wrapped)),))
            under = await self._tenants.opened(tx, tenant, version)
            return rings.unwrap(wrapped, under, tenant=tenant, owner=owner)
        except Unopenable:
            self.alarms.sound(tenant, Sealed.DATA_KEYS)
            raise

    async def wrapped(
        self, tx: AsyncSession, tenant: TenantId, owner: UUID, ring: rings.Ring
    ) -> bytes:
        """Under the newest version of the tenant's key."""
        version, under = await self._tenants.newest(tx, tenant)
        return rings.wrap(ring, under, version=version, tenant=tenant, owner=owner)

    async def key(self, tx: AsyncSession, tenant: TenantId, owner: UUID) -> DataKey:
        """The owner's key, made on first use.

        Two requests making it at once agree on one: the later reads the earlier's.
        """
        if known := await self.keys(tx, tenant, [owner]):
            return known[owner]
        ring = rings.Ring(((1, token_bytes(KEY_BYTES)),))
        wrapped = await self.wrapped(tx, tenant, owner, ring)
        await tx.execute(
            insert(DataKeyRow)
            .values(tenant=tenant, owner=owner, wrapped=wrapped)
            .on_conflict_do_nothing()
        )
        made = await self.keys(tx, tenant, [owner])
        if owner not in made:
            raise Unopenable
        return made[owner]

    async def destroy(self, tx: AsyncSession, tenant: TenantId, owners: Iterable[UUID]) -> int:
        """Deletes every version of these owners' keys. Returns how many owners had one.

        What they sealed cannot be opened again once `tx` is committed, but for what is left
        of the row elsewhere: in the write-ahead log, in the heap until it is vacuumed, in
        backups. The log's own key belongs to nobody and is never among them.
        """
        named = [owner for owner in owners if owner != LOG_KEY_OWNER]
        (row,) = await _DESTROY.rows(tx, {"tenant": tenant, "owners": named})
        return int(row.destroyed)

    async def indexer(self, tenant: TenantId) -> "BlindIndexer":
        now = self._monotonic()
        kept = self._indexers.get(tenant)
        if kept is not None and now < kept[1]:
            return kept[0]
        indexer = BlindIndexer(await self._service.index_key(tenant))
        if self._service.kept_seconds > 0:
            self._indexers[tenant] = (indexer, now + self._service.kept_seconds)
        return indexer

    async def ready(self, tenant: TenantId) -> None:
        """Raises Unavailable when the key service does not answer, whatever is kept of it."""
        await self._service.index_key(tenant)

    async def close(self) -> None:
        await self._service.close()


class BlindIndexer:
    """Turns a value into bytes that can be compared but not read back without the key."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "<BlindIndexer>"

    def index(self, kind: str, value: str) -> bytes:
        """Equal for values that differ in case, width or surrounding space only."""
        folded = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
        message = len(kind).to_bytes(1, "big") + kind.encode() + folded.encode()
        return hmac.digest(self._key, message, sha256)[:INDEX_BYTES]
