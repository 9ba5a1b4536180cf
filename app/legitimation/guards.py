"""What a route declares to get its caller's mandate."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends, Header

from app.identity.guards import Called
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
    return await desk.mandate_of(caller, case, named=named)


ActingMandate = Annotated[Mandate, Depends(acting_mandate)]
