"""The officer's desk over HTTP. Who is no officer finds nothing here."""

from datetime import timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.responses import JSONResponse

from app.identity.guards import CalledByOfficer
from app.oversight.approval import ReportKind
from app.oversight.bodies import (
    AnomaliesBody,
    AnomaliesQuery,
    EntriesBody,
    EntriesQuery,
    ExportBody,
    ReasonBody,
    ReportBody,
    RequestsBody,
    RequestsQuery,
    SessionBody,
)
from app.oversight.desk import OversightDesk
from app.oversight.searching import Wanted as Within
from app.oversight.sessions import Reading
from app.vocabulary.desks import Wanted
from app.vocabulary.errors import InvalidBody
from app.vocabulary.ids import EntryId
from app.vocabulary.levels import Language

router: Final = APIRouter(prefix="/v1/oversight", tags=["data protection officers"])

HEADER: Final = "Klarfall-Oversight"
LONGEST: Final = timedelta(days=366)

get_oversight: Final = Wanted[OversightDesk]("get_oversight")
Desk = Annotated[OversightDesk, Depends(get_oversight)]


async def reading(
    officer: CalledByOfficer,
    desk: Desk,
    named: Annotated[UUID | None, Header(alias=HEADER)] = None,
) -> Reading:
    """Raises ReasonWanted for an officer who did not say why, or whose hour is over."""
    return await desk.live(officer, named)


Live = Annotated[Reading, Depends(reading)]


@router.post("/sessions", status_code=201)
async def begin(officer: CalledByOfficer, desk: Desk, given: ReasonBody) -> SessionBody:
    """Says why, for one hour. Everything else here asks for it."""
    return SessionBody.of(await desk.begin(officer, given.reason_given()))


@router.delete("/sessions/current", status_code=204)
async def end(live: Live, desk: Desk) -> Response:
    """Ends it before its hour is over."""
    await desk.finish(live)
    return Response(status_code=204)


@router.get("/entries")
async def entries(live: Live, desk: Desk, asked: Annotated[EntriesQuery, Query()]) -> EntriesBody:
    """Entries of the log, newest first. Asking is itself logged, with the number of hits."""
    wanted = asked.wanted(now=desk.clock())
    if not timedelta(0) <= wanted.until - wanted.since <= LONGEST:
        raise InvalidBody
    page = await desk.search(live, wanted, asked.whom(), before=asked.before, most=asked.most)
    return EntriesBody.of(page)


@router.get("/entries/{entry}", response_class=JSONResponse)
async def entry(live: Live, desk: Desk, entry: UUID) -> JSONResponse:
    """One entry with its decision, and the proof that it is in the log."""
    found = await desk.entry(live, EntryId(entry))
    return JSONResponse(found.json())


@router.get("/anomalies")
async def anomalies(
    live: Live, desk: Desk, asked: Annotated[AnomaliesQuery, Query()]
) -> AnomaliesBody:
    """What should not be, or seldom is, with its entries."""
    since, until = asked.time(now=desk.clock())
    if not timedelta(0) <= until - since <= LONGEST:
        raise InvalidBody
    return AnomaliesBody.of(await desk.anomalies(live, since=since, until=until))


@router.get("/requests")
async def requests(
    live: Live, desk: Desk, asked: Annotated[RequestsQuery, Query()]
) -> RequestsBody:
    """What persons asked for: every open erasure, and of the time asked for what was ended."""
    now = desk.clock()
    since, until = asked.time(now=now)
    if not timedelta(0) <= until - since <= LONGEST:
        raise InvalidBody
    within = Within(since=since, until=until)
    found = await desk.requests(live, within, asked.whom(), before=asked.before, most=asked.most)
    return RequestsBody.of(found, now)


@router.get("/reports/{kind}")
async def report(
    live: Live, desk: Desk, kind: ReportKind, language: Language = Language.DE
) -> ReportBody:
    """The record of processing activities or the annex to the DPIA, of the live policy."""
    return ReportBody.of(await desk.report(live, kind, language))


@router.post("/exports", response_class=JSONResponse)
async def export(live: Live, desk: Desk, given: ExportBody) -> JSONResponse:
    """A signed bundle of entries with their proofs. It verifies offline with the log's key."""
    made = await desk.export(live, [EntryId(each) for each in given.entries])
    return JSONResponse(
        made, headers={"Content-Disposition": 'attachment; filename="klarfall-bundle.json"'}
    )
