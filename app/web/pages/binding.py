"""Tying oneself to a file: with a code from the office, or by what the sign-in vouches for."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.actions import CitizenAction
from app.identity.browser.tickets import Ticket
from app.identity.declared import does
from app.identity.guards import Desk, SignedInByForm, form_ticket
from app.legitimation.binding.binding_desk import NotVouched
from app.legitimation.binding.binding_routes import Bindings
from app.legitimation.binding.bindings import BoundElsewhere
from app.vocabulary.errors import NotFound
from app.web.pages.rendering import page
from app.web.pages.view import Seen, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_SHORTEST_CODE = 8
_SHORTEST_NUMBER = 6


@router.get("/bind")
@does(CitizenAction.BIND)
async def bind(view: Seen, desk: Bindings) -> HTMLResponse:
    """Where the code from the letter goes, and the file number where the office offers that."""
    view.signed_in()
    return _page(view, desk)


@router.post("/bind")
@does(CitizenAction.BIND)
async def redeem(
    view: Seen,
    person: SignedInByForm,
    desk: Bindings,
    identity: Desk,
    code: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """A code that does not fit says no more than that; what was typed is not shown again."""
    given = code.strip()
    if len(given) < _SHORTEST_CODE:
        return _page(view, desk, fault="bind.missing")
    try:
        await desk.redeem(person, given[:40], address=identity.limits.address(view.request))
    except NotFound:
        return _page(view, desk, fault="bind.unknown")
    except BoundElsewhere:
        return _page(view, desk, fault="bind.elsewhere")
    return RedirectResponse("/mandates", status_code=303)


@router.post("/bind/match")
@does(CitizenAction.BIND)
async def match(  # noqa: PLR0913, PLR0917 - who, on which page, with what
    view: Seen,
    person: SignedInByForm,
    desk: Bindings,
    identity: Desk,
    ticket: Annotated[Ticket, Depends(form_ticket)],
    number: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """No file, more than one, another number: the same sentence, which sends nobody to search."""
    given = number.strip()
    if len(given) < _SHORTEST_NUMBER:
        return _page(view, desk, match_fault="bind.match_missing")
    try:
        address = identity.limits.address(view.request)
        await desk.match(person, ticket, given[:40], address=address)
    except NotFound:
        return _page(view, desk, match_fault="bind.match_unknown")
    except NotVouched:
        return _page(view, desk, match_fault="bind.match_not_vouched")
    except BoundElsewhere:
        return _page(view, desk, match_fault="bind.elsewhere")
    return RedirectResponse("/mandates", status_code=303)


def _page(
    view: View, desk: Bindings, *, fault: str | None = None, match_fault: str | None = None
) -> HTMLResponse:
    person = view.signed_in()
    return page(
        view,
        "bind.html",
        status=422 if fault or match_fault else 200,
        switch_to="/bind",
        fault=fault,
        match_fault=match_fault,
        matching=person.tenant in desk.vouching,
    )
