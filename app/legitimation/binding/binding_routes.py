"""Tying oneself to a case, over the API."""

from typing import Annotated, Final, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, StringConstraints

from app.catalogue.actions import CitizenAction
from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.declared import does
from app.identity.guards import Desk, SignedIn
from app.legitimation.binding.binding_desk import BindingDesk, NotVouched
from app.legitimation.binding.bindings import Bound
from app.vocabulary.desks import Wanted

router = APIRouter(prefix="/v1", tags=["citizens"])

get_bindings: Final = Wanted[BindingDesk]("get_bindings")
Bindings = Annotated[BindingDesk, Depends(get_bindings)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CodeRedeemedBody(_Body):
    activation_code: Annotated[str, StringConstraints(min_length=8, max_length=40)]


class AttributesMatchedBody(_Body):
    """By name and date of birth, as the provider vouches for them, and the number of the file."""

    by: Literal["attributes"]
    file_number: Annotated[str, StringConstraints(min_length=6, max_length=40)]


class BoundBody(BaseModel):
    person: UUID
    case_id: UUID | None
    mandate: UUID | None

    @classmethod
    def of(cls, bound: Bound) -> Self:
        return cls(person=bound.person, case_id=bound.case, mandate=bound.mandate)


@router.post("/bindings", status_code=201)
@does(CitizenAction.BIND)
async def bind(
    body: CodeRedeemedBody | AttributesMatchedBody,
    request: Request,
    person: SignedIn,
    desk: Bindings,
    identity: Desk,
) -> BoundBody:
    """Ties this identity to a case.

    With the code from the office, once; or by what the provider vouched for at this very sign-in,
    where the office offers that.
    """
    address = identity.limits.address(request)
    if isinstance(body, CodeRedeemedBody):
        return BoundBody.of(await desk.redeem(person, body.activation_code, address=address))
    if (ticket := ticket_in(request, SESSION)) is None:
        raise NotVouched
    return BoundBody.of(await desk.match(person, ticket, body.file_number, address=address))
