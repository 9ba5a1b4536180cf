"""Whose name a word sounds like, in whatever alphabet either is written."""

from collections.abc import Iterable
from typing import Final, Generic, TypeVar

from app.redaction import sounds

Owner = TypeVar("Owner")

# A name whose alphabet says nothing of how its key begins.
_ANY: Final = ""
_SHORTEST_BARE: Final = 3


class Hearing(Generic[Owner]):
    """Words of names and their owners. Keys of one sort never meet those of another.

    How a name sounds is made out when a word of a text first asks for it: most never do.
    """

    def __init__(self) -> None:
        self._owners: dict[str, frozenset[Owner]] = {}
        self._waiting: dict[str, list[tuple[str, Owner]]] = {}
        self._beginnings: set[str] = set()
        self._arabic = False

    def learn(self, word: str, owner: Owner) -> None:
        arabic = sounds.in_arabic(word)
        self._arabic |= arabic
        letters = _ANY if arabic or sounds.in_cyrillic(word) else sounds.beginnings(word[0])
        self._beginnings.update(letters)
        for letter in letters or (_ANY,):
            self._waiting.setdefault(letter, []).append((word, owner))

    def owners(self, word: str) -> tuple[frozenset[Owner], str]:
        """Whose it may be, and the key that says so."""
        for key in self._keys(word):
            if key in self._owners:
                return self._owners[key], key
        return frozenset(), ""

    def _keys(self, word: str) -> Iterable[str]:
        if sounds.in_arabic(word):
            self._listen(list(self._waiting))
            return [f"={key}" for key in sounds.consonants(word)]
        if sounds.in_cyrillic(word):
            self._listen(list(self._waiting))
            return [f"{sort}{key}" for key in sounds.sounds(word) for sort in "~/"]
        letters = sounds.beginnings(word[0])
        self._listen((_ANY, *letters))
        keys: list[str] = []
        if not self._beginnings.isdisjoint(letters):
            keys += [f"~{key}" for key in sounds.sounds(word)]
        if self._arabic:
            keys += [f"#{key}" for key in sounds.consonants(word)]
        return keys

    def _listen(self, letters: Iterable[str]) -> None:
        for letter in letters:
            for word, owner in self._waiting.pop(letter, ()):
                for key in _keys_of(word):
                    self._owners[key] = self._owners.get(key, frozenset()) | {owner}
                    if key.startswith("~"):
                        self._beginnings.add(key[1])


def _keys_of(word: str) -> list[str]:
    heard, kept = sounds.sounds(word), sounds.consonants(word)
    keys = [f"~{key}" for key in heard]
    keys += [f"/{key}" for key in sounds.stems(heard)]
    keys += [f"={key}" for key in kept if len(key) > 1]
    if sounds.in_arabic(word):
        # Fewer consonants are in many words.
        keys += [f"#{key}" for key in kept if len(key) >= _SHORTEST_BARE]
    return keys
