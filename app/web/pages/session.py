"""How I am signed in, where else, and the way out of each."""

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.actions import CitizenAction
from app.identity.browser import own_sessions
from app.identity.browser.cookies import SESSION, clear
from app.identity.browser.session_routes import session_of
from app.identity.declared import does
from app.identity.guards import Desk, SignedInByForm
from app.web.pages.rendering import page
from app.web.pages.view import Seen

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/session")
@does(CitizenAction.SEE_SESSIONS)
async def session(view: Seen, identity: Desk) -> HTMLResponse:
    """How I am signed in, since when, and where else."""
    found = await own_sessions.of(identity, view.signed_in())
    return page(view, "session.html", sessions=found)


@router.post("/session/end")
@does(CitizenAction.END_SESSIONS)
async def end(
    person: SignedInByForm, identity: Desk, session: Annotated[str, Form(max_length=36)]
) -> Response:
    """Ends the one chosen. A page can be older than what it shows: gone already is not there."""
    ended = session_of(session)
    await own_sessions.end_one(identity, person, ended)
    here = ended == person.session
    response = RedirectResponse("/" if here else "/session#sessions", status_code=303)
    if here:
        clear(response, SESSION)
    return response


@router.post("/session/end-others")
@does(CitizenAction.END_SESSIONS)
async def end_others(person: SignedInByForm, identity: Desk) -> Response:
    """Everywhere but here."""
    await own_sessions.end_others(identity, person)
    return RedirectResponse("/session#sessions", status_code=303)
