"""Street, number, postcode and town, found in pieces, made one span."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from app.redaction.kinds import Kind
from app.redaction.text import Span

# What stands between two pieces of one address.
_JOINT: Final = re.compile(r"[\s,;]{1,4}(?:in\s{1,2}|c/o\s{1,2})?")

# A number after its street, a town after its postcode: a piece that was left behind. What goes on
# with a slash is the code of a telephone number.
_NUMBER: Final = re.compile(r"\s{0,2}\d{1,4}\s?[a-z]?(?!\w)", re.IGNORECASE)
_LETTERS: Final = r"[^\W\d_]"
_TOWN: Final = re.compile(
    rf"[\s,;]{{1,4}}(?:in\s{{1,2}})?(?:D-\s?)?(?:0[1-9]|[1-9]\d)\d{{3}}(?!\d|\s?[/\-]\s?\d)"
    rf"(?:\s{{1,2}}{_LETTERS}[\w\-]{{2,30}}(?:\s(?:am|an\sder|im|ob\sder|bei|vor\sder)"
    rf"\s{_LETTERS}[\w\-]{{2,30}})?)?",
    re.IGNORECASE,
)
_POSTCODE: Final = re.compile(r"(?:D-\s?)?\d{5}")


def assembled(spans: Iterable[Span], text: str) -> list[Span]:
    """The spans, with the pieces of each address joined and nothing of it left behind."""
    whole: list[Span] = []
    others: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if span.kind is not Kind.ADDRESS:
            others.append(span)
        elif whole and _belongs(whole[-1], span, text):
            last = whole[-1]
            whole[-1] = replace(
                last,
                end=max(last.end, span.end),
                certainty=max(last.certainty, span.certainty),
            )
        else:
            whole.append(span)
    return [*others, *(_completed(span, text) for span in whole)]


def _belongs(before: Span, after: Span, text: str) -> bool:
    if after.start <= before.end:
        return True
    # A second postcode begins a second address.
    twice = _POSTCODE.search(text, before.start, before.end) and _POSTCODE.search(
        text, after.start, after.end
    )
    return not twice and bool(_JOINT.fullmatch(text, before.end, after.start))


def _completed(span: Span, text: str) -> Span:
    end = span.end
    if not any(char.isdigit() for char in text[span.start : end]) and (
        number := _NUMBER.match(text, end)
    ):
        end = number.end()
    if not _POSTCODE.search(text, span.start, end) and (town := _TOWN.match(text, end)):
        end = town.end()
    return replace(span, end=end)
