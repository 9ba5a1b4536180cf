"""A value of the file: walked by name, put into words, and cited leaf by leaf."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from babel.dates import format_date

from app.vocabulary.dates import spoken_date, spoken_moment
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language
from app.vocabulary.money import Money

_LINE_BREAKS: Final = re.compile(r"\s*[\r\n]+\s*")


class Shape(StrEnum):
    """How a leaf is put into words. `WORD` needs a word list, so phrases do it."""

    MONEY = "money"
    POSITIVE = "positive"  # money without its sign, where the phrase says "less"
    DATE = "date"
    MOMENT = "moment"
    MONTH = "month"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    WORD = "word"


class Cite(NamedTuple):
    """Where in the file a figure stands. `locator` is `field.path`, list items counted from 0."""

    subject: SubjectId
    field: FieldName
    locator: str


class Unreadable(ValueError):
    """The value has not the shape its field has. Holds no part of it."""

    def __init__(self) -> None:
        super().__init__("a value is not of its field's shape")


@dataclass(frozen=True, slots=True)
class Fact:
    """A released value, or a part of one, with its place in the file."""

    subject: SubjectId
    field: FieldName
    value: object
    path: tuple[str | int, ...] = ()

    @property
    def cite(self) -> Cite:
        steps = [str(self.field), *(str(step) for step in self.path)]
        return Cite(self.subject, self.field, ".".join(steps))

    @property
    def kind(self) -> str:
        """The place without list indexes, which is how word lists are named."""
        return ".".join([str(self.field), *(step for step in self.path if isinstance(step, str))])

    def find(self, path: str) -> "Fact | None":
        """The part at a dotted path, None where the file has none. `.` is the value itself."""
        fact = self
        for step in path.split(".") if path != "." else ():
            if not isinstance(fact.value, Mapping):
                raise Unreadable
            fact = replace(fact, value=fact.value.get(step), path=(*fact.path, step))
            if fact.value is None:
                return None
        return fact

    def at(self, path: str) -> "Fact":
        fact = self.find(path)
        if fact is None:
            raise Unreadable
        return fact

    def items(self) -> "tuple[Fact, ...]":
        if not isinstance(self.value, list | tuple):
            raise Unreadable
        return tuple(
            replace(self, value=item, path=(*self.path, index))
            for index, item in enumerate(self.value)
        )

    def text(self) -> str:
        """One line of text; nothing else about it is changed."""
        if not isinstance(self.value, str):
            raise Unreadable
        return _LINE_BREAKS.sub(" ", self.value.strip())

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise Unreadable
        return self.value

    def money(self) -> Money:
        try:
            return Money.of(self.value)
        except ValueError:
            raise Unreadable from None

    def day(self) -> date:
        try:
            return date.fromisoformat(self.text())
        except ValueError:
            raise Unreadable from None

    def moment(self) -> datetime:
        try:
            moment = datetime.fromisoformat(self.text())
        except ValueError:
            raise Unreadable from None
        if moment.tzinfo is None:
            raise Unreadable
        return moment

    def spoken(self, shape: Shape, language: Language) -> str:
        return _SPEAKERS[shape](self, language)

    def month(self) -> date:
        """The first day of `2026-10`."""
        try:
            return date.fromisoformat(f"{self.text()}-01")
        except ValueError:
            raise Unreadable from None

    def number(self) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise Unreadable
        return self.value


_SPEAKERS: Final[Mapping[Shape, Callable[[Fact, Language], str]]] = {
    Shape.MONEY: lambda fact, language: fact.money().spoken(language),
    Shape.POSITIVE: lambda fact, language: max(fact.money(), -fact.money()).spoken(language),
    Shape.DATE: lambda fact, language: spoken_date(fact.day(), language),
    Shape.MOMENT: lambda fact, language: spoken_moment(fact.moment(), language),
    Shape.MONTH: lambda fact, language: format_date(fact.month(), "LLLL y", locale=language),
    Shape.NUMBER: lambda fact, _: str(fact.number()),
    Shape.LIST: lambda fact, _: "; ".join(item.text() for item in fact.items()),
    Shape.TEXT: lambda fact, _: fact.text(),
    Shape.WORD: lambda fact, _: fact.text(),
}
