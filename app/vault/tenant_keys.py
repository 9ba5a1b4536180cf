"""One key for each tenant, in versions, wrapped by the key service.

What the service unwrapped is used for `kept_seconds` of its and then asked for again, so that
a service that is gone is noticed after that time at the latest. The wrapped form opens nothing
by itself and is kept for a minute, so that no question takes a statement more.
"""

import time
from collections.abc import Callable, Mapping
from secrets import token_bytes
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.commits import after_commit
from app.database.statements import Statement
from app.database.turns import alongside
from app.vault.sealing import KEY_BYTES, DataKey, Unopenable
from app.vault.services import KeyService
from app.vault.tables import TenantKeyRow
from app.vocabulary.ids import TenantId

TURN: Final = "tenant key"
_WRAPPED_SECONDS: Final = 60.0
_NEWEST: Final = "newest tenant key"

_FIND: Final = Statement(
    "SELECT version, wrapped FROM tenant_keys WHERE tenant = :tenant ORDER BY version DESC"
)


class TenantKeys:
    """The tenants' keys of one process."""

    def __init__(
        self, service: KeyService, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._service = service
        self._monotonic = monotonic
        self._wrapped: dict[TenantId, tuple[Mapping[int, bytes], float]] = {}
        # By what was unwrapped: a version that was rolled back is made anew, with another key.
        self._opened: dict[tuple[TenantId, bytes], tuple[DataKey, float]] = {}

    async def opened(self, tx: AsyncSession, tenant: TenantId, version: int) -> DataKey:
        """Raises Unopenable for a version there is not, Unavailable without the service."""
        now = self._monotonic()
        wrapped = await self._stored(tx, tenant, version)
        kept = self._opened.get((tenant, wrapped))
        if kept is not None and now < kept[1]:
            return kept[0]
        # Whoever wanted the ring it opens raises the alarm.
        key = DataKey(await self._service.unwrap(tenant, wrapped), alarm=lambda *_: None)
        if self._service.kept_seconds > 0:
            self._opened = {which: each for which, each in self._opened.items() if now < each[1]}
            self._opened[tenant, wrapped] = (key, now + self._service.kept_seconds)
        return key

    async def newest(self, tx: AsyncSession, tenant: TenantId) -> tuple[int, DataKey]:
        """The one to wrap with, made on first use; it stays the newest until `tx` ends."""
        known = tx.info.get((_NEWEST, tenant))
        if known is None:
            await alongside(tx, tenant, TURN)
            stored = await self._read(tx, tenant)
            if not stored:
                await self._make(tx, tenant)
                stored = await self._read(tx, tenant)
            if not stored:
                raise Unopenable
            known = tx.info[_NEWEST, tenant] = max(stored)
        version = int(known)
        return version, await self.opened(tx, tenant, version)

    async def _make(self, tx: AsyncSession, tenant: TenantId) -> None:
        wrapped = await self._service.wrap(tenant, token_bytes(KEY_BYTES))
        row = insert(TenantKeyRow).values(tenant=tenant, version=1, wrapped=wrapped)
        await tx.execute(row.on_conflict_do_nothing())

    async def _stored(self, tx: AsyncSession, tenant: TenantId, version: int) -> bytes:
        known, until = self._wrapped.get(tenant, ({}, 0.0))
        if self._monotonic() >= until or version not in known:
            known = await self._read(tx, tenant)
        try:
            return known[version]
        except KeyError:
            raise Unopenable from None

    async def _read(self, tx: AsyncSession, tenant: TenantId) -> Mapping[int, bytes]:
        """Kept once the transaction that read it is committed: it may have made it, and fail."""
        rows = await _FIND.rows(tx, {"tenant": tenant})
        found = {row.version: bytes(row.wrapped) for row in rows}
        until = self._monotonic() + _WRAPPED_SECONDS

        def keep() -> None:
            self._wrapped[tenant] = (found, until)

        after_commit(tx, keep)
        return found
