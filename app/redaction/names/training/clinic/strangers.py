"""The same letter about other people in other towns: to learn forms, not who was treated.

Names, towns and streets come from the lists in `../shared/data/pii/names` and from Faker,
clinics, titles and telephones from forms of our own. Only letters that a fold learns from are
told again for it, and nothing in the new ones is taken from another letter.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

from app.redaction.names.training.clinic.documents import Document, Span, document
from app.redaction.names.training.people import People
from app.redaction.names.training.sources import lines


def _forms(written: str) -> Sequence[str]:
    return written.split("|")


_TITLES: Final = _forms(
    "Dr.|Dr. med.|Prof. Dr.|Prof. Dr. med.|PD Dr.|PD Dr. med.|Priv.-Doz. Dr.|Priv.-Doz. Dr. med."
    "|Univ.-Prof. Dr.|Univ. Prof. Dr.|Dr.med.|Mag.|Dipl.-Psych.|Prim. Dr.|Prof.|Dr. med. univ."
    "|Prof. Dr. Dr.|Dr. med. dent.|Dr. rer. nat.|Doz. Dr.|DR. MED.|Drs.|Prof.Dr."
    "|ao. Univ.-Prof. Dr.|MSc|PhD|MBA|MD"
)
_CLINICS: Final = _forms(
    "Klinikum {town}|Universitätsklinikum {town}|Krankenhaus {town}|Landeskrankenhaus {town}"
    "|Kreiskrankenhaus {town}|St. {given}-Hospital {town}|{surname}-Klinik|{surname}-Klinik {town}"
    "|{surname}-Krankenhaus {town}|Diakonissenkrankenhaus {town}|Praxis Dr. {surname}"
    "|Praxis Dr. med. {surname}|Reha-Zentrum {town}|Uniklinik {town}|LKH {town}|KH {town}"
    "|Städtisches Klinikum {town}|Krankenhaus der Barmherzigen Brüder {town}|Spital {town}"
    "|Marienhospital {town}|Sankt-{given}-Spital {town}|Sankt-{given}-Spital|Rehaklinik {town}"
    "|Medizinisches Zentrum {town}|Bezirkskrankenhaus {town}|Krankenhausverbund {town}"
)
_PHONES: Final = _forms(
    "0999/999999|09999/999-9999|099 999999|(0999) 99999-99|+49 999 99999-99|+43 (9999) 99999"
    "|09999-99999|0999 999 9999|+49(0)999 999-9999|(09999) 99 - 999|9999-9999|+43 999 9999-9"
)
_CODES: Final = _forms("99999999|9999999999|A-999999999|9999/99|99999-9999|999999")
_POSTCODES: Final = _forms("99999|99999|99999|9999|A-9999|D-99999")
_PEOPLE: Final = ("NAME_PATIENT", "NAME_DOCTOR", "NAME_RELATIVE", "NAME_EXT")
_NUMBERS: Final = ("", "", "", " a", "b")
_INITIALS: Final = "ABCDEFGHIJKLMNOPRSTUVWZ"
_ROMAN: Final = ("I", "II", "III", "IV", "V")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|[\W\d_]+")
_LONGEST: Final = 28
# How often a title, a telephone, a code, a clinic gets a form of ours, and a name another order.
_OTHER_TITLE: Final = 0.4
_OTHER_PHONE: Final = 0.6
_OTHER_CODE: Final = 0.35
_OTHER_CLINIC: Final = 0.75
_OTHER_ORDER: Final = 0.12


class Teller:
    def __init__(self, names: Path, random: Random) -> None:
        self._random = random
        self._people = People(names, random)
        self._towns = [name for name in lines(names / "places.txt") if len(name) < _LONGEST]
        self._streets = list(lines(names / "streets.txt"))
        self._given = frozenset(
            name.lower()
            for which in ("female", "male")
            for name in lines(names / f"first_names_{which}.txt")
        )
        self._new: dict[str, str] = {}
        self._ways: Mapping[str, Callable[[str], str]] = {
            **dict.fromkeys(_PEOPLE, self._person),
            "NAME_TITLE": self._title,
            "LOCATION_CITY": self._town,
            "LOCATION_STREET": self._street,
            "LOCATION_ZIP": self._postcode,
            "LOCATION_HOSPITAL": self._house,
            "CONTACT_PHONE": self._phone,
            "CONTACT_FAX": self._phone,
            "ID": self._code,
            "AGE": self._age,
        }

    def again(self, of: Document) -> Document:
        """Who was called the same still is."""
        self._new = {}
        text, spans, at = "", list[Span](), 0
        for start, end, label in sorted(of.spans):
            text += of.text[at:start]
            new = self._told(of.text[start:end], label)
            spans.append((len(text), len(text) + len(new), label))
            text, at = text + new, end
        return document(text + of.text[at:], spans)

    def _told(self, text: str, label: str) -> str:
        """Dates stay, and so does what there are too few of to learn."""
        tell = self._ways.get(label)
        return tell(text) if tell else text

    def _title(self, text: str) -> str:
        return self._at_times(_OTHER_TITLE, text, lambda: self._random.choice(_TITLES))

    def _town(self, text: str) -> str:
        return self._once(text, lambda: self._random.choice(self._towns))

    def _street(self, text: str) -> str:
        number = f"{self._random.randrange(1, 140)}{self._random.choice(_NUMBERS)}"
        return self._once(text, lambda: f"{self._random.choice(self._streets)} {number}")

    def _postcode(self, text: str) -> str:
        return self._once(text, lambda: self._filled(self._random.choice(_POSTCODES)))

    def _house(self, text: str) -> str:
        return self._once(text, lambda: self._at_times(_OTHER_CLINIC, text, self._clinic))

    def _phone(self, text: str) -> str:
        form = self._at_times(_OTHER_PHONE, text, lambda: self._random.choice(_PHONES))
        return self._filled(form)

    def _code(self, text: str) -> str:
        if text in _ROMAN:
            return self._random.choice(_ROMAN)
        share = _OTHER_CODE if len(text) > len("999") else 0.0
        form = self._at_times(share, text, lambda: self._random.choice(_CODES))
        return self._filled(form)

    def _age(self, text: str) -> str:
        return str(self._random.randrange(3, 99)) if text.isdecimal() else text

    def _at_times(self, share: float, text: str, other: Callable[[], str]) -> str:
        return other() if self._random.random() < share else text

    def _once(self, text: str, new: Callable[[], str]) -> str:
        if text.lower() not in self._new:
            self._new[text.lower()] = new()
        return self._new[text.lower()]

    def _filled(self, form: str) -> str:
        return re.sub(r"\d", lambda _: str(self._random.randrange(10)), form)

    def _clinic(self) -> str:
        pool = self._people.pool("de")
        name = self._random.choice(_CLINICS).format(
            town=self._random.choice(self._towns),
            given=self._people.given(pool),
            surname=self._people.surname(pool),
        )
        return name.upper() if self._random.random() < 0.1 else name  # noqa: PLR2004 - as printed above letters

    def _person(self, text: str) -> str:
        parts = _WORD.findall(text)
        names = [part for part in parts if part[0].isupper() and len(part) > 1]
        comma = "," in text
        told = []
        for part in parts:
            if not part[0].isupper():
                told.append(part)
            elif len(part) == 1:
                told.append(self._random.choice(_INITIALS))
            else:
                at = names.index(part)
                first = at > 0 if comma else at < len(names) - 1
                alone = len(names) == 1 and part.lower() in self._given
                told.append(self._name(part, given=first or alone))
        plain = len(names) == len([part for part in parts if part.strip()]) == len("ab")
        if plain and self._random.random() < _OTHER_ORDER:
            given, surname = (name for name in told if name.strip())
            return self._random.choice((f"{surname}, {given}", f"{given[0]}. {surname}"))
        return "".join(told)

    def _name(self, text: str, *, given: bool) -> str:
        low = text.lower()
        if low.endswith("s") and low[:-1] in self._new:
            return f"{self._new[low[:-1]]}s"
        pool = self._people.pool("de")
        draw = self._people.given if given else self._people.surname
        name = self._once(text, lambda: draw(pool))
        return name.upper() if text.isupper() and len(text) > len("AB") else name
