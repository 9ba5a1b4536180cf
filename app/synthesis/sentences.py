"""Sentences, whole and as they arrive."""

import re
from collections.abc import AsyncIterator, Iterator
from typing import Final

# A full stop after one of these does not end a sentence.
_SHORT_WORDS: Final = (
    "abs art bzw ca dr evtl ggf inkl nr no mr mrs ms prof s sog st str usw vgl u e i z d h b a"
)
_SHORT: Final = frozenset(_SHORT_WORDS.split())
# The end of a sentence, with the citations that may stand behind its full stop.
_END: Final = re.compile(
    r"""(?:(?P<stop>[.!?…]+)["'”“’)*_]*(?:\s*\[[^\[\]\n]*\])*(?=\s)|(?=\n))\s+"""
)
_LAST_WORD: Final = re.compile(r"(?P<word>[^\W\d_]+)\Z|(?P<digit>\d)\Z")
# A model that never ends a sentence is not waited for.
LONGEST: Final = 2_000


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, without the white space between them."""
    *whole, rest = _split(text)
    yield from (each for part in (*whole, rest) if (each := part.strip()))


async def arriving(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
    """Each sentence as soon as it is certain to be whole: citations may follow its full stop."""
    held = ""
    async for chunk in chunks:
        held += chunk
        *whole, held = _split(held)
        for part in whole:
            if sentence := part.strip():
                yield sentence
        if len(held) > LONGEST:
            yield held
            held = ""
    if sentence := held.strip():
        yield sentence


def _split(text: str) -> list[str]:
    """Parts that join to the text again. The last one may go on."""
    parts: list[str] = []
    at = 0
    for end in _END.finditer(text):
        before = _LAST_WORD.search(text[at : end.start()])
        # `Abs. 2`, `1. Dezember`
        abbreviated = (
            end["stop"] == "."
            and before is not None
            and (before["digit"] is not None or before["word"].casefold() in _SHORT)
        )
        # What comes next decides, so wait for it.
        if end.end() == len(text) or text[end.end()] == "[" or abbreviated:
            continue
        parts.append(text[at : end.end()])
        at = end.end()
    return [*parts, text[at:]]
