"""What the names model says of a text."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from app.redaction.names.features import Page, Vocabulary
from app.redaction.names.forest import Forest
from app.redaction.names.labels import (
    FIRST,
    INSIDE,
    NAMES,
    PARTICLES,
    SMALL,
    STRANGE,
    Found,
    Label,
    amid,
    complete,
    deputy,
    ends_name,
    follows,
    may_name,
    runs,
)
from app.redaction.names.lexicon import Known, Lexicon
from app.redaction.names.modes import Mode
from app.redaction.names.network import Network
from app.redaction.names.reader import Reader
from app.redaction.names.stacking import Readings, both, combined
from app.redaction.names.tokens import Token, pieces
from app.redaction.names.torn import torn

# How certain a finding is said to be: the likeliest reading, and the least a possible name gets.
_SURE: Final = 0.85
_POSSIBLE: Final = 0.4
_SIGNS: Final = frozenset(".,-'/&")

# The words of a web address are none of a text, nor what is left of a number that is starred out.
_NO_TEXT: Final = re.compile(r"\S{0,200}(?:://|www\.|@)\S{1,200}|\w{0,4}\*\*[\w*]{0,40}")
_NO_TEXT_SIGNS: Final = ("://", "www.", "@", "**")
# Whose letters an office shares out.
_RANGE: Final = re.compile(r"[A-ZÄÖÜ]-[A-ZÄÖÜ]")
_PERHAPS: Final = 0.1
# What one reader at least says of a word in the middle of a name that no name is made of.
_HINTED: Final = 0.03

_LIKELY: Final = 0.5

Chances = Sequence[float] | Mapping[int, float]


class _Chances(dict[int, float]):
    """How likely each word is part of a name, worked out for those that are asked about."""

    def __init__(self, of: Callable[[int], float]) -> None:
        self._of = of

    def __missing__(self, at: int) -> float:
        self[at] = found = self._of(at)
        return found


class Readers(NamedTuple):
    """The one that counts clues, and the one that weighs them."""

    reader: Reader
    network: Network


def readings(readers: Readers, page: Page) -> Readings:
    """What both say of a page that the first of them has read."""
    reader, network = readers
    read, addresses = network.chances(page)
    return Readings(page, [*map(reader.chance, range(len(page.tokens)))], read, addresses)


class NamesModel:
    """Read once at start. Not for two threads at once: whoever shares it takes turns.

    `thresholds` are those of each language; one that has none has the first one's.
    """

    def __init__(
        self, readers: Readers, forest: Forest, lexicon: Lexicon, thresholds: Mapping[str, float]
    ) -> None:
        self.lexicon = lexicon
        self.reader, self.network = self._readers = readers
        self.forest = forest
        self._vocabulary = Vocabulary(lexicon)
        self._least = thresholds
        self._else = next(iter(thresholds.values()))

    def find(self, text: str, mode: Mode, language: str) -> Iterator[Found]:
        addresses = _no_text(text)
        least = self._least.get(language, self._else)
        for tokens in pieces(text):
            for found in self._piece(tokens, mode, least):
                if not any(start <= found.start and found.end <= end for start, end in addresses):
                    yield found

    def _piece(self, tokens: Sequence[Token], mode: Mode, least: float) -> Iterator[Found]:
        page = self._vocabulary.page(tokens)
        self.reader.read(page)
        labels = self.reader.labels()
        chances = _Chances(self.reader.chance)
        certainties = [_SURE] * len(tokens)
        for at in range(len(tokens)):
            if labels[at] in NAMES and not self._within(page, at, chances, least):
                labels[at] = "O"
        likely = [False] * len(tokens)
        if mode is Mode.RECALL:
            likely = self._add_possible(page, labels, certainties, least)
        complete(page, labels, counted=mode is Mode.FAST)
        _join(page, labels)
        return runs(tokens, labels, certainties, likely)

    def _add_possible(
        self, page: Page, labels: list[str], certainties: list[float], least: float
    ) -> list[bool]:
        """The reader has read the page; now the network does. Says which words are likely names."""
        reader, seen = self.reader, readings(self._readers, page)
        chances = combined(self.forest, seen)
        for at, (label, address) in enumerate(zip(labels, seen.addresses, strict=True)):
            if label.endswith(Label.ADDRESS) or (label in NAMES and not may_name(page.tokens[at])):
                continue
            if address > _PERHAPS and both(reader.address_chance(at), address) > _LIKELY:
                labels[at] = f"I-{Label.ADDRESS}"
            elif not self._possible(page, at, chances, least):
                labels[at] = "O" if label in NAMES else label
            elif label not in NAMES:
                labels[at], certainties[at] = INSIDE, max(chances[at], _POSSIBLE)
        for at in amid(page, labels):
            if max(seen.counted[at], seen.read[at]) > _HINTED:
                labels[at], certainties[at] = INSIDE, _POSSIBLE
        named = [label in NAMES for label in labels]
        for at in torn(page, named, self.lexicon):
            if not labels[at].endswith(Label.ADDRESS):
                labels[at], certainties[at] = INSIDE, _POSSIBLE
        return [chance > _LIKELY for chance in chances]

    def _within(self, page: Page, at: int, chances: Chances, least: float) -> bool:
        """Whether it may stand in a name: `von`, a hyphen, the comma of `Berg, Alma`."""
        token = page.tokens[at]
        if token.text.lower() in PARTICLES or token.text in _SIGNS:
            return True
        return may_name(token) and (
            token.text.lower() not in STRANGE or self._possible(page, at, chances, least)
        )

    @staticmethod
    def _possible(page: Page, at: int, chances: Chances, least: float) -> bool:
        if chances[at] <= least:
            return False
        return not _hangs_on(page.tokens, at) and not _lone(page, at, chances)


def _join(page: Page, labels: list[str]) -> None:
    """What follows a given name, a particle or `Nur` is of the same person, however it was read."""
    tokens, words = page.tokens, page.words
    for at in range(1, len(tokens)):
        beside = not tokens[at].line and tokens[at].start - tokens[at - 1].end == 1
        given = Known.GIVEN in words[at - 1].kind and Known.GIVEN not in words[at].kind
        before = tokens[at - 1]
        goes_on = given or before.text.lower() in SMALL or not ends_name(before)
        if labels[at] == FIRST and labels[at - 1] in NAMES and beside and goes_on:
            labels[at] = INSIDE


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
