"""Keeping one's address from others: what it does, and one button."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedInByForm
from app.legitimation.protection.protection_routes import Protecting
from app.vocabulary.levels import Assurance
from app.web.pages.rendering import page
from app.web.pages.view import Seen

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/protection")
@does(CitizenAction.PROTECT)
async def protection(view: Seen, desk: Protecting) -> Response:
    """How it stands is for whoever is surely the person; a password sets it and sees nothing."""
    if (detour := view.detour()) is not None:
        return detour
    mine = view.acting is not None and view.acting.for_self
    surely = mine and view.signed_in().assurance >= Assurance.SUBSTANTIAL
    by = await desk.by(view.signed_in()) if surely else None
    return page(view, "protection.html", by=by, mine=mine)


@router.post("/protection")
@does(CitizenAction.PROTECT)
async def protect(person: SignedInByForm, desk: Protecting) -> Response:
    """At once, and no reason asked."""
    await desk.protect(person, active=True)
    return RedirectResponse("/protection?done=set", status_code=303)


@router.post("/protection/end")
@does(CitizenAction.UNPROTECT)
async def unprotect(
    person: SignedInByForm,
    desk: Protecting,
    sure: Annotated[Literal["yes"], Form()],  # noqa: ARG001 - said on the page, once more
) -> Response:
    await desk.protect(person, active=False)
    return RedirectResponse("/protection?done=lifted", status_code=303)
