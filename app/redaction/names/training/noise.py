"""What hurry, scanners and speech recognition do to a text, letter by letter.

Each works on a part of a text, so that spans stay where they are.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from typing import Final

_OCR: Final = {
    "l": "1I|", "I": "l1", "i": "íl!", "o": "0", "O": "0", "e": "c", "c": "e", "ü": "uii", "ö": "o",
    "ä": "a", "ß": "B", "m": "rn", "n": "u", "u": "n", "h": "b", "S": "5", "B": "8", "f": "t",
    "t": "f", "g": "q", "r": "i", "a": "o", "v": "y", "w": "vv",
}  # fmt: skip
_TYPED: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
)
_BARE: Final = str.maketrans("äöüßÄÖÜşığçŞİĞÇłńśżźćęóąțșăâî", "aousAOUsigcSIGClnszzceoatsaai")
_SPOKEN: Final = re.compile(r"[.,;:!?()\-/\"]")
_RATE: Final = 0.06
# What a poor scan does: letters misread, words torn, and now and then two made one.
_POOR_RATE: Final = 0.04
_TORN_RATE: Final = 0.05
_JOINED_RATE: Final = 0.03
_TEARABLE: Final = re.compile(r"[^\W\d_]{5,}")
_GAP: Final = re.compile(r"(?<=\w) (?=\w)")
_SLIP_RATE: Final = 0.07
_SLIPPERY: Final = re.compile(r"[^\W\d_]{4,}")


class Noise(StrEnum):
    NONE = "none"
    LOWER = "lower"
    UPPER = "upper"
    TYPED = "typed"
    BARE = "bare"
    OCR = "ocr"
    TORN = "torn"
    SPEECH = "speech"
    SLIPS = "slips"


_PLAIN: Final[Mapping[Noise, Callable[[str], str]]] = {
    Noise.NONE: str,
    Noise.LOWER: str.lower,
    Noise.UPPER: str.upper,
    Noise.TYPED: lambda part: part.translate(_TYPED),
    Noise.BARE: lambda part: part.translate(_BARE),
    Noise.SPEECH: lambda part: _SPOKEN.sub(" ", part.lower()),
}


def noisy(part: str, noise: Noise, random: Random) -> str:
    if noise is Noise.OCR:
        return misread(part, random, _RATE)
    if noise is Noise.TORN:
        torn = _TEARABLE.sub(lambda word: _torn(word[0], random), part)
        joined = _GAP.sub(lambda gap: "" if random.random() < _JOINED_RATE else gap[0], torn)
        return misread(joined, random, _POOR_RATE)
    if noise is Noise.SLIPS:
        return _SLIPPERY.sub(lambda word: _slipped(word[0], random), part)
    return _PLAIN[noise](part)


def _slipped(word: str, random: Random) -> str:
    """Two letters swapped, one left out or doubled: an unknown word is not yet a name."""
    if random.random() > _SLIP_RATE:
        return word
    at = random.randrange(len(word) - 2) + 1
    one, two = word[at], word[at + 1]
    way = random.choice((two + one, one, one + one + two))
    return word[:at] + way + word[at + 2 :]


def _torn(word: str, random: Random) -> str:
    if random.random() > _TORN_RATE:
        return word
    at = random.randrange(2, len(word) - 1)
    return f"{word[:at]} {word[at:]}"


def misread(part: str, random: Random, rate: float) -> str:
    return "".join(_letter(char, random, rate) for char in part)


def _letter(char: str, random: Random, rate: float) -> str:
    if char in _OCR and random.random() < rate:
        options = _OCR[char]
        if char in "mw":
            return options
        return random.choice(options)
    return char
