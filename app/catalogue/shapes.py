"""The notation for the shape of a value, turned into JSON Schema 2020-12.

`{amount: money, to?: date}` is a record whose `to` may be missing, `[money]` a
list, `a|b` one of the words, `1..6` a whole number from 1 to 6, and a word of
its own (`money`, `date`, `name` …) one of the kinds below.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

Schema = Mapping[str, object]

_MOST_ITEMS: Final = 500
_RANGE: Final = re.compile(r"(\d+)\.\.(\d+)")
_TOKEN: Final = re.compile(r"[{}\[\]:,]|[^{}\[\]:,\s]+")


class FieldType(StrEnum):
    """What a value is made of, outermost."""

    TEXT = "text"
    DATE = "date"
    CHOICE = "choice"
    RECORD = "record"
    LIST = "list"


def _string(pattern: str, most: int, **more: object) -> Schema:
    return {"type": "string", "maxLength": most, "pattern": pattern, **more}


_MONEY: Final[Schema] = {
    "type": "object",
    "properties": {
        "amount": _string(r"^-?[0-9]{1,9}\.[0-9]{2}$", 13),
        "currency": {"enum": ["EUR"]},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}
_DAY: Final = r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK: Final = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_OFFSET: Final = r"(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
# A value starts and ends with something one can see, and holds no control characters.
_VISIBLE: Final = r"^[^\s\x00-\x1f]([^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?$"

_KINDS: Final[Mapping[str, Schema]] = {
    "money": _MONEY,
    "date": _string(f"^{_DAY}$", 10, format="date"),
    "moment": _string(f"^{_DAY}T{_CLOCK}{_OFFSET}$", 35, format="date-time"),
    "month": _string(r"^[0-9]{4}-(0[1-9]|1[0-2])$", 7),
    "name": _string(_VISIBLE, 200),
    "text": _string(_VISIBLE, 500),
    "long_text": {"type": "string", "minLength": 1, "maxLength": 4000},
    "word": _string(r"^[a-z][a-z0-9_]{0,39}$", 40),
    "field": _string(r"^[a-z]+\.[a-z_]+$", 60),
    "ref": _string(r"^[A-Za-z0-9_-]{1,40}$", 40),
    "iban": _string(r"^[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,36}$", 40),
    # Never a whole account number: at least two characters are hidden.
    "masked_account": _string(r"^[A-Z*]{2}[* ]{2,40}[0-9]{2,4}$", 46),
    "flag": {"type": "boolean"},
}


def expand(notation: str) -> Schema:
    """The JSON Schema of a shape. Raises ValueError when the notation cannot be read."""
    tokens = _TOKEN.findall(notation)
    schema, rest = _shape(tokens)
    if rest:
        raise ValueError("there is something after the end of the shape")
    return schema


def kind_of(schema: Schema) -> FieldType:
    match schema:
        case {"type": "array"}:
            return FieldType.LIST
        case {"type": "object"}:
            return FieldType.RECORD
        case {"format": "date"}:
            return FieldType.DATE
        case {"enum": _}:
            return FieldType.CHOICE
        case _:
            return FieldType.TEXT


def _shape(tokens: list[str]) -> tuple[Schema, list[str]]:
    match tokens:
        case ["{", *rest]:
            return _record(rest)
        case ["[", *rest]:
            item, after = _shape(rest)
            return {
                "type": "array",
                "items": item,
                "maxItems": _MOST_ITEMS,
            }, _expect("]", after)
        case [word, *rest]:
            return _leaf(word), rest
        case _:
            raise ValueError("the shape ends too early")


def _record(tokens: list[str]) -> tuple[Schema, list[str]]:
    properties: dict[str, Schema] = {}
    required: list[str] = []
    while True:
        match tokens:
            case [key, ":", *rest]:
                name = key.removesuffix("?")
                if name in properties:
                    raise ValueError(f"{name} is there twice")
                properties[name], tokens = _shape(rest)
                if name == key:
                    required.append(name)
            case _:
                raise ValueError("a record names its members")
        if tokens[:1] != [","]:
            break
        tokens = tokens[1:]
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }, _expect("}", tokens)


def _leaf(word: str) -> Schema:
    if kind := _KINDS.get(word):
        return kind
    if bounds := _RANGE.fullmatch(word):
        return {"type": "integer", "minimum": int(bounds[1]), "maximum": int(bounds[2])}
    if "|" in word:
        return {"enum": word.split("|")}
    raise ValueError(f"{word} is no kind of value")


def _expect(closing: str, tokens: list[str]) -> list[str]:
    if tokens[:1] != [closing]:
        raise ValueError(f"{closing} is missing")
    return tokens[1:]
