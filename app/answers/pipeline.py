"""START HERE. From question to answer, one stage a line.

T1 decides, stores and logs; only its receipt lets the file be read (T2). T3 looks again at
session, mandate and consents, and stores the answer beside a second entry.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial

from app.answers import archive
from app.answers.answer import Answer, Composed
from app.answers.bodies import AnswerBody, PreviewBody
from app.answers.drafting import ModelComposer
from app.answers.gate import Asked, Gate
from app.answers.masking import Masking
from app.answers.outcome import answer_of, closed
from app.answers.watching import watched
from app.answers.writing import Said, Writer
from app.audit.events import EventKind, Outcome
from app.audit.receipts import Receipt
from app.catalogue.rulebook import Rulebook
from app.identity.limits.limits import Limits
from app.identity.persons import Person
from app.intake.classes import Kind
from app.intake.desk import IntakeDesk
from app.intake.inquiry import Inquiry
from app.legitimation.mandates import Mandate
from app.policy.release import Release
from app.records.excerpt import CaseFile, excerpt
from app.telemetry.spans import Stage, stage, stage_in_parts
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Form, Hosting, Language, Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """As the person put it. `wait`: for the answer as a whole, else it comes in sentences."""

    text: str
    purpose: Purpose
    preferred: Language
    wait: bool


@dataclass(frozen=True, slots=True)
class Reached:
    stage: Stage


@dataclass(frozen=True, slots=True)
class Given:
    answer: Answer


Step = Reached | Said | Given


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a tenant chose: its model or none, and how long answers are kept."""

    model: ModelComposer | None
    hosting: Hosting
    months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The stages, put together once by `app.web`; holds nothing of a request."""

    intake: IntakeDesk
    gate: Gate
    file: CaseFile
    masking: Masking
    rulebook: Rulebook
    writer: Writer
    terms: Mapping[TenantId, Terms]
    limits: Limits

    async def answer(self, mandate: Mandate, question: Question) -> Answer:
        """The answer, for the person holding the mandate and nobody else."""
        async with aclosing(self.steps(mandate, question)) as steps:
            async for step in steps:
                if isinstance(step, Given):
                    return step.answer
        raise Unavailable("answers")

    async def steps(self, mandate: Mandate, question: Question) -> AsyncGenerator[Step, None]:
        """Each stage as it is reached, the text as it may leave, and last the answer."""
        yield Reached(Stage.IDENTITY)
        yield Reached(Stage.LEGITIMATION)
        inquiry = await self._understand(mandate, question)
        yield Reached(Stage.INTAKE)
        asked = self._asked(mandate, inquiry, question)
        with stage(Stage.POLICY, purpose=question.purpose, fields=len(asked.needed)):
            release, receipt = await self.gate.release(mandate, asked)
        yield Reached(Stage.POLICY)
        kept = False
        try:
            async with aclosing(self._after(question, inquiry, asked, release, receipt)) as rest:
                async for step in rest:
                    kept = kept or step == Reached(Stage.ANSWERS)
                    yield step
        except BaseException:
            if not kept:
                await asyncio.shield(self._note_failure(release))
            raise

    async def _after(
        self,
        question: Question,
        inquiry: Inquiry,
        asked: Asked,
        release: Release,
        receipt: Receipt,
    ) -> AsyncGenerator[Step, None]:
        """What may happen once there is a receipt."""
        with stage(Stage.RECORDS, fields=len(release.readable)):
            facts = await excerpt(self.file, release, receipt)
        yield Reached(Stage.RECORDS)
        with stage(Stage.REDACTION):
            material = await self.masking.material(inquiry, facts, receipt)
        yield Reached(Stage.REDACTION)
        composed, said = Composed(pieces=()), 0
        model = await self._model(release.mandate.person)
        with stage_in_parts(Stage.SYNTHESIS) as span:
            pieces = self.writer.write(material, model, wait=question.wait)
            if model is not None and not question.wait:
                pieces = watched(pieces, partial(self.gate.confirm_now, release, asked))
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Composed):
                        composed = closed(piece, inquiry, release)
                    else:
                        await self.gate.confirm_now(release, asked)
                        said += 1
                        yield piece
            span.tell(composer=composed.composer, count=len(composed.pieces))
        yield Reached(Stage.SYNTHESIS)
        answer = answer_of(
            inquiry,
            composed,
            material.counted,
            release=release,
            receipt=receipt,
            catalogue=self.rulebook.catalogue,
        )
        with stage(Stage.ANSWERS, outcome=answer.status, composer=answer.composer):
            await self._keep(release, asked, answer, receipt)
        yield Reached(Stage.ANSWERS)
        unsaid = composed.pieces[said:] if composed.pieces else (answer.text,)
        for rest in () if question.wait else unsaid:
            await self.gate.confirm_now(release, asked)
            yield Said(rest)
        yield Given(answer)

    async def preview(self, mandate: Mandate, question: Question) -> PreviewBody:
        """The Release and the redacted question. Nothing is read from the file, nothing sent.

        What the file would tell redaction, the names of the household, is not known here: the
        real question is masked at least as much.
        """
        inquiry = await self._understand(mandate, question)
        asked = self._asked(mandate, inquiry, question)
        release, _ = await self.gate.release(mandate, asked, kind=EventKind.PREVIEWED)
        redacted = await self.masking.question(inquiry)
        return PreviewBody.of(
            release,
            language=inquiry.language,
            topics=list(inquiry.topics),
            question=redacted.text,
            question_to_model=any(i.to_model is not Form.NONE for i in release.items),
        )

    async def _understand(self, mandate: Mandate, question: Question) -> Inquiry:
        with stage(Stage.INTAKE) as span:
            inquiry = await self.intake.establish(
                mandate, question.text, preferred=question.preferred
            )
            span.tell(language=inquiry.language, kind=inquiry.kind, fields=len(inquiry.needed))
        return inquiry

    def _asked(self, mandate: Mandate, inquiry: Inquiry, question: Question) -> Asked:
        """Only a question about the case needs fields, whatever else was heard in it."""
        return Asked(
            needed=inquiry.needed if inquiry.kind is Kind.CASE else frozenset(),
            purpose=question.purpose,
            hosting=self.terms[mandate.person.tenant].hosting,
            special=inquiry.special,
        )

    async def _model(self, person: Person) -> ModelComposer | None:
        """The rules answer where today's calls of a model are used up."""
        model = self.terms[person.tenant].model
        if model is None or not await self.limits.may_use_model(person):
            return None
        return model

    async def _keep(self, release: Release, asked: Asked, answer: Answer, receipt: Receipt) -> None:
        """T3: look again, store the answer, log the outcome, commit."""
        tenant = release.mandate.person.tenant
        async with self.gate.database.transaction(tenant, by_key=True) as tx:
            now = await self.gate.confirm(tx, release, asked)
            event = self.gate.event(
                release, EventKind.ANSWERED, Outcome(answer.status), hits=len(answer.used)
            )
            outcome = await self.gate.log.record(tx, tenant, event, release=release.id)
            await archive.store(
                tx,
                self.gate.vault,
                release=release,
                answer=answer.id,
                entry=receipt.entry,
                document=AnswerBody.of(answer).model_dump_json().encode(),
                outcome=outcome,
                now=now,
                months=self.terms[tenant].months,
            )

    async def _note_failure(self, release: Release) -> None:
        """The outcome of what was begun. Where even that fails, the first entry stands alone."""
        tenant = release.mandate.person.tenant
        event = self.gate.event(release, EventKind.ANSWER_FAILED, Outcome.FAILED)
        with suppress(Exception):  # what went wrong first is what the person is told
            async with self.gate.database.transaction(tenant) as tx:
                await self.gate.log.record(tx, tenant, event, release=release.id)
