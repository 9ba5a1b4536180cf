r"""Whole texts with their names marked (`marked_*.txt`), told again about other people.

`{g:Erika|s}` is a given name and its ending, `{s:Okafor}` a surname; `{v:Can}` and `{w:Sommer}`
are such that are everyday words as well; `{A:…}` is an address, `{O:…}` a firm. A line is a text,
`\n` in it the end of a line. Each was written by itself; none is one of the corpus' texts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final
from zlib import crc32

from app.redaction.lists import listed
from app.redaction.names.training.noise import Noise, misread, noisy
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
# The files of texts that a scanner read: whoever is in them now is misread as well.
_SCANS: Final = frozenset(
    {
        *("noise", "scans", "smudged", "torn", "misread", "handwritten"),
        *("penned", "forms", "faxed", "copied"),
    }
)
_SAME_SCANNED: Final = 0.3
_NOISY_AGAIN: Final = 0.4
_MISREAD: Final = 0.5
_MISREAD_RATE: Final = 0.12
# What tears a name in two: a space, or a hyphen where a line ends.
_TEARS: Final = (r"-\n", " ")
_LEAST_TORN: Final = 4
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
# One in so many marked texts is learnt by no reader: it tells which of them to believe.
_HELD_BACK: Final = 14
_NOISES: Final = {
    Noise.NONE: 66,
    Noise.LOWER: 12,
    Noise.OCR: 7,
    Noise.TORN: 4,
    Noise.SPEECH: 4,
    Noise.TYPED: 3,
    Noise.BARE: 1,
    Noise.SLIPS: 2,
    Noise.UPPER: 1,
}


def marked() -> Mapping[str, list[str]]:
    """The texts that the readers learn from, by language."""
    return {
        language: [line for line in texts if not _held_back(line)]
        for language, texts in _read("marked").items()
    }


def held_back() -> Mapping[str, list[Labelled]]:
    """The marked texts that no reader learns from, as they were written."""
    return {
        language: [_as_written(line) for line in texts if _held_back(line)]
        for language, texts in _read("marked").items()
    }


def unread() -> Mapping[str, list[Labelled]]:
    """Texts marked alike that nothing was learnt from and no threshold chosen on: they measure."""
    return {code: list(map(_as_written, texts)) for code, texts in _read("unread").items()}


def scanned() -> frozenset[str]:
    """The texts that were written as a scanner reads."""
    return frozenset(
        line
        for path in _HERE.glob("marked_*.txt")
        if path.stem.rpartition("_")[2] in _SCANS
        for line in lines(path)
    )


def judging() -> Mapping[str, list[Labelled]]:
    """The texts that judge, as they were written: no reader learns from them."""
    return {code: list(map(_judged, texts)) for code, texts in _read("judging").items()}


def _read(what: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in sorted(_HERE.glob(f"{what}_*.txt")):
        found.setdefault(path.stem.split("_")[1], []).extend(lines(path))
    return found


def _held_back(line: str) -> bool:
    return crc32(line.encode()) % _HELD_BACK == 0


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


def _as_written(line: str) -> Labelled:
    return _filled(line, lambda found: found[2] + (found[3] or ""), _broken)


def _filled(
    line: str, named: Callable[[re.Match[str]], str], written: Callable[[str], str]
) -> Labelled:
    """The text with what is `named` for each mark; all of it as it is `written`."""
    text = ""
    spans: list[tuple[int, int, str]] = []
    at = 0
    for found in _MARK.finditer(line):
        between = written(line[at : found.start()])
        at, label, name = found.end(), _LABELS.get(found[1], _PERSON), written(named(found))
        start = len(text) + len(between)
        if spans and label == spans[-1][2] == _PERSON and _joined(spans[-1][1], text, between):
            start = spans.pop()[0]
        text += between + name
        spans.append((start, len(text), label))
    return Labelled(text + written(line[at:]), tuple(spans))


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
        self._scanned = scanned()

    def texts(self, written: Iterable[str], language: str) -> Iterator[Labelled]:
        for line in written:
            (noise,) = self._random.choices(list(_NOISES), list(_NOISES.values()))
            if line in self._scanned and self._random.random() > _NOISY_AGAIN:
                noise = Noise.NONE
            yield self.told(line, language, noise)

    def told(self, line: str, language: str, noise: Noise = Noise.NONE) -> Labelled:
        others: dict[tuple[bool, str], str] = {}
        scan = line in self._scanned
        same = self._random.random() < (_SAME_SCANNED if scan else _SAME)

        def named(found: re.Match[str]) -> str:
            name = found[2]
            if not same and found[1] not in _LABELS:
                name = self._other(_Sort(language, found[1]), name, others)
                if scan:
                    name = self._misread(found[2], name)
            return name + _ending(name, found[3] or "", language)

        return _filled(line, named, lambda part: noisy(_broken(part), noise, self._random))

    def _misread(self, name: str, other: str) -> str:
        """Torn where the name was torn, and its letters now and then taken for others."""
        *before, last = other.split(" ")
        if self._random.random() < _MISREAD:
            last = misread(last, self._random, _MISREAD_RATE)
        for tear in _TEARS:
            if _is_torn(name, tear) and len(last) >= _LEAST_TORN:
                at = self._random.randrange(1, len(last) - 1)
                last = last[:at] + tear + last[at:]
                break
        return " ".join((*before, last))

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


def _is_torn(name: str, tear: str) -> bool:
    """Not where a particle stands before it."""
    first, there, _ = name.partition(tear)
    return bool(there) and first.casefold() not in _PARTICLES


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
