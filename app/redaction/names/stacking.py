"""What both readers say of a word and its neighbours, and what is known of it, in numbers.

From these a forest tells how likely the word is part of a name (stacked generalization, Wolpert
1992). It grows over texts that neither reader learnt from, so it learns whom to believe about
what: the network of an everyday word, the conditional random field of a line of names.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Final

import numpy as np

from app.redaction.names.features import Page, Word
from app.redaction.names.forest import Forest, Rows
from app.redaction.names.labels import STRANGE, may_name
from app.redaction.names.lexicon import UNKNOWN, Known, bare

# A word that neither reader gives such a chance is none.
_LEAST: Final = 0.003
# What no name is made of (`der`, `a11o`) is part of one if that is so likely.
_IN_SPITE: Final = 0.1
_NEARLY_NONE: Final = 0.0001
_NOBODY: Final = -12.0
_KNOWN: Final = (
    *(Known.GIVEN, Known.SURNAME, Known.PLACE, Known.NOUN),
    *(Known.SMALL, Known.CAPITALISED),
)
_MISREAD: Final = "?"
_MANY: Final = 5
_SHORT: Final = 4
_MOSTLY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Readings:
    """How likely each word of a page is part of a name.

    `counted` is what the conditional random field says, `read` what the network does; `addresses`
    is what the network says of addresses.
    """

    page: Page
    counted: Sequence[float]
    read: Sequence[float]
    addresses: Sequence[float]


def combined(forest: Forest, of: Readings) -> list[float]:
    """How likely each word is part of a name, all in all."""
    chances = [0.0] * len(of.page.tokens)
    places = possible(of)
    if places:
        found = forest.chances(rows(of, places))
        for at, chance in zip(places, found.tolist(), strict=True):
            if chance > _IN_SPITE or may_name(of.page.tokens[at]):
                chances[at] = chance
    return chances


def possible(of: Readings) -> list[int]:
    """The places of the words that either reader takes for part of a name, however unlikely."""
    return [
        at
        for at, (one, other) in enumerate(zip(of.counted, of.read, strict=True))
        if (one > _LEAST or other > _LEAST) and of.page.tokens[at].text[0].isalnum()
    ]


def rows(of: Readings, places: Sequence[int]) -> Rows:
    """A row of each of the places."""
    page = of.page
    ones, others = [*map(_odds, of.counted)], [*map(_odds, of.read)]
    means = [(one + other) / 2 for one, other in zip(ones, others, strict=True)]
    around = (_NOBODY, *means, _NOBODY)
    forms = _forms(page, means)
    of_page = _of(page, means)
    return np.array(
        [
            (
                *(ones[at], others[at], around[at], around[at + 2]),
                *_known(page.words[at]),
                *_written(page, at),
                *of_page,
                *_elsewhere(forms[_form(page.words[at])], means[at]),
            )
            for at in places
        ],
        dtype=np.float32,
    )


def _known(word: Word) -> tuple[float, ...]:
    kind = bare(word.kind)
    return (
        *(float(each in kind) for each in _KNOWN),
        float(kind == UNKNOWN),
        float(kind[0] == _MISREAD),
        float(word.folded in STRANGE),
    )


def _written(page: Page, at: int) -> tuple[float, ...]:
    token = page.tokens[at]
    text = token.text
    return (
        float(len(text)),
        float(text.islower()),
        float(text.isupper()),
        float(any(map(str.isdigit, text))),
        float(may_name(token)),
        float(token.first),
        float(token.line),
    )


def _of(page: Page, means: Sequence[float]) -> tuple[float, ...]:
    """How foreign, how capital and how full of names the whole piece is."""
    foreign = sum(word.kind == UNKNOWN or word.kind[0] == _MISREAD for word in page.words)
    letters = [token.text for token in page.tokens if token.text[0].isalpha()]
    capitals = sum(text[0].isupper() for text in letters)
    names = sum(odds > 0 for odds in means)
    return (
        foreign / len(means),
        capitals / max(1, len(letters)),
        _MOSTLY * names / len(means),
        float(min(names, _MANY)),
    )


def _forms(page: Page, means: Sequence[float]) -> Mapping[str, list[float]]:
    """The same word in other places."""
    found: dict[str, list[float]] = {}
    for word, odds in zip(page.words, means, strict=True):
        found.setdefault(_form(word), []).append(odds)
    return found


def _form(word: Word) -> str:
    """Without the ending of a genitive, if it is long enough to have one."""
    folded = word.folded
    return folded.rstrip("'’").removesuffix("s") if len(folded) > _SHORT else folded


def _elsewhere(same: Sequence[float], own: float) -> tuple[float, float]:
    """How often it is there, and what the likeliest other place says."""
    if len(same) == 1:
        return 1.0, _NOBODY
    others = list(same)
    others.remove(own)
    return float(len(same)), max(others)


def both(one: float, other: float) -> float:
    """The mean of two chances, by the logarithms of their odds: who is nearly sure counts more."""
    return 1 / (1 + exp(-(_odds(one) + _odds(other)) / 2))


def _odds(chance: float) -> float:
    held = min(max(chance, _NEARLY_NONE), 1 - _NEARLY_NONE)
    return log(held / (1 - held))
