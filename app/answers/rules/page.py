"""What a template writes on: the phrases, today, and the names of fields."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from app.answers.rules.phrases import Phrases
from app.answers.rules.sentences import Sentence
from app.answers.values import Fact
from app.catalogue.fields import Catalogue
from app.vocabulary.ids import FieldName


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`today` is the calendar day in Germany, by which past and future are told apart."""

    phrases: Phrases
    catalogue: Catalogue
    today: date

    def label(self, field: str) -> str:
        """A field's name for people; an unknown one as the file has it."""
        return (
            self.catalogue[field].label(self.phrases.language)
            if FieldName(field) in self.catalogue
            else field
        )


# Turns the value of one field into sentences. Raises Unreadable where it is of another shape.
Template = Callable[[Fact, Page], Iterator[Sentence]]


def plain(fact: Fact, page: Page) -> Iterator[Sentence]:
    """A list: `some`, then `item` for each. Anything else: `one`."""
    if not isinstance(fact.value, list):
        yield page.phrases.say(fact, "one")
        return
    yield from listed(fact, page, lambda _: "item")


def listed(fact: Fact, page: Page, variant: Callable[[Fact], str]) -> Iterator[Sentence]:
    """`some`, then each item in the variant that fits it."""
    yield page.phrases.say(fact, "some")
    for item in fact.items():
        yield page.phrases.say(item, variant(item), item=True)
