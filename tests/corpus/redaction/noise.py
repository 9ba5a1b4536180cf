"""What keyboards, scanners and speech recognition do to a text.

Each takes and gives pieces, so that a span moves with its text and stays exact.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Final

from tests.corpus.redaction.people import plain

Piece = tuple[str, str | None]

# What a scanner reads for what is printed.
_MISREAD: Final = {
    "ü": ("ii", "u", "ti"),
    "ö": ("o", "6"),
    "ä": ("a", "ii"),
    "ß": ("B", "fs"),
    "m": ("rn",),
    "l": ("1", "I"),
    "I": ("l",),
    "e": ("c",),
    "S": ("5",),
    "O": ("0",),
    "i": ("í", "1"),
    "h": ("li",),
    "rn": ("m",),
}
_ONE_IN: Final = 28
_LETTERS: Final = frozenset({None, "PERSON", "ORGANISATION"})
_HESITATION: Final = {"de": ("äh", "ähm", "also", "ja", "hm"), "en": ("uh", "um", "well", "like")}
_AT_AND_DOT: Final = {"de": (" at ", " punkt "), "en": (" at ", " dot ")}


def none(pieces: Sequence[Piece], rng: Random, language: str) -> list[Piece]:
    """As it was written."""
    return list(pieces)


def lower(pieces: Sequence[Piece], rng: Random, language: str) -> list[Piece]:
    """As people type on a telephone."""
    return [(text.lower(), kind) for text, kind in pieces]


def ocr(pieces: Sequence[Piece], rng: Random, language: str) -> list[Piece]:
    """As a bad scan is read. Digits of numbers stay, so that their check digits hold."""
    return [
        (_scanned(text, rng, named=kind is not None) if kind in _LETTERS else text, kind)
        for text, kind in pieces
    ]


def _scanned(text: str, rng: Random, *, named: bool) -> str:
    read: list[str] = []
    for char in text:
        if char in _MISREAD and rng.randrange(_ONE_IN) == 0:
            read.append(rng.choice(_MISREAD[char]))
        elif char == " " and rng.randrange(_ONE_IN) == 0:
            read.append("\n" if named else rng.choice(("\n", "  ", " . ")))
        else:
            read.append(char)
    return "".join(read)


def speech(pieces: Sequence[Piece], rng: Random, language: str) -> list[Piece]:
    """As speech recognition writes: no signs, hesitation, names as they sound to it."""
    small = rng.random() < 0.6
    bare = rng.random() < 0.5
    return [
        (_heard(text, kind, rng, language, small=small, bare=bare), kind) for text, kind in pieces
    ]


def _heard(
    text: str, kind: str | None, rng: Random, language: str, *, small: bool, bare: bool
) -> str:
    said = text.lower() if small else text
    if kind is None:
        said = re.sub(r"[.,;:!?()„“”\"–…]+(?=\s|\Z)|[„“\"(]|\n+", " ", said)
        said = re.sub(r" {2,}", " ", said)
        hesitations = _HESITATION.get(language, _HESITATION["en"])
        return re.sub(
            r"(?<=\w) (?=\w)",
            lambda _: f" {rng.choice(hesitations)} " if rng.randrange(14) == 0 else " ",
            said,
        )
    if kind == "PERSON":
        return _named(said, bare=bare)
    if kind == "EMAIL":
        at, dot = _AT_AND_DOT.get(language, _AT_AND_DOT["en"])
        return said.replace("@", at).replace(".", dot)
    if kind == "PHONE" and rng.random() < 0.4:
        return _in_pairs(said)
    return said.replace("\n", " ").replace("/", " ") if kind in {"PHONE", "ADDRESS"} else said


def _in_pairs(number: str) -> str:
    area, *rest = re.split(r"[ /()\-]+", number.strip("("))
    digits = "".join(rest)
    return " ".join([area, *(digits[at : at + 2] for at in range(0, len(digits), 2))])


def _named(name: str, *, bare: bool) -> str:
    whole = name.replace(",", "").replace("'", "") if len(name) > 1 else name
    return plain(whole) if bare else whole


NOISES: Final[Mapping[str, Callable[[Sequence[Piece], Random, str], list[Piece]]]] = {
    "none": none,
    "inflected": none,
    "lower": lower,
    "ocr": ocr,
    "speech": speech,
}
