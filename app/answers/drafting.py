"""Two composers: the rules, which always answer, and a model, whose every claim is checked.

What a model leaves out the rules say. Where a model's draft is late, broken or not bound to its
sources, the rules say it all.
"""

from collections.abc import AsyncGenerator, Collection, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from app.answers.answer import Citation, CitationKind, Composed, Composer
from app.answers.filling import figures, slot_values
from app.answers.rules import composer as rules
from app.answers.rules.phrases import phrases
from app.answers.rules.sentences import Sentence
from app.audit.receipts import Receipt
from app.catalogue.rulebook import Rulebook
from app.intake.inquiry import Inquiry
from app.knowledge.answer import Guide
from app.policy.release import Needed
from app.records.excerpt import ScopedFacts
from app.redaction.facts import RedactedFacts
from app.redaction.text import Pseudonymiser, Pseudonyms, RedactedText, reveal
from app.synthesis.composer import compose, compose_by_sentence
from app.synthesis.door import LanguageModel
from app.synthesis.grounding import Allowed, GroundedDraft
from app.synthesis.slots import fill, slots
from app.telemetry.logs import Message, say
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Language

# The day our own templates were last held against the law they cite.
TEMPLATES_AS_OF: Final = date(2026, 7, 1)
_TOKEN_BRACKETS: Final = str.maketrans("", "", "⟦⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that an answer may be made of.

    `counted` is what the person is told was taken out. What only the household's
    identifiers gave away is not among it: the count would tell whose they are.
    """

    inquiry: Inquiry
    facts: ScopedFacts
    sheet: RedactedFacts
    question: RedactedText
    table: Pseudonymiser
    counted: Pseudonyms
    receipt: Receipt
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesComposer:
    rulebook: Rulebook

    @classmethod
    def load(cls, rulebook: Rulebook) -> Self:
        """With the phrases of every language read, so that nobody waits for them later."""
        for language in Language:
            phrases(language)
        return cls(rulebook=rulebook)

    def compose(self, material: Material, *, told: Collection[Needed] = ()) -> Composed:
        """What the file says on the topics asked, without what is `told` already."""
        facts, inquiry = material.facts, material.inquiry
        mandate = facts.release.mandate
        draft = rules.compose(
            inquiry.topics,
            facts.values,
            language=inquiry.language,
            subject=mandate.subject,
            household=mandate.household,
            catalogue=self.rulebook.catalogue,
            sheet=self.rulebook.topics,
            today=material.today,
            withheld={*told, *_unspoken(inquiry, facts)},
        )
        return Composed(
            pieces=tuple(draft.pieces()),
            citations=self._citations(draft.sentences, material),
            recorded=bool(draft.recorded),
        )

    def _citations(self, sentences: Iterable[Sentence], material: Material) -> tuple[Citation, ...]:
        language = material.inquiry.language
        found: dict[tuple[CitationKind, str], Citation] = {}
        for sentence in sentences:
            for cite in sentence.cites:
                label = self.rulebook.catalogue[cite.field].label(language)
                found[CitationKind.FIELD, cite.locator] = Citation(
                    kind=CitationKind.FIELD,
                    label=label,
                    locator=cite.locator,
                    as_of=material.today,
                )
            for law in sentence.law:
                found[CitationKind.LAW, law] = Citation(
                    kind=CitationKind.LAW, label=law, locator=law, as_of=TEMPLATES_AS_OF
                )
        return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Spoken:
    """A model's text with everything put back, the slots it used and the fields it rests on."""

    text: str
    slots: frozenset[str]
    fields: frozenset[FieldName]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComposer:
    """`sentences` streams; `whole` is for one who waits, and is all of it or nothing."""

    model: LanguageModel
    rulebook: Rulebook
    guide: Guide

    async def whole(self, material: Material) -> Spoken | None:
        """All of it; None where the rules must answer."""
        try:
            draft = await compose(
                self.model,
                material.sheet.lines,
                material.question,
                receipt=material.receipt,
                allowed=self._allowed(material),
            )
            return self._spoken(draft, material)
        except KlarfallError:
            say(Message.MODEL_DRAFT_DISCARDED)
            return None

    async def sentences(self, material: Material) -> AsyncGenerator[Spoken, None]:
        """Each sentence once it is whole and bound; ends early where the rules must go on."""
        drafts = compose_by_sentence(
            self.model,
            material.sheet.lines,
            material.question,
            receipt=material.receipt,
            allowed=self._allowed(material),
        )
        try:
            async with aclosing(drafts):
                async for draft in drafts:
                    yield self._spoken(draft, material)
        except KlarfallError:
            say(Message.MODEL_DRAFT_DISCARDED)

    def citations(self, fields: Iterable[FieldName], material: Material) -> tuple[Citation, ...]:
        return tuple(
            Citation(
                kind=CitationKind.FIELD,
                label=self.rulebook.catalogue[name].label(material.inquiry.language),
                locator=name,
                as_of=material.today,
            )
            for name in sorted(fields)
        )

    @staticmethod
    def _spoken(draft: GroundedDraft, material: Material) -> Spoken:
        """Names first, slots after: a stored value is never read as a token."""
        values = slot_values(material.sheet, material.facts, material.inquiry.language)
        text = fill(reveal(draft.text, material.table.names), values)
        return Spoken(text, frozenset(slots(draft.text)), draft.fields)

    def _allowed(self, material: Material) -> Allowed:
        language = material.inquiry.language
        offered = material.sheet.slots
        fields = frozenset(address.field for address in offered.values())
        articles = self.guide.find(material.question.text, language, most=2)
        labels = " ".join(self.rulebook.catalogue[name].label(language) for name in fields)
        return Allowed(
            language=language,
            slots=frozenset(offered),
            fields=fields,
            tokens=frozenset(t.translate(_TOKEN_BRACKETS) for t in material.table.names.values),
            figures=figures(material.sheet),
            laws=frozenset(law for article in articles for law in article.laws),
            words=frozenset(labels.split()),
            articles=articles,
        )


def _unspoken(inquiry: Inquiry, facts: ScopedFacts) -> frozenset[Needed]:
    """Places nothing may be said about, not even that the file holds nothing there.

    Withheld ones, and those the question did not need: it may be about somebody else.
    """
    mandate = facts.release.mandate
    places = {(s, f) for f in inquiry.fields for s in (mandate.subject, mandate.household)}
    return frozenset(places - facts.release.readable)


def told_by(used: Collection[str], material: Material) -> frozenset[Needed]:
    """The places of which a model has said every value; of all others the rules speak.

    A citation alone tells nothing: a sentence may name a field and be silent about it.
    """
    sheet = material.sheet.slots
    known = slot_values(material.sheet, material.facts, material.inquiry.language)
    left = {(sheet[name].subject, sheet[name].field) for name in known.keys() - set(used)}
    said = {(sheet[name].subject, sheet[name].field) for name in known.keys() & set(used)}
    return frozenset(said - left)


def joined(
    spoken: Sequence[str],
    rest: Composed,
    citations: tuple[Citation, ...],
    *,
    told: Collection[Needed],
) -> Composed:
    """A model's sentences, and after them what they left out."""
    gap = ("\n\n",) if spoken and rest.pieces else ()
    return Composed(
        pieces=(*spoken, *gap, *rest.pieces),
        citations=(*citations, *rest.citations),
        composer=Composer.MODEL if spoken else Composer.RULES,
        recorded=bool(told) or rest.recorded,
    )
