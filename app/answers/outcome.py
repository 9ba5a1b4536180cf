"""From what was composed to the answer that is given, kept and logged."""

from dataclasses import replace

from app.answers.answer import (
    Answer,
    AnswerKind,
    Completeness,
    Composed,
    Redacted,
    Status,
    WithheldField,
    status_of,
    step_up_of,
    used_of,
)
from app.answers.notes import ABOUT_YOU, FOR_ANOTHER, HELD_BACK, PARTLY, remedy, said
from app.answers.writing import WITHOUT_FILE
from app.audit.receipts import Receipt
from app.catalogue.fields import Catalogue
from app.intake.classes import Kind
from app.intake.inquiry import Inquiry
from app.legitimation.kinds import MandateKind
from app.policy.release import Release
from app.redaction.text import Pseudonyms
from app.vocabulary.ids import AnswerId, random_id
from app.vocabulary.levels import Language, Withheld


def answer_of(  # noqa: PLR0913  # an answer is made from this many things, each named
    inquiry: Inquiry,
    composed: Composed,
    names: Pseudonyms,
    *,
    release: Release,
    receipt: Receipt,
    catalogue: Catalogue,
) -> Answer:
    status, completeness = _status(inquiry, composed, release)
    return Answer(
        id=AnswerId(random_id()),
        status=status,
        kind=AnswerKind.CASE if inquiry.kind is Kind.CASE else AnswerKind.GENERAL,
        completeness=completeness,
        language=inquiry.language,
        text=composed.text or said(status, inquiry.language),
        citations=composed.citations,
        used=used_of(release),
        withheld=withheld_of(release, inquiry.language),
        redacted=redacted_of(names),
        composer=composed.composer,
        entry=receipt.entry,
        step_up=step_up_of(release, catalogue),
    )


def closed(composed: Composed, inquiry: Inquiry, release: Release) -> Composed:
    """With the sentences that a reader of the text alone must not miss.

    That something was withheld and why; and, to who acts for somebody else, whose
    figures these are.
    """
    if inquiry.kind is not Kind.CASE:
        return composed
    notes: list[str] = []
    language = inquiry.language
    held = withheld_of(release, language)
    if inquiry.somebody_else:
        notes.append(ABOUT_YOU[language])
    elif held:
        notes.append(PARTLY[language] if composed.pieces else HELD_BACK[language])
        notes.append(held[0].remedy)
    if composed.pieces and release.mandate.kind is not MandateKind.SELF:
        notes.append(FOR_ANOTHER[language])
    if not notes:
        return composed
    gap = "\n\n" if composed.pieces else ""
    return replace(composed, pieces=(*composed.pieces, gap + " ".join(notes)))


def redacted_of(names: Pseudonyms) -> Redacted:
    kinds = {kind.value: number for kind, number in names.kinds.items()}
    return Redacted(count=sum(kinds.values()), kinds=kinds)


def withheld_of(release: Release, language: Language) -> tuple[WithheldField, ...]:
    return tuple(
        WithheldField(
            subject=item.subject, field=item.field, reason=reason, remedy=remedy(reason, language)
        )
        for item in release.withheld
        for reason in (item.reason or Withheld.NO_BASIS,)
    )


def _status(inquiry: Inquiry, composed: Composed, release: Release) -> tuple[Status, Completeness]:
    if inquiry.kind in WITHOUT_FILE:
        return WITHOUT_FILE[inquiry.kind], Completeness.NONE
    if inquiry.kind is Kind.CASE:
        return status_of(release, recorded=composed.recorded)
    if composed.citations:
        return Status.ANSWERED, Completeness.COMPLETE
    return Status.NO_INFORMATION, Completeness.NONE
