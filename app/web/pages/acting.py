"""Who I am here and for whom I act."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.identity.guards import SignedInByForm, form_ticket
from app.identity.tickets import Ticket
from app.legitimation import routes as legitimation
from app.legitimation.guards import Legitimation
from app.vocabulary.errors import Conflict, NotFound
from app.web.pages.rendering import page
from app.web.pages.view import Seen

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_SHORTEST_CODE = 8


@router.get("/mandates")
async def mandates(view: Seen) -> Response:
    """For whom do I act? A page even where there is but one answer."""
    view.signed_in()
    if not view.choices:
        return RedirectResponse("/bind", status_code=303)
    return page(view, "mandates.html")


@router.post("/mandates")
async def choose(
    person: SignedInByForm,
    desk: Legitimation,
    ticket: Annotated[Ticket, Depends(form_ticket)],
    mandate: Annotated[str, Form(max_length=36)],
) -> Response:
    """Chooses, as the call of the API does, and goes on to the question."""
    chosen = await legitimation.activate(mandate, person, desk, ticket)
    response = RedirectResponse("/ask", status_code=303)
    response.raw_headers.extend(
        (name, value) for name, value in chosen.raw_headers if name == b"set-cookie"
    )
    return response


@router.get("/bind")
async def bind(view: Seen) -> HTMLResponse:
    """Where the code from the letter goes."""
    view.signed_in()
    return page(view, "bind.html", fault=None)


@router.post("/bind")
async def redeem(
    view: Seen,
    person: SignedInByForm,
    desk: Legitimation,
    code: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """A code that does not fit says no more than that; what was typed is not shown again."""
    given = code.strip()
    fault = "bind.missing" if len(given) < _SHORTEST_CODE else None
    if fault is None:
        try:
            await desk.bind(person, given[:40])
        except NotFound:
            fault = "bind.unknown"
        except Conflict:
            fault = "bind.used"
    if fault is not None:
        return page(view, "bind.html", status=422, fault=fault)
    return RedirectResponse("/mandates", status_code=303)


@router.get("/session")
async def session(view: Seen) -> HTMLResponse:
    """How I am signed in, since when, and the way out."""
    view.signed_in()
    return page(view, "session.html")
