"""Safe at home, as a person sets it for themselves."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response
from pydantic import BaseModel

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.protection.protecting import ProtectionDesk
from app.legitimation.protection.protection import SetBy
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import NotLegitimated
from app.vocabulary.ids import MandateId

router = APIRouter(prefix="/v1/me", tags=["citizens"])

get_protection: Final = Wanted[ProtectionDesk]("get_protection")
Protecting = Annotated[ProtectionDesk, Depends(get_protection)]


async def named_mandate(
    klarfall_mandate: Annotated[str | None, Header(max_length=64)] = None,
) -> MandateId | None:
    """The mandate a call names, which must then be one's own."""
    try:
        return None if klarfall_mandate is None else MandateId(UUID(klarfall_mandate))
    except ValueError:
        raise NotLegitimated from None


Named = Annotated[MandateId | None, Depends(named_mandate)]


class ProtectionBody(BaseModel):
    """`by`: who set it. What the office set, only the office lifts."""

    protected: bool
    by: list[SetBy]


@router.get("/protection")
@does(CitizenAction.SEE_PROTECTION)
async def read(person: SignedIn, named: Named, desk: Protecting) -> ProtectionBody:
    """Whether what leads to me is kept from everybody who acts for me or lives with me."""
    by = await desk.by(person, named=named)
    return ProtectionBody(protected=bool(by), by=sorted(by))


@router.put("/protection", status_code=204)
@does(CitizenAction.PROTECT)
async def protect(person: SignedIn, named: Named, desk: Protecting) -> Response:
    """From now on, without a reason asked. Nobody is told."""
    await desk.protect(person, active=True, named=named)
    return Response(status_code=204)


@router.delete("/protection", status_code=204)
@does(CitizenAction.UNPROTECT)
async def unprotect(person: SignedIn, named: Named, desk: Protecting) -> Response:
    """Lifts what I set myself."""
    await desk.protect(person, active=False, named=named)
    return Response(status_code=204)
