"""What is known of a word in two and a half bytes: a name, a town, a noun, how common.

A Bloomier filter (Chazelle et al. 2004, built as Graf and Lemire's xor filters, 2020): three
cells say together what kind of word it is. A word that is not in it is taken for one that is
about once in two hundred and fifty times. The words cannot be read back from it.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b
from itertools import count
from typing import Final, Self

from app.redaction.names.letters import Letters

_CELLS: Final = 3
_ROOM: Final = 1.24
MOST_KINDS: Final = 256
_CHECK: Final = 8
_LOW: Final = 0xFF
_PART: Final = 21

# A word made of two: how long its ends are at least, and what may stand between them.
_COMPOUND: Final = 8
_TAIL: Final = 4
_HEAD: Final = 3
_JOINTS: Final = "sn"
_STEM: Final = 3

# What becomes of umlauts on other keyboards; a short word has too many others near it.
_DOTTED: Final = {"ae": "ä", "oe": "ö", "ue": "ü", "ss": "ß", "a": "ä", "o": "ö", "u": "ü"}
_WRITTEN_OUT: Final = 4


class Known(StrEnum):
    """What a list says of a word; the value is the letter in its kind, in this order.

    After the letters stands, in a digit, how common it is in German.
    """

    GIVEN = "g"
    SURNAME = "s"
    PLACE = "p"
    NOUN = "n"
    CAPITALISED = "m"
    SMALL = "a"
    ENGLISH = "e"
    ENGLISH_COMMON = "E"
    OTHER = "o"


CLASSES: Final = "0123456"
UNKNOWN: Final = "-"
MADE_OF_TWO: Final = "c"


@dataclass(slots=True)
class Words:
    """Cells of a kind's number and a check; `kinds` by their numbers."""

    cells: bytes
    kinds: tuple[str, ...]
    _read: "memoryview[int]" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._read = memoryview(self.cells).cast("H")

    @classmethod
    def of(cls, known: Mapping[str, str]) -> Self:
        """Words in lower case and their kinds."""
        kinds = tuple(sorted(set(known.values())))
        if len(kinds) > MOST_KINDS:
            raise ValueError("too many kinds of words")
        numbers = {kind: number for number, kind in enumerate(kinds)}
        return cls(_filled({word: numbers[kind] for word, kind in known.items()}), kinds)

    def kind(self, folded: str) -> str:
        """The empty string for a word that is not there."""
        cells = self._read
        if not cells:
            return ""
        hashed = _hash(folded)
        size = len(cells) // _CELLS
        one, two, three, check = _places(hashed, size)
        found = cells[one] ^ cells[two] ^ cells[three]
        number = found & _LOW
        return self.kinds[number] if found >> _CHECK == check and number < len(self.kinds) else ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    words: Words
    shapes: Letters

    def letters(self, folded: str) -> str:
        """The lists that hold this very word, `-` for none."""
        return self.words.kind(folded).rstrip(CLASSES) or UNKNOWN

    def kind(self, folded: str) -> str:
        """Of the word, of its stem before a genitive's `s`, or of what it is made of."""
        kind = self.words.kind(folded)
        if kind:
            return kind
        if folded[-1] == "s" and len(folded) > _STEM and (stem := self.words.kind(folded[:-1])):
            return f"{stem}'s"
        for other in _umlauts(folded):
            if kind := self.words.kind(other):
                return f"~{kind}"
        return MADE_OF_TWO if self._compound(folded) else UNKNOWN

    def _compound(self, folded: str) -> bool:
        if len(folded) < _COMPOUND:
            return False
        kind = self.words.kind
        for at in range(len(folded) - _TAIL, _HEAD - 1, -1):
            tail = kind(folded[at:])
            if Known.NOUN in tail and tail[-1].isdigit():
                head = folded[:at]
                heads = (head, head[:-1]) if head[-1] in _JOINTS else (head,)
                if any(len(each) >= _HEAD and _german(kind(each)) for each in heads):
                    return True
        return False


def _umlauts(folded: str) -> Iterator[str]:
    """The word as it may have been before `ä` became `ae` or lost its dots."""
    if len(folded) < _WRITTEN_OUT:
        return
    for plain, dotted in _DOTTED.items():
        if (at := folded.find(plain)) >= 0:
            yield folded[:at] + dotted + folded[at + len(plain) :]


def _german(kind: str) -> bool:
    return Known.NOUN in kind or Known.SMALL in kind


def _hash(word: str, seed: int = 0) -> int:
    digest = blake2b(word.encode(), digest_size=9, salt=seed.to_bytes(2, "big")).digest()
    return int.from_bytes(digest, "big")


def _places(hashed: int, size: int) -> tuple[int, int, int, int]:
    """A cell in each third, and the check."""
    mask = (1 << _PART) - 1
    return (
        (hashed & mask) * size >> _PART,
        size + ((hashed >> _PART & mask) * size >> _PART),
        2 * size + ((hashed >> 2 * _PART & mask) * size >> _PART),
        hashed >> 3 * _PART & _LOW,
    )


def _filled(numbers: Mapping[str, int]) -> bytes:
    """Cells from which each word's number comes out again.

    A cell that only one word uses is its own; without that word others have one (Majewski 1996).
    """
    if not numbers:
        return b""
    hashes = {_hash(word): number for word, number in sorted(numbers.items())}
    for room in count():
        size = int(len(hashes) * (_ROOM + room / 50) / _CELLS) + 8
        order = _peeled(hashes, size)
        if order is not None:
            return _assigned(order, hashes, size)
    raise AssertionError


def _peeled(hashes: Iterable[int], size: int) -> Sequence[tuple[int, int]] | None:
    """Words and the cell that is each one's own, the last first; nothing if there is no order."""
    uses = array("l", [0]) * (_CELLS * size)
    users = [0] * (_CELLS * size)
    for hashed in hashes:
        for cell in _places(hashed, size)[:_CELLS]:
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
        for cell in _places(hashed, size)[:_CELLS]:
            uses[cell] -= 1
            users[cell] ^= hashed
            if uses[cell] == 1:
                alone.append(cell)
    return order[::-1] if not any(uses) else None


def _assigned(order: Iterable[tuple[int, int]], numbers: Mapping[int, int], size: int) -> bytes:
    cells = array("H", [0]) * (_CELLS * size)
    for hashed, own in order:
        one, two, three, check = _places(hashed, size)
        cells[own] = 0
        cells[own] = (check << _CHECK | numbers[hashed]) ^ cells[one] ^ cells[two] ^ cells[three]
    return cells.tobytes()
