"""The legal ground of each field × purpose × recipient, from policies/bases.yaml."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, Self

from app.catalogue import sheets
from app.catalogue.fields import Catalogue, Sensitivity
from app.catalogue.notices import Notices
from app.catalogue.sheets import Unsound
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Form, Purpose, Recipient

_RULE: Final = frozenset({"recipients", "purposes", "sensitivity", "entry"})
_EXCEPTION: Final = frozenset({"recipients", "purposes", "fields", "entry"})


class Ground(StrEnum):
    STATUTE = "statute"
    CONSENT = "consent"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """`name` is the entry's; notice and consequence go with consent, a remedy with none."""

    name: str
    ground: Ground
    citations: Mapping[str, str]
    notice: str | None
    consequences: Mapping[str, str]
    remedies: Mapping[str, str]

    def citation(self, language: str = "en") -> str | None:
        """The law it rests on, `Art. 15 GDPR, § 83 SGB X …`; nothing where there is no ground."""
        return self.citations.get(language)

    def consequence(self, language: str) -> str | None:
        """What refusing consent leads to."""
        return self.consequences.get(language)

    def remedy(self, language: str) -> str | None:
        """What else the person can do where there is no ground."""
        return self.remedies.get(language)


class Place(NamedTuple):
    field: FieldName
    purpose: Purpose
    recipient: Recipient


class Bases:
    """A total table: every place has exactly one Basis."""

    def __init__(self, table: Mapping[Place, Basis]) -> None:
        self._table: Final = MappingProxyType(dict(table))

    @classmethod
    def load(cls, path: Path, *, catalogue: Catalogue, notices: Notices) -> Self:
        """Raises Unsound on a gap, a place covered twice, or a name nobody knows."""
        sheet = path.name
        found = sheets.members(
            sheets.read(path),
            sheet,
            "the sheet",
            required=frozenset({"grounds", "rules", "exceptions"}),
        )
        entries = {
            name: _entry(name, entry, sheet, notices=notices)
            for name, entry in sheets.mapping(found["grounds"], sheet, "grounds").items()
        }
        table = _rules(found["rules"], sheet, catalogue=catalogue, entries=entries)
        table |= _exceptions(found["exceptions"], sheet, table=table, entries=entries)
        _agree(table, sheet, catalogue=catalogue)
        return cls(table)

    def of(self, field: str, purpose: Purpose, recipient: Recipient) -> Basis:
        """Raises KeyError for a field the catalogue does not have."""
        return self._table[Place(FieldName(field), purpose, recipient)]

    def notice_for(self, field: str, purpose: Purpose) -> str | None:
        """The notice a person must have seen to consent, if any recipient rests on consent."""
        return next(
            (
                basis.notice
                for recipient in Recipient
                if (basis := self.of(field, purpose, recipient)).ground is Ground.CONSENT
            ),
            None,
        )

    def spoken(self, language: str) -> Mapping[str, str]:
        """Each citation as the log has it, which is the English one, and in this language.

        One that no basis has any more is in no language but that of its day.
        """
        pairs = ((basis.citation(), basis.citation(language)) for basis in self._table.values())
        return {told: said for told, said in pairs if told is not None and said is not None}

    def __iter__(self) -> Iterator[tuple[Place, Basis]]:
        return iter(self._table.items())

    def __len__(self) -> int:
        return len(self._table)


def _entry(name: str, entry: object, sheet: str, *, notices: Notices) -> Basis:
    found = sheets.mapping(entry, sheet, name)
    ground = sheets.choice(Ground, found.get("ground"), sheet, name)
    required = {
        Ground.STATUTE: frozenset({"ground", "citation"}),
        Ground.CONSENT: frozenset({"ground", "citation", "notice", "consequence"}),
        Ground.NONE: frozenset({"ground", "remedy"}),
    }[ground]
    sheets.members(entry, sheet, name, required=required)

    def spoken(key: str) -> Mapping[str, str]:
        return sheets.translated(found[key], sheet, f"{name}.{key}") if key in found else {}

    notice = sheets.text(found["notice"], sheet, name) if "notice" in found else None
    if notice is not None and notice not in notices:
        raise Unsound(sheet, name, f"names a notice {notice} that is not in notices.yaml")
    return Basis(
        name=name,
        ground=ground,
        citations=spoken("citation"),
        notice=notice,
        consequences=spoken("consequence"),
        remedies=spoken("remedy"),
    )


