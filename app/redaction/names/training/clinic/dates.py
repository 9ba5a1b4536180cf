"""Halves of dates that are read with the other half: `3.5. bis 8.5.2028`, `06 - 07/2022`.

In the letters, each half is a span of its own; a model sees a lone `06` as a number.
"""

import re
from typing import Final

from app.redaction.names.training.clinic.documents import DATE, Span
from app.redaction.names.training.clinic.patterns import MONTHS

_BACK: Final = 20
_HALF: Final = re.compile(
    rf"(?<![\d.,/-])(?P<half>\d{{1,2}}(?:\.\d{{1,2}})?\.?|\b(?:{MONTHS}))"
    r"\s{0,2}(?:[-–/]|bis|und)\s{0,2}$"
)


def with_halves(text: str, spans: frozenset[Span]) -> frozenset[Span]:
    found = set(spans)
    for start, _, label in sorted(spans):
        first = max(start - _BACK, 0)
        half = _HALF.search(text[first:start]) if label == DATE else None
        if half:
            begin, end = first + half.start("half"), first + half.end("half")
            if not any(a < end and begin < b for a, b, _ in found):
                found.add((begin, end, DATE))
    return frozenset(found)
