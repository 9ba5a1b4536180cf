"""Refusals and failures as a page, for somebody who came with a browser."""

from dataclasses import replace
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from app.identity.browser.cookies import SESSION, ticket_in
from app.identity.officers import ActsForNobody, StrongerOfficer
from app.vocabulary.errors import KlarfallError, StepUpRequired, Unauthenticated
from app.vocabulary.levels import Language
from app.web.pages import offers
from app.web.pages.rendering import page
from app.web.pages.view import View

# What programs call: their errors are problem+json, whatever they say they accept.
_FOR_PROGRAMS: Final = ("/v1/", "/log/", "/static/", "/.well-known/", "/backchannel-logout")
# app.web.oversight, which imports too much to be imported here.
_OF_OFFICERS: Final = ("/oversight", "/redaction")


def wants_page(request: Request) -> bool:
    path = request.url.path
    return "text/html" in request.headers.get("accept", "") and not path.startswith(_FOR_PROGRAMS)


def error_page(request: Request, error: KlarfallError) -> HTMLResponse:
    """The sentence of the error, and a way on. Nothing of the request is repeated."""
    view = View.of_nobody(request)
    title = error.title_de if view.language is Language.DE else error.title_en
    officers_own = isinstance(error, StrongerOfficer)
    step_up = None
    if isinstance(error, StepUpRequired) and not officers_own:
        step_up = offers.instead(error, _after(request))
        view = replace(view, form_token=_form_token(request))
        step_up = None if view.form_token is None else step_up
    return page(
        view,
        "error.html",
        status=error.status,
        switch_to="/",
        title=title,
        code=error.code,
        step_up=step_up,
        officer=isinstance(error, ActsForNobody),
        stronger=officers_own,
        sign_in=_sign_in(request)
        if error.status == Unauthenticated.status and step_up is None
        else None,
    )


def _after(request: Request) -> str:
    """The page that was refused, where it can be asked for again."""
    return request.url.path if request.method == "GET" else "/ask"


def _form_token(request: Request) -> str | None:
    ticket = ticket_in(request, SESSION)
    return None if ticket is None else ticket.form_token()


def _sign_in(request: Request) -> str:
    """Back to the office of the session that ended, if there was one."""
    try:
        ticket = ticket_in(request, SESSION)
    except Unauthenticated:
        ticket = None
    path = request.url.path
    after = next((each for each in _OF_OFFICERS if f"{path}/".startswith(f"{each}/")), "/ask")
    if ticket is None:
        return "/#sign-in" if after == "/ask" else f"/?next={after}#sign-in"
    return f"/login?tenant={ticket.tenant}&next={after}"
