"""An answer: typed, cited, and honest about what it could not use (docs/api.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import reduce
from typing import Final

from app.catalogue.actions import Floor
from app.catalogue.fields import Catalogue
from app.policy.release import Item, Release
from app.vocabulary.ids import AnswerId, EntryId, FieldName, SubjectId
from app.vocabulary.levels import Form, Language, Withheld

# Why a field is withheld that another sign-in would show.
SIGN_IN: Final = frozenset({Withheld.ASSURANCE_TOO_LOW, Withheld.AUTHENTICATION_TOO_OLD})


class Status(StrEnum):
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


class AnswerKind(StrEnum):
    CASE = "case"
    GENERAL = "general"
    HANDOVER = "handover"


class Completeness(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    NONE = "none"


class Composer(StrEnum):
    RULES = "rules"
    MODEL = "model"


class CitationKind(StrEnum):
    FIELD = "field"
    LAW = "law"
    GUIDANCE = "guidance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """What a sentence rests on.

    `locator` is where it stands: `benefit.next_payment.amount`, or a §. `as_of` is
    the day the file was read, or the day of the law.
    """

    kind: CitationKind
    label: str
    locator: str
    as_of: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    subject: SubjectId
    field: FieldName
    to_model: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldField:
    """`remedy` is a sentence: what the person can do about it."""

    subject: SubjectId
    field: FieldName
    reason: Withheld
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """What was taken out of the texts before a model could see them: how much, of which kinds."""

    count: int = 0
    kinds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Answer:
    """For the person holding the mandate and nobody else.

    `step_up` is the sign-in that would reach what this one was too weak or too old for.
    """

    id: AnswerId
    status: Status
    kind: AnswerKind
    completeness: Completeness
    language: Language
    text: str
    citations: tuple[Citation, ...]
    used: tuple[Used, ...]
    withheld: tuple[WithheldField, ...]
    redacted: Redacted
    composer: Composer
    entry: EntryId | None
    step_up: Floor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """What a composer made, before it is an answer. `recorded`: whether the file held anything."""

    pieces: tuple[str, ...]
    citations: tuple[Citation, ...] = ()
    composer: Composer = Composer.RULES
    recorded: bool = True

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def used_of(release: Release) -> tuple[Used, ...]:
    return tuple(
        Used(subject=i.subject, field=i.field, to_model=i.to_model)
        for i in release.items
        if i.to_person
    )


def step_up_of(release: Release, catalogue: Catalogue) -> Floor | None:
    """Joined over all fields that a sign-in decides about: one does for the whole question."""
    floors = [catalogue[item.field].floor for item in release.withheld if item.reason in SIGN_IN]
    return reduce(Floor.joined, floors) if floors else None


def status_of(release: Release, *, recorded: bool) -> tuple[Status, Completeness]:
    """Silence is forbidden: whatever was held back shows in the status."""
    shown = [i for i in release.items if i.to_person]
    held = release.withheld
    if shown and held:
        return Status.PARTIAL, Completeness.PARTIAL
    if shown and recorded:
        return Status.ANSWERED, Completeness.COMPLETE
    if not shown and held:
        return _status_of_held(held), Completeness.NONE
    return Status.NO_INFORMATION, Completeness.NONE


def _status_of_held(held: tuple[Item, ...]) -> Status:
    reasons = {item.reason for item in held}
    if reasons & SIGN_IN:
        return Status.NEEDS_STEP_UP
    if reasons & {Withheld.CONSENT_MISSING, Withheld.CONSENT_REFUSED}:
        return Status.NEEDS_CONSENT
    return Status.NO_INFORMATION
