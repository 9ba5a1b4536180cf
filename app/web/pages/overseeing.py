"""The officer's desk as pages: why first, then the log, what is unusual in it, and the reports."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from app.audit.events import ActorKind, Category, EventKind, Outcome
from app.audit.proofs import State
from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.guards import OfficerByForm, SignedInOfficer
from app.identity.officers import Officer
from app.oversight.approval import Approval, ReportKind
from app.oversight.bodies import LONGEST_REASON, MOST_IN_A_BUNDLE, SHORTEST_REASON, USUAL
from app.oversight.desk import OversightDesk
from app.oversight.lines import Line
from app.oversight.routes import get_oversight
from app.oversight.searching import LOOKED_AT, Wanted
from app.oversight.sessions import Reading, Reason, ReasonWanted
from app.oversight.whom import Whom
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import EntryId
from app.vocabulary.levels import Language, Purpose
from app.web.pages import language
from app.web.pages.inspecting import BAR, TALL, Asked, bars
from app.web.pages.rendering import page
from app.web.pages.start import unwrapped
from app.web.pages.view import Given, Pages, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

PATH: Final = "/oversight"
A_PAGE: Final = 50

Desk = Annotated[OversightDesk, Depends(get_oversight)]


@router.get(PATH)
async def start(
    officer: SignedInOfficer, request: Request, pages: Given, desk: Desk
) -> HTMLResponse:
    """The form for a reason, and once there is one, the form to search by."""
    try:
        reading = await desk.live(officer)
    except ReasonWanted:
        return _reason(officer, request, pages)
    return _found(reading, request, pages, Asked(), None)


@router.post(PATH)
async def begin(  # noqa: PLR0913, PLR0917 - who, where, and a form of three fields
    officer: OfficerByForm,
    request: Request,
    pages: Given,
    desk: Desk,
    category: Annotated[Category | None, Form()] = None,
    reason: Annotated[str, Form(max_length=5_000)] = "",
    file_number: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    words = unwrapped(reason)
    if category is None or not SHORTEST_REASON <= len(words) <= LONGEST_REASON:
        return _reason(
            officer,
            request,
            pages,
            reason=words,
            fault="oversight.reason_fault" if category is not None else "oversight.category_fault",
            category=category,
        )
    given = Reason(category=category, words=words, file_number=file_number.strip() or None)
    await desk.begin(officer, given)
    return RedirectResponse(PATH, status_code=303)


@router.post("/oversight/end")
async def end(officer: OfficerByForm, desk: Desk) -> Response:
    await desk.finish(await desk.live(officer))
    return RedirectResponse(PATH, status_code=303)


@router.post("/oversight/search")
async def search(
    officer: OfficerByForm,
    request: Request,
    pages: Given,
    desk: Desk,
    asked: Annotated[Asked, Form()],
) -> HTMLResponse:
    """By a form, so that no reference or file number stands in an address."""
    reading = await desk.live(officer)
    return await _search(reading, request, pages, desk, asked)


@router.get("/oversight/entries/{entry}")
async def entry(
    officer: SignedInOfficer, request: Request, pages: Given, desk: Desk, entry: UUID
) -> HTMLResponse:
    reading = await desk.live(officer)
    found = await desk.entry(reading, EntryId(entry))
    return page(
        _view(officer, request, pages),
        "oversight_entry.html",
        reading=reading,
        entry=found,
        included=found.state is State.INCLUDED,
        payload=found.payload,
        at=None if found.payload is None else datetime.fromisoformat(str(found.payload["at"])),
        delete_after=None
        if found.payload is None
        else date.fromisoformat(str(found.payload["delete_after"])),
        catalogue=pages.rulebook.catalogue,
        laws=pages.rulebook.bases.spoken(language.chosen(request)),
        proof=None if found.position is None else json.dumps(found.json(), ensure_ascii=False),
    )


@router.get("/oversight/anomalies")
async def anomalies(
    officer: SignedInOfficer, request: Request, pages: Given, desk: Desk
) -> HTMLResponse:
    """Of the last thirty days."""
    reading = await desk.live(officer)
    now = desk.clock()
    found = await desk.anomalies(reading, since=now - USUAL, until=now)
    return page(
        _view(officer, request, pages),
        "oversight_anomalies.html",
        reading=reading,
        found=found,
        bars=bars(found.per_day),
        bar=BAR,
        tall=TALL,
        most=MOST_IN_A_BUNDLE,
    )


@router.get("/oversight/requests")
async def requests(
    officer: SignedInOfficer,
    request: Request,
    pages: Given,
    desk: Desk,
    before: Annotated[int | None, Query(ge=0, lt=2**63)] = None,
) -> HTMLResponse:
    """All that are open, and what else was asked for in the last thirty days."""
    reading = await desk.live(officer)
    now = desk.clock()
    lately = Wanted(since=now - USUAL, until=now)
    found = await desk.requests(reading, lately, Whom(), before=before, most=A_PAGE)
    return page(
        _view(officer, request, pages),
        "oversight_requests.html",
        reading=reading,
        found=found,
        first=before is None,
        now=now,
        limit=LOOKED_AT,
    )


@router.get("/oversight/reports/{kind}")
async def report(
    officer: SignedInOfficer, request: Request, pages: Given, desk: Desk, kind: ReportKind
) -> HTMLResponse:
    reading = await desk.live(officer)
    spoken: Language = language.chosen(request)
    return page(
        _view(officer, request, pages),
        f"oversight_{kind}.html",
        reading=reading,
        report=await desk.report(reading, kind, spoken),
        differs=Approval.DIFFERS,
    )


@router.post("/oversight/export")
async def export(
    officer: OfficerByForm, desk: Desk, entries: Annotated[list[UUID], Form()]
) -> JSONResponse:
    """The bundle as a file."""
    reading = await desk.live(officer)
    if len(entries) > MOST_IN_A_BUNDLE:
        raise NotFound
    made = await desk.export(reading, [EntryId(each) for each in entries])
    return JSONResponse(
        made, headers={"Content-Disposition": 'attachment; filename="klarfall-bundle.json"'}
    )


async def _search(
    reading: Reading, request: Request, pages: Pages, desk: OversightDesk, asked: Asked
) -> HTMLResponse:
    try:
        found = await desk.search(
            reading, asked.wanted(desk.clock()), asked.whom, before=asked.before, most=A_PAGE
        )
    except NotFound:
        return _found(reading, request, pages, asked, None, fault="oversight.nobody")
    lines = found.lines
    return _found(
        reading, request, pages, asked, lines, following=found.next, looked_at=found.looked_at
    )


def _found(  # noqa: PLR0913  # the form as it was sent, and what it found
    reading: Reading,
    request: Request,
    pages: Pages,
    asked: Asked,
    lines: Sequence[Line] | None,
    *,
    following: int | None = None,
    looked_at: int = 0,
    fault: str | None = None,
) -> HTMLResponse:
    spoken: Language = language.chosen(request)
    return page(
        _view(reading.officer, request, pages),
        "oversight.html",
        status=422 if fault else 200,
        switch_to=PATH,
        reading=reading,
        asked=asked,
        lines=lines,
        following=following,
        looked_at=looked_at,
        limit=LOOKED_AT,
        fault=fault,
        events=list(EventKind),
        purposes=list(Purpose),
        outcomes=list(Outcome),
        actors=list(ActorKind),
        fields=sorted(
            ((each.name, each.label(spoken)) for each in pages.rulebook.catalogue),
            key=lambda pair: pair[1].casefold(),
        ),
    )


def _reason(  # noqa: PLR0913  # who looks, and the form as it was sent
    officer: Officer,
    request: Request,
    pages: Pages,
    *,
    reason: str = "",
    category: Category | None = None,
    fault: str | None = None,
) -> HTMLResponse:
    return page(
        _view(officer, request, pages),
        "oversight_reason.html",
        status=422 if fault else 200,
        switch_to=PATH,
        categories=list(Category),
        category=category,
        reason=reason,
        fault=fault,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
    )


def _view(officer: Officer, request: Request, pages: Pages) -> View:
    ticket = ticket_in(request, SESSION)
    return replace(
        View.of_nobody(request),
        tenant=pages.tenants[officer.tenant],
        officer=officer,
        form_token=None if ticket is None else ticket.form_token(),
    )
