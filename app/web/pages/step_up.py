"""To the provider for a stronger sign-in, and back to the question."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.catalogue.actions import CitizenAction, Floor
from app.identity.browser.cookies import set_login
from app.identity.browser.tickets import Ticket
from app.identity.declared import does
from app.identity.guards import Desk, form_ticket, session_ticket
from app.identity.identity import Identity
from app.identity.sign_in import login, step_up
from app.identity.sign_in.attempts import Wish
from app.identity.sign_in.kept_questions import Kept, State
from app.legitimation.guards import Legitimation
from app.vocabulary.errors import InvalidBody, RateLimited, Unavailable
from app.vocabulary.levels import Assurance
from app.web.pages.answers import Desks, shown
from app.web.pages.asking import Answers, Flow, form, put
from app.web.pages.offers import Offer
from app.web.pages.rendering import page
from app.web.pages.start import LONGEST_QUESTION, unwrapped
from app.web.pages.view import Given, Seen, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class StepUpForm(BaseModel):
    """What it takes is asked of the person alone; what is shown for it, the fields decide.

    `basic` is for a sign-in that is only too long ago. `next` is where to go where there is no
    question.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    form_token: str
    assurance: Literal["basic", "low", "substantial", "high"]
    max_age: Annotated[int, Field(ge=60, le=2592000)]
    question: Annotated[str, StringConstraints(max_length=5000)] = ""
    next: Annotated[str, StringConstraints(max_length=200)] = "/ask"


@router.post("/step-up")
@does(CitizenAction.STEP_UP)
async def leave(
    asked: Annotated[StepUpForm, Form()],
    ticket: Annotated[Ticket, Depends(form_ticket)],
    view: Seen,
    identity: Desk,
) -> Response:
    """Off to the provider, which is told what it takes. The question stays here.

    Not a third time in ten minutes: then a sentence instead of another way there (SU-03).
    """
    person = view.signed_in()
    question = unwrapped(asked.question)
    if len(question) > LONGEST_QUESTION:
        raise InvalidBody
    needs = Floor(Assurance.of(asked.assurance), timedelta(seconds=asked.max_age))
    if await step_up.tries_left(identity, person) == 0:
        return _unfinished(view, State.REFUSED, needs, question=question, may_try=False)
    mandate = None if view.acting is None else view.acting.offer.id
    wish = Wish(
        destination=step_up.PAGE if question else identity.destination(asked.next),
        floor=needs.assurance,
        max_age=needs.max_age,
        keeps=Kept(question=question, mandate=mandate),
    )
    try:
        begun = await login.begin(identity, person.tenant, wish, current=ticket)
    except Unavailable as error:
        if not question or view.acting is None:
            raise
        return _again(view, error, question)
    response = RedirectResponse(begun.url, status_code=303)
    set_login(response, begun.cookie, begun.ticket)
    return response


@router.get("/step-up")
@does(CitizenAction.STEP_UP)
async def come_back(  # noqa: PLR0913, PLR0917  # what a page is made of, each asked for by name
    view: Seen,
    pages: Given,
    ticket: Annotated[Ticket, Depends(session_ticket)],
    identity: Desk,
    desk: Legitimation,
    answers: Answers,
    pipeline: Flow,
) -> Response:
    """Asks what was kept, once: with the back button or in another tab it is gone.

    Under the mandate it was asked under, or not at all.
    """
    person = view.signed_in()
    kept = await step_up.take(identity, person, ticket)
    if kept is None:
        return await _left_over(view, identity, ticket)
    if (detour := view.detour()) is not None:
        return detour
    mandate = await view.mandate(desk)
    if mandate.id != kept.mandate:
        return RedirectResponse("/ask", status_code=303)
    try:
        await identity.limits.spend_question(mandate.person)
        given = await pipeline.answer(mandate, put(kept.question, view))
    except (Unavailable, RateLimited) as error:
        return _again(view, error, kept.question)
    if given.step_up is not None:
        return await shown(given.id, view, pages, Desks(desk, answers), question=kept.question)
    return RedirectResponse(f"/answers/{given.id}", status_code=303)


async def _left_over(view: View, identity: Identity, ticket: Ticket) -> Response:
    """What became of the last way to the provider, where it brought nothing."""
    person = view.signed_in()
    left = await step_up.unfinished(identity, person, ticket)
    if left is None:
        return RedirectResponse("/ask", status_code=303)
    row, question = left
    may_try = await step_up.tries_left(identity, person) > 0
    return _unfinished(view, row.state, row.needs, question=question, may_try=may_try)


def _again(view: View, error: Unavailable | RateLimited, question: str) -> HTMLResponse:
    """The question, to be asked again by hand: nothing else knows it any more."""
    fault, wait = "error.unavailable", 5
    if isinstance(error, RateLimited):
        fault, wait = "step_up.wait", error.retry_after
    given = form(view, status=error.status, question=question, fault=fault)
    given.headers["retry-after"] = str(wait)
    return given


def _unfinished(
    view: View, state: State, needs: Floor, *, question: str, may_try: bool
) -> HTMLResponse:
    """A plain sentence, and the question again. Nothing leads on by itself."""
    stronger = view.signed_in().assurance < needs.assurance
    return page(
        view,
        "step_up.html",
        switch_to="/step-up",
        reason="enough" if not may_try else state.value,
        question=question,
        offer=Offer.of(needs, stronger=stronger, question=question) if may_try else None,
    )
