"""Word lists in a few bytes a word: is it a given name, a surname, a town, a plain word.

A Bloom filter (Bloom 1970): what is in the list is always found, what is not is
taken for it about once in two hundred times. The lists cannot be read back from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self
from zlib import crc32

from app.redaction.names.letters import Letters

_BITS_A_WORD: Final = 11
_PROBES: Final = 7
_SECOND: Final = 0x9E3779B9


class List(StrEnum):
    """The value is the letter by which the model's features know it."""

    GIVEN = "g"
    SURNAME = "s"
    PLACE = "p"
    GERMAN = "d"
    ENGLISH = "e"


@dataclass(frozen=True, slots=True)
class WordList:
    bits: bytes

    @classmethod
    def of(cls, words: Iterable[str]) -> Self:
        folded = sorted({word.lower() for word in words})
        size = max(len(folded) * _BITS_A_WORD // 8, 8)
        bits = bytearray(size)
        for word in folded:
            for at in _probes(word, size * 8):
                bits[at >> 3] |= 1 << (at & 7)
        return cls(bytes(bits))

    def __contains__(self, folded: str) -> bool:
        bits = self.bits
        return all(bits[at >> 3] & (1 << (at & 7)) for at in _probes(folded, len(bits) * 8))


@dataclass(frozen=True, slots=True)
class Lexicon:
    lists: Mapping[List, WordList]
    shapes: Letters

    def letters(self, folded: str) -> str:
        """The letters of the lists that hold the word, `-` for none.

        One list is asked at a time, and the hashes of the word are shared by all.
        """
        data = folded.encode()
        one, two = crc32(data), crc32(data, _SECOND) | 1
        found = ""
        for name, words in self.lists.items():
            bits = words.bits
            size = len(bits) * 8
            for n in range(_PROBES):
                at = (one + n * two) % size
                if not bits[at >> 3] & (1 << (at & 7)):
                    break
            else:
                found += name
        return found or "-"


def _probes(folded: str, size: int) -> Iterable[int]:
    data = folded.encode()
    one, two = crc32(data), crc32(data, _SECOND) | 1
    return ((one + n * two) % size for n in range(_PROBES))
