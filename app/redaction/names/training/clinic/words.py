"""What is looked up once for each word of a letter."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.redaction.names.model import NamesModel
from app.redaction.names.modes import Mode
from app.redaction.names.training.clinic.documents import Document, Gap, Token
from app.redaction.names.training.clinic.patterns import CLASSES, body, marked
from app.vocabulary.levels import Language

NONE: Final = "-"
_BEFORE: Final = frozenset({"title", "role", "sir", "patient"})
_AFTER: Final = frozenset({"born", "lives"})
_REACH: Final = 4
_STEM: Final = 3
_CENTURIES: Final = range(1900, 2101)
_OLDEST: Final = 110
_DATE: Final = re.compile(r"(\d{1,4})[-./ ]+(\d{1,2})[-./ ]*(\d{2,4})?")
_FULL: Final = re.compile(r"\d{1,2}[./ ]\s?\d{1,2}[./ ]\s?(?:19|20)(\d\d)")
_LAST: Final = re.compile(r"(\d\d)\D*$")
_RUN: Final = re.compile(r"(.)\1\1+")


@dataclass(frozen=True, slots=True)
class Word:
    """`lists`, `like` and `told` are the names model's; `number` is what a number could be."""

    low: str
    shape: str
    classes: tuple[str, ...]
    lists: str
    like: str
    told: str
    number: str
    year: str
    marks: tuple[str, ...]
    section: str
    gap: Gap

    @property
    def kind(self) -> str:
        return "+".join(self.classes) or NONE


def words(of: Document, model: NamesModel) -> list[Word]:
    told = _told(of.text, model)
    marks = marked(of.text)
    begins, closes = body(of.text)
    years = frozenset(found[1] for found in _FULL.finditer(of.text))
    return [
        _word(
            token,
            model,
            told=told.get(token.start, NONE),
            marks=_marks(token, marks),
            section="H" if token.start < begins else "S" if token.start >= closes else "T",
            years=years,
        )
        for token in of.tokens
    ]


def company(of: Document, read: Sequence[Word]) -> Mapping[str, Counter[str]]:
    """For each word with a capital, what stands beside it wherever the letter has it."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for at, (token, word) in enumerate(zip(of.tokens, read, strict=True)):
        if not _name_like(token):
            continue
        first = max(at - _REACH, of.lines[of.line[at]][0])
        before = {each for near in read[first:at] for each in near.classes} & _BEFORE
        after = {each for near in read[at + 1 : at + 2 + _REACH] for each in near.classes} & _AFTER
        found[word.low].update(before | after | {"any"})
        if word.told != NONE:
            found[word.low][f"model{word.told[1:]}"] += 1
        if not before:
            found[word.low]["bare"] += 1
    return found


def brief(shape: str) -> str:
    return _RUN.sub(r"\1\1+", shape)


def _name_like(token: Token) -> bool:
    return token.text[0].isupper() and token.text.isalpha() and len(token.text) > 1


def _word(  # noqa: PLR0913 - what the letter says of it
    token: Token,
    model: NamesModel,
    *,
    told: str,
    marks: tuple[str, ...],
    section: str,
    years: frozenset[str],
) -> Word:
    text, low = token.text, token.text.lower()
    letters = text[0].isalpha()
    number = _number(text) if text[0].isdecimal() else ""
    year = _LAST.search(text)
    return Word(
        low=low,
        shape=brief(_shape(text)),
        classes=tuple(name for name, pattern in CLASSES.items() if pattern.fullmatch(text)),
        lists=_lists(low, model) if letters else "#",
        like=str(model.lexicon.shapes.likeness(low)) if letters else "",
        told=told,
        number=number,
        year=f"{number}{'+' if year[1] in years else NONE}" if number and year else "",
        marks=marks,
        section=section,
        gap=token.gap,
    )


def _told(text: str, model: NamesModel) -> Mapping[int, str]:
    told: dict[int, str] = {}
    for one in model.find(text, Mode.FAST, Language.DE):
        for at in range(one.start, one.end):
            told[at] = f"{'B' if at == one.start else 'I'}{one.label}"
    return told


def _marks(token: Token, marks: Mapping[int, Sequence[str]]) -> tuple[str, ...]:
    """`B` begins with the form, `E` ends with it, `S` both, `I` neither, `X` only touches it."""
    first, last = marks.get(token.start, ()), marks.get(token.end - 1, ())
    found = []
    for name in sorted({mark[1:] for mark in (*first, *last)}):
        begins, ends = f"B{name}" in first, f"E{name}" in last
        within = any(mark[1:] == name for mark in first)
        place = ("S" if ends else "B") if begins else "E" if ends else "I" if within else "X"
        found.append(f"{place}{name}")
    return tuple(found)


def _lists(low: str, model: NamesModel) -> str:
    lists = model.lexicon.letters(low)
    if lists == NONE and low[-1] == "s" and len(low) > _STEM:
        return f"{model.lexicon.letters(low[:-1])}'s"
    return lists


def _shape(text: str) -> str:
    return "".join(
        "9" if char.isdecimal() else "X" if char.isupper() else "x" if char.isalpha() else char
        for char in text
    )


def _number(text: str) -> str:
    """What a number may be: a year, a day, an age, a date that there is."""
    if text.isdecimal():
        return _plain(int(text), len(text))
    found = _DATE.fullmatch(text.strip("."))
    if not found:
        return NONE
    day, month, year = int(found[1]), int(found[2]), found[3]
    if len(found[1]) == len("2026"):
        return "iso"
    if year is None and "/" in text:
        return f"month{len(found[2])}{_there(1, day)}"
    return f"{'full' if year else 'short'}{_there(day, month)}"


def _plain(value: int, digits: int) -> str:
    if digits == len("2026"):
        return "year" if value in _CENTURIES else "four"
    if digits <= len("31") and value <= 31:  # noqa: PLR2004 - the days of a month
        return "day"
    return "age" if value <= _OLDEST else "big"


def _there(day: int, month: int) -> str:
    return "" if 1 <= day <= 31 and 1 <= month <= 12 else "?"  # noqa: PLR2004 - a calendar
