"""Grows the forest that says whom of the readers to believe, over texts neither learnt from.

The texts that choose thresholds are among them, so theirs are chosen by forests that left them out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import GradientBoostingClassifier

from app.redaction.names.features import Page, Vocabulary
from app.redaction.names.forest import DEPTH, Floats, Forest, Rows, means
from app.redaction.names.labels import Label
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.model import Readers, readings
from app.redaction.names.stacking import Readings, combined, possible, rows
from app.redaction.names.training.sources import Labelled
from app.redaction.names.training.thresholds import Judged

_SEED: Final = 2026
_TREES: Final = 200
_RATE: Final = 0.05
_SHARE: Final = 0.5
_ASKED: Final = 0.3
_LEAST: Final = 20
# What judges is read by a forest that learnt from the other folds.
_FOLDS: Final = 8


class Settled(NamedTuple):
    """Of all texts a forest; by language, what one that never saw it says of each judging word."""

    forest: Forest
    judged: Mapping[str, Sequence[Judged]]


@dataclass(frozen=True, slots=True)
class Read:
    """A piece as both readers read it, and of each word its label."""

    of: Readings
    labels: Sequence[str]

    def told(self, *labels: str) -> Iterator[tuple[int, bool]]:
        """The places of words with these labels or none, and whether each is part of a name."""
        for at, (token, label) in enumerate(zip(self.of.page.tokens, self.labels, strict=True)):
            if token.text[0].isalpha() and (label == "O" or label.endswith(labels)):
                yield at, label.endswith(Label.PERSON)


def settled(
    readers: Readers,
    lexicon: Lexicon,
    learnt: Iterable[Labelled],
    judging: Mapping[str, Sequence[tuple[str, Labelled]]],
) -> Settled:
    """`judging` has what each text was written after: texts of one frame are of one fold."""
    vocabulary = Vocabulary(lexicon)

    def read(text: Labelled) -> list[Read]:
        return [
            Read(_readings(readers, vocabulary.page(tokens)), labels)
            for tokens, labels in text.sequences()
        ]

    base = [each for text in learnt for each in read(text)]
    folds: list[dict[str, list[Read]]] = [{code: [] for code in judging} for _ in range(_FOLDS)]
    for code, texts in judging.items():
        for source, text in texts:
            folds[_fold(source)][code] += read(text)
    found: dict[str, list[Judged]] = {code: [] for code in judging}
    for fold in folds:
        others = [each for other in folds if other is not fold for each in _all(other)]
        forest = grown([*base, *others])
        for code, pieces in fold.items():
            found[code] += [one for piece in pieces for one in judged(forest, piece)]
    return Settled(grown([*base, *(each for fold in folds for each in _all(fold))]), found)


def _fold(source: str) -> int:
    """Nothing that is linear, as the sum is that says which frames judge."""
    return sha256(source.encode()).digest()[0] % _FOLDS


def _readings(readers: Readers, page: Page) -> Readings:
    readers.reader.read(page)
    return readings(readers, page)


def grown(pieces: Iterable[Read]) -> Forest:
    told, names = [], []
    for piece in pieces:
        counting = dict(piece.told(Label.PERSON, Label.PLACE))
        places = [at for at in possible(piece.of) if at in counting]
        if places:
            told.append(rows(piece.of, places))
            names += [counting[at] for at in places]
    return forest_of(learner().fit(np.concatenate(told), names))


def learner() -> GradientBoostingClassifier:
    """Trees that correct the mean of the readers."""
    return GradientBoostingClassifier(
        init=_Mean(),
        n_estimators=_TREES,
        learning_rate=_RATE,
        max_depth=DEPTH,
        subsample=_SHARE,
        max_features=_ASKED,
        min_samples_leaf=_LEAST,
        random_state=_SEED,
    )


class _Mean(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # the library is not typed
    """What the trees correct: learnt from nothing."""

    def fit(self, _rows: Rows, names: Sequence[bool]) -> Self:
        """Here it is told what the two answers are."""
        self.classes_ = np.unique(names)
        return self

    def predict_proba(self, rows: Rows) -> Floats:
        chances = 1 / (1 + np.exp(-means(rows)))
        return np.stack((1 - chances, chances), axis=1)


def forest_of(learnt: GradientBoostingClassifier) -> Forest:
    trees = [tree.tree_ for (tree,) in learnt.estimators_]
    starts = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]

    def all_of(what: str) -> Floats:
        return np.concatenate([getattr(tree, what) for tree in trees]).astype(np.float64)

    leaves = all_of("children_left") < 0
    own = np.arange(len(leaves))

    def joined(branches: str) -> NDArray[np.int32]:
        there = [getattr(tree, branches) + at for tree, at in zip(trees, starts, strict=True)]
        return np.where(leaves, own, np.concatenate(there)).astype(np.int32)

    value: Floats = all_of("value")[:, 0, 0]
    return Forest(
        roots=starts.astype(np.int32),
        asked=np.where(leaves, 0, all_of("feature")).astype(np.int32),
        limit=np.where(leaves, 0.0, all_of("threshold")),
        left=joined("children_left"),
        right=joined("children_right"),
        value=value * learnt.learning_rate,
    )


def _all(fold: Mapping[str, Sequence[Read]]) -> Iterator[Read]:
    for pieces in fold.values():
        yield from pieces


def judged(forest: Forest, piece: Read) -> Iterator[Judged]:
    chances = combined(forest, piece.of)
    for at, name in piece.told(Label.PERSON):
        yield Judged(name, chances[at])
