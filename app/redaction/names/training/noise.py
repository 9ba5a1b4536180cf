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


class Noise(StrEnum):
    NONE = "none"
    LOWER = "lower"
    UPPER = "upper"
    TYPED = "typed"
    BARE = "bare"
    OCR = "ocr"
    SPEECH = "speech"


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
        return "".join(_scanned(char, random) for char in part)
    return _PLAIN[noise](part)


def _scanned(char: str, random: Random) -> str:
    if char in _OCR and random.random() < _RATE:
        options = _OCR[char]
        if char in "mw":
            return options
        return random.choice(options)
    return char
