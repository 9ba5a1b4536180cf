"""One way of writing for what can be written in many, with a map back.

Finders look at the normalised text; what is replaced is cut from the original. So
every normalised character knows the original characters it stands for.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# Text that normalises to itself, which most text does.
_PLAIN: Final = re.compile(r"[\t\n\r -~äöüÄÖÜßéèáàâêîôûçñ€§…„“”]*", re.ASCII)

_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－⁃"), "-")
_QUOTES: Final = dict.fromkeys(map(ord, "’‘ʼ‛′´`＇ʹ"), "'")
_SLASHES: Final = dict.fromkeys(map(ord, "⁄∕／⧸"), "/")
_SIGNS: Final = {**_DASHES, **_QUOTES, **_SLASHES}

# Letters that look like Latin ones, taken for those where a word mixes the two.
_LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοι",
    "ABESIJKMHOPCTYXaesijopcyxABEZHIKMNOPTYXaoi",
)
_MIXED: Final = re.compile(r"\w*[A-Za-z0-9]\w*")
_FOREIGN: Final = re.compile(r"[\u0370-\u052f]")

# `O` and `l` between digits are what a scanner or a hasty hand makes of 0 and 1.
_DIGIT_O: Final = re.compile(r"(?<=\d)[oO]+(?=\d)")
_DIGIT_L: Final = re.compile(r"(?<=\d)[lI|]+(?=\d)")

# Invisible: zero-width, soft hyphen, direction marks, variation selectors, tag characters.
_INVISIBLE: Final = frozenset({"Cf", "Cc"})
_KEPT: Final = frozenset("\t\n\r")
_VARIATION: Final = range(0xFE00, 0xFE10)


@dataclass(frozen=True, slots=True)
class Normalised:
    """`origins[i]` is the half-open range of original characters that `text[i]` stands for."""

    text: str
    origins: tuple[tuple[int, int], ...] | None

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The range of the original that covers a non-empty range of the text."""
        if self.origins is None:
            return start, end
        return self.origins[start][0], self.origins[end - 1][1]


def normalise(text: str) -> Normalised:
    if _PLAIN.fullmatch(text):
        return Normalised(_digits(text), None)
    out: list[str] = []
    origins: list[tuple[int, int]] = []
    for start, end in _clusters(text):
        written = _written(text[start:end])
        out.append(written)
        origins += [(start, end)] * len(written)
    joined = "".join(out)
    if _FOREIGN.search(joined):
        joined = _MIXED.sub(lambda word: word[0].translate(_LOOKALIKES), joined)
    return Normalised(_digits(joined), tuple(origins))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Each character with the combining marks that follow it."""
    starts = [at for at, char in enumerate(text) if at == 0 or not unicodedata.combining(char)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True)) if text else []


def _written(cluster: str) -> str:
    seen = "".join(char for char in cluster if not _invisible(char)).translate(_SIGNS)
    folded = unicodedata.normalize("NFKC", seen).translate(_SIGNS)
    return "".join(map(_character, folded))


def _invisible(char: str) -> bool:
    if char in _KEPT:
        return False
    return unicodedata.category(char) in _INVISIBLE or ord(char) in _VARIATION


def _character(char: str) -> str:
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return " " if unicodedata.category(char) in {"Zs", "Zl", "Zp"} else char


def _digits(text: str) -> str:
    """Every replacement has the length of what it replaces, so the map still holds."""
    if not _DIGIT_O.search(text) and not _DIGIT_L.search(text):
        return text
    zeros = _DIGIT_O.sub(lambda found: "0" * len(found[0]), text)
    return _DIGIT_L.sub(lambda found: "1" * len(found[0]), zeros)
