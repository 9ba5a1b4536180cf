"""My data to take along, and asking to be forgotten: what each means, and one button."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedInByForm
from app.lifecycle.erasure_routes import Erasing
from app.lifecycle.export_routes import Exporting, attached
from app.web.pages.rendering import page
from app.web.pages.view import Seen

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/export")
@does(CitizenAction.EXPORT)
async def export(view: Seen, exports: Exporting, desk: Erasing) -> Response:
    """Only for oneself. The strong sign-in is asked for here, before there is anything to lose."""
    if (detour := view.detour()) is not None:
        return detour
    mine = view.acting is not None and view.acting.for_self
    return page(
        view,
        "export.html",
        mine=mine,
        requests=await desk.mine(view.signed_in()) if mine else (),
        now=desk.eraser.clock(),
        retention=[rule.told(view.language) for rule in exports.retention],
    )


@router.get("/export/download")
@does(CitizenAction.EXPORT)
async def download(view: Seen, exports: Exporting) -> Response:
    """A ZIP with a page to read and the same for programs."""
    if (detour := view.detour()) is not None:
        return detour
    return attached(await exports.export(view.signed_in(), language=view.language))


@router.post("/export/erasure")
@does(CitizenAction.ASK_ERASURE)
async def ask(
    person: SignedInByForm,
    desk: Erasing,
    sure: Annotated[Literal["yes"], Form()],  # noqa: ARG001 - ticked on the page
) -> Response:
    await desk.ask(person)
    return RedirectResponse("/export?done=asked#erasure", status_code=303)
