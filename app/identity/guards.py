"""What a route declares to get its caller: `SignedIn`, `Integrator`, and their kin for pages."""

from dataclasses import replace
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from app.identity import credentials
from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.browser.tickets import PageOutdated, Ticket
from app.identity.callers import Caller
from app.identity.declared import action_of, declared
from app.identity.identity import Identity
from app.identity.limits.budgets import Budget
from app.identity.machines import Machine
from app.identity.officers import ActsForNobody, Officer
from app.identity.persons import Person
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import InvalidBody, Unauthenticated

FORM_FIELD: Final = "form_token"
REQUEST_HEADER: Final = "klarfall-request"

_SAFE: Final = frozenset({"GET", "HEAD"})


get_identity: Final = Wanted[Identity]("get_identity")
Desk = Annotated[Identity, Depends(get_identity)]


async def session_ticket(request: Request) -> Ticket:
    """The browser's ticket, not yet looked up. Raises Unauthenticated without one."""
    ticket = ticket_in(request, SESSION)
    if ticket is None:
        raise Unauthenticated
    return ticket


async def form_ticket(
    request: Request, identity: Desk, ticket: Annotated[Ticket, Depends(session_ticket)]
) -> Ticket:
    """The ticket behind a form that was on a page of ours (SE-09)."""
    _require_own_page(request, identity)
    try:
        form = await request.form(max_files=0)
    except HTTPException:
        raise InvalidBody from None
    given = form.getlist(FORM_FIELD)
    if len(given) != 1 or not isinstance(given[0], str):
        raise Unauthenticated
    if not ticket.fits(given[0]):
        raise PageOutdated
    return ticket


async def caller(request: Request, identity: Desk) -> Caller:
    """What a session's ticket or an access token claims; never both, never neither.

    A call by cookie that changes something must come from a page of ours and carry
    `Klarfall-Request: 1`, which no form of another site can send.
    """
    needs = identity.actions[declared(request)]
    return replace(await _called_by(request, identity), needs=needs)


async def signed_in(identity: Desk, said: Annotated[Caller, Depends(caller)]) -> Person:
    """The person behind a session or an access token."""
    return await _person(identity, said)


async def signed_in_by_form(
    request: Request, identity: Desk, ticket: Annotated[Ticket, Depends(form_ticket)]
) -> Person:
    needs = identity.actions[declared(request)]
    return await _person(identity, replace(_caller_of(identity, ticket), needs=needs))


async def officer(identity: Desk, ticket: Annotated[Ticket, Depends(session_ticket)]) -> Officer:
    """Behind a session, never an access token. Raises NotFound for whoever is signed in else."""
    return await _officer(identity, ticket)


async def officer_called(request: Request, identity: Desk) -> Officer:
    """Behind a session or an access token of a person. Raises NotFound for whoever else calls."""
    return await _officer_of(identity, await _called_by(request, identity))


async def officer_by_form(
    identity: Desk, ticket: Annotated[Ticket, Depends(form_ticket)]
) -> Officer:
    return await _officer(identity, ticket)


async def visitor(request: Request, identity: Desk) -> Person | None:
    """For pages that everybody may read: the person, if somebody is signed in.

    Raises Unavailable when that cannot be found out: nobody is served as nobody by mistake.
    Pages that say what they are for hold whoever looks to its floor.
    """
    action = action_of(request.scope.get("endpoint"))
    needs = None if action is None else identity.actions[action]
    try:
        ticket = ticket_in(request, SESSION)
        if ticket is None:
            return None
        return await _person(identity, replace(_caller_of(identity, ticket), needs=needs))
    except ActsForNobody:
        if needs is not None:
            raise
        return None
    except Unauthenticated:
        return None


async def form_token(ticket: Annotated[Ticket, Depends(session_ticket)]) -> str:
    """What a form on one of our pages carries in `FORM_FIELD`."""
    return ticket.form_token()


async def integrator(request: Request, identity: Desk) -> Machine:
    """The program behind an access token of its own. Cookies are not looked at."""
    shown = credentials.shown(request)
    if shown is None:
        raise Unauthenticated
    said = await credentials.caller(request, identity, shown)
    async with identity.database.transaction(said.tenant) as tx:
        machine = await said.machine(tx, now=identity.clock())
    await identity.limits.spend(machine.tenant, {Budget.CLIENT_REQUESTS: machine.client_id})
    return machine


Called = Annotated[Caller, Depends(caller)]
SignedIn = Annotated[Person, Depends(signed_in)]
SignedInByForm = Annotated[Person, Depends(signed_in_by_form)]
Visitor = Annotated[Person | None, Depends(visitor)]
FormToken = Annotated[str, Depends(form_token)]
SignedInOfficer = Annotated[Officer, Depends(officer)]
OfficerByForm = Annotated[Officer, Depends(officer_by_form)]
CalledByOfficer = Annotated[Officer, Depends(officer_called)]
Integrator = Annotated[Machine, Depends(integrator)]


def _caller_of(identity: Identity, ticket: Ticket) -> Caller:
    return Caller(identity.peer(ticket.tenant).provider.tenant, ticket)


async def _person(identity: Identity, said: Caller) -> Person:
    async with identity.database.transaction(said.tenant) as tx:
        person = await said.person(tx, now=identity.clock())
        await identity.officers.keep_apart(tx, person)
    await identity.limits.spend_request(person)
    return person


async def _called_by(request: Request, identity: Identity) -> Caller:
    shown = credentials.shown(request)
    ticket = ticket_in(request, SESSION)
    if shown is not None and ticket is None:
        return await credentials.caller(request, identity, shown)
    if ticket is None or shown is not None:
        raise Unauthenticated
    if request.method not in _SAFE:
        if request.headers.getlist(REQUEST_HEADER) != ["1"]:
            raise Unauthenticated
        _require_own_page(request, identity)
    return _caller_of(identity, ticket)


async def _officer(identity: Identity, ticket: Ticket) -> Officer:
    return await _officer_of(identity, _caller_of(identity, ticket))


async def _officer_of(identity: Identity, said: Caller) -> Officer:
    async with identity.database.transaction(said.tenant) as tx:
        now = identity.clock()
        person = await said.person(tx, now=now)
        found = await identity.officers.establish(tx, person, now=now)
    await identity.limits.spend_request(person)
    return found


def _require_own_page(request: Request, identity: Identity) -> None:
    """`Origin`, `Sec-Fetch-Site` or both are there, once, and name us."""
    origins = request.headers.getlist("origin")
    sites = request.headers.getlist("sec-fetch-site")
    if not origins and not sites:
        raise Unauthenticated
    if origins not in ([], [identity.origin]) or sites not in ([], ["same-origin"]):
        raise Unauthenticated
