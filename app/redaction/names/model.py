"""What the names model says of a text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from typing import Final, Self

from app.redaction.lists import listed
from app.redaction.names.company import beside_names, torn
from app.redaction.names.features import Page, Vocabulary
from app.redaction.names.labels import (
    FIRST,
    INSIDE,
    NAMES,
    PARTICLES,
    Found,
    Label,
    complete,
    deputy,
    follows,
    may_name,
    runs,
)
from app.redaction.names.lexicon import UNKNOWN, Known, Lexicon
from app.redaction.names.modes import Mode
from app.redaction.names.network import Network
from app.redaction.names.reader import Reader
from app.redaction.names.tokens import Token, pieces

# How certain a finding is said to be: the likeliest reading, and the least a possible name gets.
_SURE: Final = 0.85
_POSSIBLE: Final = 0.4


class Sort(StrEnum):
    """What a word is: how sure one must be differs.

    A strange one, which names hardly are (`an`, `Do`, `Mai`), may stand beside a name or not.
    """

    STRANGE = "strange"
    STRANGE_BESIDE = "strange_beside"
    LISTED = "listed"
    WORD = "word"
    SMALL_WORD = "small_word"
    UNKNOWN = "unknown"
    SMALL_UNKNOWN = "small_unknown"


_STRANGE: Final = listed("no_names") | listed("no_names_abroad") | PARTICLES
_SIGNS: Final = frozenset(".,-'/&")

# The words of a web address are none of a text, nor what is left of a number that is starred out.
_NO_TEXT: Final = re.compile(r"\S{0,200}(?:://|www\.|@)\S{1,200}|\w{0,4}\*\*[\w*]{0,40}")
_NO_TEXT_SIGNS: Final = ("://", "www.", "@", "**")
# Whose letters an office shares out.
_RANGE: Final = re.compile(r"[A-ZÄÖÜ]-[A-ZÄÖÜ]")
_LIKELY: Final = 0.5
_PERHAPS: Final = 0.1
_NEARLY_NONE: Final = 0.001


Chances = Sequence[float] | Mapping[int, float]
Thresholds = Mapping[str, Mapping["Sort", float]]


class _Chances(dict[int, float]):
    """How likely each word is part of a name, worked out for those that are asked about."""

    def __init__(self, of: Callable[[int], float]) -> None:
        self._of = of

    def __missing__(self, at: int) -> float:
        self[at] = found = self._of(at)
        return found


@dataclass(frozen=True, slots=True)
class Least:
    """How sure one must be of a word of each sort; below the least of them none is looked at."""

    by_sort: Mapping[Sort, float]
    of_all: float

    @classmethod
    def of(cls, chosen: Mapping[Sort, float]) -> Self:
        return cls(chosen, min(chosen.values()))


class NamesModel:
    """Read once at start. Not for two threads at once: whoever shares it takes turns.

    `thresholds` are those of each language; one that has none has the first one's.
    """

    def __init__(
        self, reader: Reader, network: Network, lexicon: Lexicon, thresholds: Thresholds
    ) -> None:
        self.lexicon = lexicon
        self.reader = reader
        self.network = network
        self._vocabulary = Vocabulary(lexicon)
        self._least = {code: Least.of(chosen) for code, chosen in thresholds.items()}
        self._else = next(iter(self._least.values()))

    def find(self, text: str, mode: Mode, language: str) -> Iterator[Found]:
        addresses = _no_text(text)
        least = self._least.get(language, self._else)
        for tokens in pieces(text):
            for found in self._piece(tokens, mode, least):
                if not any(start <= found.start and found.end <= end for start, end in addresses):
                    yield found

    def _piece(self, tokens: Sequence[Token], mode: Mode, least: Least) -> Iterator[Found]:
        page = self._vocabulary.page(tokens)
        self.reader.read(page)
        labels = self.reader.labels()
        chances = _Chances(self.reader.chance)
        certainties = [_SURE] * len(tokens)
        for at in range(len(tokens)):
            if labels[at] in NAMES and not self._within(page, at, chances, least):
                labels[at] = "O"
        if mode is Mode.RECALL:
            self._add_possible(page, labels, certainties, least)
        complete(page, labels)
        _join(page, labels)
        return runs(tokens, labels, certainties)

    def _add_possible(
        self, page: Page, labels: list[str], certainties: list[float], least: Least
    ) -> None:
        """The reader has read the page; now the network does."""
        reader, (names, addresses) = self.reader, self.network.chances(page)
        chances = _Chances(lambda at: _both(reader.chance(at), names[at]))
        for at, (label, address) in enumerate(zip(labels, addresses, strict=True)):
            if label.endswith(Label.ADDRESS) or (label in NAMES and not may_name(page.tokens[at])):
                continue
            if address > _PERHAPS and _both(reader.address_chance(at), address) > _LIKELY:
                labels[at] = f"I-{Label.ADDRESS}"
            elif not self._possible(page, at, chances, least):
                labels[at] = "O" if label in NAMES else label
            elif label not in NAMES:
                labels[at], certainties[at] = INSIDE, max(chances[at], _POSSIBLE)
        named = [label in NAMES for label in labels]
        more = (*beside_names(page, named, self.lexicon), *torn(page, named, self.lexicon))
        for at in more:
            if not labels[at].endswith(Label.ADDRESS):
                labels[at], certainties[at] = INSIDE, _POSSIBLE

    def judge(self, tokens: Sequence[Token]) -> list[tuple[Sort, float]]:
        """Of each word of a piece its sort, and how likely it is part of a name, by both."""
        page = self._vocabulary.page(tokens)
        self.reader.read(page)
        names, _ = self.network.chances(page)
        chances = [_both(self.reader.chance(at), name) for at, name in enumerate(names)]
        return [(_sort(page, at, chances), chance) for at, chance in enumerate(chances)]

    def _within(self, page: Page, at: int, chances: Chances, least: Least) -> bool:
        """Whether it may stand in a name: `von`, a hyphen, the comma of `Berg, Alma`."""
        token = page.tokens[at]
        if token.text.lower() in PARTICLES or token.text in _SIGNS:
            return True
        return may_name(token) and (
            token.text.lower() not in _STRANGE or self._possible(page, at, chances, least)
        )

    @staticmethod
    def _possible(page: Page, at: int, chances: Chances, least: Least) -> bool:
        if chances[at] <= least.of_all or not may_name(page.tokens[at]):
            return False
        if _hangs_on(page.tokens, at) or _lone(page, at, chances):
            return False
        return chances[at] > least.by_sort[_sort(page, at, chances)]


def _join(page: Page, labels: list[str]) -> None:
    """A given name and what follows it are one person's, however they were read."""
    tokens, words = page.tokens, page.words
    for at in range(1, len(tokens)):
        beside = not tokens[at].line and tokens[at].start - tokens[at - 1].end == 1
        given = Known.GIVEN in words[at - 1].kind and Known.GIVEN not in words[at].kind
        if labels[at] == FIRST and labels[at - 1] in NAMES and beside and given:
            labels[at] = INSIDE


