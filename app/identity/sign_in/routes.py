"""Signing in and out, as a browser does it."""

from html import escape
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from app.catalogue.actions import CitizenAction
from app.identity.browser.cookies import (
    SESSION,
    clear,
    login_cookie,
    other_logins,
    set_login,
    set_session,
    ticket_in,
)
from app.identity.browser.tickets import Ticket
from app.identity.declared import does
from app.identity.guards import Desk, form_ticket
from app.identity.identity import Identity
from app.identity.limits.budgets import Budget
from app.identity.provider.refusals import SignInRefused
from app.identity.sign_in import login, logout
from app.identity.sign_in.attempts import Wish
from app.identity.sign_in.login import Returned
from app.identity.sign_in.logout import LogoutRefused
from app.identity.sign_in.step_up import PAGE, StepUpUnfinished
from app.vocabulary.errors import NotFound, Unauthenticated
from app.vocabulary.ids import TenantId

router = APIRouter(include_in_schema=False)

_PRIVATE: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
_ONWARD: Final = """<!doctype html>
<html lang="de">
<head><meta charset="utf-8"><title>Klarfall</title>
<meta http-equiv="refresh" content="0;url={address}"></head>
<body><main><p><a href="{address}">Weiter · <span lang="en">Continue</span></a></p></main></body>
</html>
"""


@router.get("/login")
async def sign_in(
    request: Request,
    identity: Desk,
    tenant: Annotated[str, Query(max_length=63)],
    next: Annotated[str | None, Query(max_length=200)] = None,  # noqa: A002 - docs/api.md
) -> Response:
    """Off to the provider. An unknown `next` leads to the first page instead."""
    wanted = TenantId(tenant)
    if wanted not in identity.peers:
        raise NotFound
    await identity.limits.spend(wanted, {Budget.SIGN_INS: identity.limits.address(request)})
    begun = await login.begin(
        identity, wanted, _wish(identity, wanted, next), current=_current(request)
    )
    response = RedirectResponse(begun.url, status_code=303, headers=_PRIVATE)
    set_login(response, begun.cookie, begun.ticket)
    return response


def _wish(identity: Identity, tenant: TenantId, wanted: str | None) -> Wish:
    """To a page of officers, with what their office asks of them: they have no other step-up."""
    destination = identity.destination(wanted)
    floor = identity.officers.floor(tenant, destination)
    if floor is None:
        return Wish(destination=destination)
    return Wish(destination=destination, floor=floor.assurance, max_age=floor.max_age)


@router.get("/callback")
async def come_back(request: Request, identity: Desk) -> Response:
    """Back from the provider, signed in or refused."""
    try:
        return await _finish(request, identity)
    except Unauthenticated as refusal:
        if type(refusal) is not Unauthenticated:
            raise
        raise SignInRefused from None


async def _finish(request: Request, identity: Identity) -> Response:
    state = _once(request, "state")
    if state is None:
        raise Unauthenticated
    name = login_cookie(state)
    ticket = ticket_in(request, name)
    if ticket is None:
        raise Unauthenticated
    refused = _once(request, "error") is not None
    code = None if refused else _once(request, "code")
    returned = Returned(
        state=state,
        iss=_once(request, "iss"),
        code=code,
        beside=other_logins(request, name),
    )
    try:
        completed = await login.complete(identity, ticket, returned)
    except StepUpUnfinished:
        response = _onward(PAGE)
        clear(response, name)
        return response
    response = _onward(completed.destination)
    clear(response, name)
    set_session(response, completed.ticket)
    return response


@router.post("/logout")
@does(CitizenAction.SIGN_OUT)
async def sign_out(identity: Desk, ticket: Annotated[Ticket, Depends(form_ticket)]) -> Response:
    """Out here first, then off to the provider to be asked about its own session."""
    response = _onward(await login.end(identity, ticket))
    clear(response, SESSION)
    return response


@router.post("/backchannel-logout")
async def signed_out_there(request: Request, identity: Desk) -> Response:
    """The provider's word that somebody signed out there. No cookie counts: its token is its proof.

    200 also where nobody was signed in here, as the provider need not know (section 2.7).
    """
    try:
        form = await request.form(max_files=0)
    except HTTPException:
        raise LogoutRefused from None
    given = form.getlist("logout_token")
    if len(given) != 1 or not isinstance(given[0], str):
        raise LogoutRefused
    await logout.by_provider(identity, given[0])
    return Response(headers={"cache-control": "no-store"})


def _once(request: Request, name: str) -> str | None:
    """Raises Unauthenticated for a parameter that is there twice."""
    match request.query_params.getlist(name):
        case []:
            return None
        case [value]:
            return value
        case _:
            raise Unauthenticated


def _current(request: Request) -> Ticket | None:
    try:
        return ticket_in(request, SESSION)
    except Unauthenticated:
        return None


def _onward(address: str) -> HTMLResponse:
    """A page that leads on by itself.

    Not a redirect: that would still count as coming from the provider's site, and a browser
    keeps a Strict cookie back on such a way.
    """
    return HTMLResponse(_ONWARD.format(address=escape(address)), headers=_PRIVATE)
