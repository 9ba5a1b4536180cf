"""How well a CRF of ours does on GraSCCo_PHI: five folds by document, its own labels.

Each letter is read by a model that learnt from the others' folds only. What the model is told
of a word is computed once for each letter, from that letter and from the names model, which
never saw GraSCCo; nothing of it depends on other letters, so all folds share it. Each letter
is told again about other people (`clinic/strangers.py`); a fold learns from the new letter where
it learns from the old one, and tests no new one.

The clues, the settings of the model, how many lines and new letters it learns from, how
cautiously it is read and the halves of dates were chosen by cross-validation within the 50
letters that the first fold learns from. The 13 that this fold tests nobody looked at; the other
folds test letters that were seen while choosing, though never by the model that reads them. That
flatters the figure over all folds: `Read.first` is the one without hindsight.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.names import shipped
from app.redaction.names.training.clinic import documents as letters
from app.redaction.names.training.clinic.clues import features
from app.redaction.names.training.clinic.dates import with_halves
from app.redaction.names.training.clinic.documents import Document, Features, Lesson, Span
from app.redaction.names.training.clinic.reader import Reader
from app.redaction.names.training.clinic.strangers import Teller

FOLDS: Final = 5
_SEED: Final = 2026

Told = tuple[Document, Features]
Pair = tuple[frozenset[Span], frozenset[Span]]


@dataclass(frozen=True, slots=True)
class Scores:
    """Exact spans with their label."""

    right: int
    found: int
    there: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        return self.right / self.there if self.there else 0.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Read:
    """What is there and what was found, letter by letter; `size` in bytes, with the names model."""

    pairs: Sequence[Pair]
    first: Sequence[Pair]
    size: int


def folds(count: int) -> list[list[int]]:
    """Which documents each fold tests: every one once, the same every time."""
    order = list(range(count))
    Random(_SEED).shuffle(order)  # noqa: S311 - the same folds every time
    return [order[fold::FOLDS] for fold in range(FOLDS)]


def five_folds(path: Path, names: Path) -> Read:
    """`names` holds the lists that new letters are made from."""
    model = shipped.load()
    documents = letters.load(path)
    teller = Teller(names, Random(_SEED))  # noqa: S311 - the same letters every time
    told = [features(one, model) for one in documents]
    again = [(new, features(new, model)) for new in map(teller.again, documents)]
    found: dict[int, frozenset[Span]] = {}
    sizes = []
    tests = folds(len(documents))
    for number, test in enumerate(tests, 1):
        learnt = [at for at in range(len(documents)) if at not in set(test)]
        old = [(documents[at], told[at]) for at in learnt]
        reader = Reader.taught(lessons(old, [again[at] for at in learnt]))
        found |= {at: read(documents[at], told[at], reader) for at in test}
        sizes.append(len(reader.model))
        sys.stderr.write(f"R2: fold {number} of {len(tests)}\n")
    pairs = [(documents[at].spans, found[at]) for at in range(len(documents))]
    return Read(pairs, [pairs[at] for at in tests[0]], max(sizes) + shipped.size())


def lessons(old: Sequence[Told], new: Sequence[Told]) -> list[Lesson]:
    """Lines far from every span are left out: they teach little and take long.

    Of the new letters, only lines near a span that is no date: dates are the same there.
    """
    known = letters.learnable(one for one, _ in old)
    return [
        lesson
        for dates, several in ((True, old), (False, new))
        for one, told in several
        for lesson in letters.windows(one, told, letters.labels(one, known), around=1, dates=dates)
    ]


def read(of: Document, told: Features, reader: Reader) -> frozenset[Span]:
    return with_halves(of.text, letters.spans(of, reader.read(told)))


def scores(pairs: Sequence[Pair]) -> Scores:
    return Scores(
        right=sum(len(there & found) for there, found in pairs),
        found=sum(len(found) for _, found in pairs),
        there=sum(len(there) for there, _ in pairs),
    )
