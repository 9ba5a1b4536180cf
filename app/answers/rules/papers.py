"""What is to be done or kept: papers, appointments, offers, and what depends on a flag or a day."""

from collections.abc import Iterator

from app.answers.rules.page import Page, listed
from app.answers.rules.sentences import Sentence
from app.answers.values import Fact
from app.vocabulary.dates import BERLIN


def missing_documents(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield from listed(fact, page, lambda item: _due(item.at("until"), page, today="today"))


def offers(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield from listed(fact, page, lambda item: _due(item.at("reply_by"), page, today="open"))


def next_appointment(fact: Fact, page: Page) -> Iterator[Sentence]:
    """Only the day tells past from future: on the day itself it is still to come."""
    day = fact.at("starts_at").moment().astimezone(BERLIN).date()
    if day < page.today:
        yield page.phrases.say(fact, "past")
        yield page.phrases.say(fact, "past_hint", about=(fact.at("starts_at"),))
    else:
        yield page.phrases.say(fact, "today" if day == page.today else "coming")


def past_appointments(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "some")
    for item in fact.items():
        attended = item.at("attended")
        variant = "attended" if attended.flag() else "missed"
        yield page.phrases.say(item, variant, about=(attended,), item=True)


def work_capacity(fact: Fact, page: Page) -> Iterator[Sentence]:
    capable = fact.at("capable")
    yield page.phrases.say(fact, "capable" if capable.flag() else "incapable", about=(capable,))


def residence_permit(fact: Fact, page: Page) -> Iterator[Sentence]:
    until = fact.find("valid_to")
    expired = until is not None and until.day() < page.today
    yield page.phrases.say(fact, "expired" if expired else "one")


def disputed(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "some")
    for item in fact.items():
        name = item.at("field")
        label = {"label": page.label(name.text())}
        yield page.phrases.say(item, "item", about=(name,), computed=label, item=True)


def _due(until: Fact, page: Page, *, today: str) -> str:
    if until.day() < page.today:
        return "overdue"
    return today if until.day() == page.today else "open"
