"""What is paid: the next payment, the past ones, the total and how it was worked out."""

from collections.abc import Iterator
from decimal import Decimal

from app.answers.rules.page import Page, listed
from app.answers.rules.sentences import Sentence
from app.answers.values import Fact


def next_payment(fact: Fact, page: Page) -> Iterator[Sentence]:
    day = fact.at("date").day()
    if day < page.today:
        yield page.phrases.say(fact, "past")
        yield page.phrases.say(fact, "past_hint", about=(fact.at("date"),))
    else:
        yield page.phrases.say(fact, "today" if day == page.today else "coming")


def payments(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield from listed(
        fact,
        page,
        lambda item: "item_coming" if item.at("date").day() > page.today else "item",
    )


def total(fact: Fact, page: Page) -> Iterator[Sentence]:
    yield page.phrases.say(fact, "one")
    parts = fact.at("parts").items()
    if parts:
        yield page.phrases.say(fact, "parts")
        yield from signed(parts, page)


def calculation(fact: Fact, page: Page) -> Iterator[Sentence]:
    for month in fact.items():
        yield page.phrases.say(month, "month")
        yield from signed(month.at("lines").items(), page)
        yield page.phrases.say(month, "total", item=True)


def signed(lines: tuple[Fact, ...], page: Page) -> Iterator[Sentence]:
    """Each line with the word "less" instead of a minus sign, which is easily overheard."""
    for line in lines:
        minus = line.at("amount").money().amount < Decimal(0)
        yield page.phrases.say(line, "minus" if minus else "plus", item=True)
