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
        self._abroad: list[tuple[str, Owner]] = []
        self._beginnings: set[str] = set()
        self._arabic = False

    def learn(self, word: str, owner: Owner) -> None:
        plain = word.isascii()
        arabic = not plain and sounds.in_arabic(word)
        self._arabic |= arabic
        latin = plain or not (arabic or sounds.in_cyrillic(word))
        letters = sounds.beginnings(word[0]) if latin else _ANY
        self._beginnings.update(letters)
        for letter in letters or (_ANY,):
            self._waiting.setdefault(letter, []).append((word, owner))
        self._abroad.append((word, owner))

    def owners(self, word: str) -> tuple[frozenset[Owner], str]:
        """Whose it may be, and the key that says so."""
        for key in self._keys(word):
            if key in self._owners:
                return self._owners[key], key
        return frozenset(), ""

    def _keys(self, word: str) -> Iterable[str]:
        if not word.isascii():
            if sounds.in_arabic(word):
                self._listen_abroad()
                return [f"={key}" for key in sounds.consonants(word)]
            if sounds.in_cyrillic(word):
                self._listen(list(self._waiting))
                self._listen_abroad()
                return [f"{sort}{key}" for key in sounds.sounds(word) for sort in "~/"]
        letters = sounds.beginnings(word[0])
        self._listen((_ANY, *letters))
        keys: list[str] = []
        if not self._beginnings.isdisjoint(letters):
            keys += [f"~{key}" for key in sounds.sounds(word)]
        if self._arabic:
            self._listen_abroad()
            keys += [f"#{key}" for key in sounds.consonants(word)]
        return keys

    def _listen(self, letters: Iterable[str]) -> None:
        for letter in letters:
            for word, owner in self._waiting.pop(letter, ()):
                for key in sounds.sounds(word):
                    self._learnt(f"~{key}", owner)
                    self._beginnings.add(key[0])

    def _listen_abroad(self) -> None:
        """What only words in another script ask for, or of names in another script."""
        while self._abroad:
            word, owner = self._abroad.pop()
            for key in _keys_abroad(word):
                self._learnt(key, owner)

    def _learnt(self, key: str, owner: Owner) -> None:
        self._owners[key] = self._owners.get(key, frozenset()) | {owner}


def _keys_abroad(word: str) -> list[str]:
    kept = sounds.consonants(word)
    keys = [f"/{key}" for key in sounds.stems(sounds.sounds(word))]
    keys += [f"={key}" for key in kept if len(key) > 1]
    if sounds.in_arabic(word):
        # Fewer consonants are in many words.
        keys += [f"#{key}" for key in kept if len(key) >= _SHORTEST_BARE]
    return keys
