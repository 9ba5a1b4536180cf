"""The model's files, and what they say of a text."""

import json
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Final

import pycrfsuite

from app.redaction.lists import listed
from app.redaction.names.features import features
from app.redaction.names.letters import SIZE, Letters
from app.redaction.names.lexicon import Lexicon, List, WordList
from app.redaction.names.modes import Mode
from app.redaction.names.tokens import Token, pieces

MODEL: Final = "names.crfsuite"
LEXICON: Final = "lexicon.bin"
SETTINGS: Final = "names.json"
_HEAD: Final = struct.Struct("<cI")

# How certain a finding is said to be: the likeliest reading, and the least a possible name gets.
_SURE: Final = 0.85
_POSSIBLE: Final = 0.4


class Label(StrEnum):
    PERSON = "PER"
    PLACE = "LOC"
    ORGANISATION = "ORG"
    ADDRESS = "ADR"


# Words that alone are nobody's name, whatever stands around them.
_PARTICLES: Final = listed("particles")
_NEVER: Final = listed("no_names") | _PARTICLES
_SIGNS: Final = frozenset(".,-'/&")
_SHORT: Final = 3

# The words of a web address are none of a text.
_WEB: Final = re.compile(r"\S{0,200}(?:://|www\.|@)\S{1,200}")
_NAMES: Final = frozenset({f"B-{Label.PERSON}", f"I-{Label.PERSON}"})


@dataclass(frozen=True, slots=True)
class Found:
    start: int
    end: int
    label: Label
    certainty: float


def packed(lexicon: Lexicon) -> bytes:
    return lexicon.shapes.weights + b"".join(
        _HEAD.pack(name.value.encode(), len(words.bits)) + words.bits
        for name, words in lexicon.lists.items()
    )


def unpacked(data: bytes) -> Lexicon:
    lists: dict[List, WordList] = {}
    at = SIZE
    while at < len(data):
        name, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        lists[List(name.decode())] = WordList(data[at : at + size])
        at += size
    return Lexicon(lists, Letters(data[:SIZE]))


class NamesModel:
    """Read once at start. Not for two threads at once: whoever shares it takes turns."""

    def __init__(self, model: bytes, lexicon: Lexicon, *, threshold: float) -> None:
        self.lexicon = lexicon
        self._threshold = threshold
        self._bytes = model  # the tagger reads these bytes for as long as it lives
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(self._bytes)
        labels = self._tagger.labels()
        self._person = [label for label in labels if label.endswith(Label.PERSON)]

    def find(self, text: str, mode: Mode) -> Iterator[Found]:
        addresses = [found.span() for found in _WEB.finditer(text)]
        for tokens in pieces(text):
            for found in self._piece(tokens, mode):
                if not any(start <= found.start and found.end <= end for start, end in addresses):
                    yield found

    def _piece(self, tokens: Sequence[Token], mode: Mode) -> Iterator[Found]:
        labels = [
            "O" if label in _NAMES and not _within(token) else label
            for token, label in zip(tokens, self._likeliest(tokens), strict=True)
        ]
        certainties = [_SURE] * len(tokens)
        if mode is Mode.RECALL:
            self._widen(tokens, labels, certainties)
        return _runs(tokens, labels, certainties)

    def _widen(self, tokens: Sequence[Token], labels: list[str], certainties: list[float]) -> None:
        """Takes in every word that is possibly a name."""
        for at, token in enumerate(tokens):
            if labels[at] in _NAMES or not may_name(token):
                continue
            chance = self._chance(at)
            if chance > self._threshold:
                labels[at], certainties[at] = f"I-{Label.PERSON}", max(chance, _POSSIBLE)

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
    """`An`, `Le` and `Do` are names where no sentence begins, `an` and `Termin` are none."""
    text = token.text
    if text.lower() in _NEVER and (
        len(text) > _SHORT or token.first or text.islower() or text.isupper()
    ):
        return False
    digits = sum(map(str.isdigit, text))
    return text[0].isalnum() and digits * 3 <= len(text)


def _within(token: Token) -> bool:
    """Whether it may stand in a name: `von`, a hyphen, the comma of `Berg, Alma`."""
    return may_name(token) or token.text.lower() in _PARTICLES or token.text in _SIGNS


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
        while label == Label.PERSON and last > first and not may_name(tokens[last - 1]):
            last -= 1
        if last > first:
            certainty = min(certainties[first:last])
            yield Found(tokens[first].start, tokens[last - 1].end, Label(label), certainty)


def load() -> NamesModel:
    folder = files("app.redaction.names")
    return NamesModel(
        folder.joinpath(MODEL).read_bytes(),
        unpacked(folder.joinpath(LEXICON).read_bytes()),
        threshold=json.loads(folder.joinpath(SETTINGS).read_text("utf-8"))["threshold"],
    )
