"""How sure one must be of a word to mask it, chosen on texts that were not learnt from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import ceil
from typing import Final

from app.redaction.names.labels import Label, may_name
from app.redaction.names.model import NamesModel, Sort
from app.redaction.names.training.sources import Labelled

# Words masked that are no name, of all words, by language. Texts that judge are harder than most.
OVER_MASKED: Final[Mapping[str, float]] = {"de": 0.02, "en": 0.05}
_HALVINGS: Final = 30
_DEAREST: Final = 20.0
# Chances below are noise, and a word that surely is a name is masked whatever it is.
_LEAST: Final = 0.002
_MOST: Final = 0.5
# `will` and `Rentner` are masked for nothing everywhere else, whatever judges say.
_NOT_BELOW: Final = {Sort.STRANGE: 0.035, Sort.STRANGE_BESIDE: 0.03}
_ENOUGH: Final = 200
_HAIR: Final = 0.00005
_FINE: Final = 1_000_000


def thresholds(
    model: NamesModel, held_out: Iterable[Labelled], *, over_masked: float
) -> Mapping[Sort, float]:
    """How sure one must be of a word of each sort, so that most names are found for the price.

    The price is words masked that are no name, `over_masked` of all; it is spent where one
    more masked word finds most names, which is at one ratio of the two in all sorts.
    """
    names: dict[Sort, list[float]] = {sort: [] for sort in Sort}
    words: dict[Sort, list[float]] = {sort: [] for sort in Sort}
    for sort, label, chance in _judged(model, held_out):
        if label.endswith(Label.PERSON):
            names[sort].append(chance)
        elif label == "O":
            words[sort].append(chance)
    allowed = over_masked * sum(map(len, words.values()))
    low, high = 0.0, _DEAREST
    for _ in range(_HALVINGS):
        price = (low + high) / 2
        chosen = _chosen(names, words, price)
        spent = sum(sum(c > chosen[sort] for c in words[sort]) for sort in Sort)
        low, high = (price, high) if spent > allowed else (low, price)
    chosen = dict(_chosen(names, words, high))
    room = allowed - sum(sum(c > chosen[sort] for c in words[sort]) for sort in Sort)
    # The next step costs more than is left: some way towards it.
    for sort, least in _chosen(names, words, low).items():
        further = sorted((c for c in words[sort] if least < c <= chosen[sort]), reverse=True)
        chosen[sort] = further[int(room)] if len(further) > room else least
        room -= min(len(further), int(room))
    return {
        sort: ceil(max(least, _NOT_BELOW.get(sort, least)) * _FINE) / _FINE
        for sort, least in chosen.items()
    }


def _chosen(
    names: Mapping[Sort, Sequence[float]], words: Mapping[Sort, Sequence[float]], price: float
) -> Mapping[Sort, float]:
    alike = _worthwhile([*chain(*names.values())], [*chain(*words.values())], price)
    own = {sort: _worthwhile(names[sort], words[sort], price) for sort in Sort}
    return {s: own[s] if len(names[s]) >= _ENOUGH else max(own[s], alike) for s in Sort}


def _judged(model: NamesModel, texts: Iterable[Labelled]) -> Iterator[tuple[Sort, str, float]]:
    for text in texts:
        for tokens, labels in text.sequences():
            judged = zip(tokens, labels, model.judge(tokens), strict=True)
            for token, label, (sort, chance) in judged:
                if token.text[0].isalpha():
                    yield sort, label, chance if may_name(token) else 0.0


def _worthwhile(names: Sequence[float], words: Sequence[float], price: float) -> float:
    """The threshold with the most names found, less the price of the words masked."""
    best, gain, least = 0.0, 0.0, _MOST
    for chance, name in sorted(
        [*((c, True) for c in names), *((c, False) for c in words)], reverse=True
    ):
        if chance < _LEAST:
            break
        gain += 1.0 if name else -price
        if gain > best:
            best, least = gain, chance
    return min(max(least - _HAIR, _LEAST), _MOST)
