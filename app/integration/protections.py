"""Protection of a person, ordered by the office."""

from dataclasses import dataclass

from app.audit.events import Actor, ActorKind
from app.database.engine import Database
from app.identity.machines import Machine
from app.legitimation import register
from app.legitimation.protection.protecting import ProtectionDesk
from app.legitimation.protection.protection import ProtectionGround


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionIntake:
    database: Database
    desk: ProtectionDesk

    async def put(
        self,
        machine: Machine,
        *,
        case: str,
        person: str,
        active: bool,
        ground: ProtectionGround | None,
    ) -> None:
        """Raises NotFound for a person or a case that is not there."""
        async with self.database.transaction(machine.tenant) as tx:
            case_id, person_id = await register.find_member(
                tx, machine.tenant, case_ref=case, person_ref=person
            )
            await self.desk.order(
                tx,
                machine.tenant,
                Actor(kind=ActorKind.CLIENT, client=machine.client_id),
                case=case_id,
                person=person_id,
                active=active,
                ground=ground,
            )
