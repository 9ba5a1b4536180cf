"""The model's files, and what they say of a text."""

import json
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

from app.redaction.lists import listed
from app.redaction.names.company import beside_names
from app.redaction.names.features import Page, Vocabulary
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import UNKNOWN, Known, Lexicon, Words
from app.redaction.names.modes import Mode
from app.redaction.names.reader import Part, Reader
from app.redaction.names.tokens import Token, pieces

LEXICON: Final = "lexicon.bin"
SETTINGS: Final = "names.json"
FILES: Final = (*(part.file for part in Part), LEXICON, SETTINGS)
_HEAD: Final = struct.Struct("<I")

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


class Label(StrEnum):
    PERSON = "PER"
    PLACE = "LOC"
    ORGANISATION = "ORG"
    ADDRESS = "ADR"


_PARTICLES: Final = listed("particles")
_STRANGE: Final = listed("no_names") | listed("no_names_abroad") | _PARTICLES
# What stands before names, what offices write most, words of grammar: never a name.
_NEVER: Final = listed("never")
_SIGNS: Final = frozenset(".,-'/&")

# These stand before surnames and are no words of German.
_FOREIGN: Final = frozenset(("dos", "del", "della", "di", "de", "van", "el", "al", "ibn"))

# The words of a web address are none of a text, nor what is left of a number that is starred out.
_NO_TEXT: Final = re.compile(r"\S{0,200}(?:://|www\.|@)\S{1,200}|\w{0,4}\*\*[\w*]{0,40}")
_NO_TEXT_SIGNS: Final = ("://", "www.", "@", "**")
_INSIDE: Final = f"I-{Label.PERSON}"
_FIRST: Final = f"B-{Label.PERSON}"
_NAMES: Final = frozenset({_FIRST, _INSIDE})
_LIKELY: Final = 0.5


Chances = Sequence[float] | Mapping[int, float]


class _Chances(dict[int, float]):
    """How likely each word is part of a name, worked out for those that are asked about."""

    def __init__(self, of: Callable[[int], float]) -> None:
        self._of = of

    def __missing__(self, at: int) -> float:
        self[at] = found = self._of(at)
        return found


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    label: Label
    certainty: float


def packed(lexicon: Lexicon) -> bytes:
    kinds = "\n".join(lexicon.words.kinds).encode()
    return (
        lexicon.shapes.weights
        + _HEAD.pack(len(kinds))
        + kinds
        + bytes(len(kinds) % 2)
        + lexicon.words.cells
    )


def unpacked(data: bytes) -> Lexicon:
    (size,) = _HEAD.unpack_from(data, SIZE)
    first = SIZE + _HEAD.size
    kinds = data[first : first + size].decode().split("\n")
    return Lexicon(Words(data[first + size + size % 2 :], tuple(kinds)), Letters(data[:SIZE]))


class NamesModel:
    """Read once at start. Not for two threads at once: whoever shares it takes turns."""

    def __init__(
        self, first: Reader, second: Reader, lexicon: Lexicon, *, thresholds: Mapping[Sort, float]
    ) -> None:
        self.lexicon = lexicon
        self._vocabulary = Vocabulary(lexicon)
        self._thresholds = thresholds
        self._least = min(thresholds.values())
        self._first = first
        self._second = second

    @property
    def readers(self) -> tuple[Reader, Reader]:
        return self._first, self._second

    def find(self, text: str, mode: Mode) -> Iterator[Found]:
        addresses = _no_text(text)
        for tokens in pieces(text):
            for found in self._piece(tokens, mode):
                if not any(start <= found.start and found.end <= end for start, end in addresses):
                    yield found

    def _piece(self, tokens: Sequence[Token], mode: Mode) -> Iterator[Found]:
        page = self._vocabulary.page(tokens)
        self._first.read(page)
        labels = self._first.labels()
        chances = _Chances(self._first.chance)
        certainties = [_SURE] * len(tokens)
        for at in range(len(tokens)):
            if labels[at] in _NAMES and not self._within(tokens, at, chances):
                labels[at] = "O"
        if mode is Mode.RECALL:
            self._add_possible(page, labels, certainties)
        _complete(tokens, labels)
        self._join(tokens, labels)
        return _runs(tokens, labels, certainties)

    def _add_possible(self, page: Page, labels: list[str], certainties: list[float]) -> None:
        chances = self._by_both(page)
        masked = [label in _NAMES or label.endswith(Label.ADDRESS) for label in labels]
        for at in range(len(labels)):
            if not masked[at] and self._possible(page.tokens, at, chances):
                labels[at], certainties[at] = _INSIDE, max(chances[at], _POSSIBLE)
        named = [label in _NAMES for label in labels]
        for at in beside_names(page, named, self.lexicon):
            if not masked[at]:
                labels[at], certainties[at] = _INSIDE, _POSSIBLE

    def _join(self, tokens: Sequence[Token], labels: list[str]) -> None:
        """A given name and what follows it are one person's, however they were read."""
        for at in range(1, len(tokens)):
            apart = tokens[at].start - tokens[at - 1].end
            if labels[at] == _FIRST and labels[at - 1] in _NAMES and apart == 1:
                before, here = (self._vocabulary.word(t.text).kind for t in tokens[at - 1 : at + 1])
                if Known.GIVEN in before and Known.GIVEN not in here and not tokens[at].line:
                    labels[at] = _INSIDE

    def _within(self, tokens: Sequence[Token], at: int, chances: Chances) -> bool:
        """Whether it may stand in a name: `von`, a hyphen, the comma of `Berg, Alma`."""
        token = tokens[at]
        if token.text.lower() in _PARTICLES or token.text in _SIGNS:
            return True
        return may_name(token) and (
            token.text.lower() not in _STRANGE or self._possible(tokens, at, chances)
        )

    def _possible(self, tokens: Sequence[Token], at: int, chances: Chances) -> bool:
        if chances[at] <= self._least or not may_name(tokens[at]):
            return False
        return chances[at] > self._thresholds[self.sort_of(tokens, at, chances)]

    def chances(self, tokens: Sequence[Token]) -> list[float]:
        """How likely each word is part of a name; the words of one piece."""
        page = self._vocabulary.page(tokens)
        self._first.read(page)
        chances = self._by_both(page)
        return [chances[at] for at in range(len(tokens))]

    def sort_of(self, tokens: Sequence[Token], at: int, chances: Chances) -> Sort:
        """The kind of word, by what the lexicon says of it."""
        token = tokens[at]
        folded = token.text.lower()
        if folded in _STRANGE:
            return Sort.STRANGE_BESIDE if _beside(tokens, at, chances) else Sort.STRANGE
        kind = self._vocabulary.word(token.text).kind
        if Known.GIVEN in kind or Known.SURNAME in kind:
            return Sort.LISTED
        small = token.text.islower()
        if kind == UNKNOWN:
            return Sort.SMALL_UNKNOWN if small else Sort.UNKNOWN
        return Sort.SMALL_WORD if small else Sort.WORD

    def _by_both(self, page: Page) -> Chances:
        """The first has read the page; now the second does."""
        first, second = self._first, self._second
        second.read(page)
        return _Chances(lambda at: (first.chance(at) + second.chance(at)) / 2)