def _sort(page: Page, at: int, chances: Chances) -> Sort:
    """The kind of word, by what the lexicon says of it."""
    token, kind = page.tokens[at], page.words[at].kind
    if token.text.lower() in _STRANGE:
        return Sort.STRANGE_BESIDE if _beside(page.tokens, at, chances) else Sort.STRANGE
    if Known.GIVEN in kind or Known.SURNAME in kind:
        return Sort.LISTED
    small = token.text.islower()
    if kind == UNKNOWN:
        return Sort.SMALL_UNKNOWN if small else Sort.UNKNOWN
    return Sort.SMALL_WORD if small else Sort.WORD


def _both(one: float, other: float) -> float:
    """The mean of two chances, taken of their odds' logarithms: who is nearly sure counts more."""
    odds = sqrt(_odds(one) * _odds(other))
    return odds / (1 + odds)


def _odds(chance: float) -> float:
    held = min(max(chance, _NEARLY_NONE), 1 - _NEARLY_NONE)
    return held / (1 - held)


def _no_text(text: str) -> list[tuple[int, int]]:
    if not any(sign in text for sign in _NO_TEXT_SIGNS):
        return []
    return [found.span() for found in _NO_TEXT.finditer(text)]


def _hangs_on(tokens: Sequence[Token], at: int) -> bool:
    """An ending after a sign: `(…)s`."""
    small = len(tokens[at].text) == 1 and tokens[at].text.islower()
    return small and at > 0 and tokens[at].start == tokens[at - 1].end


def _lone(page: Page, at: int, chances: Chances) -> bool:
    """A single letter that is nobody's initial: `A–K`, `4 J.`, and `i. A.` before a name."""
    tokens = page.tokens
    if len(tokens[at].text) > 1:
        return bool(_RANGE.fullmatch(tokens[at].text))
    if follows(tokens, at) and (
        chances[at - 1] > _LIKELY or page.words[at - 1].cue or len(tokens[at - 1].text) == 1
    ):
        return deputy(tokens, at)
    if at + 1 < len(tokens) and follows(tokens, at + 1) and len(tokens[at + 1].text) == 1:
        return False
    last = at + 2
    initial = last < len(tokens) and tokens[at + 1].text == "." and chances[last] > _LIKELY
    return not initial or deputy(tokens, at)


def _beside(tokens: Sequence[Token], at: int, chances: Chances) -> bool:
    """Whether the next word on either side, in the same line, is more likely a name than not."""
    before = at > 0 and chances[at - 1] > _LIKELY and not tokens[at].line
    after = at + 1 < len(tokens) and chances[at + 1] > _LIKELY and not tokens[at + 1].line
    return before or after
