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
_RIDGE: Final = 1.5
_PIECE: Final = 4
_GROUP_WORTH: Final = 1.0
_PIECE_WORTH: Final = 0.5

_Row = NDArray[np.float32]


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
        self._weights: Final = self._fit([self._scaled(f) for f in found], examples)

    def scores(self, segment: Segment) -> Mapping[str, float]:
        total = np.zeros(len(self._names), dtype=np.float32)
        for feature, worth in self._scaled(self._features(segment)).items():
            total += worth * self._weights[feature]
        return dict(zip(self._names, map(float, total), strict=True))

    def _fit(
        self,
        rows: Sequence[Mapping[str, float]],
        examples: Sequence[tuple[str, Segment]],
    ) -> Mapping[str, _Row]:
        places = {feature: place for place, feature in enumerate(self._rarity)}
        matrix = np.zeros((len(rows), len(places)), dtype=np.float32)
        wanted = np.zeros((len(rows), len(self._names)), dtype=np.float32)
        for line, (row, (name, _)) in enumerate(zip(rows, examples, strict=True)):
            wanted[line, self._names.index(name)] = 1
            for feature, worth in row.items():
                matrix[line, places[feature]] = worth
        kernel = matrix @ matrix.T + _RIDGE * np.eye(len(rows), dtype=np.float32)
        weights = matrix.T @ np.linalg.solve(kernel, wanted)
        return {feature: weights[place] for feature, place in places.items()}

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


def _pieces(word: str) -> Iterator[str]:
    bounded = f"<{word}>"
    return (bounded[at : at + _PIECE] for at in range(len(bounded) - _PIECE + 1))
