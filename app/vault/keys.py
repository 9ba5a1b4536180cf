"""Data keys: one per person, one per household, one per tenant's log."""

import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from hashlib import sha256
from secrets import token_bytes
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.vault.sealing import KEY_BYTES, DataKey, Unopenable
from app.vault.services import KeyService
from app.vault.tables import DataKeyRow
from app.vocabulary.ids import TenantId

INDEX_BYTES: Final = 16

_FIND: Final = Statement(
    "SELECT owner, wrapped FROM data_keys WHERE tenant = :tenant AND owner = ANY(:owners)"
)


class Vault:
    """Hands out data keys by owner. A key is unwrapped once a request and never kept across."""

    def __init__(self, service: KeyService) -> None:
        self._service = service

    async def keys(
        self, tx: AsyncSession, tenant: TenantId, owners: Iterable[UUID]
    ) -> dict[UUID, DataKey]:
        """The keys of these owners, in one statement. An owner without one is left out."""
        rows = await _FIND.rows(tx, {"tenant": tenant, "owners": list(owners)})
        return await self.unwrapped(tenant, {row.owner: row.wrapped for row in rows})

    async def unwrapped(
        self, tenant: TenantId, wrapped: Mapping[UUID, bytes]
    ) -> dict[UUID, DataKey]:
        """The keys that were read beside what they open, by owner."""
        return {
            owner: DataKey(await self._service.unwrap(tenant, bytes(key)))
            for owner, key in wrapped.items()
        }

    async def key(self, tx: AsyncSession, tenant: TenantId, owner: UUID) -> DataKey:
        """The owner's key, made on first use.

        Two requests making it at once agree on one: the later reads the earlier's.
        """
        if known := await self.keys(tx, tenant, [owner]):
            return known[owner]
        wrapped = await self._service.wrap(tenant, token_bytes(KEY_BYTES))
        await tx.execute(
            insert(DataKeyRow)
            .values(tenant=tenant, owner=owner, wrapped=wrapped)
            .on_conflict_do_nothing()
        )
        made = await self.keys(tx, tenant, [owner])
        if owner not in made:
            raise Unopenable
        return made[owner]

    async def indexer(self, tenant: TenantId) -> "BlindIndexer":
        return BlindIndexer(await self._service.index_key(tenant))

    async def ready(self, tenant: TenantId) -> None:
        """Raises Unavailable when the key service does not answer."""
        await self._service.index_key(tenant)


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
