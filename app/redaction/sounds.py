"""One name in several alphabets: how it sounds, roughly enough to be the same.

Cyrillic and Latin spellings meet in one Latin key (ISO 9, German and English ways of
writing give the same). Arabic script writes no short vowels: there consonants decide.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_LETTERS: Final = {
    sign: sound
    for sound, signs in {
        "a": "аъ", "b": "б", "v": "в", "g": "гґ", "d": "д", "e": "еєёэ", "zh": "ж", "z": "зц",
        "i": "иіїйы", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р",
        "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "ch": "ч", "sh": "шщ", "": "ь",
        "iu": "ю", "ia": "я",
    }.items()
    for sign in signs
}  # fmt: skip
_CYRILLIC: Final = str.maketrans(_LETTERS)
# In this order.
_LATIN: Final = (
    ("schtsch", "sh"), ("shch", "sh"), ("szcz", "sh"), ("tsch", "ch"), ("tch", "ch"), ("tsh", "ch"),
    ("cz", "ch"), ("sch", "sh"), ("sz", "sh"), ("kh", "h"), ("ph", "f"), ("th", "t"), ("x", "ks"),
    ("ck", "k"), ("q", "k"), ("w", "v"), ("ts", "z"), ("tz", "z"), ("y", "i"), ("j", "i"),
)  # fmt: skip
_ALONE: Final = re.compile(r"c(?!h)")
_TWICE: Final = re.compile(r"(.)\1+")
_BEGINNINGS: Final = {
    "c": "ck", "j": "i", "k": "kh", "q": "k", "s": "s", "t": "tcz", "w": "v", "x": "k", "y": "i",
    "p": "pf",
}  # fmt: skip
_ARABIC: Final = {
    sign: sound
    for sound, signs in {
        "b": "ب", "p": "پ", "t": "تط", "s": "ثسشص", "j": "جژ", "c": "چ", "h": "حخه", "d": "د",
        "z": "ذزضظ", "r": "ر", "g": "غگ", "f": "ف", "k": "قكک", "l": "ل", "m": "م", "n": "ن",
    }.items()
    for sign in signs
}  # fmt: skip
_OTHERWISE: Final = {"ض": "d", "ظ": "d", "ذ": "d", "ث": "t", "ج": "g", "ق": "g"}
_IN_ARABIC: Final = re.compile(r"[\u0600-\u06ff]")
_IN_CYRILLIC: Final = re.compile(r"[\u0400-\u052f]")
_VOWELS: Final = re.compile(r"[aeiouywv]+")
_ENDING: Final = re.compile(r"(?:ovi|evi|omu|oiu|eiu|ogo|ami|iami|oi|ei|om|em|im|u|iu|a|ia|i|e|o)$")
_SHORTEST: Final = 5
_SHORTEST_STEM: Final = 4


def sounds(word: str) -> frozenset[str]:
    """Keys of a Latin or Cyrillic word; two words with one in common are one name."""
    if word.isascii():
        return frozenset({_key(word.lower())} if len(word) >= _SHORTEST else ())
    folded = unicodedata.normalize("NFC", word).casefold()
    if len(folded) < _SHORTEST or _IN_ARABIC.search(folded):
        return frozenset()
    if not _IN_CYRILLIC.search(folded):
        return frozenset({_key(folded)})
    keys = {_key(folded.translate(_CYRILLIC)), _key(folded.replace("г", "х").translate(_CYRILLIC))}
    return frozenset(keys | {stem for key in keys if (stem := _stem(key))})


def stems(keys: Iterable[str]) -> frozenset[str]:
    """What is left of a name's keys under a Slavic ending, for texts in Cyrillic."""
    return frozenset(stem for key in keys if (stem := _stem(key)))


def consonants(word: str) -> frozenset[str]:
    """What Arabic script would keep of a word, in either script."""
    folded = word.casefold()
    if _IN_ARABIC.search(folded):
        bare = folded.removeprefix("و").removeprefix("ال").removesuffix("ه").removesuffix("ة")
        ways = (_ARABIC, {**_ARABIC, **_OTHERWISE})
        return frozenset("".join(way.get(sign, "") for sign in bare) for way in ways)
    key = re.sub("sh", "s", _key(folded.translate(_CYRILLIC))).replace("ch", "c")
    return frozenset({_VOWELS.sub("", key)})


def in_arabic(word: str) -> bool:
    return bool(_IN_ARABIC.search(word))


def in_cyrillic(word: str) -> bool:
    return bool(_IN_CYRILLIC.search(word))


@lru_cache(maxsize=1_024)
def beginnings(letter: str) -> str:
    """What the key of a Latin word with this first letter may begin with; quicker than the key."""
    first = unicodedata.normalize("NFKD", letter.casefold().replace("ı", "i").replace("ł", "l"))
    return _BEGINNINGS.get(first[0], first[0])


def _key(word: str) -> str:
    key = word
    if not key.isascii():
        apart = unicodedata.normalize("NFKD", word.replace("ı", "i").replace("ł", "l"))
        key = "".join(char for char in apart if not unicodedata.combining(char))
    for written, sound in _LATIN:
        key = key.replace(written, sound)
    if "c" in key:
        key = _ALONE.sub("k", key)
    key = _TWICE.sub(r"\1", key)
    return f"{key[:-1]}v" if key.endswith("f") else key


def _stem(key: str) -> str:
    stem = _ENDING.sub("", key)
    return stem if len(stem) >= _SHORTEST_STEM else ""
