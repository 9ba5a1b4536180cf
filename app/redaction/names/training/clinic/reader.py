"""A CRF (Lafferty et al. 2001) that reads letters of hospitals: learning, and reading again.

Read is by the chance of each label, not by the likeliest path: spans are missed more often
than invented, so a word counts as in no span only where that is several times as likely.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

import numpy as np
import pycrfsuite
from numpy.typing import NDArray

from app.redaction.names.training.clinic.documents import Features, Labels, Lesson

PARAMETERS: Final = {"c1": 0.05, "c2": 0.02, "max_iterations": 60}
# How much less likely than its chance it is held that a word is in no span (a logarithm).
CAUTION: Final = 1.25
_LEAST: Final = 1e-12
_NEVER: Final = -1e9
_OUTSIDE: Final = "O"


class Reader:
    def __init__(self, model: bytes) -> None:
        self.model = model  # the tagger reads these bytes for as long as it lives
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)
        self._labels: Labels = list(self._tagger.labels())
        self._steps = _steps(self._labels)

    @classmethod
    def taught(cls, lessons: Sequence[Lesson]) -> Self:
        """The same lessons in the same order make the same reader."""
        trainer = pycrfsuite.Trainer(verbose=False)
        for told, labels in lessons:
            trainer.append(told, labels)
        trainer.set_params(PARAMETERS)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "clinic.crfsuite"
            trainer.train(str(path))
            return cls(path.read_bytes())

    def read(self, told: Features, caution: float = CAUTION) -> Labels:
        if not told:
            return []
        chances = self.chances(told)
        chances[:, self._labels.index(_OUTSIDE)] -= caution
        return [self._labels[at] for at in _path(chances, self._steps)]

    def chances(self, told: Features) -> NDArray[np.float64]:
        """The logarithm of the chance of each label, a row a word."""
        self._tagger.set(told)
        rows = [
            [self._tagger.marginal(label, at) for label in self._labels] for at in range(len(told))
        ]
        return np.log(np.maximum(np.array(rows, dtype=np.float64), _LEAST))


def _steps(labels: Labels) -> NDArray[np.float64]:
    """What may follow what: a span that has begun goes on to its end."""
    steps = np.full((len(labels), len(labels)), _NEVER)
    for before, one in enumerate(labels):
        for after, other in enumerate(labels):
            if one[:2] in ("B-", "I-"):
                allowed = other[:2] in ("I-", "E-") and other[2:] == one[2:]
            else:
                allowed = other[:2] not in ("I-", "E-")
            if allowed:
                steps[before, after] = 0.0
    return steps


def _path(chances: NDArray[np.float64], steps: NDArray[np.float64]) -> list[int]:
    """Viterbi; where the labels learnt leave no way, the cheapest that breaks the rule."""
    sums, came = chances[0].copy(), []
    for row in chances[1:]:
        ways = sums[:, None] + steps
        came.append(ways.argmax(axis=0))
        sums = ways.max(axis=0) + row
    path = [int(sums.argmax())]
    for ways in reversed(came):
        path.append(int(ways[path[-1]]))
    return path[::-1]
