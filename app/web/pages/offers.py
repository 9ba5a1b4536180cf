"""The offer to sign in more strongly, or anew: what a form on a page asks the provider for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from app.answers.bodies import AnswerBody
from app.catalogue.actions import Floor
from app.identity import floors
from app.identity.persons import Person
from app.vocabulary.errors import StepUpRequired
from app.vocabulary.levels import Assurance


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """`stronger`: a better means is wanted, else the same once more. `next` is for no question."""

    assurance: str
    max_age: int
    stronger: bool
    question: str = ""
    next: str = "/ask"

    @classmethod
    def of(cls, needs: Floor, *, stronger: bool, question: str = "", after: str = "/ask") -> Self:
        return cls(
            assurance=needs.assurance.word,
            max_age=int(needs.max_age.total_seconds()),
            stronger=stronger,
            question=question,
            next=after,
        )


def beside(answer: AnswerBody, person: Person, question: str, *, now: datetime) -> Offer | None:
    """None where no sign-in would show more, or this one does by now."""
    if answer.step_up is None:
        return None
    needs = Floor(Assurance.of(answer.step_up.assurance), timedelta(seconds=answer.step_up.max_age))
    if floors.reaches(person, needs, now=now):
        return None
    return Offer.of(needs, stronger=person.assurance < needs.assurance, question=question)


def instead(error: StepUpRequired, after: str) -> Offer:
    """For a page that was refused. Where a password would do, it is only too long ago."""
    needs = Floor(error.assurance, error.max_age)
    return Offer.of(needs, stronger=error.assurance > Assurance.BASIC, after=after)
