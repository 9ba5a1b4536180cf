"""Whose company a word keeps: Brown clusters (Brown et al. 1992) of German and English words.

Two words are of one cluster when the same words stand before and after them: surnames with
surnames, `angerufen` with `gesagt`, `Miete` with `Rechnung`. A cluster is a path through a tree, so
that the first bits of it, its lowest here, are a coarser class. They were counted by others,
over a great many texts (`MODEL_CARD.md`); words stand in it as they are written.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from app.redaction.names.cells import Cells, hashed

_BITS: Final = 10
_HEAD: Final = struct.Struct("<HI")
NONE: Final = 0

# A genitive's `s` is taken off words longer than this.
_STEM: Final = 3


class Company(NamedTuple):
    """The clusters of a word as it is written, of the same word with a capital, in English."""

    german: int
    capital: int
    english: int


@dataclass(frozen=True, slots=True)
class Table:
    """The clusters of one language's words; `paths` by number."""

    paths: tuple[int, ...] = ()
    numbers: Cells = field(default_factory=Cells)

    @classmethod
    def of(cls, clusters: Mapping[str, int]) -> Self:
        paths = tuple(sorted(set(clusters.values())))
        numbers = {path: number for number, path in enumerate(paths)}
        found = {word: numbers[path] for word, path in clusters.items()}
        return cls(paths, Cells.of(found, _BITS))

    def exactly(self, word: str) -> int:
        return self.at(hashed(word))

    def at(self, hashed: int) -> int:
        """Of the word with this hash."""
        number = self.numbers.at(hashed)
        return self.paths[number] if number is not None and number < len(self.paths) else NONE

    def of_word(self, word: str, whole: int) -> int:
        """As it is written, else without its genitive, by its last part, in the other case.

        `whole` is the hash of the word.
        """
        shouted = len(word) > 1 and word.isupper()
        if (shouted and (found := self.exactly(word.capitalize()))) or (found := self.at(whole)):
            return found
        if word[-1] == "s" and len(word) > _STEM and (found := self.exactly(word[:-1])):
            return found
        head, hyphen, last = word.rpartition("-")
        if head and hyphen and last:
            return self.of_word(last, hashed(last))
        return self.exactly(word.capitalize() if word.islower() else word.lower())

    def of_capital(self, word: str) -> int:
        """What a word in small letters would be with its capital."""
        great = word.capitalize()
        if found := self.exactly(great):
            return found
        return self.exactly(great[:-1]) if great[-1] == "s" and len(great) > 1 else NONE

    def packed(self) -> bytes:
        paths = struct.pack(f"<{len(self.paths)}I", *self.paths)
        return _HEAD.pack(len(self.paths), len(self.numbers.cells)) + paths + self.numbers.cells

    @classmethod
    def unpacked(cls, data: bytes, at: int = 0) -> tuple[Self, int]:
        """The table, and where it ends."""
        count, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        paths = struct.unpack_from(f"<{count}I", data, at)
        at += count * 4
        return cls(paths, Cells(data[at : at + size], _BITS)), at + size


@dataclass(frozen=True, slots=True)
class Clusters:
    german: Table = field(default_factory=Table)
    english: Table = field(default_factory=Table)

    def company(self, word: str) -> Company:
        whole = hashed(word)
        german = self.german.of_word(word, whole)
        capital = self.german.of_capital(word) if word.islower() else german
        return Company(german, capital, self._english(word, whole))

    def _english(self, word: str, whole: int) -> int:
        if found := self.english.at(whole):
            return found
        return NONE if word.islower() else self.english.exactly(word.lower())

    def packed(self) -> bytes:
        return self.german.packed() + self.english.packed()

    @classmethod
    def unpacked(cls, data: bytes) -> Self:
        german, at = Table.unpacked(data)
        english, _ = Table.unpacked(data, at)
        return cls(german, english)
