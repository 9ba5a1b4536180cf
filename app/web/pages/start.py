"""For everybody: what this is, how data is handled, where to sign in, and general questions."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import HTMLResponse

from app.answers.bodies import AnswerBody
from app.answers.public import PublicDesk, get_public_desk
from app.identity.guards import Desk
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting
from app.web.pages.rendering import page
from app.web.pages.sources import sources
from app.web.pages.view import Given, Pages, Seen, View
from app.web.tenants import Tenant

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

LONGEST_QUESTION: Final = 1000

Public = Annotated[PublicDesk, Depends(get_public_desk)]


@router.get("/")
async def start(
    view: Seen,
    pages: Given,
    next: Literal["/ask", "/redaction", "/oversight"] = "/ask",  # noqa: A002 - as at /login
) -> HTMLResponse:
    """First of all: this is an AI system (Art. 50 AI Act). `next` is where a sign-in leads to."""
    return _start(view, pages, after=next)


@router.post("/general")
async def ask_generally(  # noqa: PLR0913, PLR0917 - who asks, where, and what
    view: Seen,
    pages: Given,
    desk: Public,
    identity: Desk,
    question: Annotated[str, Form(max_length=5000)] = "",
    tenant: Annotated[str, Form(max_length=63)] = "",
) -> HTMLResponse:
    """A general question, answered on a page of its own. Nothing of it is kept."""
    asked = unwrapped(question)
    if (fault := fault_of(asked)) is not None:
        return _start(view, pages, status=422, question=asked, fault=fault)
    await identity.limits.spend_public_question(tenant, view.request)
    answer = AnswerBody.of(desk.answer(tenant, asked, view.language))
    return page(
        view,
        "general.html",
        switch_to="/",
        question=asked,
        answer=answer,
        sources=sources(answer.citations),
        office=pages.tenants[TenantId(tenant)],
    )


@router.get("/privacy")
async def privacy(
    view: Seen, pages: Given, tenant: Annotated[str | None, Query(max_length=63)] = None
) -> HTMLResponse:
    """Art. 13 GDPR and § 82 SGB X, for one office: each is a controller of its own."""
    office = _office(view, pages, tenant)
    if office is None:
        return page(view, "offices.html", offices=list(pages.tenants.values()))
    hosting = pages.hosting.get(office.tenant, Hosting.NO_MODEL)
    citations = {
        basis.name: basis.citation(view.language)
        for _, basis in pages.rulebook.bases
        if basis.citation(view.language) is not None
    }
    return page(view, "privacy.html", office=office, hosting=hosting, citations=citations)


def unwrapped(question: str) -> str:
    """As browsers do not send it: a text area's line break is two characters on the wire."""
    return question.replace("\r\n", "\n").strip()


def fault_of(question: str) -> str | None:
    """The key of the sentence that says what is wrong with it."""
    if not question:
        return "ask.empty"
    return "ask.too_long" if len(question) > LONGEST_QUESTION else None


def _start(  # noqa: PLR0913 - what was asked and went wrong, each named
    view: View,
    pages: Pages,
    *,
    status: int = 200,
    question: str = "",
    fault: str | None = None,
    after: str = "/ask",
) -> HTMLResponse:
    return page(
        view,
        "start.html",
        status=status,
        switch_to="/",
        offices=list(pages.tenants.values()),
        question=question,
        fault=fault,
        longest=LONGEST_QUESTION,
        demo=pages.demo,
        after=after,
    )


def _office(view: View, pages: Pages, tenant: str | None) -> Tenant | None:
    """The one asked for, one's own, or the only one. Raises NotFound for an unknown one."""
    if tenant is not None:
        if tenant not in pages.tenants:
            raise NotFound
        return pages.tenants[TenantId(tenant)]
    if view.tenant is not None or len(pages.tenants) != 1:
        return view.tenant
    return next(iter(pages.tenants.values()))
