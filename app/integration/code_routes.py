"""Activation codes, what became of them, and ending a binding, over HTTP.

The code itself is shown once, to whoever sends or hands it over; who used it never is.
"""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from app.identity.guards import Integrator
from app.integration.bodies import REF, PersonBody
from app.integration.codes import CodeIntake
from app.integration.places import Place
from app.legitimation.binding.activation import Channel, Issued, IssuedCode, State
from app.vocabulary.desks import Wanted

router = APIRouter(prefix="/v1/integration", tags=["integrators"])

get_code_intake: Final = Wanted[CodeIntake]("get_code_intake")
Intake = Annotated[CodeIntake, Depends(get_code_intake)]
Named = Annotated[str, Query(pattern=REF)]


class CodeOrderBody(PersonBody):
    """Who gets it, and whether by letter (14 days) or over the counter (one hour)."""

    channel: Channel = Channel.POST


class CodeStateBody(BaseModel):
    id: UUID
    channel: Channel
    issued_at: datetime
    expires_at: datetime
    state: State

    @classmethod
    def of(cls, issued: Issued) -> Self:
        return cls(
            id=issued.id,
            channel=issued.channel,
            issued_at=issued.issued_at,
            expires_at=issued.expires_at,
            state=issued.state,
        )


class CodeBody(CodeStateBody):
    code: str

    @classmethod
    def shown_once(cls, issued: IssuedCode) -> Self:
        return cls(code=issued.code, **CodeStateBody.of(issued.about).model_dump())


@router.post("/activation-codes", status_code=201)
async def issue_code(body: CodeOrderBody, machine: Integrator, intake: Intake) -> CodeBody:
    """A code, shown this once. Earlier unused ones of the person are withdrawn.

    Sent again after an answer that was lost, it leaves one code that holds: the last.
    """
    return CodeBody.shown_once(await intake.issue(machine, body.place(), body.channel))


@router.get("/activation-codes")
async def read_codes(
    machine: Integrator, intake: Intake, person: Named, case: Named | None = None
) -> list[CodeStateBody]:
    """What became of this person's codes, the newest first. Without a case: a representative's."""
    found = await intake.of_person(machine, Place(case=case, person=person))
    return [CodeStateBody.of(each) for each in found]


@router.get("/activation-codes/{code_id}")
async def read_code(code_id: UUID, machine: Integrator, intake: Intake) -> CodeStateBody:
    return CodeStateBody.of(await intake.find(machine, code_id))


@router.delete("/activation-codes/{code_id}", status_code=204)
async def withdraw_code(code_id: UUID, machine: Integrator, intake: Intake) -> Response:
    """Withdraws it, also again. 409 for one that was used: then the binding is what to end."""
    await intake.withdraw(machine, code_id)
    return Response(status_code=204)


@router.delete("/bindings", status_code=204)
async def end_binding(
    machine: Integrator, intake: Intake, person: Named, case: Named | None = None
) -> Response:
    """Ends what ties a sign-in to this person, and signs that sign-in out everywhere, at once."""
    await intake.unbind(machine, Place(case=case, person=person))
    return Response(status_code=204)
