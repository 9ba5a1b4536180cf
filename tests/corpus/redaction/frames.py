"""Hand-written sentences with holes, and how a hole is filled.

A frame begins with `# id genre people…`; then comes its text, up to the next one.

* `A`, `A:f`, `B:m+A`, `C@german`, `D:f-`: a person; her gender; of A's family; an origin;
  with a double surname.
* `{A}`, `{A.l}`, `{A.fg}`: a name in one form of `Person.written`, marked PERSON.
* `{A?die Kundin|der Kunde}`: words that go with her gender.
* `{iban}`, `{email.A}`: a number of `identifiers.py`, marked with its kind.
* `{P:Koch}`: this very name, marked PERSON.
* `{org}`: an invented firm, marked ORGANISATION. `{town}`, `{amount}`, …: marked as nothing.
* `[guten Tag|hallo]`: one of these. They do not nest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from tests.corpus.redaction import identifiers
from tests.corpus.redaction.noise import Piece
from tests.corpus.redaction.people import Person, invented, relative

FRAMES: Final = Path(__file__).with_name("patterns")

# In a text of another language everybody has a name of that language.
_MIXED: Final = frozenset({"de", "en"})

_CHOICE: Final = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_HOLE: Final = re.compile(r"\{([^{}]+)\}")
_PERSON: Final = re.compile(r"([A-Z])(?::([fm]?))?(-)?(?:\+([A-Z])|@([a-z@]+))?")
_NAMED: Final = re.compile(r"([A-Z])(?:\.([a-z]+))?")
_GENITIVES: Final = re.compile(r"\{[A-Z]\.(?:g|fg|lg|pl)\}")

FIRMS: Final = {
    "train": (
        *(
            "Spedition Oberleitner GmbH",
            "Bäckerei Krumbiegel",
            "Autohaus Sandkuhl",
            "Blitzblank Reinigung",
        ),
        *(
            "Metallbau Vierheller",
            "Gasthaus Zum Rebstöckel",
            "Holzwerk Tannrode KG",
            "Pflegedienst Abendrot",
        ),
    ),
    "test": (
        *(
            "Gartenbau Huckepohl",
            "Fleischerei Stempfle",
            "Lagerhaus Bruchsee GmbH",
            "Dachdeckerei Wamsler",
        ),
        *(
            "Hotel Weschnitzblick",
            "Elektro Fassbinder OHG",
            "Großküche Löffelholz",
            "Zeitkraft Rhein-Ried",
        ),
    ),
}
_WORDS: Final = {
    "town": "Bensheim Heppenheim Lampertheim Viernheim Lorsch Bürstadt Rimbach Fürth Biblis",
    "month": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "weekday": "Montag Dienstag Mittwoch Donnerstag Freitag",
}
_ENGLISH: Final = {
    "month": "January February March April May June July August September October November",
    "weekday": "Monday Tuesday Wednesday Thursday Friday",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One hand-written text with holes."""

    name: str
    language: str
    split: str
    genre: str
    people: tuple[str, ...]
    text: str

    @property
    def inflects(self) -> bool:
        """Whether a name stands in it in the genitive or plural."""
        return _GENITIVES.search(self.text) is not None

    def literals(self) -> Iterator[str]:
        """Its own words, without the holes."""
        for part in re.split(r"[{}\[\]|]", _HOLE.sub("{", self.text)):
            yield part.strip()


def read(language: str, split: str) -> tuple[Frame, ...]:
    """All frames of a language, those of its first file first."""
    return tuple(frame for part in parts(language, split) for frame in part)


def parts(language: str, split: str) -> list[tuple[Frame, ...]]:
    """The frames of each file, in its order: what was written later changes no text there was.

    Raises FileNotFoundError where there are none.
    """
    found = FRAMES.glob(f"{language}-{split}*.txt")
    paths = sorted(found, key=lambda path: (len(path.name), path.name))
    if not paths:
        raise FileNotFoundError(f"{language}-{split}.txt")
    return [tuple(_frames(path.read_text("utf-8"), language, split)) for path in paths]


def _frames(text: str, language: str, split: str) -> Iterator[Frame]:
    for block in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        head, _, body = block.partition("\n")
        name, genre, *people = head.split()
        yield Frame(
            name=name,
            language=language,
            split=split,
            genre=genre,
            people=tuple(people),
            text=body.strip(),
        )


