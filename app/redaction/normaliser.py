"""One way of writing for what can be written in many, with a map back.

Finders look at the normalised text; what is replaced is cut from the original. So
every normalised character knows the original characters it stands for.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

# Text that normalises to itself, which most text does.
_SIGNS_AS_THEY_ARE: Final = r"\t\n\r -~äöüÄÖÜßéèáàâêîôûçñ€§…„“”"
_PLAIN: Final = re.compile(rf"[{_SIGNS_AS_THEY_ARE}]*", re.ASCII)

# The rest of a text, with the character before, which a mark may belong to.
_ODD: Final = re.compile(rf"[{_SIGNS_AS_THEY_ARE}]?[^{_SIGNS_AS_THEY_ARE}]+", re.ASCII)
_KNOWN_CHARACTERS: Final = 4_096

_DASHES: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹘﹣－⁃"), "-")
_QUOTES: Final = dict.fromkeys(map(ord, "’‘ʼ‛′´`＇ʹ"), "'")
_SLASHES: Final = dict.fromkeys(map(ord, "⁄∕／⧸"), "/")
_SIGNS: Final = {**_DASHES, **_QUOTES, **_SLASHES}

# Letters that look like Latin ones, taken for those where a word mixes the two.
_LOOKALIKES: Final = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухвкмнтΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοι",
    "ABESIJKMHOPCTYXaesijopcyxbkmhtABEZHIKMNOPTYXaoi",
)
_MIXED: Final = re.compile(r"\w*[A-Za-z0-9]\w*")
_FOREIGN: Final = re.compile(r"[\u0370-\u052f]")
# One capital alone after a number in Latin letters or digits is a part of it.
_LAST: Final = re.compile(r"(?<=\d[ \-/.])[АВЕЅІЈКМНОРСТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ](?![\w.])")

# `O` and `l` between digits are what a scanner or a hasty hand makes of 0 and 1.
_DIGIT_O: Final = re.compile(r"(?<=\d)[oO]+(?=\d)")
_DIGIT_L: Final = re.compile(r"(?<=\d)[lI|]+(?=\d)")

# Unless a letter belongs there: in a customer's number, in the pension insurance's.
_LETTERED: Final = re.compile(r"(?<![^\W_])(?:\d{3}[oOlI]\d{6}|\d{8}[oOlI]\d{3})(?![^\W_])")

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
    at = 0
    for odd in _ODD.finditer(text):
        out.append(text[at : odd.start()])
        origins += [(one, one + 1) for one in range(at, odd.start())]
        for start, end in _clusters(odd[0]):
            cluster = odd[0][start:end]
            written = _character(cluster) if len(cluster) == 1 else _written(cluster)
            out.append(written)
            origins += [(odd.start() + start, odd.start() + end)] * len(written)
        at = odd.end()
    out.append(text[at:])
    origins += [(one, one + 1) for one in range(at, len(text))]
    joined = "".join(out)
    if _FOREIGN.search(joined):
        joined = _MIXED.sub(lambda word: word[0].translate(_LOOKALIKES), joined)
        joined = _LAST.sub(lambda letter: letter[0].translate(_LOOKALIKES), joined)
    return Normalised(_digits(joined), tuple(origins))


def _clusters(text: str) -> list[tuple[int, int]]:
    """Each character with the combining marks that follow it."""
    starts = [at for at, char in enumerate(text) if at == 0 or not unicodedata.combining(char)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True)) if text else []


@lru_cache(maxsize=_KNOWN_CHARACTERS)
def _character(char: str) -> str:
    """Remembered: of single characters nobody learns anything."""
    return _written(char)


def _written(cluster: str) -> str:
    seen = "".join(char for char in cluster if not _invisible(char)).translate(_SIGNS)
    folded = unicodedata.normalize("NFKC", seen).translate(_SIGNS)
    return "".join(map(_digit_or_space, folded))


def _invisible(char: str) -> bool:
    if char in _KEPT:
        return False
    return unicodedata.category(char) in _INVISIBLE or ord(char) in _VARIATION


def _digit_or_space(char: str) -> str:
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return " " if unicodedata.category(char) in {"Zs", "Zl", "Zp"} else char


def _digits(text: str) -> str:
    """Every replacement has the length of what it replaces, so the map still holds."""
    if not _DIGIT_O.search(text) and not _DIGIT_L.search(text):
        return text
    at, out = 0, []
    for kept in _LETTERED.finditer(text):
        out += [_read(text[at : kept.start()]), kept[0]]
        at = kept.end()
    return "".join([*out, _read(text[at:])])


def _read(text: str) -> str:
    zeros = _DIGIT_O.sub(lambda found: "0" * len(found[0]), text)
    return _DIGIT_L.sub(lambda found: "1" * len(found[0]), zeros)
