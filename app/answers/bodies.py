"""The contract of an answer, as docs/api.md has it. What is sent is also what is kept."""

from datetime import date
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.answers.answer import (
    Answer,
    AnswerKind,
    CitationKind,
    Completeness,
    Composer,
    Status,
)
from app.catalogue.actions import Floor
from app.policy.release import Item, Release
from app.vocabulary.levels import Form, Hosting, Language, Purpose, Withheld


class _Out(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CitationBody(_Out):
    id: str
    kind: CitationKind
    label: str
    locator: str
    as_of: date


class UsedBody(_Out):
    subject: UUID
    field: str
    to_model: Form
    note: str | None = None


class WithheldBody(_Out):
    subject: UUID
    field: str
    reason: Withheld
    remedy: str


class RedactedBody(_Out):
    count: int
    kinds: dict[str, int]


class ReceiptStateBody(_Out):
    """`recorded` before the entry is in the tree, `included` after."""

    entry: UUID
    state: Literal["recorded", "included"] = "recorded"
    index: int | None = None
    tree_size: int | None = None
    checkpoint: str | None = None


class StepUpBody(_Out):
    """The sign-in that would reach more: how sure, and how many seconds ago at most (RFC 9470)."""

    assurance: Literal["low", "substantial", "high"]
    max_age: int

    @classmethod
    def of(cls, needs: Floor | None) -> Self | None:
        if needs is None:
            return None
        seconds = int(needs.max_age.total_seconds())
        return cls.model_validate({"assurance": needs.assurance.word, "max_age": seconds})


class AnswerBody(_Out):
    id: UUID
    status: Status
    kind: AnswerKind
    completeness: Completeness
    language: Language
    text: str
    citations: list[CitationBody]
    used: list[UsedBody]
    withheld: list[WithheldBody]
    redacted: RedactedBody
    composer: Composer
    receipt: ReceiptStateBody | None
    step_up: StepUpBody | None = None

    @classmethod
    def of(cls, answer: Answer) -> Self:
        return cls(
            id=answer.id,
            status=answer.status,
            kind=answer.kind,
            completeness=answer.completeness,
            language=answer.language,
            text=answer.text,
            citations=[
                CitationBody(
                    id=f"c{number}",
                    kind=each.kind,
                    label=each.label,
                    locator=each.locator,
                    as_of=each.as_of,
                )
                for number, each in enumerate(answer.citations, start=1)
            ],
            used=[
                UsedBody(subject=u.subject, field=u.field, to_model=u.to_model) for u in answer.used
            ],
            withheld=[
                WithheldBody(subject=w.subject, field=w.field, reason=w.reason, remedy=w.remedy)
                for w in answer.withheld
            ],
            redacted=RedactedBody(count=answer.redacted.count, kinds=dict(answer.redacted.kinds)),
            composer=answer.composer,
            receipt=None if answer.entry is None else ReceiptStateBody(entry=answer.entry),
            step_up=StepUpBody.of(answer.step_up),
        )


class ItemBody(_Out):
    subject: UUID
    field: str
    to_person: bool
    to_model: Form
    reason: Withheld | None
    model_reason: Withheld | None
    basis: str | None

    @classmethod
    def of(cls, item: Item) -> Self:
        return cls(
            subject=item.subject,
            field=item.field,
            to_person=item.to_person,
            to_model=item.to_model,
            reason=item.reason,
            model_reason=item.model_reason,
            basis=item.basis,
        )


class PreviewBody(_Out):
    """What would happen: nothing was read from the file for this, and nothing was sent."""

    language: Language
    topics: list[str]
    purpose: Purpose
    hosting: Hosting
    policy: str
    question: str
    question_to_model: bool
    release: list[ItemBody]

    @classmethod
    def of(
        cls,
        release: Release,
        *,
        language: Language,
        topics: list[str],
        question: str,
        question_to_model: bool,
    ) -> Self:
        return cls(
            language=language,
            topics=topics,
            purpose=release.purpose,
            hosting=release.hosting,
            policy=release.policy_digest,
            question=question,
            question_to_model=question_to_model,
            release=[ItemBody.of(item) for item in release.items],
        )
