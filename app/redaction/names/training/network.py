"""Trains the network: each member in a few passes, every one over texts about other people."""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from gzip import compress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray
from thinc.api import (
    Adam,
    HashEmbed,
    LayerNorm,
    Maxout,
    Model,
    NumpyOps,
    Ops,
    Softmax,
    add,
    chain,
    clone,
    expand_window,
    fix_random_seed,
    residual,
    set_current_ops,
    with_array,
)
from thinc.types import Floats2d

from app.redaction.names.features import Vocabulary
from app.redaction.names.lexicon import Lexicon
from app.redaction.names.network import (
    CLUSTERS,
    DEPTH,
    LABELS,
    PIECES,
    ROWS,
    WIDTH,
    WORD,
    Floats,
    Ids,
    Network,
    ids,
    one_thread,
)
from app.redaction.names.shipped import packed, unpacked
from app.redaction.names.training.sources import Labelled

MEMBERS: Final = 4
_AT_ONCE: Final = 2
PASSES: Final = 10
_BATCH: Final = 1_200  # words
_RATE: Final = 0.002
_LEAST_RATE: Final = 0.02
_WARM: Final = 100  # batches
_DROPOUT: Final = 0.2
# So many of the words, and of the clusters, are not told: what is learnt must not rest on one.
_WORDS_LEFT_OUT: Final = 0.5
_CLUSTERS_LEFT_OUT: Final = 0.15
_NUMBERS: Final = {label: number for number, label in enumerate(LABELS)}


class Products(NumpyOps):  # type: ignore[misc]  # its module has no types
    """With numpy's product of matrices: a third of the time of the library's own, measured here."""

    def gemm(
        self,
        x: Floats2d,
        y: Floats2d,
        out: Floats2d | None = None,
        trans1: bool = False,  # noqa: FBT001, FBT002 - called so by the library
        trans2: bool = False,  # noqa: FBT001, FBT002 - called so by the library
    ) -> Floats2d:
        return Ops.gemm(self, x, y, out, trans1, trans2)


Lesson = tuple[Ids, NDArray[np.int64]]
Layers = Model[list[Ids], list[Floats]]
Learning = Callable[[Lexicon], Mapping[str, Floats]]


def members(
    lessons: Callable[[int], Iterable[Labelled]],
    lexicon: Lexicon,
    *,
    seed: int,
    passes: int = PASSES,
) -> Network:
    """All members, some side by side, each with lessons and first weights of its own.

    Raises ChildProcessError where one came to no end; why is on its standard error.
    """
    with TemporaryDirectory() as folder:
        files = Path(folder, "lexicon"), Path(folder, "clusters")
        files[0].write_bytes(packed(lexicon))
        files[1].write_bytes(compress(lexicon.clusters.packed()))
        each = [
            (
                partial(taught, lessons, seed=seed + number, first=number * passes, passes=passes),
                files,
                Path(folder, f"{number}.npz"),
            )
            for number in range(MEMBERS)
        ]
        for first in range(0, MEMBERS, _AT_ONCE):
            _side_by_side(each[first : first + _AT_ONCE])
        return Network.unpacked(Network.of([_read(path) for *_, path in each]).packed())


def _side_by_side(members: Iterable[tuple[Learning, tuple[Path, Path], Path]]) -> None:
    begun = [get_context("spawn").Process(target=_member, args=each) for each in members]
    for process in begun:
        process.start()
    for process in begun:
        process.join()
    if any(process.exitcode for process in begun):
        raise ChildProcessError


def _member(learning: Learning, files: tuple[Path, Path], told: Path) -> None:
    """In a process of its own, which is told by files: a pipe that nobody reads holds up both."""
    one_thread()
    set_current_ops(Products())
    lexicon, clusters = (path.read_bytes() for path in files)
    np.savez(told, allow_pickle=False, **learning(unpacked(lexicon, clusters)))


def _read(path: Path) -> Mapping[str, Floats]:
    with np.load(path, allow_pickle=False) as weights:
        return dict(weights)


