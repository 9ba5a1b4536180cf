"""From one key service to another, while everything runs.

For as long as it takes, the service that is left still opens what it wrapped, and the new one
wraps whatever is wrapped. Blind indexes were made with the index key of the first: that one goes
along, wrapped by the service in use, since what was indexed could not be found with another.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vault.progress import Level, Progress
from app.vault.rotation import REWRAPPED, TENANT_KEYS
from app.vault.sealing import KEY_BYTES, Unopenable
from app.vault.services import KeyService
from app.vocabulary.ids import TenantId

FORMER: Final = 0
_INDEX: Final = text("SELECT wrapped FROM index_keys WHERE tenant = :tenant")
_CARRY: Final = text(
    "INSERT INTO index_keys (tenant, wrapped) VALUES (:tenant, :anew) ON CONFLICT DO NOTHING"
)
_CARRY_ON: Final = text(
    "UPDATE index_keys SET wrapped = :anew WHERE tenant = :tenant AND wrapped = :old"
)
_DIRECT: Final = text(
    "SELECT count(*) FROM data_keys WHERE tenant = :tenant AND octet_length(wrapped) = 40"
)


@dataclass(frozen=True, slots=True)
class CarriedIndex:
    """A service, with the index keys that came along from another, where any did."""

    service: KeyService
    find: Callable[[TenantId], Awaitable[bytes | None]]

    @property
    def kept_seconds(self) -> float:
        return self.service.kept_seconds

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        return await self.service.wrap(tenant, key)

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        return await self.service.unwrap(tenant, wrapped)

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        return await self.service.rewrap(tenant, wrapped)

    def version(self, wrapped: bytes) -> int:
        return self.service.version(wrapped)

    async def newest(self) -> int:
        return await self.service.newest()

    async def rotate(self) -> int:
        return await self.service.rotate()

    async def index_key(self, tenant: TenantId) -> bytes:
        """Asks the service in either case: one that is away is noticed."""
        carried = await self.find(tenant)
        if carried is None:
            return await self.service.index_key(tenant)
        return await self.service.unwrap(tenant, carried)

    async def establish(self) -> None:
        await self.service.establish()

    async def close(self) -> None:
        await self.service.close()


@dataclass(frozen=True, slots=True)
class Both:
    """The service in use, and the one before it, which only opens what it wrapped itself.

    What that one wrapped counts as under version 0, so it is behind any version of the new.
    """

    service: KeyService
    before: KeyService

    @property
    def kept_seconds(self) -> float:
        return min(self.service.kept_seconds, self.before.kept_seconds)

    async def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        return await self.service.wrap(tenant, key)

    async def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        former = self.version(wrapped) == FORMER
        return await (self.before if former else self.service).unwrap(tenant, wrapped)

    async def rewrap(self, tenant: TenantId, wrapped: Sequence[bytes]) -> list[bytes]:
        """What the new one cannot open again is not handed out."""
        done = []
        for each in wrapped:
            key = await self.unwrap(tenant, each)
            anew = await self.service.wrap(tenant, key)
            if await self.service.unwrap(tenant, anew) != key:
                raise Unopenable
            done.append(anew)
        return done

    def version(self, wrapped: bytes) -> int:
        try:
            return self.service.version(wrapped)
        except Unopenable:
            self.before.version(wrapped)
            return FORMER

    async def newest(self) -> int:
        return await self.service.newest()

    async def rotate(self) -> int:
        return await self.service.rotate()

    async def index_key(self, tenant: TenantId) -> bytes:
        """Until it is carried along: what is indexed meanwhile must be found afterwards."""
        return await self.before.index_key(tenant)

    async def establish(self) -> None:
        await self.service.establish()

    async def close(self) -> None:
        await self.service.close()
        await self.before.close()


def carried(database: Database) -> Callable[[TenantId], Awaitable[bytes | None]]:
    """Looks it up until it is there; then it stays as it is while this service is in use."""
    known: dict[TenantId, bytes] = {}

    async def find(tenant: TenantId) -> bytes | None:
        if tenant not in known:
            async with database.transaction(tenant) as tx:
                found = (await tx.execute(_INDEX, {"tenant": tenant})).scalar_one_or_none()
            if found is None:
                return None
            known[tenant] = bytes(found)
        return known[tenant]

    return find


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Runs as the role that owns the tables. Interrupted and run again, it goes on."""

    database: Database
    both: Both
    tell: Callable[[Progress], None]

    async def run(self, tenants: Iterable[TenantId]) -> int:
        """Returns how many data keys only the former service opens, of the first release."""
        left = 0
        for tenant in tenants:
            await self._carry_index(tenant)
            await self._rewrap(tenant)
            async with self.database.transaction(tenant) as tx:
                left += int((await tx.execute(_DIRECT, {"tenant": tenant})).scalar_one())
        return left

    async def _carry_index(self, tenant: TenantId) -> None:
        async with self.database.transaction(tenant) as tx:
            found = (await tx.execute(_INDEX, {"tenant": tenant})).scalar_one_or_none()
        old = None if found is None else bytes(found)
        if old is not None and self.both.version(old) != FORMER:
            return
        if old is None:
            key = await self.both.before.index_key(tenant)
            anew = await self.both.service.wrap(tenant, key)
        else:
            (anew,) = await self.both.rewrap(tenant, [old])
            key = await self.both.unwrap(tenant, old)
        if len(key) != KEY_BYTES or await self.both.service.unwrap(tenant, anew) != key:
            raise Unopenable
        async with self.database.transaction(tenant) as tx:
            if old is None:
                await tx.execute(_CARRY, {"tenant": tenant, "anew": anew})
            else:
                await tx.execute(_CARRY_ON, {"tenant": tenant, "anew": anew, "old": old})
        self.tell(Progress(tenant=tenant, level=Level.SERVICE, what="index keys", done=1))

    async def _rewrap(self, tenant: TenantId) -> None:
        async with self.database.transaction(tenant) as tx:
            rows = (await tx.execute(TENANT_KEYS, {"tenant": tenant})).all()
        done = 0
        for row in rows:
            old = bytes(row.wrapped)
            if self.both.version(old) != FORMER:
                continue
            (anew,) = await self.both.rewrap(tenant, [old])
            values = {"anew": anew, "tenant": tenant, "version": row.version, "old": old}
            async with self.database.transaction(tenant) as tx:
                await tx.execute(REWRAPPED, values)
            done += 1
            self.tell(Progress(tenant=tenant, level=Level.SERVICE, what="tenant keys", done=done))
