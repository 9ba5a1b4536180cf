"""Asking about one's case over HTTP, whole or as a stream, and getting the answer again."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.answers.bodies import AnswerBody, PreviewBody
from app.answers.pipeline import Given, Pipeline, Question, Reached, Step
from app.answers.reading import AnswerDesk
from app.audit.proofs import State
from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.guards import AskingMandate
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import KlarfallError, NotAcceptable, NotFound
from app.vocabulary.ids import AnswerId
from app.vocabulary.levels import Language, Purpose

router = APIRouter(prefix="/v1", tags=["citizens"])

EVENT_STREAM = "text/event-stream"


get_pipeline: Final = Wanted[Pipeline]("get_pipeline")
get_answers: Final = Wanted[AnswerDesk]("get_answers")
Flow = Annotated[Pipeline, Depends(get_pipeline)]
Answers = Annotated[AnswerDesk, Depends(get_answers)]


class AskBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    question: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    language: Language | None = None
    purpose: Literal[Purpose.ANSWER_OWN_QUESTION, Purpose.EXPLAIN_DECISION] = (
        Purpose.ANSWER_OWN_QUESTION
    )

    def put(self, preferred: Language, *, wait: bool) -> Question:
        return Question(
            text=self.question,
            purpose=self.purpose,
            preferred=self.language or preferred,
            wait=wait,
        )


class FeedbackBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    useful: bool
    reason: Annotated[str, StringConstraints(max_length=500)] | None = None


async def preferred_language(
    accept_language: Annotated[str | None, Header(max_length=200)] = None,
) -> Language:
    """What to answer in when the question itself does not tell."""
    wanted = (accept_language or "").strip().lower()
    return Language.EN if wanted.startswith("en") else Language.DE


Preferred = Annotated[Language, Depends(preferred_language)]


@router.post(
    "/cases/{case_id}/questions",
    response_model=AnswerBody,
    responses={200: {"content": {EVENT_STREAM: {}}}},
)
@does(CitizenAction.ASK)
async def ask(
    body: AskBody, mandate: AskingMandate, pipeline: Flow, request: Request, preferred: Preferred
) -> Response:
    """Answer a question about the case the caller holds a mandate for."""
    wait = _waits(request)
    question = body.put(preferred, wait=wait)
    if wait:
        answer = await pipeline.answer(mandate, question)
        return Response(AnswerBody.of(answer).model_dump_json(), media_type="application/json")
    steps = pipeline.steps(mandate, question)
    return StreamingResponse(
        _events(steps, german=preferred is Language.DE), media_type=EVENT_STREAM
    )


@router.post("/cases/{case_id}/questions/preview")
@does(CitizenAction.PREVIEW)
async def preview(
    body: AskBody, mandate: AskingMandate, pipeline: Flow, preferred: Preferred
) -> PreviewBody:
    """What would be used and what would go to the model. Nothing is read, nothing is sent."""
    return await pipeline.preview(mandate, body.put(preferred, wait=True))


@router.get("/answers/{answer_id}")
@does(CitizenAction.READ_ANSWER)
async def read_answer(answer_id: str, person: SignedIn, answers: Answers) -> AnswerBody:
    """An answer given before, as it was given, with where its receipt stands now."""
    return await answers.read(person, _answer_id(answer_id))


@router.get("/answers/{answer_id}/receipt")
@does(CitizenAction.READ_RECEIPT)
async def read_receipt(answer_id: str, person: SignedIn, answers: Answers) -> Response:
    """The proof that the answer's release is in the log: 202 until it is in the tree."""
    document = await answers.receipt(person, _answer_id(answer_id))
    included = document.state is State.INCLUDED
    return JSONResponse(
        document.json(),
        status_code=200 if included else 202,
        headers={} if included else {"Retry-After": "1"},
    )


@router.post("/answers/{answer_id}/feedback", status_code=204)
@does(CitizenAction.GIVE_FEEDBACK)
async def give_feedback(
    answer_id: str, body: FeedbackBody, person: SignedIn, answers: Answers
) -> Response:
    """Whether the answer helped. Saying it again replaces what was said."""
    await answers.feedback(person, _answer_id(answer_id), useful=body.useful, reason=body.reason)
    return Response(status_code=204)


def _answer_id(text: str) -> AnswerId:
    try:
        return AnswerId(UUID(text))
    except ValueError:
        raise NotFound from None


def _waits(request: Request) -> bool:
    """Raises NotAcceptable where the caller takes neither JSON nor a stream."""
    accepted = request.headers.get("accept", "*/*")
    if EVENT_STREAM in accepted:
        return False
    if any(kind in accepted for kind in ("application/json", "application/*", "*/*")):
        return True
    raise NotAcceptable


async def _events(steps: AsyncGenerator[Step, None], *, german: bool) -> AsyncGenerator[str, None]:
    """Server-sent events: `stage`, `text`, `answer`; `problem` where it ends early."""
    try:
        async with aclosing(steps):
            async for step in steps:
                yield _event(step)
    except KlarfallError as error:
        say(Message.REQUEST_REFUSED, error=Configured(type(error).__name__), status=error.status)
        title = error.title_de if german else error.title_en
        yield _framed("problem", {"title": title, "status": error.status, "code": error.code})
    except Exception as error:  # noqa: BLE001 - its text may hold anything; the stream ends clearly
        name = Configured(type(error).__name__)
        say(Message.REQUEST_FAILED, level=Level.ERROR, error=name)
        title = KlarfallError.title_de if german else KlarfallError.title_en
        yield _framed("problem", {"title": title, "status": 500, "code": "unavailable"})


def _event(step: Step) -> str:
    match step:
        case Reached(stage=reached):
            return _framed("stage", {"stage": reached.value})
        case Given(answer=answer):
            return f"event: answer\ndata: {AnswerBody.of(answer).model_dump_json()}\n\n"
        case _:
            return _framed("text", {"text": step.text})


def _framed(name: str, data: dict[str, object]) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
