"""An entry's payload, read: ids, words of closed sets, counts and citations, and nothing else."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias
from uuid import UUID

from app.audit.canonical import Json
from app.audit.events import ActorKind, EventKind, Outcome
from app.audit.leaves import SALT_BYTES
from app.vocabulary.dates import BERLIN
from app.vocabulary.ids import EntryId
from app.vocabulary.levels import Form, Purpose

Told: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class DecidedField:
    """What was decided on one field of one subject."""

    subject: str
    field: str
    to_person: bool
    to_model: Form
    basis: str | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One entry. `payload` is all of it; the rest is what is searched and counted by."""

    index: int
    entry: EntryId
    at: datetime
    event: EventKind
    actor: ActorKind
    identity: str | None
    client: str | None
    outcome: Outcome
    case: str | None
    mandate: str | None
    purpose: Purpose | None
    subjects: frozenset[str]
    decisions: tuple[DecidedField, ...]
    about: str | None
    hits: int
    policy: str
    payload: Told

    @property
    def day(self) -> date:
        return self.at.astimezone(BERLIN).date()

    @property
    def who(self) -> str | None:
        """The account or the program; None for the service itself."""
        return self.identity or self.client

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(each.field for each in self.decisions)

    @property
    def persons(self) -> frozenset[str]:
        """Whom it is about, by their ids."""
        return self.subjects | {each.subject for each in self.decisions}


def line(index: int, entry: UUID, opened: bytes) -> Line:
    """From what was sealed. Raises ValueError for what no version of ours ever wrote."""
    payload = json.loads(opened[SALT_BYTES:])
    actor = _members(payload["actor"])
    return Line(
        index=index,
        entry=EntryId(entry),
        at=datetime.fromisoformat(str(payload["at"])),
        event=EventKind(payload["event"]),
        actor=ActorKind(str(actor["kind"])),
        identity=_word(actor["identity"]),
        client=_word(actor["client"]),
        outcome=Outcome(payload["outcome"]),
        case=_word(payload["case"]),
        mandate=_word(payload["mandate"]),
        purpose=None if payload["purpose"] is None else Purpose(payload["purpose"]),
        subjects=frozenset(map(str, _list(payload["subjects"]))),
        decisions=tuple(_decided(_members(each)) for each in _list(payload["decisions"])),
        about=_word(payload["about"]),
        hits=int(payload["hits"]),
        policy=str(payload["policy"]),
        payload=payload,
    )


def _decided(told: Told) -> DecidedField:
    return DecidedField(
        subject=str(told["subject"]),
        field=str(told["field"]),
        to_person=told["to_person"] is True,
        to_model=Form(str(told["to_model"])),
        basis=_word(told["basis"]),
        reason=_word(told["reason"]),
    )


def _word(value: Json) -> str | None:
    return None if value is None else str(value)


def _list(value: Json) -> Sequence[Json]:
    if not isinstance(value, list):
        raise ValueError("a member of a payload is no list")  # noqa: TRY004  # as what else is none of ours
    return value


def _members(value: Json) -> Told:
    if not isinstance(value, dict):
        raise ValueError("a member of a payload has no members")  # noqa: TRY004  # as above
    return value
