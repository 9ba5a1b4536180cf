"""Where protection is set and lifted: by the person for themselves, and by the office."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, Event, EventKind, Outcome
from app.audit.log import Log
from app.database.engine import Database
from app.identity import persons
from app.identity.persons import Person
from app.legitimation import mandates
from app.legitimation.desk import actor_of
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import Offer
from app.legitimation.protection import protection
from app.legitimation.protection.protection import ProtectionGround, SetBy
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotLegitimated
from app.vocabulary.ids import CaseId, MandateId, PersonId, SubjectId, TenantId


async def oneself(
    tx: AsyncSession, person: Person, *, named: MandateId | None, now: datetime
) -> tuple[Offer, ...]:
    """The cases in which somebody acts for themselves, who does so now.

    Raises NotLegitimated for whoever has none, or has chosen or named a mandate for another:
    what is one's own alone is not shown while one acts for somebody else.
    """
    held = await mandates.offers(tx, person, now=now)
    own = tuple(offer for offer in held if offer.kind is MandateKind.SELF)
    if person.session is not None and named not in {None, person.active_mandate}:
        raise NotLegitimated
    chosen = named or person.active_mandate
    if not own or (chosen is not None and all(offer.id != chosen for offer in own)):
        raise NotLegitimated
    return own


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionDesk:
    database: Database
    vault: Vault
    log: Log
    clock: Clock

    async def by(self, person: Person, *, named: MandateId | None = None) -> frozenset[SetBy]:
        """Who protects this person now. Only for the person, acting for themselves."""
        async with self.database.transaction(person.tenant) as tx:
            own = await oneself(tx, person, named=named, now=self.clock())
            found = [await protection.set_by(tx, person.tenant, each.grantor) for each in own]
            return frozenset[SetBy]().union(*found)

    async def protect(
        self, person: Person, *, active: bool, named: MandateId | None = None
    ) -> None:
        """Sets or lifts it for oneself, in all of one's cases. Holds from the next look on.

        What the office set stays. Nobody else is told, neither now nor later.
        """
        now = self.clock()
        async with self.database.transaction(person.tenant) as tx:
            await persons.still_signed_in(tx, person, now=now)
            own = await oneself(tx, person, named=named, now=now)
            for offer in {each.grantor: each for each in own}.values():
                standing = await protection.set_by(tx, person.tenant, offer.grantor)
                if (SetBy.PERSON in standing) is active:
                    continue
                await protection.record(
                    tx,
                    person.tenant,
                    offer.grantor,
                    active=active,
                    source=SetBy.PERSON,
                    ground=None,
                    key=None,
                    now=now,
                )
                event = _changed(
                    actor_of(person), offer.case, offer.grantor, active=active, now=now
                )
                await self.log.record(tx, person.tenant, event)

    async def order(  # noqa: PLR0913  # an order has this many parts, each named
        self,
        tx: AsyncSession,
        tenant: TenantId,
        actor: Actor,
        *,
        case: CaseId,
        person: PersonId,
        active: bool,
        ground: ProtectionGround | None,
    ) -> None:
        """What the office sets or lifts; said again, it changes nothing.

        What the person set for themselves stays.
        """
        now = self.clock()
        key = await self.vault.key(tx, tenant, person)
        stands = SetBy.OFFICE in await protection.set_by(tx, tenant, person)
        if stands is active and ground == await protection.ground_of(tx, tenant, person, key):
            return
        await protection.record(
            tx,
            tenant,
            person,
            active=active,
            source=SetBy.OFFICE,
            ground=ground,
            key=key,
            now=now,
        )
        await self.log.record(tx, tenant, _changed(actor, case, person, active=active, now=now))


def _changed(actor: Actor, case: CaseId, person: PersonId, *, active: bool, now: datetime) -> Event:
    return Event(
        kind=EventKind.PROTECTION_CHANGED,
        at=now,
        actor=actor,
        outcome=Outcome.GRANTED if active else Outcome.WITHDRAWN,
        case=case,
        subjects=(SubjectId(person),),
    )
