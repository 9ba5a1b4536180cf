"""General questions, for anybody: no login, no case, the same intake and redaction."""

import asyncio
from collections.abc import Container
from dataclasses import dataclass, replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.answers.answer import Answer, AnswerKind, Completeness, Composed, Status
from app.answers.bodies import AnswerBody
from app.answers.guidance import from_guide
from app.answers.notes import SIGN_IN, said
from app.answers.outcome import redacted_of
from app.answers.routes import Preferred
from app.answers.writing import WITHOUT_FILE, said_of
from app.identity.guards import Desk
from app.intake.classes import Kind
from app.intake.desk import IntakeDesk
from app.knowledge.answer import Guide
from app.redaction.finder import Detector, pseudonymiser
from app.telemetry.spans import Stage, stage
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import AnswerId, random_id
from app.vocabulary.levels import Language

router = APIRouter(prefix="/v1", tags=["public"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicDesk:
    """Nothing of a public question is kept: there is nobody it could be kept for."""

    intake: IntakeDesk
    detector: Detector
    guide: Guide
    tenants: Container[str]

    def answer(self, tenant: str, text: str, preferred: Language) -> Answer:
        """Raises NotFound for a tenant that is not served here."""
        if tenant not in self.tenants:
            raise NotFound
        with stage(Stage.INTAKE):
            inquiry = self.intake.general(text, preferred=preferred)
        with stage(Stage.REDACTION):
            table = pseudonymiser(self.detector, (), language=inquiry.language)
            question = table.redact(inquiry.text)
        with stage(Stage.KNOWLEDGE):
            composed = self._composed(inquiry.kind, question.text, inquiry.language)
        status = WITHOUT_FILE.get(inquiry.kind) or (
            Status.ANSWERED if composed.citations else Status.NO_INFORMATION
        )
        return Answer(
            id=AnswerId(random_id()),
            status=status,
            kind=AnswerKind.GENERAL,
            completeness=Completeness.COMPLETE if composed.citations else Completeness.NONE,
            language=inquiry.language,
            text=composed.text,
            citations=composed.citations,
            used=(),
            withheld=(),
            redacted=redacted_of(table.names),
            composer=composed.composer,
            entry=None,
        )

    def _composed(self, kind: Kind, question: str, language: Language) -> Composed:
        """A question about one's own case gets the article that fits, too, and how to sign in."""
        if kind in WITHOUT_FILE:
            return Composed(pieces=(said_of(kind, language),))
        found = from_guide(self.guide, question, language)
        if kind is Kind.CASE:
            hint = SIGN_IN[language]
            if found is None:
                return Composed(pieces=(hint,))
            return replace(found, pieces=(*found.pieces, f"\n{hint}"))
        return found or Composed(pieces=(said(Status.NO_INFORMATION, language),))


class PublicQuestionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    tenant: Annotated[str, StringConstraints(min_length=1, max_length=63)]
    question: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    language: Language | None = None


get_public_desk: Final = Wanted[PublicDesk]("get_public_desk")


@router.post("/questions")
async def ask_publicly(
    body: PublicQuestionBody,
    request: Request,
    desk: Annotated[PublicDesk, Depends(get_public_desk)],
    identity: Desk,
    preferred: Preferred,
) -> AnswerBody:
    """A general question, answered from an article of ours with its §§ and its date of law."""
    await identity.limits.spend_public_question(body.tenant, request)
    wanted = body.language or preferred
    return AnswerBody.of(await asyncio.to_thread(desk.answer, body.tenant, body.question, wanted))
