"""A text as the names model reads it: words, numbers, single signs, and where they stand."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_MARKS: Final = r"\u0300-\u036f\u064b-\u065f\u0670"
_PART: Final = rf"\w[\w{_MARKS}]*"

# A word keeps its hyphens and apostrophes, and the digits a scanner left in it.
_TOKEN: Final = re.compile(rf"{_PART}(?:['’\-]{_PART})*|[^\w\s]")

# A piece ends where a sentence or a line does, once it is this long: work stays linear.
LONG: Final = 120
LONGEST: Final = 400
_ENDS: Final = frozenset(".!?")


class Token(NamedTuple):
    """`first` in its sentence or line (`line`); `start` and `end` are offsets into the text."""

    text: str
    start: int
    end: int
    first: bool
    line: bool


def pieces(text: str) -> Iterator[list[Token]]:
    """The tokens of a text, in pieces of whole lines and sentences."""
    piece: list[Token] = []
    at = 0
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        line = start > at and text.find("\n", at, start) >= 0
        first = at == 0 or line or (bool(piece) and piece[-1].text in _ENDS)
        if (first and len(piece) >= LONG) or len(piece) >= LONGEST:
            yield piece
            piece = []
        piece.append(Token(found[0], start, end, first, line))
        at = end
    if piece:
        yield piece
