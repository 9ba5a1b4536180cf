"""The second reader of the recall mode: a small convolutional network over what is known of words.

Each word is the sum of learnt vectors for its clusters, its kind in the lexicon, its ends, its
shape and itself; layers of convolution let it know of four words on either side (Collobert et
al. 2011, built and trained as spaCy does it, `training/network.py`). It errs differently from the
conditional random field, which counts clues: together (`stacking.py`) they find more names than
either for the same words masked for nothing. Four of them, taught apart, err less than one.

Of the library it is trained with only the hash is used here: a page has some sixty words, and
what the library does around its sums takes longer than they do.
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from gzip import decompress
from io import BytesIO
from typing import Final, NamedTuple, Self
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from thinc.backends import NumpyOps
from threadpoolctl import threadpool_limits

from app.redaction.names.features import Page, Word

LABELS: Final = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG", "I-ORG", "B-ADR", "I-ADR")
_PERSON: Final = slice(1, 3)
_ADDRESS: Final = slice(7, 9)
_ASKED: Final = (_PERSON, _ADDRESS)

# How many vectors there are for what stands in each place of `_told`, and last for the mark.
ROWS: Final = (1500, 1500, 1000, 1200, 3000, 3000, 4000, 200, 6000, 100, 300)
MARK: Final = len(ROWS) - 1
_VECTORS: Final = [f"e{column}" for column in range(len(ROWS))]
WORD: Final = 8
CLUSTERS: Final = (0, 1)
WIDTH: Final = 96
PIECES: Final = 2
DEPTH: Final = 4
# Weights are stored as whole numbers up to this one: finer ones find no more names.
_MOST: Final = 4
_SCALES: Final = " scale"
# Whatever unpacks gzip reads them.
_GZIP: Final = zlib.MAX_WBITS + 16
_NEARLY_NONE: Final = 1e-4
_TINY: Final = np.float32(1e-8)

Ids = NDArray[np.uint64]
Floats = NDArray[np.float32]


def _told(word: Word) -> list[int]:
    german, capital, english = word.company
    folded, shape = word.folded, word.shape
    told = (
        f"{german}",
        f"{capital}|{shape}",
        f"{english}",
        word.kind,
        folded[-3:],
        folded[:3],
        folded[-4:] + shape,
        word.looks,
        folded,
        word.cue,
    )
    return [crc32(each.encode()) for each in told]


def ids(page: Page) -> Ids:
    """A row of numbers for each word of the page."""
    marks = [crc32(mark.encode()) for mark in page.marks]
    rows = [[*_told(word), mark] for word, mark in zip(page.words, marks, strict=True)]
    return np.array(rows, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class Whole:
    """Rows as they are stored, whole numbers of a byte, and a scale for each row.

    Looked up, they are the same floats as if all had been worked out before; they take a quarter
    of the memory.
    """

    numbers: NDArray[np.int8]
    scales: NDArray[np.float16]

    @classmethod
    def of(cls, weights: Floats) -> Self:
        rows = weights.reshape(-1, weights.shape[-1])
        scales = (np.abs(rows).max(axis=1, keepdims=True) / _MOST).astype(np.float16)
        step = scales.astype(np.float32)
        numbers = np.round(rows / np.where(step > 0, step, 1)).clip(-_MOST, _MOST)
        return cls(numbers.astype(np.int8).reshape(weights.shape), scales)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.numbers.shape

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, keys: Ids | slice) -> Floats:
        scales = self.scales.reshape(*self.shape[:-1], 1)[keys]
        return np.multiply(self.numbers[keys], scales, dtype=np.float32)


class Layer(NamedTuple):
    """One layer of convolution, of all members: the first axis of each array.

    `product` has a row for each number of a window of three words, and the columns of one piece
    after those of the other.
    """

    product: Floats
    bias: Floats
    grown: Floats
    moved: Floats

    @classmethod
    def of(cls, weights: Mapping[str, Floats], name: str) -> Self:
        product, bias = weights[f"{name}w"], weights[f"{name}b"]
        members, width, pieces, read = product.shape
        return cls(
            np.ascontiguousarray(product.transpose(0, 3, 2, 1)).reshape(members, read, -1),
            bias.transpose(0, 2, 1).reshape(members, 1, pieces * width),
            weights[f"{name}ng"][:, None],
            weights[f"{name}nb"][:, None],
        )


@dataclass(frozen=True, slots=True)
class Network:
    """Weights by name: `n` the norm of vectors, `c0` to `c3` the layers, `s` the last.

    There are several members, each taught by itself from another beginning: of the vectors they
    are the second axis, of the rest the first. The mean of what they say is what is said.
    """

    vectors: Sequence[Floats | Whole]
    weights: Mapping[str, Floats]
    _layers: Sequence[Layer]
    _ops: NumpyOps

    @classmethod
    def of(cls, members: Sequence[Mapping[str, Floats]]) -> Self:
        """Members' weights have no axis for them; vectors are `e0` to `e10` there."""
        joined = {
            name: np.stack([each[name] for each in members], axis=int(name in _VECTORS))
            for name in members[0]
        }
        return cls.joined([joined.pop(name) for name in _VECTORS], joined)

    @classmethod
    def joined(cls, vectors: Sequence[Floats | Whole], weights: Mapping[str, Floats]) -> Self:
        layers = [Layer.of(weights, f"c{at}") for at in range(DEPTH)]
        return cls(vectors, weights, layers, NumpyOps())

    def chances(self, page: Page) -> tuple[Sequence[float], Sequence[float]]:
        """How likely each word of a piece is part of a name, and of an address."""
        read = self._read(self._embedded(page))
        person, address = (_mean(read[:, :, of].sum(axis=2)) for of in _ASKED)
        return person, address

    def _embedded(self, page: Page) -> Floats:
        """Of each member, a row for each word."""
        self._look_up([word for word in page.words if word.vector is None])
        marks = np.array([crc32(mark.encode()) for mark in page.marks], dtype=np.uint64)
        seen = np.array([word.vector for word in page.words], dtype=np.float32)
        rows = (seen + self._vectors(marks, MARK)).transpose(1, 0, 2)
        return _normal(rows, self.weights["ng"][:, None], self.weights["nb"][:, None])

    def _look_up(self, words: Sequence[Word]) -> None:
        """Gives words their vectors; those of everyday words are remembered with them."""
        if not words:
            return
        told = np.array([_told(word) for word in words], dtype=np.uint64)
        found = sum(self._vectors(told[:, column], column) for column in range(MARK))
        for word, vector in zip(words, np.asarray(found), strict=True):
            word.vector = vector

    def _vectors(self, numbers: Ids, column: int) -> Floats:
        table = self.vectors[column]
        keys = self._ops.hash(np.ascontiguousarray(numbers), column + 1) % len(table)
        return np.asarray(table[keys].sum(axis=1), dtype=np.float32)

    def _read(self, embedded: Floats) -> Floats:
        """Zeros stand around the text: as many as there are layers are read, one more is looked at.

        Of each member, a row for each word with the chance of each label.
        """
        members, words, _ = embedded.shape
        found = np.zeros((members, words + 2 * DEPTH + 2, WIDTH), dtype=np.float32)
        within = slice(DEPTH + 1, -DEPTH - 1)
        found[:, within] = embedded
        for layer in self._layers:
            window = np.concatenate((found[:, :-2], found[:, 1:-1], found[:, 2:]), axis=2)
            both = np.matmul(window, layer.product) + layer.bias
            best = np.maximum(both[:, :, :WIDTH], both[:, :, WIDTH:])
            found[:, 1:-1] += _normal(best, layer.grown, layer.moved)
        product, bias = self.weights["sw"].transpose(0, 2, 1), self.weights["sb"][:, None]
        scores = np.matmul(found[:, within], product) + bias
        grown = np.exp(scores - scores.max(axis=2, keepdims=True))
        return np.asarray(grown / grown.sum(axis=2, keepdims=True))

    def packed(self) -> bytes:
        """The same bytes every time: whole numbers of a byte, and a scale for each row."""
        named = {**dict(zip(_VECTORS, self.vectors, strict=True)), **self.weights}
        arrays: dict[str, NDArray[np.generic]] = {}
        for name, weights in sorted(named.items()):
            whole = weights if isinstance(weights, Whole) else Whole.of(weights)
            arrays[name], arrays[f"{name}{_SCALES}"] = whole.numbers, whole.scales
        file = BytesIO()
        np.savez(file, allow_pickle=False, **arrays)
        packer = zlib.compressobj(wbits=_GZIP, strategy=zlib.Z_HUFFMAN_ONLY)
        return packer.compress(file.getvalue()) + packer.flush()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        with np.load(BytesIO(decompress(data)), allow_pickle=False) as arrays:
            whole = {
                name: Whole(arrays[name], arrays[f"{name}{_SCALES}"])
                for name in arrays
                if not name.endswith(_SCALES)
            }
        vectors = [whole.pop(name) for name in _VECTORS]
        return cls.joined(vectors, {name: each[:] for name, each in whole.items()})


def one_thread() -> None:
    """From now on a product of matrices takes one core: those here are too small to share out."""
    threadpool_limits(1, user_api="blas")


def _normal(rows: Floats, grown: Floats, moved: Floats) -> Floats:
    apart = rows - rows.mean(axis=-1, keepdims=True)
    spread = np.sqrt((apart * apart).mean(axis=-1, keepdims=True) + _TINY)
    return np.asarray(apart / spread * grown + moved)


def _mean(chances: Floats) -> list[float]:
    """Of the logarithms of their odds."""
    held = np.clip(chances, _NEARLY_NONE, 1 - _NEARLY_NONE)
    odds = np.log(held / (1 - held)).mean(axis=0)
    mean: list[float] = (1 / (1 + np.exp(-odds))).tolist()
    return mean
