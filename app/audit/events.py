"""What can be in the trail: a closed list of events, told in ids, enums and counts.

There is no free text anywhere. The few strings (a field's name, a citation, a
client's id, a digest) are held to a form in which nobody's life can be told.
Each payload carries what BDSG § 76 and BMG § 40, taken as models, ask of a log
of accesses: reason, file, recipient, time, number of hits, and its deletion date.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from app.audit.canonical import Json
from app.vocabulary.dates import BERLIN
from app.vocabulary.ids import (
    CaseId,
    EntryId,
    FieldName,
    IdentityId,
    MandateId,
    PersonId,
    ReleaseId,
    SubjectId,
    TenantId,
)
from app.vocabulary.levels import Assurance, Form, Hosting, Purpose, Recipient, Withheld

PAYLOAD_VERSION: Final = 1

_FIELD: Final = re.compile(r"[a-z_]{1,40}(\.[a-z_]{1,40}){0,3}", re.ASCII)
_CITATION: Final = re.compile(r"[A-Za-z0-9ÄÖÜäöüß§ .,;:()/+–-]{1,200}", re.ASCII)
_CLIENT: Final = re.compile(r"[A-Za-z0-9._:/-]{1,100}", re.ASCII)
_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


class EventKind(StrEnum):
    # A question, before a value is read and after the answer is stored.
    RELEASED = "released"
    KNOWN_VALUES_READ = "known_values_read"
    ANSWERED = "answered"
    ANSWER_FAILED = "answer_failed"
    PREVIEWED = "previewed"
    DUE_READ = "due_read"
    FIELDS_LISTED = "fields_listed"
    ANSWER_READ = "answer_read"
    RECEIPT_READ = "receipt_read"
    # What a person decides.
    CONSENT_CHANGED = "consent_changed"
    FIELD_DISPUTED = "field_disputed"
    # Who is who, and who may act for whom.
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED_BY_PROVIDER = "sessions_ended_by_provider"
    STEPPED_UP = "stepped_up"
    STEP_UP_REFUSED = "step_up_refused"
    ACTIVATION_CODE_ISSUED = "activation_code_issued"
    BINDING_CREATED = "binding_created"
    BINDING_REFUSED = "binding_refused"
    BINDING_ENDED = "binding_ended"
    MANDATE_RECORDED = "mandate_recorded"
    MANDATE_ACTIVATED = "mandate_activated"
    MANDATE_OBJECTED = "mandate_objected"
    MANDATES_ENDED = "mandates_ended"
    PERSON_EVENT_RECEIVED = "person_event_received"
    PROTECTION_CHANGED = "protection_changed"
    ACCESS_LOG_READ = "access_log_read"
    EXPORTED = "exported"
    # Being forgotten.
    ERASURE_REQUESTED = "erasure_requested"
    ERASURE_DECIDED = "erasure_decided"
    ERASURE_BEGUN = "erasure_begun"
    ERASED = "erased"
    ERASURE_REPLAYED = "erasure_replayed"
    LEGAL_HOLD_CHANGED = "legal_hold_changed"
    REFERENCE_REOPENED = "reference_reopened"
    # What those who look after data protection do.
    OVERSIGHT_OPENED = "oversight_opened"
    OVERSIGHT_ENDED = "oversight_ended"
    OVERSIGHT_SEARCHED = "oversight_searched"
    OVERSIGHT_ENTRY_READ = "oversight_entry_read"
    OVERSIGHT_ANOMALIES_READ = "oversight_anomalies_read"
    OVERSIGHT_REQUESTS_READ = "oversight_requests_read"
    OVERSIGHT_REPORT_READ = "oversight_report_read"
    OVERSIGHT_EXPORTED = "oversight_exported"
    # What comes from the office's side.
    CASE_PUSHED = "case_pushed"
    SCHEMA_READ = "schema_read"
    # What the service does by itself.
    PAYLOADS_DELETED = "payloads_deleted"
    ANSWERS_DELETED = "answers_deleted"
    RELEASES_DELETED = "releases_deleted"
    CODES_DELETED = "codes_deleted"
    SIGN_INS_DELETED = "sign_ins_deleted"
    ERASURES_DELETED = "erasures_deleted"


class Category(StrEnum):
    """Why a data protection officer looks. The reason in words is not in the log."""

    COMPLAINT = "complaint"
    RANDOM_CHECK = "random_check"
    INCIDENT = "incident"
    REQUEST_OF_PERSON = "request_of_person"
    REQUEST_OF_AUTHORITY = "request_of_authority"


class Outcome(StrEnum):
    DONE = "done"
    FAILED = "failed"
    UNCHANGED = "unchanged"
    # Answers, as docs/api.md names their status.
    ANSWERED = "answered"
    PARTIAL = "partial"
    NO_INFORMATION = "no_information"
    NEEDS_STEP_UP = "needs_step_up"
    NEEDS_CONSENT = "needs_consent"
    OUT_OF_SCOPE = "out_of_scope"
    REFUSED_DECISION = "refused_decision"
    UNSAFE = "unsafe"
    CRISIS = "crisis"
    HANDED_OVER = "handed_over"
    UNAVAILABLE = "unavailable"
    # Consents.
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ActorKind(StrEnum):
    PERSON = "person"
    CLIENT = "client"
    OFFICER = "officer"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did it. `client` is a registered client's id, never a name a person gave."""

    kind: ActorKind
    identity: IdentityId | None = None
    person: PersonId | None = None
    client: str | None = None
    assurance: Assurance | None = None

    def __post_init__(self) -> None:
        _held(_CLIENT, self.client)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided on one field of one subject, towards the person and the model."""

    subject: SubjectId
    field: FieldName
    to_person: bool
    to_model: Form
    reason: Withheld | None = None
    model_reason: Withheld | None = None
    basis: str | None = None

    def __post_init__(self) -> None:
        _held(_FIELD, self.field)
        _held(_CITATION, self.basis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `hits` is the number of values or rows it touched.

    `about` is the id of the thing it is about, where that is none of the others: an
    answer, another entry, a binding. `policy` is the digest of the policies decided
    by; without one the log's own is taken.
    """

    kind: EventKind
    at: datetime
    actor: Actor
    outcome: Outcome = Outcome.DONE
    case: CaseId | None = None
    subjects: tuple[SubjectId, ...] = ()
    mandate: MandateId | None = None
    mandate_version: int | None = None
    purpose: Purpose | None = None
    recipients: tuple[Recipient, ...] = ()
    hosting: Hosting | None = None
    decisions: tuple[Decided, ...] = ()
    hits: int = 0
    about: UUID | None = None
    category: Category | None = None
    policy: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("the time of an event has no time zone")
        if self.hits < 0:
            raise ValueError("a number of hits is negative")
        _held(_DIGEST, self.policy)


