"""Boosted trees, read without the library that grows them (`training/stacking.py`)."""

from dataclasses import dataclass
from io import BytesIO
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Numbers = NDArray[np.int32]

# How many questions a tree asks at most.
DEPTH: Final = 5


@dataclass(frozen=True, slots=True)
class Forest:
    """All nodes of all trees in one row; a leaf's branches lead to itself.

    A node asks whether number `asked` of a word's is at most `limit`, and goes left if it is. What
    the leaves say, one of each tree, is added to the mean of the first two numbers: the readers'
    own odds, as logarithms.
    """

    roots: Numbers
    asked: Numbers
    limit: Floats
    left: Numbers
    right: Numbers
    value: Floats

    def chances(self, rows: Rows) -> Floats:
        """Of each row, the chance."""
        count, width = rows.shape
        told = rows.ravel()
        starts = (np.arange(count, dtype=np.int32) * width)[:, None]
        at = np.tile(self.roots, (count, 1))
        for _ in range(DEPTH):
            below = told[starts + self.asked[at]] <= self.limit[at]
            at = np.where(below, self.left[at], self.right[at])
        odds = means(rows) + self.value[at].sum(axis=1)
        return np.asarray(1 / (1 + np.exp(-odds)))

    def packed(self) -> bytes:
        """The same bytes every time."""
        file = BytesIO()
        np.savez_compressed(
            file,
            allow_pickle=False,
            roots=self.roots,
            asked=self.asked.astype(np.uint8),
            limit=self.limit,
            left=self.left,
            right=self.right,
            value=self.value,
        )
        return file.getvalue()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        with np.load(BytesIO(data), allow_pickle=False) as arrays:
            return cls(
                roots=arrays["roots"],
                asked=arrays["asked"].astype(np.int32),
                limit=arrays["limit"],
                left=arrays["left"],
                right=arrays["right"],
                value=arrays["value"],
            )


def means(rows: Rows) -> Floats:
    """The mean of both readers' odds, as logarithms."""
    return np.asarray(rows[:, :2].mean(axis=1), dtype=np.float64)
