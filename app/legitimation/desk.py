"""Where mandates are looked up, chosen and tied to identities. Put together once by `app.web`."""

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
from app.legitimation import activation, mandates
from app.legitimation.activation import Bound
from app.legitimation.mandates import Mandate, Offer
from app.legitimation.recording import LABEL_COLUMN
from app.legitimation.tables import MandateRow
from app.telemetry.spans import Stage, stage
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotFound, NotLegitimated
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
        async with self.database.transaction(caller.tenant) as tx:
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

    async def bind(self, person: Person, code: str) -> Bound:
        """Ties the identity to the person the code was sent to. Raises NotFound, also logged."""
        now = self.clock()
        try:
            async with self.database.transaction(person.tenant) as tx:
                await persons.still_signed_in(tx, person, now=now)
                bound = await activation.redeem(tx, person, code, now=now)
                await self.log.record(tx, person.tenant, _bound_event(person, bound, now))
                return bound
        except NotFound:
            async with self.database.transaction(person.tenant) as tx:
                await self.log.record(tx, person.tenant, _refused_event(person, now))
            raise

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


def actor_of(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, identity=person.identity, assurance=person.assurance)


def _bound_event(person: Person, bound: Bound, now: datetime) -> Event:
    return Event(
        kind=EventKind.BINDING_CREATED,
        at=now,
        actor=actor_of(person),
        case=bound.case,
        subjects=(SubjectId(bound.person),),
        mandate=bound.mandate,
        mandate_version=None if bound.mandate is None else 1,
    )


def _refused_event(person: Person, now: datetime) -> Event:
    return Event(
        kind=EventKind.BINDING_REFUSED, at=now, actor=actor_of(person), outcome=Outcome.REFUSED
    )
