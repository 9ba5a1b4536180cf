"""Who used what of my file, in plain words, and a button to object to who acts for me."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse, Response

from app.answers.access_routes import get_accesses
from app.answers.accesses import AccessDesk
from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.vocabulary.ids import ReleaseId
from app.web.pages.rendering import page
from app.web.pages.view import Given, Seen

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_A_PAGE = 20


@router.get("/accesses")
@does(CitizenAction.READ_ACCESS_LOG)
async def accesses(
    view: Seen,
    pages: Given,
    desk: Annotated[AccessDesk, Depends(get_accesses)],
    after: UUID | None = None,
) -> Response:
    """Only for oneself: whoever acts for another is told to change over first, and no more."""
    if (detour := view.detour()) is not None:
        return detour
    if view.acting is None or not view.acting.for_self:
        return page(view, "accesses.html", log=None, labels={}, laws={}, first=True)
    log = await desk.read(
        view.signed_in(), after=None if after is None else ReleaseId(after), most=_A_PAGE
    )
    fields = {used.field for access in log.found for used in access.used}
    labels = {
        name: pages.rulebook.catalogue[name].label(view.language)
        if name in pages.rulebook.catalogue
        else name
        for name in fields
    }
    laws = pages.rulebook.bases.spoken(view.language)
    return page(view, "accesses.html", log=log, labels=labels, laws=laws, first=after is None)
