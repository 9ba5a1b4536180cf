"""The notation of phrases in policies/topics.yaml, classes.yaml and words.yaml.

A phrase is a row of terms, all of which must occur, in any order:

    word      a word or any of its forms, alone or as part of a compound
    word*     a word that begins so; *word ends so, *word* contains it
    one_two   these words, one right after the other
    a|b       either
    @name     any of the words under that name in words.yaml
    !term     must not occur
    ^0.5      not a term: makes the phrase worth so much more
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import contains
from typing import Final

from app.intake.tokens import Token, fold, tokens
from app.vocabulary.levels import Language

_Numbers = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Words:
    """Words that mean the same in a question. `weight` is what finding one is worth."""

    forms: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Phrase:
    """Numbers of the terms in a Grammar that must and must not be found."""

    needed: frozenset[int]
    barred: frozenset[int]
    weight: float


class Grammar:
    """The phrases of one language. All their terms are looked for at once, word by word."""

    def __init__(self, language: Language, words: Mapping[str, Words]) -> None:
        self._language: Final = language
        self._words: Final = words
        self._weights: Final[dict[str, tuple[int, float]]] = {}
        self._stems: Final[_Numbers] = {}
        self._starts: Final[_Numbers] = {}
        self._ends: Final[_Numbers] = {}
        self._within: Final[_Numbers] = {}
        self._rows: Final[dict[str, list[tuple[tuple[str, ...], int]]]] = {}

    def phrase(self, notation: str) -> Phrase:
        """Raises ValueError for a phrase that needs nothing or names unknown words."""
        given = [part for part in notation.split() if not part.startswith("^")]
        bonus = sum(float(part[1:]) for part in notation.split() if part.startswith("^"))
        needed = [self._term(term) for term in given if not term.startswith("!")]
        if not needed:
            raise ValueError(f"the phrase {notation} needs no word")
        barred = [self._term(term[1:]) for term in given if term.startswith("!")]
        return Phrase(
            needed=frozenset(number for number, _ in needed),
            barred=frozenset(number for number, _ in barred),
            weight=sum(weight for _, weight in needed) + bonus,
        )

    def found(self, words: Sequence[Token], meanings: Sequence[frozenset[str]]) -> set[int]:
        """The numbers of the terms that occur; `meanings` are the stems each word may stand for."""
        numbers: set[int] = set()
        for position, (token, stems) in enumerate(zip(words, meanings, strict=True)):
            numbers.update(self._affixes(token.word))
            for stem in stems:
                numbers.update(self._stems.get(stem, ()))
                if stem != token.stem:
                    numbers.update(self._affixes(stem))
                for row, number in self._rows.get(stem, ()):
                    stretch = meanings[position : position + len(row)]
                    if len(stretch) == len(row) and all(map(contains, stretch, row)):
                        numbers.add(number)
        return numbers

    @property
    def vocabulary(self) -> frozenset[str]:
        """All stems, and beginnings and middles of words, that anything is looked for by."""
        rows = (stem for several in self._rows.values() for row, _ in several for stem in row)
        return frozenset((*self._stems, *self._starts, *self._within, *rows))

    def spells(self, word: str) -> bool:
        """Whether the word, as it is, has a part that is looked for."""
        return any(True for _ in self._affixes(word))

    def _affixes(self, word: str) -> Iterator[int]:
        for length in range(2, len(word) + 1):
            yield from self._starts.get(word[:length], ())
            yield from self._ends.get(word[-length:], ())
        for part, numbers in self._within.items():
            if part in word:
                yield from numbers

    def _term(self, notation: str) -> tuple[int, float]:
        if notation not in self._weights:
            number = len(self._weights)
            weights: list[float] = []
            for form in notation.split("|"):
                words = self._words.get(form[1:]) if form[:1] == "@" else Words((form,), 1.0)
                if words is None:
                    raise ValueError(f"there are no words under {form}")
                weights.append(words.weight)
                for spelling in words.forms:
                    self._look_for(spelling, number)
            self._weights[notation] = number, min(weights)
        return self._weights[notation]

    def _look_for(self, form: str, number: int) -> None:
        body = fold(form.lower().strip("*"), self._language)
        match form.startswith("*"), form.endswith("*") and "_" not in form:
            case True, True:
                self._within.setdefault(body, []).append(number)
            case True, False:
                self._ends.setdefault(body, []).append(number)
            case False, True:
                self._starts.setdefault(body, []).append(number)
            case _:
                row = tuple(
                    t.stem for t in tokens(form.strip("*").replace("_", " "), self._language)
                )
                if not row:
                    raise ValueError("a term has no letters")
                if len(row) == 1:
                    self._stems.setdefault(row[0], []).append(number)
                else:
                    self._rows.setdefault(row[0], []).append((row, number))
