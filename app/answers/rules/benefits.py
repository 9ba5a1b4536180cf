"""What the benefit consists of: approval, housing, income, deductions, reductions, overpayments."""

from collections.abc import Iterator

from app.answers.rules.page import Page, listed
from app.answers.rules.sentences import Sentence
from app.answers.values import Fact


def approval_period(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, _span(fact, page, during="current"))


def housing_costs(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "some")
    for line in ("rent", "ancillary", "heating", "total"):
        yield page.phrases.say(fact, line, item=True)
    claimed, accepted = fact.at("total_claimed"), fact.at("total_accepted")
    verdict = "less" if accepted.money() < claimed.money() else "full"
    yield page.phrases.say(fact, verdict, about=(claimed, accepted))


def income_credited(fact: Fact, page: Page) -> Iterator[Sentence]:
    lines = fact.at("lines").items()
    if lines:
        yield page.phrases.say(fact, "some")
        for line in lines:
            yield page.phrases.say(line, "item", item=True)
    else:
        yield page.phrases.say(fact, "no_lines", about=(fact.at("lines"),))
    yield page.phrases.say(fact, "total")


def deductions(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield from listed(fact, page, lambda item: _deduction(item, page))


def reductions(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield from listed(fact, page, lambda item: _span(item, page, during="until"))


def overpayments(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "some")
    for item in fact.items():
        first, last = item.at("month_from"), item.at("month_to")
        one = first.text() == last.text()
        yield page.phrases.say(
            item, "item_month" if one else "item", about=(last,) if one else (), item=True
        )


def _deduction(item: Fact, page: Page) -> str:
    if item.find("to") is not None:
        return _span(item, page, during="until")
    return "open_coming" if item.at("from").day() > page.today else "open"


def _span(fact: Fact, page: Page, *, during: str) -> str:
    """Whether the time from `from` to `to`, both included, is over, running or to come."""
    if fact.at("to").day() < page.today:
        return "ended"
    return "coming" if fact.at("from").day() > page.today else during
