"""Asking about one's case: the question, what would be used for it, and the answer again."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.answers.pipeline import Pipeline, Question
from app.answers.reading import AnswerDesk
from app.answers.routes import get_answers, get_pipeline
from app.identity.guards import form_ticket
from app.legitimation.guards import Legitimation
from app.telemetry.spans import Stage
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import AnswerId
from app.vocabulary.levels import Hosting, Purpose, Withheld
from app.web.pages.consents import Decidable, choice_about, decidable
from app.web.pages.rendering import page
from app.web.pages.sources import sources
from app.web.pages.start import LONGEST_QUESTION, fault_of, unwrapped
from app.web.pages.view import Given, Seen, View

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

STAGES = tuple(Stage)[:8]
SIGN_IN_AGAIN = frozenset({Withheld.ASSURANCE_TOO_LOW, Withheld.AUTHENTICATION_TOO_OLD})

Flow = Annotated[Pipeline, Depends(get_pipeline)]
Answers = Annotated[AnswerDesk, Depends(get_answers)]
Typed = Annotated[str, Form(max_length=5000)]
Shown = Annotated[Literal["", "stages"], Form()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A field of an answer, as the page speaks of it. `whose`: own, household or other."""

    name: str
    label: str
    whose: str
    to_model: str | None = None
    reason: Withheld | None = None
    model_reason: Withheld | None = None
    remedy: str | None = None
    basis: str | None = None
    consent: Decidable | None = None


@router.get("/ask")
async def ask(view: Seen) -> Response:
    return view.detour() or _form(view)


@router.post("/ask", dependencies=[Depends(form_ticket)])
async def answer(
    view: Seen,
    desk: Legitimation,
    pipeline: Flow,
    question: Typed = "",
    show: Shown = "",
) -> Response:
    """Without a script: the same answer, on the page it can be read at again.

    `show` comes from the script of the preview: that of `/ask` then asks and shows the stages.
    """
    if (detour := view.detour()) is not None:
        return detour
    asked = unwrapped(question)
    if (fault := fault_of(asked)) is not None:
        return _form(view, status=422, question=asked, fault=fault)
    if show:
        return _form(view, question=asked, start=True)
    given = await pipeline.answer(await view.mandate(desk), _put(asked, view))
    return RedirectResponse(f"/answers/{given.id}", status_code=303)


@router.post("/preview", dependencies=[Depends(form_ticket)])
async def preview(
    view: Seen, pages: Given, desk: Legitimation, pipeline: Flow, question: Typed = ""
) -> Response:
    """What would be used and what would go to the model: nothing is read, nothing is sent."""
    if (detour := view.detour()) is not None:
        return detour
    asked = unwrapped(question)
    if (fault := fault_of(asked)) is not None:
        return _form(view, status=422, question=asked, fault=fault)
    mandate = await view.mandate(desk)
    seen = await pipeline.preview(mandate, _put(asked, view))
    choices = await decidable(pages, mandate, view)
    lines = [
        Line(
            name=item.field,
            label=pages.rulebook.catalogue[item.field].label(view.language),
            whose=_whose(item.subject, mandate.subject, mandate.household),
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
async def read_answer(
    answer_id: str, view: Seen, pages: Given, desk: Legitimation, answers: Answers
) -> Response:
    """An answer given before, for the one who asked. The script puts its middle into `/ask`.

    Whoever acts for somebody else by now decides nothing here.
    """
    person = view.signed_in()
    if (detour := view.detour()) is not None:
        return detour
    try:
        wanted = AnswerId(UUID(answer_id))
    except ValueError:
        raise NotFound from None
    given = await answers.read(person, wanted)
    about = await answers.about(person, wanted)
    mandate = await view.mandate(desk)
    same = (mandate.case, mandate.subject) == (about.case, about.subject)
    choices = await decidable(pages, mandate, view) if same else {}
    catalogue = pages.rulebook.catalogue
    used = [
        Line(
            name=each.field,
            label=catalogue[each.field].label(view.language),
            whose=_whose(each.subject, about.subject, about.case),
            to_model=each.to_model,
            consent=choice_about(choices, each.subject, each.field, None),
        )
        for each in given.used
    ]
    withheld = [
        Line(
            name=each.field,
            label=catalogue[each.field].label(view.language),
            whose=_whose(each.subject, about.subject, about.case),
            reason=each.reason,
            remedy=each.remedy,
            consent=choice_about(choices, each.subject, each.field, each.reason),
        )
        for each in given.withheld
    ]
    return page(
        view,
        "answer.html",
        answer=given,
        sources=sources(given.citations),
        used=used,
        withheld=withheld,
        sign_in_again=any(line.reason in SIGN_IN_AGAIN for line in withheld),
        no_model=pages.hosting[person.tenant] is Hosting.NO_MODEL,
        back=f"/answers/{given.id}",
    )


def _form(
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


def _put(question: str, view: View) -> Question:
    return Question(
        text=question, purpose=Purpose.ANSWER_OWN_QUESTION, preferred=view.language, wait=True
    )


def _whose(subject: UUID, own: UUID, household: UUID) -> str:
    return "own" if subject == own else "household" if subject == household else "other"
