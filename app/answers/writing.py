"""Stage seven: the text, from the model where one may be asked, from the rules where not."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from app.answers.answer import Composed, Status
from app.answers.drafting import (
    Material,
    ModelComposer,
    RulesComposer,
    Spoken,
    joined,
    told_by,
)
from app.answers.guidance import from_guide
from app.answers.notes import LANGUAGES, said
from app.intake.classes import Kind
from app.intake.inquiry import Inquiry
from app.knowledge.answer import Guide
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Form, Language

# What is answered without a look into the file.
WITHOUT_FILE: Final[Mapping[Kind, Status]] = {
    Kind.CRISIS: Status.CRISIS,
    Kind.DECISION_REQUEST: Status.REFUSED_DECISION,
    Kind.OUT_OF_SCOPE: Status.OUT_OF_SCOPE,
    Kind.UNSAFE: Status.UNSAFE,
    Kind.OTHER_LANGUAGE: Status.OUT_OF_SCOPE,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A piece of the answer's text; all pieces in order are the text."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    rules: RulesComposer
    guide: Guide

    async def write(
        self, material: Material, model: ModelComposer | None, *, wait: bool
    ) -> AsyncGenerator[Said | Composed, None]:
        """Pieces as a model says them, if nobody waits for the whole; last, what was composed."""
        if material.inquiry.kind is not Kind.CASE:
            yield self.without_file(material.inquiry, material.question.text)
            return
        spoken: list[str] = []
        used: set[str] = set()
        fields: set[FieldName] = set()
        if model is not None and _may_draft(material):
            async with aclosing(_drafted(model, material, wait=wait)) as drafted:
                async for each in drafted:
                    piece = f" {each.text}" if spoken else each.text
                    spoken.append(piece)
                    used |= each.slots
                    fields |= each.fields
                    if not wait:
                        yield Said(piece)
        told = told_by(used, material)
        rest = self.rules.compose(material, told=told)
        if model is None or not spoken:
            yield rest
        else:
            yield joined(spoken, rest, model.citations(fields, material), told=told)

    def without_file(self, inquiry: Inquiry, question: str) -> Composed:
        """`question` is redacted: the guide never sees more than a model would."""
        if inquiry.kind is Kind.GENERAL:
            found = from_guide(self.guide, question, inquiry.language)
            if found is not None:
                return found
        return Composed(pieces=(said_of(inquiry.kind, inquiry.language),), recorded=False)


def said_of(kind: Kind, language: Language) -> str:
    """What is said without a look into the file."""
    if kind is Kind.OTHER_LANGUAGE:
        return LANGUAGES
    return said(WITHOUT_FILE.get(kind, Status.NO_INFORMATION), language)


async def _drafted(
    model: ModelComposer, material: Material, *, wait: bool
) -> AsyncGenerator[Spoken, None]:
    if wait:
        if (whole := await model.whole(material)) is not None:
            yield whole
        return
    async with aclosing(model.sentences(material)) as sentences:
        async for each in sentences:
            yield each


def _may_draft(material: Material) -> bool:
    """Only where something was released to the model; otherwise not even the question leaves."""
    return any(item.to_model is not Form.NONE for item in material.facts.release.items)
