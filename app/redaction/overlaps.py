"""Which of two findings counts where they overlap.

What the file knows comes first among people; else the longest, then the most
certain. What is left over of the loser is still personal data and stays a finding.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.redaction.text import Kind, Span

_LAYERS: Final = ("known", "memory", "presidio")


def resolved(known: Sequence[Span], found: Sequence[Span], text: str) -> list[Span]:
    """In order and without overlap, covering every character any finding covered."""
    certain = [span for span in known if span.kind is Kind.PERSON]
    kept = [
        part
        for span in found
        for part in (_without(span, certain, text) if span.kind is Kind.PERSON else (span,))
    ]
    taken: list[Span] = []
    for span in sorted((*known, *kept), key=_rank):
        taken += _without(span, taken, text)
    return sorted(taken, key=lambda span: span.start)


def _rank(span: Span) -> tuple[int, float, int, int, str, str]:
    layer = _LAYERS.index(span.layer) if span.layer in _LAYERS else len(_LAYERS)
    return (
        span.start - span.end,
        -span.certainty,
        layer,
        span.start,
        span.kind,
        span.identity or "",
    )


def _without(span: Span, taken: Sequence[Span], text: str) -> Iterator[Span]:
    """The parts of a span that no other one covers; a part is no longer the whole value."""
    parts = [(span.start, span.end)]
    for other in taken:
        parts = [
            piece
            for start, end in parts
            for piece in ((start, min(end, other.start)), (max(start, other.end), end))
            if piece[0] < piece[1]
        ]
    for start, end in parts:
        if (start, end) == (span.start, span.end):
            yield span
        elif piece := text[start:end].strip(" \t\r\n,.;:'-/()"):
            first = text.index(piece, start)
            yield replace(span, start=first, end=first + len(piece), identity=None, value=None)
