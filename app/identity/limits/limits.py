"""How often: counted in PostgreSQL, so that all workers count together.

A window begins with the first permit taken and lasts its time; refusals do not make it longer.
Everybody is counted by a keyed hash: the table tells nothing about addresses or people, and its
rows go when their window is over.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Final, TypeAlias, final
from weakref import WeakValueDictionary

from sqlalchemy import delete, text
from sqlmodel import col
from starlette.requests import HTTPConnection

from app.database.engine import Database
from app.identity.limits.addresses import Network, address_of
from app.identity.limits.budgets import LOCAL_WHEN_AWAY, Allowance, Allowances, Budget, widest
from app.identity.persons import Person
from app.identity.tables import LimitRow
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotFound, RateLimited, Unavailable
from app.vocabulary.ids import TenantId

# No tenant's name begins like this: rows of the installation as a whole.
INSTALLATION: Final = TenantId("*")
PAUSE: Final = timedelta(minutes=1)
_MOST_LEASES: Final = 50_000

# One statement for the first permit, a further one and a refusal; `granted` says which it was.
_TAKE: Final = text("""
INSERT INTO limits AS l (tenant, key, used, granted, ends_at)
VALUES (:tenant, :key, :lease, :lease, :ends_at)
ON CONFLICT (tenant, key) DO UPDATE SET
  used = CASE WHEN l.ends_at <= :now THEN excluded.used
              ELSE l.used + GREATEST(0, LEAST(excluded.granted, :permits - l.used)) END,
  granted = CASE WHEN l.ends_at <= :now THEN excluded.granted
                 ELSE GREATEST(0, LEAST(excluded.granted, :permits - l.used)) END,
  ends_at = CASE WHEN l.ends_at <= :now THEN excluded.ends_at ELSE l.ends_at END
