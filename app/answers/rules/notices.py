"""Decision notices: the latest one with the last day to object, and the objection made."""

from collections.abc import Iterator, Mapping
from datetime import date

from app.answers.deadlines import Delivery, LastDay, Notice, Start, Undated, last_day_to_object
from app.answers.rules.page import Page
from app.answers.rules.sentences import Sentence
from app.answers.values import Fact, Unreadable
from app.vocabulary.dates import spoken_date


def latest(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "one")
    provisional = fact.at("provisional")
    yield page.phrases.say(
        fact, "provisional" if provisional.flag() else "final", about=(provisional,)
    )
    yield page.phrases.say(fact, "delivery")
    last = last_day_to_object(notice_of(fact))
    yield from _dated(fact, page, last) if isinstance(last, LastDay) else _undated(fact, page, last)


def notice_of(fact: Fact) -> Notice:
    """The value of `decision.latest`, as far as the period to object depends on it."""
    return Notice(
        delivery=Delivery(fact.at("delivery").text()),
        instructed=fact.at("remedy_instruction").flag(),
        sent_on=_day(fact, "sent_on"),
        notified_on=_day(fact, "notified_on"),
        retrieved_on=_day(fact, "retrieved_on"),
    )


def objection(fact: Fact, page: Page) -> Iterator[Sentence]:
    status = fact.at("status")
    if not page.phrases.has(fact.field, status.text()):
        raise Unreadable
    yield page.phrases.say(fact, status.text(), about=(status,))


def _day(fact: Fact, name: str) -> date | None:
    found = fact.find(name)
    return None if found is None else found.day()


def _dated(fact: Fact, page: Page, last: LastDay) -> Iterator[Sentence]:
    """The day, the period, what it is counted from, and why it may be another day."""
    about = _grounds(fact)
    for variant in _variants(fact, page, last):
        yield page.phrases.say(fact, variant, about=about, computed=_computed(page, last))


def _variants(fact: Fact, page: Page, last: LastDay) -> Iterator[str]:
    if last.day < page.today:
        yield "passed"
    else:
        yield "today" if last.day == page.today else "open"
    yield last.period
    portal = fact.at("delivery").text() == Delivery.PORTAL
    yield "fourth_day_portal" if portal and last.start is Start.FOURTH_DAY else last.start
    if last.disputed and last.start is Start.FOURTH_DAY:
        yield "disputed"
    if last.moved_from is not None:
        yield "moved"


def _computed(page: Page, last: LastDay) -> Mapping[str, str]:
    days = {"last_day": last.day, "notified": last.notified, "moved_from": last.moved_from}
    language = page.phrases.language
    return {name: spoken_date(day, language) for name, day in days.items() if day is not None}


def _undated(fact: Fact, page: Page, why: Undated) -> Iterator[Sentence]:
    abroad = fact.at("delivery").text() == Delivery.ABROAD
    yield page.phrases.say(fact, f"{why}_abroad" if abroad else why, about=_grounds(fact))
    yield page.phrases.say(fact, "ask")


def _grounds(fact: Fact) -> tuple[Fact, ...]:
    names = ("delivery", "remedy_instruction", "sent_on", "notified_on", "retrieved_on")
    found = (fact.find(name) for name in names)
    return tuple(part for part in found if part is not None)
