"""The conditional random field of the names model, which reads alone in the fast mode."""

from dataclasses import dataclass
from lzma import compress, decompress
from typing import Final, Self

import pycrfsuite

from app.redaction.names.features import Page, features

_PERSON: Final = "PER"
_ADDRESS: Final = "ADR"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one piece at a time; what it is asked is about the last one."""

    weights: bytes  # the tagger reads these bytes for as long as it lives
    tagger: pycrfsuite.Tagger
    person: tuple[str, ...]
    address: tuple[str, ...]

    @classmethod
    def of(cls, weights: bytes) -> Self:
        tagger = pycrfsuite.Tagger()
        tagger.open_inmemory(weights)
        person, address = (
            tuple(label for label in tagger.labels() if label.endswith(of))
            for of in (_PERSON, _ADDRESS)
        )
        return cls(weights, tagger, person, address)

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        return cls.of(decompress(data))

    def packed(self) -> bytes:
        """The same bytes every time."""
        return compress(self.weights)

    def read(self, page: Page) -> None:
        self.tagger.set(features(page))

    def labels(self) -> list[str]:
        """The likeliest of each word."""
        found: list[str] = self.tagger.tag()
        return found

    def chance(self, at: int) -> float:
        """How likely a word is part of a name."""
        return float(sum([self.tagger.marginal(label, at) for label in self.person]))

    def address_chance(self, at: int) -> float:
        return float(sum([self.tagger.marginal(label, at) for label in self.address]))
