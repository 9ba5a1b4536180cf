"""How much a word looks like a name, by its letters alone.

A weight for every run of two to four letters, learnt from many names and many words.
It knows no word; two runs may share a weight.
"""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

SIZE: Final = 1 << 16
LENGTHS: Final = (2, 3, 4)
_LONGEST: Final = 30
_ZERO: Final = 128

# The seams between the classes a score falls into.
_SEAMS: Final = (-38, -28, -18, -10, -4, 3, 11, 24)


def runs(folded: str) -> list[int]:
    """The places of the weights of a word, its ends marked."""
    data = b"^%b$" % folded[:_LONGEST].encode()
    return [
        crc32(data[at : at + length]) % SIZE
        for length in LENGTHS
        for at in range(len(data) - length + 1)
    ]


@dataclass(frozen=True, slots=True)
class Letters:
    """One byte a weight, 128 for none."""

    weights: bytes

    def score(self, folded: str) -> float:
        found = runs(folded)
        weights = self.weights
        return sum([weights[at] for at in found]) / len(found) - _ZERO

    def likeness(self, folded: str) -> str:
        """A class from `0`, surely a word, to `8`, surely a name."""
        score = self.score(folded)
        for number, seam in enumerate(_SEAMS):
            if score < seam:
                return str(number)
        return str(len(_SEAMS))
