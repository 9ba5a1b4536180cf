"""What stands before a surname and belongs to it: `von der` Lieth, Ignaz `zu` Berg.

For every layer but the file's, which knows whole names.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.redaction.lists import listed
from app.redaction.text import Span

_GIVEN: Final = listed("given_names")
_PARTICLE: Final = "|".join(sorted(listed("particles"), key=len, reverse=True))
_BEFORE: Final = re.compile(rf"(?<!\w)(?:(?:{_PARTICLE}) {{1,2}}){{1,3}}\Z", re.IGNORECASE)
_LONGEST: Final = 24
_SPACES: Final = 2


def with_particles(
    spans: Sequence[Span], text: str, passes_over: Callable[[str], bool]
) -> Iterator[Span]:
    """The spans in order; a name begins with the particles before it, or goes on with them.

    Two and more belong to a surname, and any between two words of a name. One alone after
    something else is a word: `ein Brief von Okafor`, and so are those of `von der Sabine`.
    `passes_over` says whether who read a name is believed where it left such a word before it.
    """
    end = 0
    for span in spans:
        theirs = span.kind is Kind.PERSON and span.layer != Layer.KNOWN
        found = _BEFORE.search(text, max(span.start - _LONGEST, 0), span.start) if theirs else None
        start = max(found.start(), end) if found else span.start
        start += len(text[start : span.start]) - len(text[start : span.start].lstrip())
        several = found is not None and len(found[0].split()) > 1
        named = text[span.start : span.end].split(maxsplit=1)[0].casefold() in _GIVEN
        goes_on = end > 0 and 0 < start - end <= _SPACES and text[end:start].isspace()
        read = span.layer == Layer.NAMES and found is not None
        left = read and all(map(passes_over, text[start : span.start].casefold().split()))
        if start < span.start and not left and (goes_on or (several and not named)):
            yield replace(span, start=start)
        else:
            yield span
        end = span.end if span.kind is Kind.PERSON else 0