RETURNING granted, ends_at
""")

Wanted: TypeAlias = Mapping[Budget, str]
_Key: TypeAlias = tuple[TenantId, Budget, str]


@dataclass(slots=True)
class _Lease:
    """Permits this worker holds. None left after a refusal: then there is nothing to ask for."""

    left: int
    ends_at: datetime
    refused: bool = False


@final
class Limits:
    """`proxies` are our own, whose word on where a request comes from counts."""

    def __init__(
        self,
        *,
        database: Database,
        vault: Vault,
        clock: Clock,
        tenants: Mapping[TenantId, Allowances],
        proxies: Sequence[Network] = (),
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._tenants = tenants
        self._everybody = {b: widest(tenants, b) for b in LOCAL_WHEN_AWAY}
        self._proxies = tuple(proxies)
        self._leases: dict[_Key, _Lease] = {}
        # One worker asks once for all who wait; a lock nobody waits for is forgotten.
        self._turns: WeakValueDictionary[_Key, asyncio.Lock] = WeakValueDictionary()

    def address(self, connection: HTTPConnection) -> str:
        return address_of(connection, self._proxies)

    async def spend(self, tenant: TenantId, wanted: Wanted) -> None:
        """One permit of each budget, or none of any.

        Raises RateLimited with the seconds until the window that is used up ends, and
        Unavailable where that cannot be found out: nobody is let through uncounted.
        """
        taken: dict[Budget, str] = {}
        try:
            for budget, whose in wanted.items():
                await self._one(tenant, budget, whose)
                taken[budget] = whose
        except BaseException:
            self.restore(tenant, taken)
            raise

    async def spend_request(self, person: Person) -> None:
        """Whatever somebody signed in asks for. Signing in again changes nothing about it."""
        wanted = {Budget.PERSON_REQUESTS: str(person.identity)}
        if person.session is not None:
            wanted[Budget.SESSION_REQUESTS] = str(person.session)
        await self.spend(person.tenant, wanted)

    async def spend_question(self, person: Person) -> None:
        whose = str(person.identity)
        await self.spend(person.tenant, {Budget.QUESTIONS: whose, Budget.QUESTIONS_A_DAY: whose})

    async def spend_public_question(self, tenant: str, connection: HTTPConnection) -> None:
        """Raises NotFound for a tenant that is not served here."""
        if tenant not in self._tenants:
            raise NotFound
        await self.spend(TenantId(tenant), {Budget.PUBLIC_QUESTIONS: self.address(connection)})

    async def may_use_model(self, person: Person) -> bool:
        """Whether a model may be called for this person once more today (LLM10)."""
        office = Budget.MODEL_CALLS_OF_OFFICE
        try:
            await self.spend(
                person.tenant, {Budget.MODEL_CALLS: str(person.identity), office: person.tenant}
            )
        except RateLimited:
            return False
        return True

    def restore(self, tenant: TenantId, wanted: Wanted) -> None:
        """Permits that were not needed after all. This worker hands them out again."""
        now = self._clock()
        for budget, whose in wanted.items():
            lease = self._leases.get((tenant, budget, whose))
            if lease is not None and now < lease.ends_at:
                lease.left += 1

    async def sweep(self) -> None:
        """Deletes what is over: a hashed address is not kept longer than its window."""
        now = self._clock()
        self._forget(now)
        for tenant in (INSTALLATION, *self._tenants):
            async with self._database.transaction(tenant) as tx:
                await tx.execute(
                    delete(LimitRow).where(
                        col(LimitRow.tenant) == tenant, col(LimitRow.ends_at) <= now
                    )
                )

    async def run(self) -> None:
        """Sweeps once a minute, until cancelled."""
        while True:
            await asyncio.sleep(PAUSE.total_seconds())
            with suppress(Unavailable):
                await self.sweep()

    async def _one(self, tenant: TenantId, budget: Budget, whose: str) -> None:
        key = (tenant, budget, whose)
        if self._from_lease(key):
            return
        async with self._turns.setdefault(key, asyncio.Lock()):
            # Again where the window ended while the database answered: that refuses nobody.
            while not self._from_lease(key):
                lease = await self._taken(key)
                self._forget_if_many()
                before = self._leases.get(key)
                if before is not None and before.ends_at == lease.ends_at:
                    lease.left += before.left  # restored meanwhile
                self._leases[key] = lease

    def _from_lease(self, key: _Key) -> bool:
        """Raises RateLimited where this worker was told so and the window is not over."""
        lease = self._leases.get(key)
        now = self._clock()
        if lease is None or lease.ends_at <= now:
            return False
        if lease.left > 0:
            lease.left -= 1
            return True
        if lease.refused:
            raise RateLimited(_seconds(lease.ends_at - now))
        return False

    async def _taken(self, key: _Key) -> _Lease:
        tenant, budget, whose = key
        allowance = self._allowance(tenant, budget)
        now = self._clock()
        try:
            indexer = await self._vault.indexer(tenant)
            async with self._database.transaction(tenant) as tx:
                row = (
                    await tx.execute(
                        _TAKE,
                        {
                            "tenant": tenant,
                            "key": indexer.index(budget.value, whose),
                            "lease": allowance.lease,
                            "permits": allowance.permits,
                            "now": now,
                            "ends_at": now + allowance.window,
                        },
                    )
                ).one()
        except Unavailable:
            if budget not in LOCAL_WHEN_AWAY:
                raise
            return _Lease(allowance.permits, now + allowance.window, refused=True)
        return _Lease(row.granted, row.ends_at, refused=row.granted < allowance.lease)

    def _allowance(self, tenant: TenantId, budget: Budget) -> Allowance:
        """Raises Unavailable for a tenant nobody set limits for: that is no free pass."""
        if tenant == INSTALLATION:
            return self._everybody[budget]
        if tenant not in self._tenants:
            raise Unavailable("limits")
        return self._tenants[tenant][budget]

    def _forget_if_many(self) -> None:
        """Keeps memory bounded. A lease that is dropped is lost to its budget, never doubled."""
        if len(self._leases) >= _MOST_LEASES:
            self._forget(self._clock())
        if len(self._leases) >= _MOST_LEASES:
            self._leases.clear()

    def _forget(self, now: datetime) -> None:
        for key in [key for key, lease in self._leases.items() if lease.ends_at <= now]:
            del self._leases[key]


def _seconds(left: timedelta) -> int:
    return max(1, ceil(left.total_seconds()))
