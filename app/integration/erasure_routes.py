"""Erasure, as the office decides it; holds; references that it takes up anew."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.identity.guards import Integrator
from app.integration import places
from app.integration.bodies import REF, Body, PersonBody, Ref
from app.integration.places import Place
from app.lifecycle.erasure_routes import Erasing, ErasureBody, ErasuresBody
from app.vocabulary.erasures import HoldGround, Refusal
from app.vocabulary.errors import InvalidBody

router = APIRouter(prefix="/v1/integration", tags=["integrators"])


class ErasureDecisionBody(Body):
    """`reason` is one of the closed list, and goes with a refusal alone."""

    decision: Literal["approved", "refused"]
    reason: Refusal | None = None


class LegalHoldBody(Body):
    """`ground` goes with a hold that is set."""

    held: bool
    ground: HoldGround | None = None


@router.post("/erasure-requests", status_code=201)
async def order(body: PersonBody, machine: Integrator, desk: Erasing) -> ErasureBody:
    """A request that came by letter, or what the office needs no longer. Not decided yet."""
    async with desk.eraser.database.transaction(machine.tenant) as tx:
        case, person = await places.find(tx, machine.tenant, body.place())
        made = await desk.order(tx, machine, person, case)
    return ErasureBody.of(made, desk.eraser.clock())


@router.get("/erasure-requests")
async def read_all(machine: Integrator, desk: Erasing) -> ErasuresBody:
    """Open ones first, the most urgent before the rest; `overdue` says where a month has passed."""
    return ErasuresBody.of(await desk.all(machine), desk.eraser.clock())


@router.put("/erasure-requests/{request_id}/decision")
async def decide(
    request_id: UUID, body: ErasureDecisionBody, machine: Integrator, desk: Erasing
) -> ErasureBody:
    """Approved: the person is erased before this answers. 409 where a legal hold stands."""
    if (body.decision == "refused") != (body.reason is not None):
        raise InvalidBody
    decided = await desk.decide(machine, request_id, body.reason)
    return ErasureBody.of(decided, desk.eraser.clock())


@router.put("/cases/{ref}/persons/{person}/legal-hold", status_code=204)
async def hold(
    ref: Ref, person: Ref, body: LegalHoldBody, machine: Integrator, desk: Erasing
) -> Response:
    """Sets it on a ground of the closed list, or lifts it. Nobody is erased while it stands."""
    if body.held != (body.ground is not None):
        raise InvalidBody
    async with desk.eraser.database.transaction(machine.tenant) as tx:
        case, who = await places.find(tx, machine.tenant, Place(case=ref, person=person))
        await desk.hold(tx, machine, who, case, ground=body.ground)
    return Response(status_code=204)


@router.delete("/erased-references", status_code=204)
async def reopen(
    machine: Integrator,
    desk: Erasing,
    person: Annotated[str, Query(pattern=REF)],
    case: Annotated[str | None, Query(pattern=REF)] = None,
) -> Response:
    """The office takes somebody up anew: as a new person, bound by a new code and to nothing."""
    await desk.reopen(machine, case, person)
    return Response(status_code=204)
