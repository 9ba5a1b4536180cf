"""An answer as a page: what it rests on, what was used and withheld, and what would show more."""

from dataclasses import dataclass
from uuid import UUID

from fastapi.responses import HTMLResponse

from app.answers.reading import AnswerDesk
from app.legitimation.desk import LegitimationDesk
from app.vocabulary.ids import AnswerId
from app.vocabulary.levels import Hosting, Withheld
from app.web.pages import offers
from app.web.pages.consents import Decidable, choice_about, decidable
from app.web.pages.rendering import page
from app.web.pages.sources import sources
from app.web.pages.view import Pages, View


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


@dataclass(frozen=True, slots=True)
class Desks:
    """Where an answer is read, and for whom."""

    legitimation: LegitimationDesk
    answers: AnswerDesk


async def shown(
    wanted: AnswerId, view: View, pages: Pages, desks: Desks, *, question: str = ""
) -> HTMLResponse:
    """For the one who asked. Whoever acts for somebody else by now decides nothing here."""
    person = view.signed_in()
    given = await desks.answers.read(person, wanted)
    about = await desks.answers.about(person, wanted)
    mandate = await view.mandate(desks.legitimation)
    same = (mandate.case, mandate.subject) == (about.case, about.subject)
    choices = await decidable(pages, mandate, view) if same else {}
    catalogue = pages.rulebook.catalogue
    used = [
        Line(
            name=each.field,
            label=catalogue[each.field].label(view.language),
            whose=whose(each.subject, about.subject, about.case),
            to_model=each.to_model,
            consent=choice_about(choices, each.subject, each.field, None),
        )
        for each in given.used
    ]
    withheld = [
        Line(
            name=each.field,
            label=catalogue[each.field].label(view.language),
            whose=whose(each.subject, about.subject, about.case),
            reason=each.reason,
            remedy=each.remedy,
            consent=choice_about(choices, each.subject, each.field, each.reason),
        )
        for each in given.withheld
    ]
    return page(
        view,
        "answer.html",
        switch_to=f"/answers/{given.id}",
        answer=given,
        sources=sources(given.citations),
        used=used,
        withheld=withheld,
        step_up=offers.beside(given, person, question, now=desks.answers.clock()),
        no_model=pages.hosting[person.tenant] is Hosting.NO_MODEL,
        back=f"/answers/{given.id}",
    )


def whose(subject: UUID, own: UUID, household: UUID) -> str:
    return "own" if subject == own else "household" if subject == household else "other"
