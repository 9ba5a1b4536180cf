"""Invented people: first names and surnames of `names.txt`, put together at random."""

import unicodedata
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final

NAMES: Final = Path(__file__).with_name("names.txt")
_SOURCE: Final = ContextVar("names", default=NAMES)

# Of a hundred texts in German or English, how many are about somebody of that origin.
ORIGINS: Final = {
    "german": 10,
    "turkish": 10,
    "arabic": 10,
    "ukrainian": 10,
    "polish": 9,
    "romanian": 8,
    "bulgarian": 8,
    "african": 8,
    "vietnamese": 7,
    "southern": 7,
    "persian": 7,
    "balkan": 6,
}
_SHARE_GERMAN: Final = 0.45
_SHARE_PLAIN: Final = 0.35
_HISSING: Final = ("s", "ß", "x", "z", "ś", "š", "ş", "ţ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who does not exist."""

    origin: str
    female: bool
    first: str
    last: str

    def written(self, form: str) -> str:
        """The name in one of the forms a frame may ask for."""
        forms = {
            "": f"{self.first} {self.last}",
            "f": self.first,
            "l": self.last,
            "g": genitive(f"{self.first} {self.last}"),
            "fg": genitive(self.first),
            "lg": genitive(self.last),
            "inv": f"{self.last}, {self.first}",
            "swap": f"{self.last} {self.first}",
            "ini": f"{self.first[0]}. {self.last}",
            "up": f"{self.first} {self.last}".upper(),
            "lup": self.last.upper(),
            "pl": plural(self.last),
        }
        return forms[form]


def draw_from(names: Path) -> None:
    """From another file of this form: for further training texts alone."""
    _SOURCE.set(names)


def listed(origin: str, split: str) -> dict[str, tuple[str, ...]]:
    """The words of one block: `f` and `m` first names, `l` surnames."""
    return _block(_SOURCE.get(), origin, split)


@cache
def _block(names: Path, origin: str, split: str) -> dict[str, tuple[str, ...]]:
    block = names.read_text("utf-8").partition(f"[{origin} {split}]\n")[2].partition("[")[0]
    lines = (line.split() for line in block.splitlines() if line)
    return {key: tuple(word.replace("_", " ") for word in words) for key, *words in lines}


def invented(
    rng: Random, split: str, *, origin: str | None, female: bool | None, double: bool = False
) -> Person:
    """Without an origin nearly half are German, and the rest anybody."""
    if origin is None:
        everyone = list(ORIGINS)
        origin = "german" if rng.random() < _SHARE_GERMAN else rng.choice(everyone)
    woman = rng.random() < 0.5 if female is None else female
    words = listed(origin, split)
    first, last = rng.choice(words["f" if woman else "m"]), rng.choice(words["l"])
    if double:
        other = rng.choice([word for word in listed("german", split)["l"] if "-" not in word])
        last = f"{last}-{other.split()[-1]}"
    if rng.random() < _SHARE_PLAIN and origin != "german" and "@" not in origin:
        first, last = plain(first), plain(last)
    return Person(origin=origin, female=woman, first=first, last=_of(last, female=woman))


def relative(rng: Random, split: str, of: Person, *, female: bool | None) -> Person:
    """Somebody with the same surname, in the form that goes with their gender."""
    woman = rng.random() < 0.5 if female is None else female
    pairs = (pair for pair in listed(of.origin, split)["l"] if "/" in pair)
    forms = {form: pair for pair in pairs for form in pair.split("/")}
    pair = forms.get(of.last) or next(
        (pair for form, pair in forms.items() if plain(form) == of.last), of.last
    )
    own = _of(pair, female=woman)
    last = own if of.last in forms or pair == of.last else plain(own)
    others = [name for name in listed(of.origin, split)["f" if woman else "m"] if name != of.first]
    return Person(origin=of.origin, female=woman, first=rng.choice(others), last=last)


def _of(last: str, *, female: bool) -> str:
    """`Kowalski/Kowalska` is one surname."""
    male, _, other = last.partition("/")
    return other if female and other else male


def plain(word: str) -> str:
    """Without diacritics, as German keyboards and offices write it."""
    swapped = word.translate(str.maketrans("łŁđĐıİøß", "lLdDiIoß"))
    kept = unicodedata.normalize("NFD", swapped)
    return "".join(char for char in kept if not unicodedata.combining(char))


def genitive(name: str) -> str:
    """`Erika` → `Erikas`, `Hans` → `Hans'`."""
    return f"{name}'" if name.lower().endswith(_HISSING) else f"{name}s"


def plural(name: str) -> str:
    """The family: `die Meiers`, `die Schulzens` is older than this corpus."""
    return name if name.lower().endswith(_HISSING) else f"{name}s"
