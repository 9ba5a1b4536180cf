"""The identifiers of a household, taken from its file."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.redaction.kinds import Kind
from app.redaction.known import KnownValue
from app.redaction.spelling import bare
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.json import Json

Values = Mapping[tuple[SubjectId, FieldName], Json]
_Reader = Callable[[Json, str], Iterator[KnownValue]]


def known_values(*sources: Values) -> tuple[KnownValue, ...]:
    """Everything that names one of these people or leads to them.

    Somebody named both in their own row and among the members is one person. A
    value that does not have its field's shape tells nothing and is passed over.
    """
    found = [
        known
        for values in sources
        for (subject, field), value in values.items()
        if (reader := _READERS.get(field))
        for known in reader(value, str(subject))
    ]
    return tuple(dict.fromkeys(_one_key_a_name(found)))


def _one_key_a_name(found: list[KnownValue]) -> Iterator[KnownValue]:
    """Rows of a person's own come first in saying who a name is."""
    keys: dict[str, str] = {}
    for known in sorted(found, key=lambda one: ":" in one.person_key):
        if known.kind is Kind.PERSON:
            key = keys.setdefault(bare(known.value), known.person_key)
            yield replace(known, person_key=key)
        else:
            yield known


def _name(value: Json, subject: str) -> Iterator[KnownValue]:
    match value:
        case {"given": str(given), "family": str(family), **others}:
            yield KnownValue(Kind.PERSON, f"{given} {family}", subject)
            if isinstance(birth_name := others.get("birth_name"), str):
                yield KnownValue(Kind.PERSON, f"{given} {birth_name}", subject)
        case _:
            return


def _members(value: Json, subject: str) -> Iterator[KnownValue]:
    if isinstance(value, list):
        for number, member in enumerate(value):
            yield from _name(member, f"{subject}:member:{number}")


def _address(value: Json, subject: str) -> Iterator[KnownValue]:
    match value:
        case {"street": str(street), "postcode": str(postcode), "city": str(city)}:
            yield KnownValue(Kind.ADDRESS, f"{street}, {postcode} {city}", subject)
        case _:
            return


def _account(value: Json, subject: str) -> Iterator[KnownValue]:
    match value:
        case {"iban": str(iban), **others}:
            yield KnownValue(Kind.IBAN, iban, subject)
            if isinstance(holder := others.get("holder"), str):
                yield KnownValue(Kind.PERSON, holder, f"{subject}:holder")
        case _:
            return


def _health(value: Json, subject: str) -> Iterator[KnownValue]:
    if isinstance(value, dict):
        yield from _plain(Kind.HEALTH_NUMBER)(value.get("number"), subject)


def _caseworker(value: Json, subject: str) -> Iterator[KnownValue]:
    if not isinstance(value, dict):
        return
    for kind, member in (
        (Kind.PERSON, "name"),
        (Kind.PHONE, "phone"),
        (Kind.EMAIL, "email"),
    ):
        yield from _plain(kind)(value.get(member), f"{subject}:caseworker")


def _firm(key: str) -> _Reader:
    """A landlord or an employer: a person or a firm, and the name does not say which."""

    def read(value: Json, subject: str) -> Iterator[KnownValue]:
        if isinstance(value, dict):
            yield from _plain(Kind.ORGANISATION)(value.get("name"), f"{subject}:{key}")

    return read


def _plain(kind: Kind) -> _Reader:
    def read(value: Json, subject: str) -> Iterator[KnownValue]:
        if isinstance(value, str) and value.strip():
            yield KnownValue(kind, value, subject)

    return read


_READERS: Final[Mapping[str, _Reader]] = {
    "person.name": _name,
    "person.birth_date": _plain(Kind.BIRTH_DATE),
    "person.address": _address,
    "person.phone": _plain(Kind.PHONE),
    "person.email": _plain(Kind.EMAIL),
    "person.bank_account": _account,
    "person.customer_number": _plain(Kind.CUSTOMER_NUMBER),
    "person.insurance_number": _plain(Kind.PENSION_NUMBER),
    "person.health_insurance": _health,
    "household.number": _plain(Kind.BG_NUMBER),
    "household.members": _members,
    "household.representative": _name,
    "contact.caseworker": _caseworker,
    "housing.landlord": _firm("landlord"),
    "employment.employer": _firm("employer"),
}
