"""One of the two conditional random fields of the names model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from gzip import compress, decompress
from typing import Final, Self

import pycrfsuite

from app.redaction.names.features import Page, features
from app.redaction.names.wording import wording

_PERSON: Final = "PER"


class Part(StrEnum):
    """`FIRST` reads alone in the fast mode, both in the one that masks more."""

    FIRST = "first"
    SECOND = "second"

    @property
    def file(self) -> str:
        return f"{self}.crfsuite.gz"


TOLD: Final[Mapping[Part, Callable[[Page], list[list[str]]]]] = {
    Part.FIRST: features,
    Part.SECOND: wording,
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one piece at a time; what it is asked is about the last one."""

    part: Part
    weights: bytes  # the tagger reads these bytes for as long as it lives
    tagger: pycrfsuite.Tagger
    person: tuple[str, ...]

    @classmethod
    def of(cls, part: Part, weights: bytes) -> Self:
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(weights)
        person = tuple(label for label in tagger.labels() if label.endswith(_PERSON))
        return cls(part, weights, tagger, person)

    @classmethod
    def unpacked(cls, part: Part, data: bytes) -> Self:
        return cls.of(part, decompress(data))

    def read(self, page: Page) -> None:
        self.tagger.set(TOLD[self.part](page))

    def labels(self) -> list[str]:
        """The likeliest of each word."""
        found: list[str] = self.tagger.tag()
        return found

    def chance(self, at: int) -> float:
        """How likely a word is part of a name."""
        return float(sum([self.tagger.marginal(label, at) for label in self.person]))


def packed(weights: bytes) -> bytes:
    """The same bytes every time."""
    return compress(weights, mtime=0)
