"""The case document integrators send: its JSON Schema, and what is wrong with a given one."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

from app.catalogue.conformity import Fault, Flaw, compiled
from app.catalogue.fields import Catalogue, Field, Stored
from app.catalogue.shapes import Schema, expand

_MOST_FAULTS: Final = 20
_MOST_PERSONS: Final = 30


def case_schema(catalogue: Catalogue) -> dict[str, object]:
    """The JSON Schema 2020-12 of a case document."""
    person = _record(
        {
            "ref": expand("ref"),
            "role": expand("applicant|partner|child"),
            "fields": _fields(catalogue, Stored.PERSON),
        }
    )
    household = _record({"fields": _fields(catalogue, Stored.HOUSEHOLD)})
    persons: Schema = {
        "type": "array",
        "items": person,
        "minItems": 1,
        "maxItems": _MOST_PERSONS,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A case",
        **_record({"persons": persons, "household": household}),
    }


class CaseDocuments:
    """Judges case documents against the catalogue."""

    def __init__(self, catalogue: Catalogue) -> None:
        schema = case_schema(catalogue)
        self._check: Final = compiled(
            {key: schema[key] for key in schema if key not in {"$schema", "title"}}
        )

    def faults(self, document: object) -> tuple[Fault, ...]:
        """What is wrong, at most twenty of it; nothing when the document may be stored."""
        shape = tuple(islice(self._check(document, ""), _MOST_FAULTS))
        return shape or tuple(islice(_references(document), _MOST_FAULTS))


class FieldValues:
    """Judges single values, for a document that changes only a few."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._checks: Final = {field.name: compiled(field.schema) for field in catalogue}

    def faults(self, field: Field, value: object) -> tuple[Fault, ...]:
        return tuple(islice(self._checks[field.name](value, ""), _MOST_FAULTS))


def _record(properties: Mapping[str, Schema]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _fields(catalogue: Catalogue, stored: Stored) -> Schema:
    return {
        "type": "object",
        "properties": {
            str(field.name): {
                "title": field.label("en"),
                "description": field.description("en"),
                **field.schema,
            }
            for field in catalogue
            if field.stored is stored
        },
        "additionalProperties": False,
    }


def _references(document: object) -> Iterator[Fault]:
    """Every `person` in the household is one of the document's persons, each there once."""
    match document:
        case {"persons": list(persons), "household": {"fields": dict(household)}}:
            refs = [person["ref"] for person in persons]
        case _:
            raise AssertionError("unreachable: the shape was checked")
    for index, ref in enumerate(refs):
        if ref in refs[:index]:
            yield Fault(f"/persons/{index}/ref", Flaw.REPEATED_REF)
    for index, member in enumerate(household.get("household.members", [])):
        if member["person"] not in refs:
            yield Fault(f"/household/fields/household.members/{index}/person", Flaw.UNKNOWN_REF)
    representative = household.get("household.representative")
    if representative and representative["person"] not in refs:
        yield Fault("/household/fields/household.representative/person", Flaw.UNKNOWN_REF)
