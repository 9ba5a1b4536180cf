"""For whom I act, who may act for me, and saying no to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.catalogue.actions import CitizenAction
from app.identity.browser.tickets import Ticket
from app.identity.declared import does
from app.identity.guards import SignedInByForm, form_ticket
from app.legitimation import routes as legitimation
from app.legitimation.desk import LegitimationDesk
from app.legitimation.guards import Legitimation
from app.legitimation.kinds import Action, Effect, MandateKind
from app.legitimation.objection_routes import mandate_named
from app.legitimation.objections import ActedFor
from app.vocabulary.ids import MandateId
from app.vocabulary.levels import Assurance
from app.web.pages.rendering import page
from app.web.pages.view import Seen, View, first_day, last_day

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """Somebody who may act for me, as the page shows them."""

    id: MandateId
    kind: MandateKind
    name: str | None
    actions: Sequence[str]
    groups: Sequence[str]
    reserved: Sequence[str]
    since: date
    until: date | None
    effect: Effect
    objected: bool

    @classmethod
    def of(cls, about: ActedFor, name: str | None) -> Self:
        return cls(
            id=about.id,
            kind=about.kind,
            name=name,
            actions=[each for each in Action if each in about.actions],
            groups=sorted(about.groups),
            reserved=sorted(about.reserved),
            since=first_day(about.valid_from),
            until=last_day(about.valid_to),
            effect=about.effect,
            objected=about.objected,
        )


@router.get("/mandates")
@does(CitizenAction.CHOOSE_MANDATE)
async def mandates(view: Seen, desk: Legitimation) -> Response:
    """For whom do I act? A page even where there is but one answer."""
    view.signed_in()
    if not view.choices:
        return RedirectResponse("/bind", status_code=303)
    return await _page(view, desk, said=None)


@router.post("/mandates")
@does(CitizenAction.CHOOSE_MANDATE)
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


@router.post("/mandates/objections")
@does(CitizenAction.OBJECT)
async def object_to(
    view: Seen,
    person: SignedInByForm,
    desk: Legitimation,
    mandate: Annotated[str, Form(max_length=36)],
) -> Response:
    """One click. The page says plainly whether that ended it."""
    objected = await desk.object_to(person, mandate_named(mandate))
    return await _page(view, desk, said=objected.effect)


async def _page(view: View, desk: LegitimationDesk, *, said: Effect | None) -> Response:
    """Who may act for me is shown to whoever acts for themselves here, above a password."""
    person = view.signed_in()
    myself = any(choice.for_self for choice in view.choices)
    about: list[Representative] | None = None
    if myself and person.assurance is not Assurance.BASIC:
        about = [Representative.of(each, name) for each, name in await desk.about_me(person)]
    return page(view, "mandates.html", switch_to="/mandates", about=about, said=said)
