"""A number for each of many words, in two and a half bytes a word.

A Bloomier filter (Chazelle et al. 2004, built as Graf and Lemire's xor filters, 2020): three
cells of sixteen bits say together which number a word has; what its number leaves free of them
is a check. A word that is not in it gets a number all the same once in so many times as the
check has values. The words cannot be read back from it.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import count
from typing import Final, Self

_CELLS: Final = 3
_ROOM: Final = 1.24
_WIDTH: Final = 16
_PART: Final = 21
_MASK: Final = (1 << _PART) - 1
# The one that the tables were made with.
_SALT: Final = bytes(2)
# To be copied, which takes half the time of setting one up.
_BLANK: Final = blake2b(digest_size=9, salt=_SALT)


@dataclass(slots=True)
class Cells:
    """`bits` of a cell are a number's, the rest is the check."""

    cells: bytes = b""
    bits: int = 8
    _read: "memoryview[int]" = field(init=False, repr=False, compare=False)
    _size: int = field(init=False, repr=False, compare=False)
    _check: int = field(init=False, repr=False, compare=False)
    _number: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._read = memoryview(self.cells).cast("H")
        self._size = len(self._read) // _CELLS
        self._check = (1 << _WIDTH - self.bits) - 1
        self._number = (1 << self.bits) - 1

    @classmethod
    def of(cls, numbers: Mapping[str, int], bits: int) -> Self:
        """Raises ValueError for a number that needs more bits."""
        if max(numbers.values(), default=0) >> bits:
            raise ValueError("too many bits in a number")
        return cls(_filled(numbers, bits), bits)

    def number(self, word: str) -> int | None:
        return self.at(hashed(word))

    def at(self, hashed: int) -> int | None:
        """Of a word, by its hash, which is the same in all tables. Asked for many times a text."""
        size = self._size
        if not size:
            return None
        cells = self._read
        found = (
            cells[(hashed & _MASK) * size >> _PART]
            ^ cells[size + ((hashed >> _PART & _MASK) * size >> _PART)]
            ^ cells[2 * size + ((hashed >> 2 * _PART & _MASK) * size >> _PART)]
        )
        if found >> self.bits != hashed >> 3 * _PART & self._check:
            return None
        return found & self._number


def hashed(word: str) -> int:
    digest = _BLANK.copy()
    digest.update(word.encode())
    return int.from_bytes(digest.digest(), "big")


def _places(hashed: int, size: int, check: int) -> tuple[int, int, int, int]:
    """A cell in each third, and the check."""
    return (
        (hashed & _MASK) * size >> _PART,
        size + ((hashed >> _PART & _MASK) * size >> _PART),
        2 * size + ((hashed >> 2 * _PART & _MASK) * size >> _PART),
        hashed >> 3 * _PART & (1 << check) - 1,
    )


def _filled(numbers: Mapping[str, int], bits: int) -> bytes:
    """Cells from which each word's number comes out again.

    A cell that only one word uses is its own; without that word others have one (Majewski 1996).
    """
    if not numbers:
        return b""
    hashes = {hashed(word): number for word, number in sorted(numbers.items())}
    for room in count():
        size = int(len(hashes) * (_ROOM + room / 50) / _CELLS) + 8
        order = _peeled(hashes, size)
        if order is not None:
            return _assigned(order, hashes, size, bits)
    raise AssertionError


def _peeled(hashes: Iterable[int], size: int) -> Sequence[tuple[int, int]] | None:
    """Words and the cell that is each one's own, the last first; nothing if there is no order."""
    uses = array("l", [0]) * (_CELLS * size)
    users = [0] * (_CELLS * size)
    for hashed in hashes:
        for cell in _places(hashed, size, 0)[:_CELLS]:
            uses[cell] += 1
            users[cell] ^= hashed
    alone = [cell for cell, number in enumerate(uses) if number == 1]
    order: list[tuple[int, int]] = []
    while alone:
        own = alone.pop()
        if uses[own] != 1:
            continue
        hashed = users[own]
        order.append((hashed, own))
        for cell in _places(hashed, size, 0)[:_CELLS]:
            uses[cell] -= 1
            users[cell] ^= hashed
            if uses[cell] == 1:
                alone.append(cell)
    return order[::-1] if not any(uses) else None


def _assigned(
    order: Iterable[tuple[int, int]], numbers: Mapping[int, int], size: int, bits: int
) -> bytes:
    cells = array("H", [0]) * (_CELLS * size)
    for hashed, own in order:
        one, two, three, check = _places(hashed, size, _WIDTH - bits)
        cells[own] = 0
        cells[own] = (check << bits | numbers[hashed]) ^ cells[one] ^ cells[two] ^ cells[three]
    return cells.tobytes()
