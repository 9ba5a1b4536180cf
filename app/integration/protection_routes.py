"""Safe at home, as the office sets it."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response

from app.identity.guards import Integrator
from app.integration.bodies import Body, Ref
from app.integration.protections import ProtectionIntake
from app.legitimation.protection.protection import ProtectionGround
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import InvalidBody

router = APIRouter(prefix="/v1/integration", tags=["integrators"])

get_protection_intake: Final = Wanted[ProtectionIntake]("get_protection_intake")


class ProtectionOrderBody(Body):
    """`ground` is sealed with the person's key, and given back by no call."""

    protected: bool
    ground: ProtectionGround | None = None


@router.put("/cases/{ref}/persons/{person}/protection", status_code=204)
async def put_protection(
    ref: Ref,
    person: Ref,
    body: ProtectionOrderBody,
    machine: Integrator,
    intake: Annotated[ProtectionIntake, Depends(get_protection_intake)],
) -> Response:
    """Sets or lifts it. Says nothing of what the person set for themselves."""
    if body.ground is not None and not body.protected:
        raise InvalidBody
    await intake.put(machine, case=ref, person=person, active=body.protected, ground=body.ground)
    return Response(status_code=204)
