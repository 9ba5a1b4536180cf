"""A text in a script that is not Latin, as the words that may be names in it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_PLAIN: Final = re.compile(r"[ \t]{1,2}|-")
_ENDS: Final = re.compile(r"[.!?؟:\n]")
_AFTER_NAME: Final = re.compile(r"[ \t]*(?:[.,،؛!?؟:;()\n\-]|\Z)")


@dataclass(frozen=True, slots=True)
class Word:
    """`folded` is what lists are asked for."""

    start: int
    end: int
    folded: str
    capital: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """A name, and the cue that told of it."""

    start: int
    end: int
    score: float
    cue: str


class Words:
    """The words of one script in a text, and what stands between them."""

    def __init__(self, text: str, pattern: re.Pattern[str], fold: Callable[[str], str]) -> None:
        self.text = text
        self.all = tuple(
            Word(found.start(), found.end(), fold(found[0]), found[0][0].isupper())
            for found in pattern.finditer(text)
        )

    def __len__(self) -> int:
        return len(self.all)

    def __getitem__(self, at: int) -> Word:
        return self.all[at]

    def folded(self, at: int) -> str:
        """Nothing beyond the ends."""
        return self.all[at].folded if 0 <= at < len(self.all) else ""

    def gap(self, at: int) -> str:
        """What stands before the word."""
        return self.text[self.all[at - 1].end if at else 0 : self.all[at].start]

    def joined(self, at: int) -> bool:
        """Whether nothing but a space or a hyphen parts the word from the one before."""
        return bool(at and _PLAIN.fullmatch(self.gap(at)))

    def begins(self, at: int) -> bool:
        """Whether a sentence or a line begins with the word."""
        return not at or bool(_ENDS.search(self.gap(at)))

    def closed(self, at: int) -> bool:
        """Whether a sign, a line or the text ends after the word."""
        return bool(_AFTER_NAME.match(self.text, self.all[at].end))

    def span(self, first: int, last: int) -> tuple[int, int]:
        return self.all[first].start, self.all[last - 1].end


def once(names: Iterator[tuple[int, int, float, str]], words: Words) -> Iterator[Announced]:
    """Names as offsets of the text; one that begins within another one is none of its own."""
    at = 0
    for first, last, score, cue in names:
        if first >= at:
            at = last
            yield Announced(*words.span(first, last), score, cue)
