"""Answers from the file without a model: the released facts, in sentences written beforehand."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final

from app.answers.rules import benefits, notices, papers, payments
from app.answers.rules.page import Page, Template, plain
from app.answers.rules.phrases import phrases
from app.answers.rules.sentences import Draft, Sentence
from app.answers.values import Fact
from app.catalogue.fields import Catalogue, Stored
from app.catalogue.topics import Topic, TopicName, Topics
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language

Place = tuple[SubjectId, FieldName]

# Fields that need more than their phrases filled in. All others are written by `plain`.
_TEMPLATES: Final[Mapping[str, Template]] = MappingProxyType(
    {
        "benefit.next_payment": payments.next_payment,
        "benefit.payments": payments.payments,
        "benefit.total_monthly": payments.total,
        "benefit.approval_period": benefits.approval_period,
        "benefit.housing_costs": benefits.housing_costs,
        "benefit.income_credited": benefits.income_credited,
        "benefit.deductions": benefits.deductions,
        "benefit.reductions": benefits.reductions,
        "benefit.overpayments": benefits.overpayments,
        "decision.latest": notices.latest,
        "decision.calculation": payments.calculation,
        "decision.objection": notices.objection,
        "application.missing_documents": papers.missing_documents,
        "appointment.next": papers.next_appointment,
        "appointment.history": papers.past_appointments,
        "integration.offers": papers.offers,
        "health.work_capacity": papers.work_capacity,
        "person.residence_permit": papers.residence_permit,
        "file.disputed": papers.disputed,
    }
)


@dataclass(slots=True)
class _Outcome:
    sentences: list[Sentence] = field(default_factory=list)
    recorded: list[Place] = field(default_factory=list)
    unrecorded: list[Place] = field(default_factory=list)
    unreadable: list[Place] = field(default_factory=list)


def compose(  # noqa: PLR0913 — all but the first two are the circumstances of one answer, by keyword
    topics: Sequence[TopicName],
    facts: Mapping[Place, object],
    *,
    language: Language,
    subject: SubjectId,
    household: SubjectId,
    catalogue: Catalogue,
    sheet: Topics,
    today: date,
    withheld: Collection[Place],
) -> Draft:
    """What the file says about the topics, each field once, in the order asked.

    A field neither in `facts` nor in `withheld` was allowed and has no value, and that is said.
    About a withheld one nothing is said here: who composes the answer reports it with its reason.
    Of a value that has not its field's shape nothing is shown but the sentence that it cannot be.
    """
    page = Page(phrases=phrases(language), catalogue=catalogue, today=today)
    outcome = _Outcome()
    for name, asked in _fields(topics, sheet, catalogue):
        household_row = catalogue[name].stored is Stored.HOUSEHOLD
        place = (household if household_row else subject, name)
        if place not in withheld and (asked or facts.get(place)):
            _tell(Fact(*place, facts.get(place)), page, outcome)
    return Draft(
        sentences=tuple(outcome.sentences),
        recorded=tuple(outcome.recorded),
        unrecorded=tuple(outcome.unrecorded),
        unreadable=tuple(outcome.unreadable),
    )


def _fields(
    topics: Sequence[TopicName], sheet: Topics, catalogue: Catalogue
) -> Iterator[tuple[FieldName, bool]]:
    """Topic by topic, what was asked before what goes with it; each as the catalogue has them.

    With each whether it was asked: of the rest, what is not in the file goes unsaid.
    """
    seen: set[FieldName] = set()
    for also in (False, True):
        for topic in topics:
            wanted = (sheet[topic].also if also else _asked(sheet[topic])) - seen
            seen |= wanted
            yield from ((field.name, not also) for field in catalogue if field.name in wanted)


def _asked(topic: Topic) -> frozenset[FieldName]:
    return topic.fields - topic.also


def _tell(fact: Fact, page: Page, outcome: _Outcome) -> None:
    place = (fact.subject, fact.field)
    if fact.value is None or fact.value == []:
        outcome.unrecorded.append(place)
        outcome.sentences.append(_nothing(fact, page))
        return
    try:
        told = tuple(_TEMPLATES.get(fact.field, plain)(fact, page))
    except (ValueError, OverflowError):  # not of its shape, or a day at the end of the calendar
        outcome.unreadable.append(place)
        outcome.sentences.append(_shared(fact, page, "unreadable"))
        return
    outcome.recorded.append(place)
    outcome.sentences.extend(told)


def _nothing(fact: Fact, page: Page) -> Sentence:
    about = () if fact.value is None else (fact,)
    if page.phrases.has(fact.field, "none"):
        return page.phrases.say(fact, "none", about=about)
    return _shared(fact, page, "none")


def _shared(fact: Fact, page: Page, variant: str) -> Sentence:
    label = {"label": page.label(fact.field)}
    return page.phrases.say(fact, variant, shared=True, computed=label)
