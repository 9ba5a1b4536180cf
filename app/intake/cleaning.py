"""The question as typed, made safe to read."""

import re
import unicodedata
from typing import Final

from app.vocabulary.errors import InvalidBody

LONGEST: Final = 1000

_SPACES: Final = re.compile(r"\s+")
# Token-shaped text is ours alone: a question that brings its own brackets loses them.
_OURS: Final = str.maketrans({"⟦": " ", "⟧": " "})
# Other (control, format, private, unassigned, surrogate): tags and direction marks are Cf.
_HARMLESS: Final = frozenset("\t\n\r\u2028\u2029")


def clean(raw: str) -> str:
    """The text in NFC, without control, tag and direction characters, on one line.

    Raises InvalidBody when nothing is left of it, or more than a thousand characters.
    """
    visible = (
        character
        if not unicodedata.category(character).startswith("C")
        else " "
        if character in _HARMLESS
        else ""
        for character in raw
    )
    text = unicodedata.normalize("NFC", "".join(visible).translate(_OURS))
    text = _SPACES.sub(" ", text).strip()
    if not any(character.isalnum() for character in text) or len(text) > LONGEST:
        raise InvalidBody
    return text
