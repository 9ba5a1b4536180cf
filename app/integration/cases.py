"""Taking in a case from the office's own system: judged whole, stored whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.audit.log import Log
from app.catalogue.conformity import Fault
from app.catalogue.document import CaseDocuments
from app.database.engine import Database
from app.identity.machines import Machine
from app.legitimation import endings
from app.legitimation.binding.matching import number_index
from app.legitimation.register import Newcomer, RegisteredCase, register_case
from app.lifecycle.references import refuse_erased
from app.policy.release import Needed
from app.records import filing
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import InvalidBody
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.json import Json


class CaseUnfit(InvalidBody):
    """The document does not fit the schema. `faults` say where and of what kind."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__()
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Filed:
    case: UUID
    version: int
    created: bool
    changed: bool
    persons: Mapping[str, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseIntake:
    database: Database
    vault: Vault
    log: Log
    clock: Clock
    documents: CaseDocuments

    async def put(
        self, machine: Machine, ref: str, document: Json, *, expected_version: int | None
    ) -> Filed:
        """The case under this reference becomes this document.

        The same document again changes nothing. Raises CaseUnfit before anything
        is stored, and Conflict when another version was expected.
        """
        if faults := self.documents.faults(document):
            raise CaseUnfit(faults)
        people, household = _parts(document)
        indexer = await self.vault.indexer(machine.tenant)
        now = self.clock()
        async with self.database.transaction(machine.tenant) as tx:
            await refuse_erased(
                tx,
                indexer,
                machine.tenant,
                case=ref,
                persons=[str(person["ref"]) for person in people],
            )
            registered = await register_case(
                tx,
                indexer,
                tenant=machine.tenant,
                ref=ref,
                digest=sha256(json.dumps(document, sort_keys=True).encode()).digest(),
                members=[_newcomer(person) for person in people],
                number_index=number_index(indexer, _text(household.get("household.number"))),
                expected_version=expected_version,
                now=now,
            )
            stored = 0
            if registered.changed:
                stored = await filing.replace(
                    tx,
                    self.vault,
                    tenant=machine.tenant,
                    case=registered.id,
                    values=_values(registered, people, household),
                )
            event = self._event(machine, registered, stored)
            await self.log.record(tx, machine.tenant, event)
            for each in await endings.leave(
                tx, machine.tenant, registered.id, registered.left, now=event.at
            ):
                await self.log.record(
                    tx, machine.tenant, endings.ended_event(each, event.actor, event.at)
                )
        return Filed(
            case=registered.id,
            version=registered.version,
            created=registered.changed and registered.version == 1,
            changed=registered.changed,
            persons=registered.persons,
        )

    def _event(self, machine: Machine, registered: RegisteredCase, stored: int) -> Event:
        return Event(
            kind=EventKind.CASE_PUSHED,
            at=self.clock(),
            actor=Actor(kind=ActorKind.CLIENT, client=machine.client_id),
            outcome=Outcome.DONE if registered.changed else Outcome.UNCHANGED,
            case=registered.id,
            subjects=tuple(SubjectId(p) for p in registered.persons.values()),
            hits=stored,
        )


def _parts(document: Json) -> tuple[list[dict[str, Json]], dict[str, Json]]:
    match document:
        case {"persons": list(people), "household": {"fields": dict(household)}}:
            return [person for person in people if isinstance(person, dict)], household
        case _:
            raise InvalidBody


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _newcomer(person: Mapping[str, Json]) -> Newcomer:
    fields = person["fields"]
    name = fields.get("person.name") if isinstance(fields, dict) else None
    born = fields.get("person.birth_date") if isinstance(fields, dict) else None
    named = name if isinstance(name, dict) else {}
    return Newcomer(
        ref=str(person["ref"]),
        role=str(person["role"]),
        given=str(named["given"]) if "given" in named else None,
        family=str(named["family"]) if "family" in named else None,
        birth_date=None if born is None else str(born),
    )


def _values(
    registered: RegisteredCase, people: list[dict[str, Json]], household: Mapping[str, Json]
) -> dict[Needed, Json]:
    values: dict[Needed, Json] = {
        (SubjectId(registered.id), FieldName(name)): value for name, value in household.items()
    }
    for person in people:
        subject = SubjectId(registered.persons[str(person["ref"])])
        fields = person["fields"]
        if isinstance(fields, dict):
            values |= {(subject, FieldName(name)): value for name, value in fields.items()}
    return values
