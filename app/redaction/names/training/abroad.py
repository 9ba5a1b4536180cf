"""Frames in the other languages, and names in their cases.

The frames lie in `abroad_<language>.txt`, one a line, and in `plain_abroad_<language>.txt` those
that name nobody.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.names.training.sources import lines

_HERE: Final = Path(__file__).parent

# What the normaliser takes out of a Persian text, and what hurried hands write for it.
_JOINER: Final = "\u200c"

# Endings of names and of their other cases, the longest first; none of a language that has none.
_CASES: Final[Mapping[str, Sequence[tuple[str, str, Sequence[str]]]]] = {
    "uk": (
        ("ський", "ськ", ("ого", "ому", "им")),
        ("цький", "цьк", ("ого", "ому", "им")),
        ("ська", "ськ", ("ої", "ій", "у", "ою")),
        ("ова", "ов", ("ої", "ій", "у", "ою")),
        ("ія", "і", ("ї", "ю", "єю")),
        ("ій", "і", ("я", "ю", "єм")),
        ("й", "", ("я", "ю", "єм")),
        ("ко", "к", ("а", "у", "ом", "ові")),
        ("га", "", ("ги", "зі", "гу", "гою")),
        ("ка", "", ("ки", "ці", "ку", "кою")),
        ("а", "", ("и", "і", "у", "ою")),
        ("я", "", ("і", "ю", "ею")),
        ("о", "", ("а", "ові", "ом")),
        ("ь", "", ("я", "ю", "ем")),
        ("", "", ("а", "у", "ом", "ові")),
    ),
    "ru": (
        ("ский", "ск", ("ого", "ому", "им")),
        ("ская", "ск", ("ой", "ую")),
        ("ова", "ов", ("ой", "у")),
        ("ева", "ев", ("ой", "у")),
        ("ина", "ин", ("ой", "у", "ы", "е")),
        ("ия", "и", ("и", "ю", "ей")),
        ("ий", "и", ("я", "ю", "ем")),
        ("й", "", ("я", "ю", "ем")),
        ("ко", "ко", ("",)),
        ("а", "", ("ы", "е", "у", "ой")),
        ("я", "", ("и", "е", "ю", "ей")),
        ("ь", "", ("я", "ю", "ем", "и")),
        ("ов", "ов", ("а", "у", "ым")),
        ("ев", "ев", ("а", "у", "ым")),
        ("ин", "ин", ("а", "у", "ым")),
        ("", "", ("а", "у", "ом", "ем")),
    ),
    "pl": (
        ("ski", "ski", ("ego", "emu", "m")),
        ("cki", "cki", ("ego", "emu", "m")),
        ("ska", "sk", ("iej", "ą")),
        ("cka", "ck", ("iej", "ą")),
        ("ek", "k", ("a", "owi", "iem")),
        ("ka", "", ("ki", "ce", "kę", "ką")),
        ("ia", "i", ("i", "ę", "ą")),
        ("a", "", ("y", "ie", "ę", "ą")),
        ("", "", ("a", "owi", "em")),
    ),
}
_OPEN: Final = frozenset("eiouyąęóуеиоюэіїє")


def frames_abroad(language: str, *, plain: bool = False) -> list[str]:
    """Nothing for a language without a file; Persian is written joined and apart."""
    path = _HERE / f"{'plain_' if plain else ''}abroad_{language}.txt"
    read = lines(path) if path.exists() else []
    joined = [line.replace(_JOINER, "") for line in read]
    apart = [line.replace(_JOINER, " ") for line in read if _JOINER in line]
    return joined + apart


def in_a_case(name: str, language: str, random: Random) -> str:
    """`Олена Мельник` → `Олені Мельнику`: as it stands after a preposition or a verb.

    Not always what grammar asks for; whose name it is, is told by the letters before.
    """
    return " ".join(_inflected(word, language, random) for word in name.split())


def _inflected(word: str, language: str, random: Random) -> str:
    for ending, stem, endings in _CASES.get(language, ()):
        if not word.endswith(ending) or (not ending and word[-1:].casefold() in _OPEN):
            continue
        return word.removesuffix(ending) + stem + random.choice(endings)
    return word
