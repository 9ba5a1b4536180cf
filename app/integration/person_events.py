"""What happened to a person, as the office was told."""

from dataclasses import dataclass
from datetime import datetime

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.database.engine import Database
from app.identity.machines import Machine
from app.integration import places
from app.integration.places import Place
from app.legitimation import life
from app.legitimation.endings import ended_event
from app.legitimation.life import LifeEvent
from app.vocabulary.dates import Clock
from app.vocabulary.errors import InvalidBody
from app.vocabulary.ids import SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonEventIntake:
    database: Database
    log: Log
    clock: Clock

    async def receive(
        self,
        machine: Machine,
        place: Place,
        event: LifeEvent,
        *,
        effective_at: datetime,
        received_at: datetime,
    ) -> int:
        """How many mandates ended by it. Holds from now on, whenever it was received.

        Raises NotFound for somebody not there, InvalidBody for what is yet to happen.
        """
        now, tenant = self.clock(), machine.tenant
        if not effective_at <= received_at <= now:
            raise InvalidBody
        actor = Actor(kind=ActorKind.CLIENT, client=machine.client_id)
        async with self.database.transaction(tenant) as tx:
            case, person = await places.find(tx, tenant, place)
            if event is LifeEvent.LEFT_HOUSEHOLD and case is None:
                raise InvalidBody
            ended = await life.happened(
                tx, tenant, person, event, case=case, effective_at=effective_at, now=now
            )
            told = Event(
                kind=EventKind.PERSON_EVENT_RECEIVED,
                at=now,
                actor=actor,
                case=case,
                subjects=(SubjectId(person),),
                hits=len(ended),
            )
            await self.log.record(tx, tenant, told)
            for each in ended:
                await self.log.record(tx, tenant, ended_event(each, actor, now))
        return len(ended)
