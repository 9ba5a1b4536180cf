"""Keys renewed while everything runs: the service's, a tenant's, or people's data keys.

Each level goes the same way: a new version that is used from then on, what is under the old
one brought under the new in batches, and the old version destroyed when nothing is left under
it and no transaction is open that may still need it. What was interrupted is taken up where it
stood, since what is left to do can be seen from the rows themselves; a version that is under
way is brought to its end before there is another.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.engine import Database
from app.database.turns import in_turn
from app.vault import holders, rings
from app.vault.guard import alone
from app.vault.keys import Vault
from app.vault.progress import Level, Progress
from app.vault.resealing import BATCH, walk
from app.vault.sealing import KEY_BYTES, Unopenable
from app.vault.services import KeyService
from app.vault.settling import settled
from app.vault.tenant_keys import TURN
from app.vocabulary.ids import TenantId

# As long as the key of a tenant's log is kept in a process (`app.audit.sealing`), and more.
KEPT_ACROSS_SECONDS: Final = 75.0

_Row: TypeAlias = Any  # Any: a textual statement has no types
TENANT_KEYS: Final = text(
    "SELECT version, wrapped FROM tenant_keys WHERE tenant = :tenant ORDER BY version"
)
_NEW_TENANT_KEY: Final = text(
    "INSERT INTO tenant_keys (tenant, version, wrapped) VALUES (:tenant, :version, :wrapped)"
)
REWRAPPED: Final = text(
    "UPDATE tenant_keys SET wrapped = :anew "
    "WHERE tenant = :tenant AND version = :version AND wrapped = :old"
)
_BESIDE: Final = (
    "(octet_length(wrapped) = 40 OR substring(wrapped FROM 2 FOR 4) <> CAST(:newest AS bytea))"
)
_COUNT_BESIDE: Final = text(
    f"SELECT count(*) FROM data_keys WHERE tenant = :tenant AND {_BESIDE}"  # noqa: S608 - our own
)
_RINGS_BESIDE: Final = text(
    f"SELECT owner, wrapped FROM data_keys WHERE tenant = :tenant AND {_BESIDE} "  # noqa: S608 - our own
    "AND owner > :after ORDER BY owner LIMIT :most FOR UPDATE"
)
_SET_RING: Final = text(
    "UPDATE data_keys SET wrapped = :wrapped WHERE tenant = :tenant AND owner = :owner"
)
_NEW_RING: Final = text(
    "UPDATE data_keys SET wrapped = :wrapped, created_at = clock_timestamp() "
    "WHERE tenant = :tenant AND owner = :owner"
)
_RETIRED: Final = text("DELETE FROM tenant_keys WHERE tenant = :tenant AND version < :newest")
_SINCE: Final = text(
    "SELECT min(created_at) FROM data_keys WHERE tenant = :tenant AND octet_length(wrapped) > :one"
)
_NOW: Final = text("SELECT clock_timestamp()")
_TO_RENEW: Final = text(
    "SELECT owner, wrapped FROM data_keys WHERE tenant = :tenant AND owner > :after "
    "AND octet_length(wrapped) <= :one AND created_at < :older "
    "ORDER BY owner LIMIT :most FOR UPDATE"
)
_UNDER_WAY: Final = text(
    "SELECT owner, wrapped FROM data_keys WHERE tenant = :tenant AND owner > :after "
    "AND octet_length(wrapped) > :one ORDER BY owner LIMIT :most FOR UPDATE"
)
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """Runs as the role that owns the tables: the app's may not change what is sealed."""

    database: Database
    service: KeyService
    tell: Callable[[Progress], None]
    kept_across_seconds: float = KEPT_ACROSS_SECONDS

    async def service_key(self, tenants: Iterable[TenantId]) -> int:
        """Returns how many tenants' keys were wrapped anew, under the newest version."""
        named = list(tenants)
        if not await self._under_older_service_key(named):
            await self.service.rotate()
        done = 0
        for tenant in named:
            for version, wrapped in await self._under_older_service_key([tenant]):
                (anew,) = await self.service.rewrap(tenant, [wrapped])
                values = {"anew": anew, "tenant": tenant, "version": version, "old": wrapped}
                async with self.database.transaction(tenant) as tx:
                    await tx.execute(REWRAPPED, values)
                done += 1
                self._tell(tenant, Level.SERVICE, "tenant keys", done)
        return done

    async def tenant_key(self, tenant: TenantId) -> int:
        """Returns how many data keys do not open, and stayed as they were."""
        async with alone(self.database, tenant) as guard:
            newest = await self._newest_tenant_key(tenant)
            stuck = await self._wrap_anew(tenant, newest)
            await settled(self.database, tenant, guard=guard)
            async with self.database.transaction(tenant) as tx:
                if await _beside(tx, tenant, newest) == 0:
                    await tx.execute(_RETIRED, {"tenant": tenant, "newest": newest})
            return stuck

    async def new_data_keys(self, tenant: TenantId, *, older_than: datetime | None = None) -> None:
        """Begins what `data_keys` ends, which waits after that: for all tenants at once."""
        async with alone(self.database, tenant):
            await self._begin(Vault(self.service), tenant, older_than, resuming=True)

    async def data_keys(self, tenant: TenantId, *, older_than: datetime | None = None) -> int:
        """Returns how many values do not open; their owners' older versions are kept."""
        async with alone(self.database, tenant) as guard:
            resumed, done, stuck = await self._round(tenant, guard, older_than, resuming=True)
            if resumed and not done:
                # What was under way cannot go on: that must not keep the others' keys old.
                _, _, stuck = await self._round(tenant, guard, older_than, resuming=False)
            return stuck

    async def _round(
        self, tenant: TenantId, guard: int, older_than: datetime | None, *, resuming: bool
    ) -> tuple[bool, int, int]:
        """Whether something was under way, how much was done, and how much does not open."""
        vault = Vault(self.service)
        resumed, done = await self._begin(vault, tenant, older_than, resuming=resuming)
        await holders.gone(
            self.database,
            tenant,
            kept_seconds=self.kept_across_seconds,
            one_version=rings.ONE_VERSION_BYTES,
            tell=lambda left: self._tell(tenant, Level.DATA, "waits for services, seconds", left),
        )
        while True:
            await settled(self.database, tenant, guard=guard)
            found = await walk(self.database, vault, tenant, self._values(tenant))
            done += found.resealed
            if found.clean:
                break
        await settled(self.database, tenant, guard=guard)
        done += await self._end(vault, tenant, keep=set(found.stuck))
        return resumed, done, found.stuck.total()

    async def _under_older_service_key(self, tenants: list[TenantId]) -> list[tuple[int, bytes]]:
        newest = await self.service.newest()
        found = []
        for tenant in tenants:
            async with self.database.transaction(tenant) as tx:
                rows = (await tx.execute(TENANT_KEYS, {"tenant": tenant})).all()
            found += [
                (int(row.version), bytes(row.wrapped))
                for row in rows
                if self.service.version(bytes(row.wrapped)) < newest
            ]
        return found

    async def _newest_tenant_key(self, tenant: TenantId) -> int:
        """A new version, unless what is there is not yet under the newest."""
        async with self.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, TURN)
            rows = (await tx.execute(TENANT_KEYS, {"tenant": tenant})).all()
            newest = int(rows[-1].version) if rows else 0
            if len(rows) > 1 or (rows and await _beside(tx, tenant, newest)):
                return newest
            wrapped = await self.service.wrap(tenant, token_bytes(KEY_BYTES))
            values = {"tenant": tenant, "version": newest + 1, "wrapped": wrapped}
            await tx.execute(_NEW_TENANT_KEY, values)
            return newest + 1

    async def _wrap_anew(self, tenant: TenantId, newest: int) -> int:
        vault, stuck = Vault(self.service), 0

        async def anew(tx: AsyncSession, row: _Row) -> bool:
            nonlocal stuck
            try:
                ring = await vault.ring(tx, tenant, row.owner, bytes(row.wrapped))
            except Unopenable:
                stuck += 1
                return False
            await _set(tx, vault, tenant, row.owner, ring)
            return True

        values = {"newest": newest.to_bytes(4, "big")}
        await self._each(tenant, Level.TENANT, "data keys", _RINGS_BESIDE, values, anew)
        return stuck

    async def _begin(
        self, vault: Vault, tenant: TenantId, older_than: datetime | None, *, resuming: bool
    ) -> tuple[bool, int]:
        """A new version for whoever has none yet that is as new as those under way."""
        values: dict[str, object] = {"one": rings.ONE_VERSION_BYTES}
        async with self.database.transaction(tenant) as tx:
            older = older_than or (await tx.execute(_NOW)).scalar_one()
            since = (await tx.execute(_SINCE, {"tenant": tenant, **values})).scalar_one()
        values["older"] = min(since, older) if resuming and since else older

        async def renew(tx: AsyncSession, row: _Row) -> bool:
            try:
                ring = await vault.ring(tx, tenant, row.owner, bytes(row.wrapped))
            except Unopenable:
                return False
            ring = ring.with_newest(token_bytes(KEY_BYTES))
            await _set(tx, vault, tenant, row.owner, ring, statement=_NEW_RING)
            return True

        done = await self._each(tenant, Level.DATA, "data keys", _TO_RENEW, values, renew)
        return since is not None, done

    async def _end(self, vault: Vault, tenant: TenantId, *, keep: set[UUID]) -> int:
        async def newest_alone(tx: AsyncSession, row: _Row) -> bool:
            if row.owner in keep:
                return False
            ring = await vault.ring(tx, tenant, row.owner, bytes(row.wrapped))
            await _set(tx, vault, tenant, row.owner, ring.newest_alone())
            return True

        values: dict[str, object] = {"one": rings.ONE_VERSION_BYTES}
        what = "older versions destroyed"
        return await self._each(tenant, Level.DATA, what, _UNDER_WAY, values, newest_alone)

    async def _each(  # noqa: PLR0913, PLR0917 - which keys, and what to do with each
        self,
        tenant: TenantId,
        level: Level,
        what: str,
        select: TextClause,
        values: Mapping[str, object],
        work: Callable[[AsyncSession, _Row], Awaitable[bool]],
    ) -> int:
        """In batches, each committed. Returns how many were worked on."""
        after, done = _FIRST, 0
        while True:
            asked = {**values, "tenant": tenant, "after": after, "most": BATCH}
            async with self.database.transaction(tenant) as tx:
                rows = (await tx.execute(select, asked)).all()
                for row in rows:
                    done += await work(tx, row)
            if not rows:
                return done
            after = rows[-1].owner
            self._tell(tenant, level, what, done)

    def _values(self, tenant: TenantId) -> Callable[[int], None]:
        """A walk goes through every column: what stands still is not told again."""
        told = 0

        def tell(done: int) -> None:
            nonlocal told
            if done > told:
                self._tell(tenant, Level.DATA, "values", done)
            told = done

        return tell

    def _tell(self, tenant: TenantId, level: Level, what: str, done: int) -> None:
        self.tell(Progress(tenant=tenant, level=level, what=what, done=done))


async def _beside(tx: AsyncSession, tenant: TenantId, newest: int) -> int:
    """Data keys that are under another version of the tenant's key, or under none."""
    values = {"tenant": tenant, "newest": newest.to_bytes(4, "big")}
    return int((await tx.execute(_COUNT_BESIDE, values)).scalar_one())


async def _set(  # noqa: PLR0913 - where, and what
    tx: AsyncSession,
    vault: Vault,
    tenant: TenantId,
    owner: UUID,
    ring: rings.Ring,
    *,
    statement: TextClause = _SET_RING,
) -> None:
    wrapped = await vault.wrapped(tx, tenant, owner, ring)
    await tx.execute(statement, {"wrapped": wrapped, "tenant": tenant, "owner": owner})
