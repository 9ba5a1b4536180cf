"""Where erasure is asked for, decided and held: by the person, and by the office."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.database.turns import in_turn
from app.identity import persons
from app.identity.machines import Machine
from app.identity.persons import Person
from app.legitimation.desk import actor_of
from app.legitimation.protection.protecting import oneself
from app.lifecycle import references, requests
from app.lifecycle.erasing import Eraser
from app.lifecycle.erasure_list import Line
from app.lifecycle.states import Decided, HoldStands
from app.vocabulary.erasures import AskedBy, Erasure, HoldGround, Refusal, State
from app.vocabulary.errors import NotFound, Unavailable
from app.vocabulary.ids import CaseId, MandateId, SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDesk:
    eraser: Eraser

    async def ask(self, person: Person, *, named: MandateId | None = None) -> tuple[Erasure, ...]:
        """For oneself, in all of one's cases. Asked again, it is the same request."""
        now = self.eraser.clock()
        async with self.eraser.database.transaction(person.tenant) as tx:
            await persons.still_signed_in(tx, person, now=now)
            own = await oneself(tx, person, named=named, now=now)
            subjects = {offer.grantor: offer.case for offer in own}
            return tuple(
                [
                    await self._ask(tx, person.tenant, who, actor_of(person), AskedBy.PERSON, case)
                    for who, case in sorted(subjects.items())
                ]
            )

    async def mine(self, person: Person, *, named: MandateId | None = None) -> tuple[Erasure, ...]:
        """How my requests stand, newest first."""
        async with self.eraser.database.transaction(person.tenant) as tx:
            own = await oneself(tx, person, named=named, now=self.eraser.clock())
            return await requests.of_persons(tx, person.tenant, {each.grantor for each in own})

    async def order(
        self, tx: AsyncSession, machine: Machine, who: UUID, case: CaseId | None
    ) -> Erasure:
        """Asked for by the office: what it no longer needs, or what came by letter."""
        return await self._ask(tx, machine.tenant, who, _client(machine), AskedBy.OFFICE, case)

    async def all(self, machine: Machine) -> tuple[Erasure, ...]:
        async with self.eraser.database.transaction(machine.tenant) as tx:
            return await requests.of_office(tx, machine.tenant)

    async def find(self, machine: Machine, request: UUID) -> Erasure:
        async with self.eraser.database.transaction(machine.tenant) as tx:
            return Erasure.of(await requests.find(tx, machine.tenant, request))

    async def decide(self, machine: Machine, request: UUID, refusal: Refusal | None) -> Erasure:
        """Approved without a refusal, and then carried out at once.

        The same decision again is no fault. Raises Decided for the other one, HoldStands where
        a legal hold stands, NotFound for a request that is not there.
        """
        tenant, now = machine.tenant, self.eraser.clock()
        if refusal is None and self.eraser.listed is None:
            raise Unavailable("erasure_list")
        async with self.eraser.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            row = await requests.find(tx, tenant, request)
            there = Erasure.of(row)
            if there.state is not State.REQUESTED:
                same = there.refusal is refusal if refusal else there.state is not State.REFUSED
                if not same:
                    raise Decided
            else:
                if refusal is None and await requests.held(tx, tenant, row.person_id) is not None:
                    raise HoldStands
                await requests.decide(tx, tenant, request, refusal=refusal, now=now)
                event = Event(
                    kind=EventKind.ERASURE_DECIDED,
                    at=now,
                    actor=_client(machine),
                    outcome=Outcome.REFUSED if refusal else Outcome.GRANTED,
                    subjects=(SubjectId(row.person_id),),
                    about=request,
                )
                await self.eraser.log.record(tx, tenant, event)
        if refusal is None:
            await self.eraser.carry_out(tenant, request)
        return await self.find(machine, request)

    async def hold(
        self,
        tx: AsyncSession,
        machine: Machine,
        who: UUID,
        case: CaseId | None,
        *,
        ground: HoldGround | None,
    ) -> None:
        """Sets a legal hold, or lifts it where there is no ground. Said again, nothing changes."""
        now = self.eraser.clock()
        if await requests.hold(tx, machine.tenant, who, ground=ground, now=now):
            event = Event(
                kind=EventKind.LEGAL_HOLD_CHANGED,
                at=now,
                actor=_client(machine),
                outcome=Outcome.WITHDRAWN if ground is None else Outcome.GRANTED,
                case=case,
                subjects=(SubjectId(who),),
            )
            await self.eraser.log.record(tx, machine.tenant, event)

    async def reopen(self, machine: Machine, case: str | None, person: str) -> None:
        """The office takes somebody up anew under an erased reference: as a new person.

        Raises NotFound where that reference is not shut.
        """
        listed = self.eraser.listed
        if listed is None:
            raise Unavailable("erasure_list")
        tenant, now = machine.tenant, self.eraser.clock()
        indexer = await self.eraser.vault.indexer(tenant)
        async with self.eraser.database.transaction(tenant) as tx:
            await in_turn(tx, tenant, "erasures")
            await self.eraser.catch_up(tx, tenant)
            which = references.whom(indexer, case, person)
            if not await references.reopen(tx, tenant, which):
                raise NotFound
            head = await asyncio.to_thread(
                listed.append, tenant, Line.REOPENED, person=None, whom=which, at=now
            )
            await self.eraser.move(tx, tenant, head)
            event = Event(kind=EventKind.REFERENCE_REOPENED, at=now, actor=_client(machine))
            await self.eraser.log.record(tx, tenant, event)

    async def _ask(  # noqa: PLR0913, PLR0917  # who, whose, by whom and where
        self,
        tx: AsyncSession,
        tenant: TenantId,
        who: UUID,
        actor: Actor,
        by: AskedBy,
        case: CaseId | None,
    ) -> Erasure:
        now = self.eraser.clock()
        indexer = await self.eraser.vault.indexer(tenant)
        whom = await references.whom_of(tx, indexer, tenant, who)
        found, made = await requests.ask(tx, tenant, who, whom=whom, by=by, now=now)
        if made:
            event = Event(
                kind=EventKind.ERASURE_REQUESTED,
                at=now,
                actor=actor,
                case=case,
                subjects=(SubjectId(who),),
                about=found.id,
            )
            await self.eraser.log.record(tx, tenant, event)
        return found


def _client(machine: Machine) -> Actor:
    return Actor(kind=ActorKind.CLIENT, client=machine.client_id)
