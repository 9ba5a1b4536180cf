"""What is known of a word in two and a half bytes: a name, a town, a noun, how common.

A word that is not in it is taken for one that is about once in two hundred and fifty times.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from app.redaction.names.cells import Cells
from app.redaction.names.clusters import Clusters
from app.redaction.names.letters import Letters

_BITS: Final = 8
MOST_KINDS: Final = 1 << _BITS

# A word made of two: how long its ends are at least, and what may stand between them.
_COMPOUND: Final = 8
_TAIL: Final = 4
_HEAD: Final = 3
_JOINTS: Final = "sn"
_STEM: Final = 3

# What becomes of umlauts on other keyboards; a short word has too many others near it.
_DOTTED: Final = {"ae": "ä", "oe": "ö", "ue": "ü", "ss": "ß", "a": "ä", "o": "ö", "u": "ü"}
_WRITTEN_OUT: Final = 4

# What a scanner takes for what, the other way round.
_MISREAD: Final = {
    "c": "e",
    "e": "c",
    "u": "n",
    "n": "u",
    "b": "h",
    "t": "f",
    "f": "t",
    "q": "g",
    "o": "a",
    "i": "lr",
    "l": "i",
    "y": "v",
    "í": "il",
    "h": "b",
    "a": "o",
    "j": "i",
    "d": "cl",
}
_MISREAD_PAIRS: Final = {"rn": "m", "vv": "w", "ii": "ü", "uii": "ü", "li": "h", "cl": "d"}


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


_WORDS: Final = frozenset((Known.NOUN, Known.SMALL))
_WORDS_OF_ANY_CASE: Final = _WORDS | {Known.CAPITALISED}
CLASSES: Final = "0123456"
# Ends the kind of a word that is known without its last letter; it says nothing of surnames.
GENITIVE: Final = "'s"
UNKNOWN: Final = "-"
MADE_OF_TWO: Final = "c"
_COUNTED: Final = CLASSES[1:]


@dataclass(slots=True)
class Words:
    """Cells of a kind's number; `kinds` by their numbers."""

    cells: bytes
    kinds: tuple[str, ...]
    _numbers: Cells = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._numbers = Cells(self.cells, _BITS)

    @classmethod
    def of(cls, known: Mapping[str, str]) -> Self:
        """Words in lower case and their kinds."""
        kinds = tuple(sorted(set(known.values())))
        if len(kinds) > MOST_KINDS:
            raise ValueError("too many kinds of words")
        numbers = {kind: number for number, kind in enumerate(kinds)}
        found = {word: numbers[kind] for word, kind in known.items()}
        return cls(Cells.of(found, _BITS).cells, kinds)

    def kind(self, folded: str) -> str:
        """The empty string for a word that is not there."""
        number = self._numbers.number(folded)
        return self.kinds[number] if number is not None and number < len(self.kinds) else ""


@dataclass(frozen=True, slots=True)
class Lexicon:
    words: Words
    shapes: Letters
    clusters: Clusters = field(default_factory=Clusters)

    def letters(self, folded: str) -> str:
        """The lists that hold this very word, `-` for none."""
        return self.words.kind(folded).rstrip(CLASSES) or UNKNOWN

    def kind(self, folded: str) -> str:
        """Of the word, of its stem before a genitive's `s`, or of what it is made of."""
        kind = self.words.kind(folded)
        if kind:
            return kind
        if folded[-1] == "s" and len(folded) > _STEM and (stem := self.words.kind(folded[:-1])):
            return f"{stem}{GENITIVE}"
        for other in _umlauts(folded):
            if kind := self.words.kind(other):
                return f"~{kind}"
        return MADE_OF_TWO if self._compound(folded) else UNKNOWN

    def is_word(self, folded: str) -> bool:
        """A noun or a word written small, which may be a name as well."""
        return not _WORDS.isdisjoint(bare(self.kind(folded)))

    def is_strange(self, folded: str) -> bool:
        """Whether it is hardly anything but a name: in no dictionary, and not made of two words."""
        kind = self.kind(folded)
        return kind != MADE_OF_TWO and _WORDS_OF_ANY_CASE.isdisjoint(kind)

    def meant(self, folded: str) -> str | None:
        """The word that stands there without its umlauts, or that a scanner misread in one place.

        Only a word that was counted, or a name of a list: nearly all is like something rare.
        """
        for other in _umlauts(folded):
            if self.words.kind(other):
                return other
        names: str | None = None
        for other in misread(folded):
            kind = self.words.kind(other)
            if kind and kind[-1] in _COUNTED:
                return other
            if names is None and (Known.GIVEN in kind or Known.SURNAME in kind):
                names = other
        return names

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


def misread(folded: str) -> Iterator[str]:
    """What a scanner may have had before it, one place different."""
    if len(folded) < _WRITTEN_OUT:
        return
    for pair, letter in _MISREAD_PAIRS.items():
        if (at := folded.find(pair)) >= 0:
            yield folded[:at] + letter + folded[at + len(pair) :]
    for at, char in enumerate(folded):
        for letter in _MISREAD.get(char, ""):
            yield folded[:at] + letter + folded[at + 1 :]


def bare(kind: str) -> str:
    """Without what says that it is a genitive's."""
    return kind.removesuffix(GENITIVE)


def _german(kind: str) -> bool:
    return Known.NOUN in kind or Known.SMALL in kind
