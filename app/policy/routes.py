"""Consents over the API."""

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.legitimation.guards import ActingMandate
from app.policy.consent import ConsentDecision, ConsentEvent, Consents, ConsentState
from app.policy.consenting import ConsentDesk
from app.vocabulary.desks import Wanted
from app.vocabulary.levels import Language, Purpose

router = APIRouter(prefix="/v1/cases/{case_id}", tags=["citizens"])


get_consents: Final = Wanted[ConsentDesk]("get_consents")
Desk = Annotated[ConsentDesk, Depends(get_consents)]


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    decision: Literal["granted", "refused"]
    notice: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    language: Language = Language.DE


class ConsentEventBody(BaseModel):
    subject: UUID
    field: str
    purpose: Purpose
    decision: ConsentDecision
    notice: str
    notice_digest: str
    language: str
    at: datetime


class ConsentChoiceBody(BaseModel):
    """A field and purpose that rest on consent, and the text to read before deciding."""

    field: str
    purpose: Purpose
    state: ConsentState
    notice: str
    text: str


class ConsentsBody(BaseModel):
    choices: list[ConsentChoiceBody]
    history: list[ConsentEventBody]


@router.get("/consents")
@does(CitizenAction.READ_CONSENTS)
async def read_consents(
    mandate: ActingMandate, desk: Desk, language: Language = Language.DE
) -> ConsentsBody:
    """What may be decided, how it stands, and everything decided so far."""
    events = await desk.history(mandate)
    newest = {(e.subject, e.field, e.purpose): e.decision for e in events}
    states = Consents(newest)
    return ConsentsBody(
        choices=[
            ConsentChoiceBody(
                field=field,
                purpose=purpose,
                state=states.state(desk.subject(mandate, field), field, purpose),
                notice=notice.id,
                text=notice.text,
            )
            for field, purpose, notice in desk.choices(mandate, language)
        ],
        history=[_event_body(event) for event in events],
    )


@router.put("/consents/{field}/{purpose}", status_code=204)
@does(CitizenAction.DECIDE_CONSENT)
async def decide(
    field: str, purpose: str, body: DecisionBody, mandate: ActingMandate, desk: Desk
) -> Response:
    """Gives or refuses consent. Holds from the next statement on."""
    await desk.decide(
        mandate,
        field,
        purpose,
        decision=ConsentDecision(body.decision),
        notice=body.notice,
        language=body.language,
    )
    return Response(status_code=204)


@router.delete("/consents/{field}/{purpose}", status_code=204)
@does(CitizenAction.DECIDE_CONSENT)
async def withdraw(field: str, purpose: str, mandate: ActingMandate, desk: Desk) -> Response:
    """Takes a consent back, in no more steps than giving it took (Art. 7(3) GDPR)."""
    await desk.decide(
        mandate,
        field,
        purpose,
        decision=ConsentDecision.WITHDRAWN,
        notice=None,
        language=Language.DE,
    )
    return Response(status_code=204)


def _event_body(event: ConsentEvent) -> ConsentEventBody:
    return ConsentEventBody(
        subject=event.subject,
        field=event.field,
        purpose=event.purpose,
        decision=event.decision,
        notice=event.notice_id,
        notice_digest=event.notice_digest,
        language=event.notice_language,
        at=event.recorded_at,
    )
