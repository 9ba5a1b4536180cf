"""A case in which every value is like no other, and a search for those values anywhere.

Drawn from the public schema of a case, so that a field added tomorrow is watched from then on.
Whole numbers, flags and words of closed sets have too few values to be told apart; all else has
a canary of its own: an amount, a day, a month or a word that occurs nowhere but there.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from tests.system.spoken import amount, day, month

# Any: documents and schemas are JSON, handled by members.
Json = dict[str, Any]

# What tells a person apart: in no prompt, whatever was released.
IDENTIFIERS = frozenset(
    {
        "person.name",
        "person.birth_date",
        "person.address",
        "person.phone",
        "person.email",
        "person.bank_account",
        "person.customer_number",
        "person.insurance_number",
        "person.health_insurance",
        "household.number",
        "household.members",
        "household.representative",
    }
)
_BYTES = re.compile(r"\\x((?:[0-9a-f]{2})+)")
# Everything that may be a form of some canary. Overlapping, so that nothing before one hides it.
_FORMS = [
    re.compile(f"(?=({kind}))")
    for kind in (
        "kanari[a-z]{12}",
        r"\d{5}\.\d\d",
        r"\d\d\.\d{3},\d\d\u00a0€",
        r"€\d\d,\d{3}\.\d\d",
        r"\d{4}-\d\d-\d\d",
        r"\d{4}-\d\d",
        r"\d{1,2}\.? [a-zä]+ \d{4}",
        r"(?<![a-zä])[a-zä]+ \d{4}",
        r"de\d{20}",
        r"de\d\d(?: \d{4}){4} \d\d",
        r"\*{4} \d{4}",
    )
]
BORN, ADULT = {"c1": date(2018, 1, 1)}, date(1980, 1, 1)
_LETTERS = "abcdefghijkmnopqrstuvwxyz"


@dataclass(frozen=True)
class Canary:
    """`forms` are the ways this value may be written, in lower case."""

    owner: str
    field: str
    forms: tuple[str, ...]

    @property
    def place(self) -> tuple[str, str]:
        return self.owner, self.field


@dataclass
class Aviary:
    """Makes values and remembers them."""

    salt: str
    canaries: list[Canary] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def value(self, owner: str, name: str, schema: Json) -> Any:
        """One value of this shape, each leaf a canary; two items in each list."""
        match schema:
            case {"properties": {"amount": _, "currency": _}}:
                return {"amount": self._amount(owner, name), "currency": "EUR"}
            case {"properties": dict(members)}:
                return {each: self.value(owner, name, shape) for each, shape in members.items()}
            case {"items": dict(item)}:
                return [self.value(owner, name, item) for _ in range(2)]
            case {"type": "string"}:
                return self._string(owner, name, schema)
            case _:
                return _common(schema)

    def _string(self, owner: str, name: str, schema: Json) -> str:
        """Of the kind that the schema's pattern takes, and the least special one of them."""
        if schema.get("format") == "date":
            return self._day(owner, name)
        if schema.get("format") == "date-time":
            return f"{self._day(owner, name)}T09:30:00+01:00"
        pattern = re.compile(schema.get("pattern", ""))
        kinds = {
            "kanariword": self._word,
            "kanari.word": lambda owner, name: f"kanari.{self._word(owner, name)}",
            "2301-07": self._month,
            "DE** **** 4321": self._masked,
            "DE02123456789012345678": self._iban,
        }
        return next(made for each, made in kinds.items() if pattern.match(each))(owner, name)

    def _amount(self, owner: str, name: str) -> str:
        number = next(self._numbers)
        euros = f"{31000 + number * 37}.{number % 90 + 10}"
        self._note(owner, name, euros, amount(euros, "de"), amount(euros, "en"))
        return euros

    def _day(self, owner: str, name: str) -> str:
        """Weeks apart, so that a day that is reckoned from one is not another."""
        if name == "person.birth_date":  # lives that two adults and a child may have
            when = BORN.get(owner, ADULT) + timedelta(days=next(self._numbers))
        else:
            when = date(2031, 1, 1) + timedelta(days=53 * next(self._numbers))
        self._note(owner, name, f"{when}", day(when, "de"), day(when, "en"))
        return f"{when}"

    def _month(self, owner: str, name: str) -> str:
        number = next(self._numbers)
        when = f"{2300 + number}-{number % 12 + 1:02}"
        self._note(owner, name, when, month(when, "de"), month(when, "en"))
        return when

    def _masked(self, owner: str, name: str) -> str:
        ending = f"**** {next(self._numbers) + 4000}"
        self._note(owner, name, ending)
        return f"DE** {ending}"

    def _iban(self, owner: str, name: str) -> str:
        digits = int(sha256(self._salted().encode()).hexdigest(), 16) % 10**20
        iban = f"DE02{digits:020}"[:22]
        self._note(owner, name, iban, " ".join(re.findall("....|..$", iban)))
        return iban

    def _word(self, owner: str, name: str) -> str:
        digest = sha256(self._salted().encode()).digest()
        word = "kanari" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest[:12])
        self._note(owner, name, word)
        return word

    def _salted(self) -> str:
        return f"{self.salt} {next(self._numbers)}"

    def _note(self, owner: str, name: str, *forms: str) -> None:
        self.canaries.append(Canary(owner, name, tuple(each.lower() for each in forms)))

    def case(self, schema: Json) -> Json:
        """Two adults and a child, each with every field there is."""
        persons = schema["properties"]["persons"]["items"]["properties"]["fields"]["properties"]
        household = schema["properties"]["household"]["properties"]["fields"]["properties"]
        roles = {"p1": "applicant", "p2": "partner", "c1": "child"}
        shared = {name: self.value("household", name, shape) for name, shape in household.items()}
        for member, ref in zip(shared["household.members"], roles, strict=False):
            member["person"] = ref
        shared["household.representative"]["person"] = "p1"
        return {
            "persons": [
                {
                    "ref": ref,
                    "role": role,
                    "fields": {n: self.value(ref, n, shape) for n, shape in persons.items()},
                }
                for ref, role in roles.items()
            ],
            "household": {"fields": shared},
        }

    def found(self, text: str) -> list[Canary]:
        """Which canaries a text holds, however it writes them; bytes in hexadecimal are read."""
        plain = text.lower().replace("\\u00a0", "\u00a0").replace("&nbsp;", "\u00a0")
        plain += "".join(
            bytes.fromhex(each).decode(errors="replace").lower() for each in _BYTES.findall(plain)
        )
        known = {form: each for each in self.canaries for form in each.forms}
        seen = {known.get(form) for kind in _FORMS for form in kind.findall(plain)}
        return [each for each in self.canaries if each in seen]

    def of(self, places: Iterable[tuple[str, str]]) -> set[Canary]:
        wanted = set(places)
        return {each for each in self.canaries if each.place in wanted}

    def one(self, owner: str, name: str) -> Canary:
        return next(each for each in self.canaries if each.place == (owner, name))


def _common(schema: Json) -> Any:
    """A value of too few to be told apart."""
    match schema:
        case {"enum": [first, *_]}:
            return first
        case {"type": "boolean"}:
            return True
        case {"type": "integer", "minimum": int(least)}:
            return least + 1
        case _:
            raise AssertionError("a shape this test does not know")


def fields_of(schema: Mapping[str, Any]) -> frozenset[str]:
    """The names of all fields a case may have."""
    persons = schema["properties"]["persons"]["items"]["properties"]["fields"]["properties"]
    household = schema["properties"]["household"]["properties"]["fields"]["properties"]
    return frozenset(persons) | frozenset(household)