def taught(
    lessons: Callable[[int], Iterable[Labelled]],
    lexicon: Lexicon,
    *,
    seed: int,
    first: int = 0,
    passes: int = PASSES,
) -> Mapping[str, Floats]:
    """One member's weights.

    `lessons` gives the texts of each pass, the `first` and those after it; the same seed gives the
    same weights.
    """
    fix_random_seed(seed)
    random = np.random.default_rng(seed)
    built = layers()
    optimizer = Adam(_RATE)
    for number in range(passes):
        told = list(_told(lessons(first + number), lexicon))
        if not number:
            built.initialize([told[0][0]], [_truth(told[0][1])])
        batches = list(_batches(told, random))
        for at, batch in enumerate(batches):
            done = (number + at / len(batches)) / passes
            warm = min(1.0, (number * len(batches) + at + 1) / _WARM)
            optimizer.learn_rate = _RATE * warm * max(_LEAST_RATE, 1 - done)
            guessed, back = built.begin_update([_thinned(rows, random) for rows, _ in batch])
            wrong = [
                (guess - _truth(labels)) / np.float32(_BATCH)
                for guess, (_, labels) in zip(guessed, batch, strict=True)
            ]
            back(wrong)
            built.finish_update(optimizer)
        sys.stderr.write(f"network: pass {number + 1} of {passes}\n")
    return weights_of(built)


def layers(*, dropout: float = _DROPOUT) -> Layers:
    """Not trained yet."""
    looked_up: list[Model[Ids, Floats2d]] = [
        HashEmbed(WIDTH, rows, column=column, seed=column + 1) for column, rows in enumerate(ROWS)
    ]
    window: Model[Floats2d, Floats2d] = chain(
        expand_window(1), Maxout(WIDTH, WIDTH * 3, nP=PIECES, normalize=True, dropout=dropout)
    )
    embedded: Model[Ids, Floats2d] = chain(add(*looked_up), LayerNorm(WIDTH))
    windows = clone(residual(window), DEPTH)
    built: Layers = chain(
        with_array(embedded),  # type: ignore[misc]  # rows of numbers in, rows of floats out
        with_array(windows, pad=DEPTH),
        with_array(Softmax(len(LABELS), WIDTH)),
    )
    return built


def weights_of(built: Layers) -> Mapping[str, Floats]:
    """By the names under which the network reads them."""
    nodes = [node for node in built.walk(order="dfs_pre") if node.param_names]
    embeds, (norm, *rest), (softmax,) = nodes[: len(ROWS)], nodes[len(ROWS) : -1], nodes[-1:]
    found = {f"e{at}": node.get_param("E") for at, node in enumerate(embeds)}
    found |= {"ng": norm.get_param("G"), "nb": norm.get_param("b")}
    for at, (maxout, after) in enumerate(zip(rest[::2], rest[1::2], strict=True)):
        found |= {f"c{at}w": maxout.get_param("W"), f"c{at}b": maxout.get_param("b")}
        found |= {f"c{at}ng": after.get_param("G"), f"c{at}nb": after.get_param("b")}
    found |= {"sw": softmax.get_param("W"), "sb": softmax.get_param("b")}
    return {name: np.asarray(weights, dtype=np.float32) for name, weights in found.items()}


def _told(lessons: Iterable[Labelled], lexicon: Lexicon) -> Iterator[Lesson]:
    vocabulary = Vocabulary(lexicon)
    for lesson in lessons:
        for tokens, labels in lesson.sequences():
            numbers = [_NUMBERS[label] for label in labels]
            yield ids(vocabulary.page(tokens)), np.array(numbers, dtype=np.int64)


def _truth(labels: NDArray[np.int64]) -> Floats:
    return np.eye(len(LABELS), dtype=np.float32)[labels]


def _batches(told: Sequence[Lesson], random: np.random.Generator) -> Iterator[Sequence[Lesson]]:
    """Texts of like length, in an order by chance."""
    order = np.argsort([len(rows) + random.random() * 4 for rows, _ in told])
    batches: list[list[Lesson]] = [[]]
    for at in order:
        if sum(len(rows) for rows, _ in batches[-1]) > _BATCH:
            batches.append([])
        batches[-1].append(told[at])
    random.shuffle(batches)
    return iter(batches)


def _thinned(rows: Ids, random: np.random.Generator) -> Ids:
    kept = rows.copy()
    kept[random.random(len(kept)) < _WORDS_LEFT_OUT, WORD] = 0
    for column in CLUSTERS:
        kept[random.random(len(kept)) < _CLUSTERS_LEFT_OUT, column] = 0
    return kept
