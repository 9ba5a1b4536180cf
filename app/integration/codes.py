"""Activation codes and bindings, as the office that knows the people sees them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.audit.log import Log
from app.database.engine import Database
from app.identity.machines import Machine
from app.integration import places
from app.integration.places import Place
from app.legitimation.binding import activation, bindings
from app.legitimation.binding.activation import Channel, Issued, IssuedCode
from app.legitimation.binding.binding_desk import ended_event
from app.legitimation.binding.bindings import EndedBy
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import CaseId, PersonId, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeIntake:
    database: Database
    log: Log
    clock: Clock

    async def issue(
        self, machine: Machine, place: Place, channel: Channel = Channel.POST
    ) -> IssuedCode:
        """A fresh activation code for this person. Raises NotFound for one not there."""
        now = self.clock()
        tenant = machine.tenant
        async with self.database.transaction(tenant) as tx:
            case, person = await places.find(tx, tenant, place)
            code = await activation.issue(
                tx, tenant, person=person, case=case, channel=channel, now=now
            )
            event = _event(machine, code.about.id, person, case, now)
            await self.log.record(tx, tenant, event)
        return code

    async def of_person(self, machine: Machine, place: Place) -> Sequence[Issued]:
        """What became of this person's codes. Raises NotFound for one not there."""
        async with self.database.transaction(machine.tenant) as tx:
            _, person = await places.find(tx, machine.tenant, place)
            return await activation.of_person(tx, machine.tenant, person, now=self.clock())

    async def find(self, machine: Machine, code: UUID) -> Issued:
        async with self.database.transaction(machine.tenant) as tx:
            return await activation.find(tx, machine.tenant, code, now=self.clock())

    async def withdraw(self, machine: Machine, code: UUID) -> None:
        """Raises NotFound for one not there, Conflict for one that was used."""
        now = self.clock()
        async with self.database.transaction(machine.tenant) as tx:
            withdrawn = await activation.withdraw(tx, machine.tenant, code, now=now)
            if withdrawn is not None:
                event = _event(machine, code, *withdrawn, now, Outcome.WITHDRAWN)
                await self.log.record(tx, machine.tenant, event)

    async def unbind(self, machine: Machine, place: Place) -> None:
        """Whoever is bound to this person is so no longer, and is signed out.

        Raises NotFound for a person who is not there or to whom nobody is bound.
        """
        now = self.clock()
        async with self.database.transaction(machine.tenant) as tx:
            _, person = await places.find(tx, machine.tenant, place)
            ended = await bindings.end(tx, machine.tenant, person, by=EndedBy.OFFICE, now=now)
            if ended is None:
                raise NotFound
            await self.log.record(
                tx, machine.tenant, ended_event(ended, actor=_actor(machine), now=now)
            )


def _actor(machine: Machine) -> Actor:
    return Actor(kind=ActorKind.CLIENT, client=machine.client_id)


def _event(  # noqa: PLR0913, PLR0917 - what an event has
    machine: Machine,
    code: UUID,
    person: PersonId,
    case: CaseId | None,
    now: datetime,
    outcome: Outcome = Outcome.DONE,
) -> Event:
    """A code that is withdrawn is told as its issue taken back."""
    return Event(
        kind=EventKind.ACTIVATION_CODE_ISSUED,
        at=now,
        actor=_actor(machine),
        outcome=outcome,
        case=case,
        subjects=(SubjectId(person),),
        about=code,
    )
