"""Where mandates are looked up and chosen. Put together once by `app.web`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.audit.log import Log
from app.database.engine import Database
from app.identity import persons
from app.identity.callers import Caller
from app.identity.persons import Person
from app.legitimation import mandates, objections
from app.legitimation.endings import ended_event
from app.legitimation.kinds import Effect
from app.legitimation.mandates import Mandate, Offer
from app.legitimation.objections import ActedFor, Objected
from app.legitimation.recording import GRANTEE_LABEL_COLUMN, LABEL_COLUMN
from app.legitimation.tables import MandateRow
from app.telemetry.spans import Stage, stage
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotLegitimated
from app.vocabulary.ids import CaseId, MandateId, SubjectId, TenantId
from app.vocabulary.levels import Assurance


@dataclass(frozen=True, slots=True, kw_only=True)
class LegitimationDesk:
    database: Database
    vault: Vault
    log: Log
    clock: Clock

    async def mandate(self, person: Person, case: CaseId, *, named: MandateId | None) -> Mandate:
        """The mandate this person acts under in this case now. See `mandates.establish`."""
        with stage(Stage.LEGITIMATION):
            async with self.database.transaction(person.tenant) as tx:
                return await mandates.establish(
                    tx, person, case, named=named or person.active_mandate, now=self.clock()
                )

    async def mandate_of(self, caller: Caller, case: CaseId, *, named: MandateId | None) -> Mandate:
        """The same for a caller not yet looked up: both in one transaction.

        A session's mandate is the one chosen in it. Raises NotLegitimated for another.
        """
        async with self.database.transaction(caller.tenant, by_key=True) as tx:
            now = self.clock()
            person = await caller.person(tx, now=now)
            if person.session is not None and named not in (None, person.active_mandate):
                raise NotLegitimated
            with stage(Stage.LEGITIMATION):
                return await mandates.establish(
                    tx, person, case, named=named or person.active_mandate, now=now
                )

    async def offers(self, person: Person) -> tuple[tuple[Offer, str | None], ...]:
        """What may be chosen, each with the name the office gave the one acted for.

        A password alone shows no name.
        """
        async with self.database.transaction(person.tenant) as tx:
            found = await mandates.offers(tx, person, now=self.clock())
            if person.assurance is Assurance.BASIC:
                return tuple((each, None) for each in found)
            return tuple([(each, await self._label(tx, person.tenant, each)) for each in found])

    async def about_me(self, person: Person) -> tuple[tuple[ActedFor, str | None], ...]:
        """Who may act for me, each by the name the office gave.

        A password alone is told nothing.
        """
        if person.assurance is Assurance.BASIC:
            return ()
        async with self.database.transaction(person.tenant) as tx:
            found = await objections.about(tx, person, now=self.clock())
            return tuple([(each, await self._name(tx, person.tenant, each)) for each in found])

    async def object_to(self, person: Person, mandate: MandateId) -> Objected:
        """One click of the represented person. See `objections.object_to`; also logged."""
        now = self.clock()
        async with self.database.transaction(person.tenant) as tx:
            await persons.still_signed_in(tx, person, now=now)
            objected = await objections.object_to(tx, person, mandate, now=now)
            await self.log.record(tx, person.tenant, _objected_event(person, objected, now))
            for each in objected.others:
                event = ended_event(each, actor_of(person), now)
                await self.log.record(tx, person.tenant, event)
            return objected

    async def require_offer(self, tx: AsyncSession, person: Person, mandate: MandateId) -> Offer:
        """Raises NotLegitimated for a mandate that is not this person's to choose."""
        for offer in await mandates.offers(tx, person, now=self.clock()):
            if offer.id == mandate:
                return offer
        raise NotLegitimated

    async def _label(self, tx: AsyncSession, tenant: TenantId, offer: Offer) -> str | None:
        wanted = select(col(MandateRow.sealed_label)).where(
            col(MandateRow.tenant) == tenant,
            col(MandateRow.id) == offer.id,
            col(MandateRow.version) == offer.version,
        )
        sealed = (await tx.execute(wanted)).scalar_one_or_none()
        if sealed is None:
            return None
        key = await self.vault.key(tx, tenant, offer.grantor)
        address = Address(tenant, LABEL_COLUMN, offer.id, offer.version)
        return key.open(bytes(sealed), address).decode()

    async def _name(self, tx: AsyncSession, tenant: TenantId, about: ActedFor) -> str | None:
        if about.sealed_grantee_label is None:
            return None
        key = await self.vault.key(tx, tenant, about.grantor)
        address = Address(tenant, GRANTEE_LABEL_COLUMN, about.id, about.version)
        return key.open(bytes(about.sealed_grantee_label), address).decode()


def actor_of(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, identity=person.identity, assurance=person.assurance)


def _objected_event(person: Person, objected: Objected, now: datetime) -> Event:
    ended = objected.effect is Effect.ENDED
    return Event(
        kind=EventKind.MANDATE_OBJECTED,
        at=now,
        actor=actor_of(person),
        outcome=Outcome.UNCHANGED
        if objected.repeated
        else Outcome.DONE
        if ended
        else Outcome.HANDED_OVER,
        case=objected.case,
        subjects=(SubjectId(objected.grantor),),
        mandate=objected.mandate,
        mandate_version=objected.version,
        hits=int(ended),
    )
