"""Names inside the names of firms: `Müller Logistik GmbH` is an employer, not a Müller.

Employers stay visible, as answers need them. What is registered for one person (`e.K.`),
a name with its first name, and what stands after `Herr` or `Frau` stay hidden.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.redaction.text import Span

_FORM: Final = (
    r"(?:g?GmbH|mbH|AG|KG(?:aA)?|OHG|UG|SE|eG|e\.\s?V\.|Ltd\.?|Inc\.?|LLC|S\.?A\.?R\.?L\.?"
    r"|sp\.\s?z\s?o\.\s?o\.)(?!\w)"
)
_ANY_FORM: Final = re.compile(rf"(?<!\w){_FORM}")
# Up to three capitalised words more, then what says that it is a firm.
_FIRM: Final = re.compile(rf"(?:[ ](?:&|[^\W\d_a-zßäöü][\w.\-]*)){{0,3}}[ ]{_FORM}")
_ENDING: Final = re.compile(rf"[ ]{_FORM}\Z")


def without_firms(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """Findings of the names model, without those that are part of a firm's name."""
    if not _ANY_FORM.search(text):
        yield from spans
        return
    for span in spans:
        if span.kind is not Kind.PERSON or span.layer != Layer.NAMES:
            yield span
            continue
        ending = _ENDING.search(text, span.start, span.end)
        name = replace(span, end=ending.start()) if ending else span
        alone = " " not in text[name.start : name.end].strip()
        if not (alone and (ending or in_firm(text, name.end))):
            yield name


def in_firm(text: str, end: int) -> bool:
    """Whether the name that ends here goes on as that of a firm."""
    return _FIRM.match(text, end) is not None
