"""How like the example questions of each topic, or of each kind, a question is.

A linear model by ridge regression on word groups, stems, pairs of stems and pieces
of words, solved once at start from policies/examples.yaml. It is the second
opinion beside the phrases: it knows what they do not say, and they hold where it
has no example.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.intake.lexicon import Lexicon
from app.intake.phrases import Grammar
from app.intake.segments import Segment

# How strongly the fit is held back from following single examples.
_RIDGE: Final = 0.7
_PIECE: Final = 4
_GROUP_WORTH: Final = 1.0
_PIECE_WORTH: Final = 0.5

# Features in more examples than this are multiplied as a matrix, so many at a time.
_RARE: Final = 16
_AT_ONCE: Final = 1024

_Matrix = NDArray[np.float32]
_Worths = NDArray[np.float32]
_Lines = NDArray[np.int64]


class Likeness:
    """Scores near 1 for the name a question belongs to, near 0 for all others."""

    def __init__(
        self, groups: Grammar, lexicon: Lexicon, examples: Sequence[tuple[str, Segment]]
    ) -> None:
        self._groups: Final = groups
        self._lexicon: Final = lexicon
        self._names: Final = sorted({name for name, _ in examples})
        found = [self._features(segment) for _, segment in examples]
        seen = Counter(feature for features in found for feature in features)
        self._rarity: Final = {f: math.log(1 + len(found) / times) for f, times in seen.items()}
        self._places: Final = {feature: place for place, feature in enumerate(self._rarity)}
        self._weights: Final = self._fit([self._scaled(f) for f in found], examples)

    def scores(self, segment: Segment) -> Mapping[str, float]:
        scaled = self._scaled(self._features(segment))
        worths = np.fromiter(scaled.values(), dtype=np.float32, count=len(scaled))
        total = worths @ self._weights[[self._places[feature] for feature in scaled]]
        return dict(zip(self._names, map(float, total), strict=True))

    def _fit(
        self,
        rows: Sequence[Mapping[str, float]],
        examples: Sequence[tuple[str, Segment]],
    ) -> _Matrix:
        """Solved by examples, not features: of the features most are in a few examples only."""
        wanted = np.zeros((len(rows), len(self._names)), dtype=np.float32)
        where: list[list[int]] = [[] for _ in self._places]
        worths: list[list[float]] = [[] for _ in self._places]
        for line, (row, (name, _)) in enumerate(zip(rows, examples, strict=True)):
            wanted[line, self._names.index(name)] = 1
            for feature, worth in row.items():
                where[self._places[feature]].append(line)
                worths[self._places[feature]].append(worth)
        columns = [
            (np.array(lines), np.array(of, dtype=np.float32))
            for lines, of in zip(where, worths, strict=True)
        ]
        solved = np.linalg.solve(_alike(columns, len(rows)), wanted)
        return np.stack([worth @ solved[lines] for lines, worth in columns])

    def _scaled(self, features: Mapping[str, float]) -> dict[str, float]:
        """Rare features count more, and long questions no more than short ones."""
        worths = {f: n * self._rarity[f] for f, n in features.items() if f in self._rarity}
        length = math.sqrt(sum(worth * worth for worth in worths.values()))
        return {feature: worth / length for feature, worth in worths.items()}

    def _features(self, segment: Segment) -> dict[str, float]:
        meanings = self._lexicon.meanings(segment.words)
        features = {
            f"group {number}": _GROUP_WORTH
            for number in self._groups.found(segment.words, meanings)
        }
        features |= {f"stem {stem}": 1.0 for stems in meanings for stem in stems}
        ends = ("", *(token.stem for token in segment.words), "")
        features |= {f"pair {one} {other}": 1.0 for one, other in pairwise(ends)}
        features |= {
            f"piece {piece}": _PIECE_WORTH for t in segment.words for piece in _pieces(t.word)
        }
        return features


def _alike(columns: Sequence[tuple[_Lines, _Worths]], examples: int) -> _Matrix:
    """How much each two examples share; common features at once, rare ones one by one."""
    alike = _RIDGE * np.eye(examples, dtype=np.float32)
    common = [column for column in columns if len(column[0]) > _RARE]
    for start in range(0, len(common), _AT_ONCE):
        batch = common[start : start + _AT_ONCE]
        block = np.zeros((examples, len(batch)), dtype=np.float32)
        for place, (lines, worth) in enumerate(batch):
            block[lines, place] = worth
        alike += block @ block.T
    for lines, worth in columns:
        if len(lines) <= _RARE:
            alike[lines[:, None], lines] += worth[:, None] * worth
    return alike


def _pieces(word: str) -> Iterator[str]:
    bounded = f"<{word}>"
    return (bounded[at : at + _PIECE] for at in range(len(bounded) - _PIECE + 1))
