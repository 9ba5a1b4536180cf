"""What a word may stand for: its stem, the parts of a compound, the word it was meant to be."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.intake.tokens import Token

# Shorter parts and words are left alone: too many others are one letter away.
_PART: Final = 5
_SHORT_PARTS: Final = frozenset({"miet", "lohn", "geld", "kurs", "heiz", "rent"})
_LEAST: Final = 4
_CORRECTED: Final = 5
_TWICE_CORRECTED: Final = 9
_LONGEST_CORRECTED: Final = 24


class Lexicon:
    """The stems of one language that phrases look for, and how others lead to them."""

    def __init__(
        self, vocabulary: Collection[str], *, plain: Iterable[str], spells: Callable[[str], bool]
    ) -> None:
        """Everyday words (`plain`) and those that are spelt right are never corrected."""
        self._vocabulary: Final = frozenset(vocabulary)
        self._plain: Final = frozenset(plain)
        self._spells: Final = spells
        self._near: Final = _neighbours(word for word in vocabulary if len(word) >= _CORRECTED)

    def meanings(self, words: Sequence[Token]) -> tuple[frozenset[str], ...]:
        """For each word, all stems it may stand for."""
        distinct = {token: frozenset((token.stem, *self._behind(token))) for token in set(words)}
        return tuple(distinct[token] for token in words)

    def _behind(self, token: Token) -> set[str]:
        if token.stem in self._vocabulary or token.stem in self._plain:
            return set()
        parts = self._parts(token)
        return parts if parts or self._spells(token.word) else self._meant(token.stem)

    def _parts(self, token: Token) -> set[str]:
        """The longest known beginning and end of a compound: `Kautions-darlehen`."""
        cuts = range(_LEAST, len(token.stem) - 2)
        beginnings = (token.stem[:cut] for cut in reversed(cuts))
        endings = (token.stem[-cut:] for cut in reversed(cuts))
        return {
            part
            for parts in (beginnings, endings)
            if (part := next((part for part in parts if self._is_part(part)), None))
        }

    def _is_part(self, part: str) -> bool:
        return part in self._vocabulary and (len(part) >= _PART or part in _SHORT_PARTS)

    def _meant(self, stem: str) -> set[str]:
        """Known stems one slip away, or two for a long word."""
        if not _CORRECTED <= len(stem) <= _LONGEST_CORRECTED or stem.isdigit():
            return set()
        reach = 2 if len(stem) >= _TWICE_CORRECTED else 1
        found = set[str]()
        for shortened in _shortened(stem, reach):
            for candidate in self._near.get(shortened, ()):
                if _slips(stem, candidate, reach) <= reach:
                    found.add(candidate)
        return found


def _neighbours(words: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Every known word under itself with letters left out, so that a look-up finds it."""
    near: dict[str, list[str]] = {}
    for word in words:
        for shortened in _shortened(word, 2 if len(word) >= _TWICE_CORRECTED - 1 else 1):
            near.setdefault(shortened, []).append(word)
    return MappingProxyType({key: tuple(found) for key, found in near.items()})


def _shortened(word: str, times: int) -> Iterator[str]:
    seen = {word}
    layer = {word}
    for _ in range(times):
        layer = {part[:at] + part[at + 1 :] for part in layer for at in range(len(part))}
        seen |= layer
    yield from seen


def _slips(one: str, other: str, limit: int) -> int:
    """Letters wrong, missing, added or swapped with the next (optimal string alignment)."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        current = [i]
        for j, b in enumerate(other, start=1):
            cost = min(row[j] + 1, current[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, row = row, current
    return row[-1]
