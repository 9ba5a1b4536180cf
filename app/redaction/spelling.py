"""The spellings of one word, and the letters and digits of one number."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from app.redaction.kinds import Kind

_GERMAN: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_STROKES: Final = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)
_READ_AS: Final = str.maketrans("oil", "011")
_STREETS: Final = ("strasse", "str", "straße")


def words(word: str, kind: Kind | None) -> tuple[str, ...]:
    """Folded spellings. For a word of the file (`kind` given) also the shorter ones people use."""
    if word.isascii():
        spellings = [word.lower()]
    else:
        folded = unicodedata.normalize("NFC", word).casefold()
        spellings = [_plain(folded.translate(_GERMAN)), _plain(folded)]
    if kind is not None:
        spellings.append(_short(spellings[0]))
    if kind is Kind.ADDRESS:
        spellings += [other for one in spellings for other in _street(one)]
    return tuple(dict.fromkeys(spellings)) if len(spellings) > 1 else tuple(spellings)


def _short(word: str) -> str:
    """`mueller` is also written `muller`."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def _street(word: str) -> Iterator[str]:
    for ending in _STREETS:
        if word.endswith(ending) and word != ending:
            yield word.removesuffix(ending) + "strasse"
            yield word.removesuffix(ending) + "str"
            return


def _plain(word: str) -> str:
    """Without accents: `Öztürk` → `ozturk`, `Łukasz` → `lukasz`."""
    if word.isascii():
        return word
    apart = unicodedata.normalize("NFKD", word.translate(_STROKES))
    return "".join(char for char in apart if not unicodedata.combining(char))


def bare(text: str) -> str:
    """Letters and digits, folded; nothing else."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.lower()))
    folded = unicodedata.normalize("NFC", text).casefold().translate(_GERMAN)
    return "".join(char for char in _plain(folded) if char.isalnum())


def numbers(kind: Kind, value: str) -> Iterator[str]:
    """How a number of this kind is written, by its letters and digits."""
    whole = bare(value)
    yield whole
    match kind:
        case Kind.PHONE:
            digits = "".join(char for char in whole if char.isdigit())
            national = digits.removeprefix("00").removeprefix("49").lstrip("0")
            yield from (national, f"0{national}", f"49{national}", f"0049{national}")
            yield f"490{national}"
        case Kind.BG_NUMBER:
            digits = whole.replace("bg", "")
            yield from (digits, f"{digits[:5]}bg{digits[5:]}")
        case Kind.CUSTOMER_NUMBER | Kind.PENSION_NUMBER:
            # Its letter, read as the digit it looks like.
            yield whole.translate(_READ_AS)
        case Kind.EMAIL:
            name, _, host = value.partition("@")
            domain, _, top = host.rpartition(".")
            for at in ("at", "aet", "klammeraffe"):
                yield bare(f"{name}{at}{host}")
                yield bare(f"{name}{at}{domain}punkt{top}")
                yield bare(f"{name}{at}{domain}dot{top}")
        case _:
            return
