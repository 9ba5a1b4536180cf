"""Sentences of the Jobcenter's world, made of frames and invented people."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.names.training.abroad import frames_abroad, in_a_case
from app.redaction.names.training.cast import FIRMS, NOUNS, OTHERS
from app.redaction.names.training.noise import Noise, noisy
from app.redaction.names.training.people import People, Pool
from app.redaction.names.training.sources import Labelled, lines

Part = tuple[str, str]

_HERE: Final = Path(__file__).parent
_CHOICE: Final = re.compile(r"\[([^\[\]]*)\]")
_SLOT: Final = re.compile(r"\{(\w+)\}")
_SIBILANTS: Final = ("s", "ß", "x", "z", "S")
_PARTICLES: Final = ("von", "van", "de", "van der", "von der", "el", "al", "Ben", "zu", "da")
_NOBLE: Final = (
    *("von", "von", "von der", "von dem", "vom", "zu", "zur", "zum", "von und zu", "Freiherr von"),
    *("Graf von", "Freifrau von", "van", "van den", "van der", "de", "de la", "della", "di"),
    *("dos", "da", "ter", "el", "al", "bin", "ibn", "Ben", "Abu"),
)
_GREEK: Final = "\u0370"  # the first letter behind the Latin ones
_FILLERS: Final = ("äh", "ähm", "also", "ja", "genau", "halt", "hm")
_TELLING: Final = 13  # letters of a frame
_SAME_WAY: Final = 0.5
_NOISES: Final = {
    Noise.NONE: 46,
    Noise.LOWER: 20,
    Noise.UPPER: 2,
    Noise.TYPED: 6,
    Noise.BARE: 4,
    Noise.OCR: 11,
    Noise.SPEECH: 11,
    Noise.SLIPS: 6,
}


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames by language; `plain` ones name nobody."""

    named: dict[str, Sequence[str]]
    plain: dict[str, Sequence[str]]


def frames() -> Frames:
    other: dict[str, list[str]] = {}
    for line in lines(_HERE / "other.txt"):
        code, _, frame = line.partition("|")
        other.setdefault(code, []).append(frame)
    return Frames(
        named={
            "de": [
                *lines(_HERE / "german.txt"),
                *lines(_HERE / "roles.txt"),
                *lines(_HERE / "notes_german.txt"),
                *lines(_HERE / "chat_german.txt"),
            ],
            "en": [
                *lines(_HERE / "english.txt"),
                *lines(_HERE / "roles_english.txt"),
                *frames_abroad("en"),
            ],
            **{code: (*each, *frames_abroad(code)) for code, each in other.items()},
        },
        plain={
            "de": [
                *lines(_HERE / "plain.txt"),
                *lines(_HERE / "plain_notes_german.txt"),
                *lines(_HERE / "plain_chat_german.txt"),
            ],
            "en": [*lines(_HERE / "plain_english.txt"), *frames_abroad("en", plain=True)],
            **{code: frames_abroad(code, plain=True) for code in other},
        },
    )