def cast_of(frame: Frame, rng: Random, *, origin: str | None) -> dict[str, Person]:
    """Its people. The first one is of the given origin unless the frame asks for another."""
    people: dict[str, Person] = {}
    for told in frame.people:
        taken = {person.first for person in people.values()}
        person = _person(told, frame, rng, people, origin)
        while person.first in taken:
            person = _person(told, frame, rng, people, origin)
        people[told[0]] = person
    return people


def _person(
    told: str, frame: Frame, rng: Random, people: dict[str, Person], origin: str | None
) -> Person:
    found = _PERSON.fullmatch(told)
    if found is None:
        raise ValueError(told)
    _, gender, double, family, asked = found.groups()
    female = gender == "f" if gender else None
    if family:
        return relative(rng, frame.split, people[family], female=female)
    own = origin if not people or frame.language not in _MIXED else None
    return invented(rng, frame.split, origin=asked or own, female=female, double=bool(double))


def filled(frame: Frame, rng: Random, people: dict[str, Person]) -> list[Piece]:
    """Its text in pieces; what is to be masked is a piece of its own, with its kind."""
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), frame.text)
    pieces: list[Piece] = []
    at = 0
    for hole in _HOLE.finditer(text):
        pieces += [(text[at : hole.start()], None), _fill(hole[1], frame, rng, people)]
        at = hole.end()
    pieces.append((text[at:], None))
    return [piece for piece in pieces if piece[0]]


def _fill(hole: str, frame: Frame, rng: Random, people: dict[str, Person]) -> Piece:
    letter, asks, words = hole.partition("?")
    if asks:
        female, _, male = words.partition("|")
        return (female if people[letter].female else male), None
    if hole.startswith("P:"):
        return hole.removeprefix("P:"), "PERSON"
    if named := _NAMED.fullmatch(hole):
        return people[named[1]].written(named[2] or ""), "PERSON"
    return _made(hole, frame, rng, people) or (_filler(hole, rng, frame.language), None)


def _made(hole: str, frame: Frame, rng: Random, people: dict[str, Person]) -> Piece | None:
    if hole.startswith("email."):
        person = people[hole[-1]]
        return identifiers.email(rng, person.first, person.last), "EMAIL"
    if hole in {"street", "strasse"}:
        return identifiers.street(rng, frame.split, feminine=hole == "strasse"), "ADDRESS"
    if hole == "address":
        return identifiers.address(rng, frame.split), "ADDRESS"
    if hole == "org":
        return rng.choice(FIRMS[frame.split]), "ORGANISATION"
    if hole in identifiers.MADE:
        kind, made = identifiers.MADE[hole]
        return _spoken_for(made(rng), frame.language), kind
    return None


def _spoken_for(value: str, language: str) -> str:
    """A month's German name does not stand in another language's text."""
    months = {f" {name} ": f"{n:02d}." for n, name in enumerate(identifiers.MONTHS, 1)}
    for name, number in months.items():
        if language != "de":
            value = value.replace(name, number)
    return value


def _filler(hole: str, rng: Random, language: str) -> str:
    words = _ENGLISH if language == "en" and hole in _ENGLISH else _WORDS
    if hole in words:
        return rng.choice(words[hole].split())
    whole, cents = rng.randint(18, 1490), rng.choice((0, 0, 50, 23, 87, 5))
    euro = "euros" if language == "en" else "Euro"
    exact = f"{whole}.{cents:02d}" if language == "en" else f"{whole},{cents:02d}"
    made = {
        "amount": rng.choice((f"{whole} {euro}", f"{exact} {euro}", f"{exact} €")),
        "small": f"{whole // 8 + 5} {euro}",
        "sum": f"{whole}",
        "date": f"{rng.randint(1, 28):02d}.{rng.randint(1, 12):02d}.{rng.randint(2024, 2026)}",
        "year": f"{rng.randint(2015, 2025)}",
        "n": f"{rng.randint(2, 9)}",
        "time": f"{rng.randint(8, 16)}:{rng.choice(('00', '15', '30', '45'))}",
        "hour": f"{rng.randint(8, 16)}",
    }
    return made[hole]
