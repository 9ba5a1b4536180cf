"""What a route declares to get its caller's mandate."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header

from app.identity.guards import Called, Desk
from app.legitimation.desk import LegitimationDesk
from app.legitimation.mandates import Mandate
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import NotLegitimated
from app.vocabulary.ids import CaseId, MandateId

get_legitimation: Final = Wanted[LegitimationDesk]("get_legitimation")
Legitimation = Annotated[LegitimationDesk, Depends(get_legitimation)]


async def acting_mandate(
    case_id: str,
    caller: Called,
    desk: Legitimation,
    identity: Desk,
    klarfall_mandate: Annotated[str | None, Header(max_length=64)] = None,
) -> Mandate:
    """The mandate for the case in the path.

    A session acts under the mandate chosen in it; a token names one at each call.
    An id that is none is a case that is not there.
    """
    try:
        case = CaseId(UUID(case_id))
        named = None if klarfall_mandate is None else MandateId(UUID(klarfall_mandate))
    except ValueError:
        raise NotLegitimated from None
    mandate = await desk.mandate_of(caller, case, named=named)
    await identity.limits.spend_request(mandate.person)
    return mandate


async def asking_mandate(
    mandate: Annotated[Mandate, Depends(acting_mandate)], identity: Desk
) -> Mandate:
    """The same, and one question less for today. Raises RateLimited when there is none left."""
    await identity.limits.spend_question(mandate.person)
    return mandate


ActingMandate = Annotated[Mandate, Depends(acting_mandate)]
AskingMandate = Annotated[Mandate, Depends(asking_mandate)]