def end_of_following_year(at: datetime) -> date:
    """The retention of a payload unless the tenant says less."""
    return date(at.astimezone(BERLIN).year + 1, 12, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the log adds to an event."""

    tenant: TenantId
    entry: EntryId
    release: ReleaseId | None
    policy: str
    delete_after: date


def payload(event: Event, stamp: Stamp) -> dict[str, Json]:
    """The event as a document. Every member is always there, so that its shape tells nothing."""
    return {
        "v": PAYLOAD_VERSION,
        "tenant": stamp.tenant,
        "entry": str(stamp.entry),
        "event": event.kind,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": {
            "kind": event.actor.kind,
            "identity": _id(event.actor.identity),
            "person": _id(event.actor.person),
            "client": event.actor.client,
            "assurance": None if event.actor.assurance is None else event.actor.assurance.word,
        },
        "outcome": event.outcome,
        "release": _id(stamp.release),
        "case": _id(event.case),
        "subjects": _sorted(str(subject) for subject in event.subjects),
        "mandate": _id(event.mandate),
        "mandate_version": event.mandate_version,
        "purpose": event.purpose,
        "recipients": _sorted(event.recipients),
        "hosting": event.hosting,
        "decisions": [_decided(decided) for decided in event.decisions],
        "hits": event.hits,
        "about": _id(event.about),
        "category": event.category,
        "policy": stamp.policy,
        "delete_after": stamp.delete_after.isoformat(),
    }


def held_digest(digest: str) -> str:
    """A policy digest, or ValueError: 64 hexadecimal digits in lower case."""
    _held(_DIGEST, digest)
    return digest


def _decided(decided: Decided) -> dict[str, Json]:
    return {
        "subject": str(decided.subject),
        "field": decided.field,
        "to_person": decided.to_person,
        "to_model": decided.to_model,
        "reason": decided.reason,
        "model_reason": decided.model_reason,
        "basis": decided.basis,
    }


def _held(form: re.Pattern[str], value: str | None) -> None:
    if value is not None and form.fullmatch(value) is None:
        raise ValueError("a string of an event is not of the form its member asks for")


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted(set(values))
