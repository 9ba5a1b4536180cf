"""From slot to value: what only code may write."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from app.answers.rules.phrases import phrases
from app.answers.values import Fact, Shape, Unreadable
from app.records.excerpt import ScopedFacts
from app.redaction.facts import RedactedFacts, SlotAddress
from app.synthesis.figures import Figure
from app.synthesis.slots import field_of
from app.vocabulary.json import Json
from app.vocabulary.levels import Language

_SHOWN: Final = re.compile(r"⟦(?P<slot>[^⟦⟧]+)⟧ \([^()]*\) = (?P<shown>.+)$")
_NO: Final = {Language.DE: "nein", Language.EN: "no"}
_YES: Final = {Language.DE: "ja", Language.EN: "yes"}


def slot_values(sheet: RedactedFacts, facts: ScopedFacts, language: Language) -> Mapping[str, str]:
    """What each slot is replaced by.

    A slot whose place holds nothing is left out: to fill it is Ungrounded.
    """
    filled: dict[str, str] = {}
    for name, address in sheet.slots.items():
        value = _at(facts.values.get((address.subject, address.field)), address.path)
        if value is not None:
            spoken = _spoken(address, value, language)
            if spoken is not None:
                filled[name] = spoken
    return filled


def figures(sheet: RedactedFacts) -> frozenset[Figure]:
    """What the model was literally shown, so that it may say it again."""
    found: set[Figure] = set()
    for line in sheet.lines.text.splitlines():
        if shown := _SHOWN.search(line):
            found.add(Figure(field_of(shown["slot"]), shown["shown"].strip('"')))
    return frozenset(found)


def _at(value: Json, path: tuple[str | int, ...]) -> Json:
    for step in path:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return None
    return value


def _spoken(address: SlotAddress, value: Json, language: Language) -> str | None:
    fact = Fact(address.subject, address.field, value, address.path)
    speak = _SPEAKERS.get(address.type, _text)
    try:
        return speak(fact, language)
    except Unreadable:
        return None


def _text(fact: Fact, language: Language) -> str:
    return fact.spoken(Shape.TEXT, language)


def _flag(fact: Fact, language: Language) -> str:
    return (_YES if fact.flag() else _NO)[language]


_SPEAKERS: Final[Mapping[str, Callable[[Fact, Language], str]]] = {
    "EUR": lambda fact, language: fact.spoken(Shape.MONEY, language),
    "date": lambda fact, language: fact.spoken(Shape.DATE, language),
    "moment": lambda fact, language: fact.spoken(Shape.MOMENT, language),
    "number": lambda fact, language: fact.spoken(Shape.NUMBER, language),
    "word": lambda fact, language: phrases(language).word(fact),
    "yes or no": _flag,
}