def _rules(
    rules: object, sheet: str, *, catalogue: Catalogue, entries: Mapping[str, Basis]
) -> dict[Place, Basis]:
    by_sensitivity = {
        sensitivity: [field.name for field in catalogue if field.sensitivity is sensitivity]
        for sensitivity in Sensitivity
    }
    table: dict[Place, Basis] = {}
    for number, rule in enumerate(_items(rules, sheet, "rules"), start=1):
        where = f"rule {number}"
        found = sheets.members(rule, sheet, where, required=_RULE)
        kinds = sheets.texts(found["sensitivity"], sheet, where)
        names = [
            name
            for kind in kinds
            for name in by_sensitivity[sheets.choice(Sensitivity, kind, sheet, where)]
        ]
        _cover(
            table, _places(names, found, sheet, where), sheet, _named(found, entries, sheet, where)
        )
    for place in _whole(catalogue.names):
        if place not in table:
            raise Unsound(sheet, _spoken(place), "has no entry")
    return table


def _exceptions(
    exceptions: object, sheet: str, *, table: Mapping[Place, Basis], entries: Mapping[str, Basis]
) -> dict[Place, Basis]:
    replaced: dict[Place, Basis] = {}
    for number, exception in enumerate(_items(exceptions, sheet, "exceptions"), start=1):
        where = f"exception {number}"
        found = sheets.members(exception, sheet, where, required=_EXCEPTION)
        names = [FieldName(name) for name in sheets.texts(found["fields"], sheet, where)]
        places = _places(names, found, sheet, where)
        for place in places:
            if place not in table:
                raise Unsound(sheet, where, f"names an unknown field {place.field}")
        _cover(replaced, places, sheet, _named(found, entries, sheet, where))
    return replaced


def _agree(table: Mapping[Place, Basis], sheet: str, *, catalogue: Catalogue) -> None:
    """Consent is asked once per field and purpose, and no form goes to a model without a ground."""
    for field, purpose in product(catalogue, Purpose):
        notices = {
            basis.notice
            for recipient in Recipient
            if (basis := table[Place(field.name, purpose, recipient)]).ground is Ground.CONSENT
        }
        if len(notices) > 1:
            raise Unsound(sheet, f"{field.name} for {purpose}", "has more than one notice")
        to_model = table[Place(field.name, purpose, Recipient.MODEL)]
        if to_model.ground is Ground.NONE and field.form(purpose) is not Form.NONE:
            raise Unsound(sheet, f"{field.name} for {purpose}", "goes to a model without a ground")


def _cover(table: dict[Place, Basis], places: Iterable[Place], sheet: str, basis: Basis) -> None:
    for place in places:
        if place in table:
            raise Unsound(sheet, _spoken(place), "has more than one entry")
        table[place] = basis


def _places(
    names: Iterable[FieldName], rule: Mapping[str, object], sheet: str, where: str
) -> list[Place]:
    purposes = [
        sheets.choice(Purpose, word, sheet, where)
        for word in sheets.texts(rule["purposes"], sheet, where)
    ]
    recipients = [
        sheets.choice(Recipient, word, sheet, where)
        for word in sheets.texts(rule["recipients"], sheet, where)
    ]
    return [Place(*place) for place in product(names, purposes, recipients)]


def _named(
    rule: Mapping[str, object], entries: Mapping[str, Basis], sheet: str, where: str
) -> Basis:
    name = sheets.text(rule["entry"], sheet, where)
    if name not in entries:
        raise Unsound(sheet, where, f"names an unknown entry {name}")
    return entries[name]


def _items(value: object, sheet: str, entry: str) -> list[object]:
    if not isinstance(value, list):
        raise Unsound(sheet, entry, "is not a list")
    return value


def _whole(names: Iterable[FieldName]) -> Iterator[Place]:
    return (Place(*place) for place in product(sorted(names), Purpose, Recipient))


def _spoken(place: Place) -> str:
    return f"{place.field} for {place.purpose} to {place.recipient}"