class Writer:
    """Writes texts of one to four sentences, noise and all, with their spans."""

    def __init__(self, people: People, names: Path, random: Random) -> None:
        self._people = people
        self._random = random
        self._places = lines(names / "places.txt")
        self._streets = lines(names / "streets.txt")
        self._firms = lines(names / "organisations.txt")
        self._everyday_given = " ".join(lines(_HERE / "everyday_given.txt")).split()
        self._everyday_surnames = " ".join(lines(_HERE / "everyday_surnames.txt")).split()
        self._everyday_english = " ".join(lines(_HERE / "everyday_english.txt")).split()

    def texts(
        self, count: int, language: str, named: Sequence[str], plain: Sequence[str]
    ) -> Iterator[Labelled]:
        for _ in range(count):
            parts: list[Part] = []
            for _ in range(self._random.choice((1, 1, 1, 2, 2, 3, 4))):
                bare = plain and self._random.random() < 0.42  # noqa: PLR2004 - the share
                frame = self._random.choice(plain if bare else named)
                parts += self.sentence(frame, language)
                parts.append((self._random.choice((" ", " ", " ", "\n")), ""))
            (noise,) = self._random.choices(list(_NOISES), list(_NOISES.values()))
            yield self._written(parts, noise)

    def sentence(self, frame: str, language: str) -> list[Part]:
        """A frame with its choices made and its slots filled."""
        chosen = frame
        while _CHOICE.search(chosen):  # a choice may stand within another one
            chosen = _CHOICE.sub(lambda found: self._random.choice(found[1].split("|")), chosen)
        way = self._way(chosen)
        parts: list[Part] = []
        for number, piece in enumerate(_SLOT.split(chosen)):
            if number % 2:
                slot = self._slot(piece, language)
                parts += [(way(text) if label else text, label) for text, label in slot]
            elif piece:
                parts.append((piece, ""))
        return parts

    def _way(self, frame: str) -> Callable[[str], str]:
        """Who writes all in small letters, or in capitals, often writes names so, too."""
        own = "".join(filter(str.isalpha, _SLOT.sub("", frame)))
        if len(own) < _TELLING or self._random.random() > _SAME_WAY:
            return str
        return str.lower if own.islower() else str.upper if own.isupper() else str

    def _written(self, parts: Sequence[Part], noise: Noise) -> Labelled:
        text = ""
        spans: list[tuple[int, int, str]] = []
        for part, label in parts:
            named = noise is Noise.SLIPS and label
            written = part if named else noisy(part, noise, self._random)
            if noise is Noise.SPEECH and not label and self._random.random() < 0.08:  # noqa: PLR2004 - a share
                written += f" {self._random.choice(_FILLERS)} "
            if label and written.strip():
                spans.append((len(text), len(text) + len(written), label))
            text += written
        return Labelled(text, tuple(spans))

    def _slot(self, slot: str, language: str) -> list[Part]:
        pool = self._people.pool(language)
        if slot in OTHERS:
            return self._somebody(slot, language, pool)
        ways: Mapping[str, Callable[[Pool], str]] = {
            "full": self._full,
            "given": self._given,
            "sur": self._surname,
            "rev": self._reversed,
            "wsur": lambda pool: self._everyday(pool, language),
            "wfull": lambda pool: f"{self._given(pool)} {self._everyday(pool, language)}",
            "wrev": lambda pool: f"{self._everyday(pool, language)}, {self._given(pool)}",
            "wgiven": lambda _: self._random.choice(self._everyday_given),
            "init": lambda pool: f"{self._given(pool)[0]}. {self._surname(pool)}",
            "spelt": self._spelt,
            "noble": lambda pool: f"{self._noble(pool)} {self._people.surname(pool)}",
        }
        if oblique := ways.get(slot.removesuffix("_o")) if slot.endswith("_o") else None:
            return [(in_a_case(oblique(pool), language, self._random), "PER")]
        name = ways.get(slot.removesuffix("s"))
        if name is not None:
            return [(self._genitive(name(pool), slot), "PER")]
        label, written = self._thing(slot)
        return [(written, label)]

    def _reversed(self, pool: Pool) -> str:
        return f"{self._surname(pool)}, {self._given(pool)}"

    def _thing(self, slot: str) -> tuple[str, str]:
        """What is no person: the label, and how it is written."""
        random = self._random
        match slot:
            case "town":
                return "LOC", random.choice(self._places)
            case "street":
                return "ADR", self._street()
            case "post":
                return "ADR", self._post()
            case "addr":
                joint = random.choice((", ", " ", " in ", "\n", ", "))
                town = self._post()
                return "ADR", f"{self._street()}{joint}{town}"
            case "org":
                rare = random.random() < 0.25  # noqa: PLR2004 - a quarter
                return "ORG", random.choice(self._firms if rare else FIRMS)
            case _:
                return "", self._figure(slot)

    def _post(self) -> str:
        return f"{self._random.randint(1067, 99998):05} {self._random.choice(self._places)}"

    def _somebody(self, slot: str, language: str, pool: Pool) -> list[Part]:
        """A person by name in three of five cases, else by a role, alone or with an article."""
        chance = self._random.random()
        for most, name in ((0.14, self._full), (0.42, self._surname), (0.56, self._given)):
            if chance < most:
                return [(name(pool), "PER")]
        if chance < 0.63:  # noqa: PLR2004 - the shares
            titles = ("Mr ", "Ms ", "Mrs ") if language == "en" else ("Frau ", "Herrn ", "Fr. ")
            return [(self._random.choice(titles), ""), (self._surname(pool), "PER")]
        if language == "en":
            return [(self._random.choice(OTHERS["en"]), "")]
        return [(self._random.choice(NOUNS if chance < 0.78 else OTHERS[slot]), "")]  # noqa: PLR2004 - a share

    def _figure(self, slot: str) -> str:
        random = self._random
        match slot:
            case "nl":
                return "\n"
            case "n":
                return str(random.randint(1, 60))
            case "eur":
                cents = random.choice(("", "", ",00", ",50"))
                return f"{random.randint(10, 1900)}{cents}"
            case "nr":
                return random.choice(
                    (
                        f"{random.randint(10000, 99999)}//{random.randint(0, 9999999):07}",
                        f"0{random.randint(100, 9999)} {random.randint(10000, 9999999)}",
                        (
                            f"DE{random.randint(10, 99)} {random.randint(1000, 9999)}"
                            f" {random.randint(1000, 9999)}"
                        ),
                        f"{random.randint(100, 999)}A{random.randint(100000, 999999)}",
                    )
                )
            case "date":
                day, month = random.randint(1, 28), random.randint(1, 12)
                return f"{day:02}.{month:02}.{random.randint(1940, 2026)}"
            case _:
                raise ValueError(slot)

    def _street(self) -> str:
        letter = self._random.choice(("", "", "", "a", " b"))
        return f"{self._random.choice(self._streets)} {self._random.randint(1, 180)}{letter}"

    def _given(self, pool: Pool) -> str:
        name = self._people.given(pool)
        chance = self._random.random()
        if chance < 0.04:  # noqa: PLR2004 - the share of double names
            return f"{name}-{self._people.given(pool)}"
        if chance < 0.08:  # noqa: PLR2004 - a share
            return f"{name} {self._people.given(pool)}"
        return name

    def _surname(self, pool: Pool) -> str:
        name = self._people.surname(pool)
        chance = self._random.random()
        if chance < 0.06:  # noqa: PLR2004 - the share of double names
            return f"{name}-{self._people.surname(pool)}"
        if chance < 0.09 and name[0] < _GREEK:  # noqa: PLR2004 - a share, in Latin letters
            return f"{self._random.choice(_PARTICLES)} {name}"
        if chance < 0.12:  # noqa: PLR2004 - a share
            return f"{name} {self._people.surname(pool)}"
        return name.upper() if chance > 0.97 else name  # noqa: PLR2004 - a share

    def _noble(self, pool: Pool) -> str:
        return f"{self._given(pool)} {self._random.choice(_NOBLE)}"

    def _everyday(self, pool: Pool, language: str) -> str:
        """A surname that is an everyday word, too; a few times half of a double name."""
        english = language == "en"
        name = self._random.choice(self._everyday_english if english else self._everyday_surnames)
        chance = self._random.random()
        if chance < 0.03:  # noqa: PLR2004 - a share
            return f"{name}-{self._people.surname(pool)}"
        if chance < 0.06:  # noqa: PLR2004 - a share
            return f"{self._people.surname(pool)}-{name}"
        return name

    def _spelt(self, pool: Pool) -> str:
        """Letter by letter, as on the telephone."""
        name = self._random.choice((self._surname, self._given))(pool)
        return self._random.choice((" ", " ", "-", " - ", ". ")).join(name.replace(" ", ""))

    def _full(self, pool: Pool) -> str:
        given = self._given(pool)
        if self._random.random() < 0.06:  # noqa: PLR2004 - an initial
            given = f"{given[0]}."
        return f"{given} {self._surname(pool)}"

    @staticmethod
    def _genitive(name: str, slot: str) -> str:
        if not slot.endswith("s"):
            return name
        return f"{name}'" if name.endswith(_SIBILANTS) else f"{name}s"
