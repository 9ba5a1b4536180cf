"""The fields a case file may hold, and what is demanded before one is shown or sent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from app.catalogue import sheets
from app.catalogue.actions import Floor
from app.catalogue.shapes import FieldType, Schema, expand, kind_of
from app.catalogue.sheets import Unsound
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Assurance, Form, Purpose

_REQUIRED: Final = frozenset(
    {"label", "description", "group", "whose", "sensitivity", "min_assurance"}
    | {"max_authentication_age", "purposes", "to_model", "fim", "retention", "value", "words"}
)
_OPTIONAL: Final = frozenset({"stored", "locating"})
# To a model these never go, whatever a sheet says.
NEVER_TO_A_MODEL: Final = frozenset({FieldName("health.diagnoses"), FieldName("file.notes")})


class Whose(StrEnum):
    SUBJECT = "subject"
    HOUSEHOLD = "household"
    THIRD_PARTY = "third_party"
    STAFF = "staff"


class Stored(StrEnum):
    """Which row holds the value: one a person, or one a household."""

    PERSON = "person"
    HOUSEHOLD = "household"


class Sensitivity(StrEnum):
    """`SPECIAL` is Art. 9 GDPR."""

    PLAIN = "plain"
    SOCIAL = "social"
    SPECIAL = "special"


class Group(StrEnum):
    PERSON = "person"
    HOUSEHOLD = "household"
    BENEFIT = "benefit"
    DECISION = "decision"
    APPLICATION = "application"
    APPOINTMENT = "appointment"
    INTEGRATION = "integration"
    WORK = "work"
    HEALTH = "health"
    CHILDREN = "children"
    HOUSING = "housing"
    FILE = "file"


class Retention(StrEnum):
    """`CASE`: as long as the case is open."""

    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: FieldName
    labels: Mapping[str, str]
    descriptions: Mapping[str, str]
    type: FieldType
    group: Group
    whose: Whose
    stored: Stored
    sensitivity: Sensitivity
    locating: bool
    min_assurance: Assurance
    max_authentication_age: timedelta
    purposes: frozenset[Purpose]
    to_model: Mapping[Purpose, Form]
    fim: str | None
    retention: Retention
    words: Mapping[str, tuple[str, ...]]
    schema: Schema

    def label(self, language: str) -> str:
        return self.labels[language]

    def description(self, language: str) -> str:
        return self.descriptions[language]

    @property
    def floor(self) -> Floor:
        """What sign-in it demands."""
        return Floor(self.min_assurance, self.max_authentication_age)

    def form(self, purpose: Purpose) -> Form:
        """What a model sees of it at most; nothing for a purpose the field does not serve."""
        return self.to_model.get(purpose, Form.NONE)


class Catalogue:
    """All fields, by name, in the order of the sheet."""

    def __init__(self, fields: Mapping[FieldName, Field]) -> None:
        self._fields: Final = MappingProxyType(dict(fields))

    @classmethod
    def load(cls, path: Path) -> Self:
        """From policies/fields.yaml. Raises Unsound, naming the field, on anything amiss."""
        fields = (_field(name, entry, path.name) for name, entry in sheets.read(path).items())
        return cls({field.name: field for field in fields})

    def __getitem__(self, name: str) -> Field:
        return self._fields[FieldName(name)]

    def __contains__(self, name: object) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[Field]:
        return iter(self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    @property
    def names(self) -> frozenset[FieldName]:
        return frozenset(self._fields)

    @cached_property
    def locating(self) -> frozenset[FieldName]:
        """What nobody else is shown of somebody who is protected."""
        return frozenset(field.name for field in self if field.locating)

    @property
    def groups(self) -> Mapping[Group, tuple[Field, ...]]:
        return {group: tuple(field for field in self if field.group is group) for group in Group}


def _field(name: str, entry: object, sheet: str) -> Field:
    found = sheets.members(entry, sheet, name, required=_REQUIRED, optional=_OPTIONAL)
    schema = _schema(name, found, sheet)
    whose = sheets.choice(Whose, found["whose"], sheet, name)
    return Field(
        name=FieldName(name),
        labels=sheets.translated(found["label"], sheet, f"{name}.label"),
        descriptions=sheets.translated(found["description"], sheet, f"{name}.description"),
        type=kind_of(schema),
        group=sheets.choice(Group, found["group"], sheet, name),
        whose=whose,
        stored=_stored(name, whose, found, sheet),
        sensitivity=sheets.choice(Sensitivity, found["sensitivity"], sheet, name),
        locating=_locating(name, found, sheet),
        min_assurance=_assurance(name, found, sheet),
        max_authentication_age=timedelta(
            seconds=sheets.seconds(found["max_authentication_age"], sheet, name)
        ),
        purposes=(purposes := _purposes(name, found, sheet)),
        to_model=_to_model(name, found, sheet, purposes=purposes),
        fim=None if found["fim"] is None else sheets.text(found["fim"], sheet, f"{name}.fim"),
        retention=sheets.choice(Retention, found["retention"], sheet, name),
        words=sheets.words(found["words"], sheet, f"{name}.words"),
        schema=schema,
    )


def _schema(name: str, entry: Mapping[str, object], sheet: str) -> Schema:
    try:
        return expand(sheets.text(entry["value"], sheet, f"{name}.value"))
    except Unsound:
        raise
    except ValueError as error:
        raise Unsound(sheet, name, f"has a value whose shape cannot be read: {error}") from None


def _stored(name: str, whose: Whose, entry: Mapping[str, object], sheet: str) -> Stored:
    fixed = {Whose.SUBJECT: Stored.PERSON, Whose.HOUSEHOLD: Stored.HOUSEHOLD}.get(whose)
    if fixed is None:
        return sheets.choice(Stored, entry.get("stored"), sheet, name)
    if "stored" in entry:
        raise Unsound(sheet, name, "says where it is stored, which follows from whose it is")
    return fixed


def _locating(name: str, entry: Mapping[str, object], sheet: str) -> bool:
    """Whether it leads to where somebody is, or can be met."""
    match entry.get("locating", False):
        case bool(said):
            return said
        case _:
            raise Unsound(sheet, name, "is locating or is not: true, or nothing said")


def _assurance(name: str, entry: Mapping[str, object], sheet: str) -> Assurance:
    """Never `basic`: a password sees no field."""
    try:
        level = Assurance.of(str(entry["min_assurance"]))
    except KeyError:
        level = Assurance.BASIC
    if level is Assurance.BASIC:
        raise Unsound(sheet, name, "needs an assurance of low, substantial or high")
    return level


def _purposes(name: str, entry: Mapping[str, object], sheet: str) -> frozenset[Purpose]:
    given = sheets.texts(entry["purposes"], sheet, f"{name}.purposes")
    if not given or len(set(given)) != len(given):
        raise Unsound(sheet, name, "names no purpose, or one twice")
    return frozenset(sheets.choice(Purpose, word, sheet, name) for word in given)


def _to_model(
    name: str, entry: Mapping[str, object], sheet: str, *, purposes: frozenset[Purpose]
) -> Mapping[Purpose, Form]:
    given = sheets.mapping(entry["to_model"], sheet, f"{name}.to_model")
    forms = {
        sheets.choice(Purpose, purpose, sheet, name): sheets.choice(Form, form, sheet, name)
        for purpose, form in given.items()
    }
    if forms.keys() != purposes:
        raise Unsound(sheet, name, "says what a model sees for other purposes than its own")
    if name in NEVER_TO_A_MODEL and set(forms.values()) != {Form.NONE}:
        raise Unsound(sheet, name, "never goes to a model")
    return MappingProxyType(forms)
