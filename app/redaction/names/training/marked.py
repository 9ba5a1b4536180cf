r"""Whole texts with their names marked (`marked_*.txt`), told again about other people.

`{g:Erika|s}` is a given name and its ending, `{s:Okafor}` a surname; `{v:Can}` and `{w:Sommer}`
are such that are everyday words as well; `{A:…}` is an address, `{O:…}` a firm. A line is a text,
`\n` in it the end of a line. Each was written by itself; none is one of the corpus' texts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.lists import listed
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import Labelled, lines

_HERE: Final = Path(__file__).parent
_MARK: Final = re.compile(r"\{([gsvwAO]):([^{}|]*)(?:\|([^{}|]*))?\}")
_LABELS: Final = {"A": "ADR", "O": "ORG"}
# In what judges a whole name is one mark; dates and numbers are none of the model's.
_NAMED: Final = re.compile(r"\{([PABTEON]):([^{}]*)\}")
_JUDGING: Final = {"P": "PER", "A": "ADR", "O": "ORG"}
_PERSON: Final = "PER"
_INITIALS: Final = "ABCDEFGHIJKLMNOPRSTUVWZ"
_SIBILANTS: Final = ("s", "ß", "x", "z")
# What may stand between two words of one name.
_JOINED: Final = re.compile(r"[ \t]{1,2}")
# Of the texts told again, so many are about the same people.
_SAME: Final = 0.15
_SAME_WORD: Final = 0.5
# Of the surnames that had none, so many get particles.
_WITH_PARTICLES: Final = 0.03
_SOME_PARTICLES: Final = (
    *("von", "von", "von", "von der", "von der", "vom", "zu", "zum", "zur", "van", "van der"),
    *("ter", "de", "di", "da", "dos", "del", "El", "Al", "al", "bin", "Abu", "Ben", "Le", "St."),
)
_PARTICLES: Final = listed("particles") | {
    *("abu", "ben", "bin", "ibn", "lo", "mac", "mc", "san", "st.", "te", "to", "tom", "tor"),
    *("v0n", "v.", "d.", "dcr", "vou", "zn", "d0s", "auf"),
}
_NOISES: Final = {
    Noise.NONE: 70,
    Noise.LOWER: 12,
    Noise.OCR: 7,
    Noise.SPEECH: 4,
    Noise.TYPED: 3,
    Noise.BARE: 1,
    Noise.SLIPS: 2,
    Noise.UPPER: 1,
}


def marked() -> Mapping[str, list[str]]:
    """The texts to learn from, by language."""
    return _read("marked")


def judging() -> Mapping[str, list[Labelled]]:
    """The texts that judge, as they were written: nothing is learnt from them."""
    return {code: list(map(_judged, texts)) for code, texts in _read("judging").items()}


def _read(what: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(_HERE.glob(f"{what}_*.txt")):
        found.setdefault(path.stem.split("_")[1], []).extend(lines(path))
    return found


def _judged(line: str) -> Labelled:
    text = ""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for found in _NAMED.finditer(line):
        text += _broken(line[at : found.start()])
        at = found.end()
        name = _broken(found[2])
        if label := _JUDGING.get(found[1]):
            spans.append((len(text), len(text) + len(name), label))
        text += name
    return Labelled(text + _broken(line[at:]), tuple(spans))


def _broken(text: str) -> str:
    return text.replace("\\n", "\n")


@dataclass(frozen=True, slots=True)
class _Sort:
    """A mark's sort in one language, and whether it is a given name."""

    language: str
    mark: str

    @property
    def given(self) -> bool:
        return self.mark in "gv"


class Teller:
    """Tells a text as it was written, or about others: everyone keeps one name through a text."""

    def __init__(self, people: People, random: Random, texts: Mapping[str, Iterable[str]]) -> None:
        self._people = people
        self._random = random
        self._everyday = _everyday(texts)

    def texts(self, written: Iterable[str], language: str) -> Iterator[Labelled]:
        for line in written:
            (noise,) = self._random.choices(list(_NOISES), list(_NOISES.values()))
            yield self.told(line, language, noise)

    def told(self, line: str, language: str, noise: Noise = Noise.NONE) -> Labelled:
        others: dict[tuple[bool, str], str] = {}
        same = self._random.random() < _SAME
        text = ""
        spans: list[tuple[int, int, str]] = []
        at = 0
        for found in _MARK.finditer(line):
            between = self._noisy(line[at : found.start()], noise)
            at, label, name = found.end(), _LABELS.get(found[1], _PERSON), found[2]
            if label == _PERSON and not same:
                name = self._other(_Sort(language, found[1]), name, others)
            name = self._noisy(name + _ending(name, found[3] or "", language), noise)
            start = len(text) + len(between)
            if spans and label == spans[-1][2] == _PERSON and _joined(spans[-1][1], text, between):
                start = spans.pop()[0]
            text += between + name
            spans.append((start, len(text), label))
        return Labelled(text + self._noisy(line[at:], noise), tuple(spans))

    def _noisy(self, text: str, noise: Noise) -> str:
        return noisy(_broken(text), noise, self._random)

    def _other(self, sort: _Sort, name: str, others: dict[tuple[bool, str], str]) -> str:
        key = (sort.given, name.casefold())
        if key not in others:
            others[key] = self._drawn(sort, name)
        return _as(name, others[key])

    def _drawn(self, sort: _Sort, name: str) -> str:
        if len(name.rstrip(".")) == 1:
            return self._random.choice(_INITIALS) + name[1:]
        if everyday := self._everyday.get(sort):
            return name if self._random.random() < _SAME_WORD else self._random.choice(everyday)
        pool = self._people.pool(sort.language)
        if sort.given:
            return self._people.given(pool)
        return f"{self._particles(name)}{self._people.surname(pool)}"

    def _particles(self, name: str) -> str:
        """Those the surname had, and now and then some where it had none."""
        *before, _ = name.split()
        if before and all(word.casefold() in _PARTICLES for word in before):
            return " ".join(before) + " "
        if not before and self._random.random() < _WITH_PARTICLES:
            return self._random.choice(_SOME_PARTICLES) + " "
        return ""


def _everyday(texts: Mapping[str, Iterable[str]]) -> Mapping[_Sort, list[str]]:
    """The names that are everyday words, of all texts of a language."""
    found: dict[_Sort, set[str]] = {}
    for language, written in texts.items():
        for mark, name, _ in (each for line in written for each in _MARK.findall(line)):
            if mark in "vw":
                found.setdefault(_Sort(language, mark), set()).add(name.title())
    return {sort: sorted(names) for sort, names in found.items()}


def _joined(end: int, text: str, between: str) -> bool:
    return end == len(text) and _JOINED.fullmatch(between) is not None


def _as(name: str, other: str) -> str:
    if name.islower():
        return other.lower()
    return other.upper() if len(name) > 1 and name.isupper() else other


def _ending(name: str, ending: str, language: str) -> str:
    """`Hans'` where it was `Erikas`, and the other way round."""
    if language != "de" or ending not in {"s", "'"}:
        return ending
    return "'" if name.casefold().endswith(_SIBILANTS) else "s"
