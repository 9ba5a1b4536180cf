"""The model's files, and what they say of a text."""

import json
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

import pycrfsuite

from app.redaction.lists import listed
from app.redaction.names.features import features, kind_of
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import UNKNOWN, Known, Lexicon, Words
from app.redaction.names.modes import Mode
from app.redaction.names.tokens import Token, pieces

MODEL: Final = "names.crfsuite"
LEXICON: Final = "lexicon.bin"
SETTINGS: Final = "names.json"
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
_INSIDE: Final = f"I-{Label.PERSON}"
_FIRST: Final = f"B-{Label.PERSON}"
_NAMES: Final = frozenset({_FIRST, _INSIDE})
_LIKELY: Final = 0.5


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

    def __init__(self, model: bytes, lexicon: Lexicon, *, thresholds: Mapping[Sort, float]) -> None:
        self.lexicon = lexicon
        self._thresholds = thresholds
        self._least = min(thresholds.values())
        self._bytes = model  # the tagger reads these bytes for as long as it lives
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._bytes)
        labels = self._tagger.labels()
        self._person = [label for label in labels if label.endswith(Label.PERSON)]

    def find(self, text: str, mode: Mode) -> Iterator[Found]:
        addresses = [found.span() for found in _NO_TEXT.finditer(text)]
        for tokens in pieces(text):
            for found in self._piece(tokens, mode):
                if not any(start <= found.start and found.end <= end for start, end in addresses):
                    yield found

    def _piece(self, tokens: Sequence[Token], mode: Mode) -> Iterator[Found]:
        labels = self._likeliest(tokens)
        chances = [self._chance(at) for at in range(len(tokens))]
        certainties = [_SURE] * len(tokens)
        for at in range(len(tokens)):
            if labels[at] in _NAMES:
                if not self._within(tokens, at, chances):
                    labels[at] = "O"
            elif mode is Mode.RECALL and self._possible(tokens, at, chances):
                labels[at], certainties[at] = _INSIDE, max(chances[at], _POSSIBLE)
        _complete(tokens, labels)
        self._join(tokens, labels)
        return _runs(tokens, labels, certainties)

    def _join(self, tokens: Sequence[Token], labels: list[str]) -> None:
        """A given name and what follows it are one person's, however they were read."""
        for at in range(1, len(tokens)):
            apart = tokens[at].start - tokens[at - 1].end
            if labels[at] == _FIRST and labels[at - 1] in _NAMES and apart == 1:
                before, here = (
                    kind_of(t.text.lower(), self.lexicon) for t in tokens[at - 1 : at + 1]
                )
                if Known.GIVEN in before and Known.GIVEN not in here and not tokens[at].line:
                    labels[at] = _INSIDE

    def _within(self, tokens: Sequence[Token], at: int, chances: Sequence[float]) -> bool:
        """Whether it may stand in a name: `von`, a hyphen, the comma of `Berg, Alma`."""
        token = tokens[at]
        if token.text.lower() in _PARTICLES or token.text in _SIGNS:
            return True
        return may_name(token) and (
            token.text.lower() not in _STRANGE or self._possible(tokens, at, chances)
        )

    def _possible(self, tokens: Sequence[Token], at: int, chances: Sequence[float]) -> bool:
        if chances[at] <= self._least or not may_name(tokens[at]):
            return False
        return chances[at] > self._thresholds[sort_of(tokens, at, chances, self.lexicon)]

    def chances(self, tokens: Sequence[Token]) -> list[float]:
        """How likely each word is part of a name; the words of one piece."""
        self._likeliest(tokens)
        return [self._chance(at) for at in range(len(tokens))]

    def _likeliest(self, tokens: Sequence[Token]) -> list[str]:
        self._tagger.set(features(tokens, self.lexicon))
        labels: list[str] = self._tagger.tag()
        return labels

    def _chance(self, at: int) -> float:
        return float(sum(self._tagger.marginal(label, at) for label in self._person))


def may_name(token: Token) -> bool:
    text = token.text
    digits = sum(map(str.isdigit, text))
    return text[0].isalnum() and digits * 3 <= len(text) and text.lower() not in _NEVER


def sort_of(tokens: Sequence[Token], at: int, chances: Sequence[float], lexicon: Lexicon) -> Sort:
    token = tokens[at]
    folded = token.text.lower()
    if folded in _STRANGE:
        return Sort.STRANGE_BESIDE if _beside(tokens, at, chances) else Sort.STRANGE
    kind = kind_of(folded, lexicon)
    if Known.GIVEN in kind or Known.SURNAME in kind:
        return Sort.LISTED
    small = token.text.islower()
    if kind == UNKNOWN:
        return Sort.SMALL_UNKNOWN if small else Sort.UNKNOWN
    return Sort.SMALL_WORD if small else Sort.WORD


def _beside(tokens: Sequence[Token], at: int, chances: Sequence[float]) -> bool:
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
    return NamesModel(
        folder.joinpath(MODEL).read_bytes(),
        unpacked(folder.joinpath(LEXICON).read_bytes()),
        thresholds={
            Sort(sort): least
            for sort, least in json.loads(folder.joinpath(SETTINGS).read_text("utf-8")).items()
        },
    )
