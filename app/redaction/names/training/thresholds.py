"""How sure one must be of a word to mask it, chosen on texts that no reader learnt from."""

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Final, NamedTuple

# Words masked that are no name, of all words, by language. Texts that judge are harder than most.
OVER_MASKED: Final[Mapping[str, float]] = {"de": 0.019, "en": 0.03}
_FINE: Final = 1_000_000


class Judged(NamedTuple):
    """A word that judges: whether it is part of a name, and how likely that was said to be."""

    name: bool
    chance: float


def threshold(judged: Iterable[Judged], *, over_masked: float) -> float:
    """The least above which no more than `over_masked` of the words that are no name are masked.

    One for all words: the chances say already what sort of word each is.
    """
    words = sorted((each.chance for each in judged if not each.name), reverse=True)
    return ceil(words[int(over_masked * len(words))] * _FINE) / _FINE
