"""What is wrong with a value, judged by its JSON Schema.

The catalogue uses few keywords of JSON Schema 2020-12. They are compiled once
into plain functions, so that a document of 1 MiB is judged in milliseconds, and
a schema with any other keyword stops the start rather than being half checked.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from app.catalogue.shapes import Schema

_KEYWORDS: Final = frozenset(
    {"type", "properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
    | {"enum", "pattern", "minLength", "maxLength", "format", "minimum", "maximum"}
)


class Flaw(StrEnum):
    """What can be wrong at a place."""

    NOT_THIS_TYPE = "not_this_type"
    UNKNOWN_MEMBER = "unknown_member"
    MISSING_MEMBER = "missing_member"
    NOT_A_CHOICE = "not_a_choice"
    NOT_THIS_FORM = "not_this_form"
    NOT_THIS_LENGTH = "not_this_length"
    OUT_OF_RANGE = "out_of_range"
    REPEATED_REF = "repeated_ref"
    UNKNOWN_REF = "unknown_ref"


@dataclass(frozen=True, slots=True)
class Fault:
    """`location` is a JSON pointer of names we know and positions, never of what was sent."""

    location: str
    flaw: Flaw


Check = Callable[[object, str], Iterator[Fault]]


def compiled(schema: Schema) -> Check:
    """Raises ValueError for a schema that uses anything this module does not check."""
    if unknown := schema.keys() - _KEYWORDS - {"title", "description"}:
        raise ValueError(f"the schema uses {', '.join(sorted(unknown))}, which is not checked")
    match schema:
        case {"type": "object", "properties": dict(properties), "additionalProperties": False}:
            return _object(properties, schema.get("required", []))
        case {"type": "array", "items": dict(items), "maxItems": int(most)}:
            return _array(items, schema.get("minItems", 0), most)
        case {"type": "string"}:
            return _string(schema)
        case {"type": "integer", "minimum": int(least), "maximum": int(most)}:
            return _integer(least, most)
        case {"type": "boolean"}:
            return _boolean
        case {"enum": list(choices)}:
            return _enum(choices)
        case _:
            raise ValueError("the schema is of a kind that is not checked")


def _object(properties: Mapping[str, Schema], required: object) -> Check:
    checks = {name: compiled(schema) for name, schema in properties.items()}
    needed = required if isinstance(required, list) else []

    def check(value: object, at: str) -> Iterator[Fault]:
        if not isinstance(value, dict):
            yield Fault(at, Flaw.NOT_THIS_TYPE)
            return
        for name in needed:
            if name not in value:
                yield Fault(f"{at}/{name}", Flaw.MISSING_MEMBER)
        for name, member in value.items():
            if name in checks:
                yield from checks[name](member, f"{at}/{name}")
            else:
                yield Fault(at, Flaw.UNKNOWN_MEMBER)

    return check


def _array(items: Schema, least: object, most: int) -> Check:
    item = compiled(items)
    fewest = least if isinstance(least, int) else 0

    def check(value: object, at: str) -> Iterator[Fault]:
        if not isinstance(value, list):
            yield Fault(at, Flaw.NOT_THIS_TYPE)
        elif not fewest <= len(value) <= most:
            yield Fault(at, Flaw.NOT_THIS_LENGTH)
        else:
            for index, element in enumerate(value):
                yield from item(element, f"{at}/{index}")

    return check


def _string(schema: Schema) -> Check:
    pattern = re.compile(str(schema.get("pattern", "")))
    least, most = int(str(schema.get("minLength", 0))), int(str(schema["maxLength"]))
    parse = _FORMATS[str(schema["format"])] if "format" in schema else None

    def check(value: object, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(at, Flaw.NOT_THIS_TYPE)
        elif not least <= len(value) <= most:
            yield Fault(at, Flaw.NOT_THIS_LENGTH)
        elif (
            value.endswith("\n")  # which `$` would let through
            or not pattern.search(value)
            or (parse is not None and not parse(value))
        ):
            yield Fault(at, Flaw.NOT_THIS_FORM)

    return check


def _integer(least: int, most: int) -> Check:
    def check(value: object, at: str) -> Iterator[Fault]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield Fault(at, Flaw.NOT_THIS_TYPE)
        elif not least <= value <= most:
            yield Fault(at, Flaw.OUT_OF_RANGE)

    return check


def _boolean(value: object, at: str) -> Iterator[Fault]:
    if not isinstance(value, bool):
        yield Fault(at, Flaw.NOT_THIS_TYPE)


def _enum(choices: list[object]) -> Check:
    def check(value: object, at: str) -> Iterator[Fault]:
        if not isinstance(value, str):
            yield Fault(at, Flaw.NOT_THIS_TYPE)
        elif value not in choices:
            yield Fault(at, Flaw.NOT_A_CHOICE)

    return check


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _is_moment(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


_FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {"date": _is_day, "date-time": _is_moment}
