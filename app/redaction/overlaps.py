"""Which of two findings counts where they overlap.

What the file knows comes first among people, and its numbers in what was found to be an
address; else the longest, then the most certain. What is left over of the loser is still
personal data and stays a finding.
"""

import re
from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.redaction.kinds import Kind
from app.redaction.text import Span

# Punctuation that is left over leads to nobody.
_SAYS_SOMETHING: Final = re.compile(r"[^\W_](?:.*[^\W_])?", re.DOTALL)

# Of what the file knows, what has words as an address has.
_WORDS: Final = frozenset((Kind.ADDRESS, Kind.ORGANISATION))

_LAYERS: Final = ("known", "memory")


def resolved(known: Sequence[Span], found: Sequence[Span], text: str) -> list[Span]:
    """In order and without overlap, covering every character any finding covered."""
    people, numbers = _Taken(), _Taken()
    for span in known:
        if span.kind not in _WORDS:
            certain = people if span.kind is Kind.PERSON else numbers
            certain.add(_without(span, certain, text))
    first = {Kind.PERSON: people, Kind.ADDRESS: numbers}
    kept = [
        part
        for span in found
        for part in (_without(span, first[span.kind], text) if span.kind in first else (span,))
    ]
    taken = _Taken()
    for span in sorted((*known, *kept), key=_rank):
        taken.add(_without(span, taken, text))
    return taken.spans


class _Taken:
    """Spans that do not overlap, in order; what overlaps with another one is found quickly."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._starts: list[int] = []

    def add(self, parts: Iterable[Span]) -> None:
        for part in list(parts):
            at = bisect(self._starts, part.start)
            self.spans.insert(at, part)
            self._starts.insert(at, part.start)

    def over(self, span: Span) -> Sequence[Span]:
        first = max(bisect(self._starts, span.start) - 1, 0)
        return self.spans[first : bisect_left(self._starts, span.end)]


def _rank(span: Span) -> tuple[int, float, int, int, str, str, str]:
    layer = _LAYERS.index(span.layer) if span.layer in _LAYERS else len(_LAYERS)
    return (
        span.start - span.end,
        -span.certainty,
        layer,
        span.start,
        span.kind,
        span.identity or "",
        span.layer,
    )


def _without(span: Span, taken: _Taken, text: str) -> Iterator[Span]:
    """The parts of a span that no other one covers; a part is no longer the whole value."""
    parts = [(span.start, span.end)]
    for other in taken.over(span):
        parts = [
            piece
            for start, end in parts
            for piece in ((start, min(end, other.start)), (max(start, other.end), end))
            if piece[0] < piece[1]
        ]
    for start, end in parts:
        if (start, end) == (span.start, span.end):
            yield span
        elif piece := _SAYS_SOMETHING.search(text, start, end):
            yield replace(span, start=piece.start(), end=piece.end(), identity=None, value=None)
