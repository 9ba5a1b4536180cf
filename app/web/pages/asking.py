"""Asking about one's case: the question, what would be used for it, and the answer again."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.answers.pipeline import Pipeline, Question
from app.answers.reading import AnswerDesk
from app.answers.routes import get_answers, get_pipeline
from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import Desk, form_ticket
from app.legitimation.guards import Legitimation
from app.telemetry.spans import Stage
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import AnswerId
from app.vocabulary.levels import Hosting, Purpose, Withheld
from app.web.pages.answers import Desks, Line, shown, whose
from app.web.pages.consents import choice_about, decidable
from app.web.pages.rendering import page
from app.web.pages.start import LONGEST_QUESTION, fault_of, unwrapped
from app.web.pages.view import Given, Seen, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

STAGES = tuple(Stage)[:8]

Flow = Annotated[Pipeline, Depends(get_pipeline)]
Answers = Annotated[AnswerDesk, Depends(get_answers)]
Typed = Annotated[str, Form(max_length=5000)]
Shown = Annotated[Literal["", "stages"], Form()]


@router.get("/ask")
@does(CitizenAction.ASK)
async def ask(view: Seen) -> Response:
    return view.detour() or form(view)


@router.post("/ask", dependencies=[Depends(form_ticket)])
@does(CitizenAction.ASK)
async def answer(  # noqa: PLR0913, PLR0917  # what a page is made of, each asked for by name
    view: Seen,
    pages: Given,
    desk: Legitimation,
    answers: Answers,
    pipeline: Flow,
    identity: Desk,
    question: Typed = "",
    show: Shown = "",
) -> Response:
    """Without a script: the same answer, on the page it can be read at again.

    Where a stronger sign-in would show more, it comes right here instead, with the question
    beside it: the page to read it at again does not know the question any more. `show` comes
    from the script of the preview: that of `/ask` then asks and shows the stages.
    """
    if (detour := view.detour()) is not None:
        return detour
    asked = unwrapped(question)
    if (fault := fault_of(asked)) is not None:
        return form(view, status=422, question=asked, fault=fault)
    if show:
        return form(view, question=asked, start=True)
    mandate = await view.mandate(desk)
    await identity.limits.spend_question(mandate.person)
    given = await pipeline.answer(mandate, put(asked, view))
    if given.step_up is not None:
        return await shown(given.id, view, pages, Desks(desk, answers), question=asked)
    return RedirectResponse(f"/answers/{given.id}", status_code=303)


@router.post("/preview", dependencies=[Depends(form_ticket)])
@does(CitizenAction.PREVIEW)
async def preview(  # noqa: PLR0913, PLR0917 - each is what a page is made from
    view: Seen,
    pages: Given,
    desk: Legitimation,
    pipeline: Flow,
    identity: Desk,
    question: Typed = "",
) -> Response:
    """What would be used and what would go to the model: nothing is read, nothing is sent."""
    if (detour := view.detour()) is not None:
        return detour
    asked = unwrapped(question)
    if (fault := fault_of(asked)) is not None:
        return form(view, status=422, question=asked, fault=fault)
    mandate = await view.mandate(desk)
    await identity.limits.spend_question(mandate.person)
    seen = await pipeline.preview(mandate, put(asked, view))
    choices = await decidable(pages, mandate, view)
    lines = [
        Line(
            name=item.field,
            label=pages.rulebook.catalogue[item.field].label(view.language),
            whose=whose(item.subject, mandate.subject, mandate.household),
            to_model=item.to_model,
            reason=reason,
            model_reason=item.model_reason,
            consent=choice_about(choices, item.subject, item.field, reason),
        )
        for item in seen.release
        for reason in (None if item.to_person else item.reason or Withheld.NO_BASIS,)
    ]
    return page(
        view,
        "preview.html",
        switch_to="/ask",
        question=asked,
        preview=seen,
        lines=lines,
        no_model=seen.hosting is Hosting.NO_MODEL,
        back="/consents",
    )


@router.get("/answers/{answer_id}")
@does(CitizenAction.READ_ANSWER)
async def read_answer(
    answer_id: str, view: Seen, pages: Given, desk: Legitimation, answers: Answers
) -> Response:
    """An answer given before, for the one who asked. The script puts its middle into `/ask`.

    Whoever acts for somebody else by now decides nothing here.
    """
    if (detour := view.detour()) is not None:
        return detour
    try:
        wanted = AnswerId(UUID(answer_id))
    except ValueError:
        raise NotFound from None
    return await shown(wanted, view, pages, Desks(desk, answers))


def form(
    view: View,
    *,
    status: int = 200,
    question: str = "",
    fault: str | None = None,
    start: bool = False,
) -> HTMLResponse:
    return page(
        view,
        "ask.html",
        status=status,
        switch_to="/ask",
        question=question,
        fault=fault,
        start=start,
        longest=LONGEST_QUESTION,
        stages=STAGES,
    )


def put(question: str, view: View) -> Question:
    return Question(
        text=question, purpose=Purpose.ANSWER_OWN_QUESTION, preferred=view.language, wait=True
    )