def _no_text(text: str) -> list[tuple[int, int]]:
    if not any(sign in text for sign in _NO_TEXT_SIGNS):
        return []
    return [found.span() for found in _NO_TEXT.finditer(text)]


def may_name(token: Token) -> bool:
    text = token.text
    digits = sum(map(str.isdigit, text))
    return text[0].isalnum() and digits * 3 <= len(text) and text.lower() not in _NEVER


def _beside(tokens: Sequence[Token], at: int, chances: Chances) -> bool:
    """Whether the next word on either side, in the same line, is more likely a name than not."""
    before = at > 0 and chances[at - 1] > _LIKELY and not tokens[at].line
    after = at + 1 < len(tokens) and chances[at + 1] > _LIKELY and not tokens[at + 1].line
    return before or after


def _complete(tokens: Sequence[Token], labels: list[str]) -> None:
    """What belongs to the name after it: `dos` Santos, `Z.` Özdemir."""
    for at in range(len(tokens) - 1, 0, -1):
        if labels[at] not in _NAMES or tokens[at].line:
            continue
        before = tokens[at - 1].text
        if before.lower() in _FOREIGN:
            labels[at - 1] = labels[at] = _INSIDE
        elif before == "." and at > 1 and _initial(tokens, at - 2):
            labels[at - 2 : at + 1] = [_INSIDE] * 3


def _initial(tokens: Sequence[Token], at: int) -> bool:
    text = tokens[at].text
    return len(text) == 1 and text.isupper() and tokens[at + 1].start == tokens[at].end


def _runs(
    tokens: Sequence[Token], labels: Sequence[str], certainties: Sequence[float]
) -> Iterator[Found]:
    """Neighbouring words of one label, however the label of the first begins.

    A name ends with its line and with a word that may be one; an address goes on in the next.
    """
    at = 0
    while at < len(tokens):
        label, first = labels[at][2:], at
        at += 1
        if not label:
            continue
        while at < len(tokens) and labels[at] == f"I-{label}":
            if tokens[at].line and label == Label.PERSON:
                break
            at += 1
        last = at
        while label == Label.PERSON and last > first and not _ends_name(tokens[last - 1]):
            last -= 1
        if last > first:
            certainty = min(certainties[first:last])
            yield Found(tokens[first].start, tokens[last - 1].end, Label(label), certainty)


def _ends_name(token: Token) -> bool:
    return may_name(token) and not (token.text.islower() and token.text in _PARTICLES)


def load() -> NamesModel:
    folder = files("app.redaction.names")
    first, second = (
        Reader.unpacked(part, folder.joinpath(part.file).read_bytes()) for part in Part
    )
    return NamesModel(
        first,
        second,
        unpacked(folder.joinpath(LEXICON).read_bytes()),
        thresholds={
            Sort(sort): least
            for sort, least in json.loads(folder.joinpath(SETTINGS).read_text("utf-8")).items()
        },
    )
