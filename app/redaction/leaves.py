"""The single values inside a field's value: what a slot can stand for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.vocabulary.json import Json

_FORMATS: Final = {"date": "date", "date-time": "moment"}
_TYPES: Final = {"integer": "number", "boolean": "yes or no"}


@dataclass(frozen=True, slots=True)
class Leaf:
    """`path` leads there from the field's value; list items are counted from 0."""

    path: tuple[str | int, ...]
    type: str
    value: Json


def leaves_of_value(
    schema: Mapping[str, object], value: Json, *, most: int, path: tuple[str | int, ...] = ()
) -> Iterator[Leaf]:
    """Every leaf the value has, of at most so many items of a list."""
    if (word := _type(schema)) is not None:
        yield Leaf(path, word, value)
        return
    match value:
        case dict():
            for name, member in _members(schema).items():
                if value.get(name) is not None:
                    yield from leaves_of_value(member, value[name], most=most, path=(*path, name))
        case list():
            items = _mapping(schema.get("items"))
            for index, item in enumerate(value[:most]):
                yield from leaves_of_value(items, item, most=most, path=(*path, index))
        case _:
            return


def leaves_of_schema(
    schema: Mapping[str, object], path: tuple[str | int, ...] = ()
) -> Iterator[Leaf]:
    """Every leaf a value may have, with one item of each list."""
    if (word := _type(schema)) is not None:
        yield Leaf(path, word, None)
        return
    for name, member in _members(schema).items():
        yield from leaves_of_schema(member, (*path, name))
    if schema.get("type") == "array":
        yield from leaves_of_schema(_mapping(schema.get("items")), (*path, 0))


def _type(schema: Mapping[str, object]) -> str | None:
    """In the words a model is told; None for what has leaves of its own."""
    match schema:
        case {"type": "object", "properties": {"amount": _, "currency": _}}:
            return "EUR"
        case {"type": "object"} | {"type": "array"}:
            return None
        case {"enum": _}:
            return "word"
        case {"format": str(written)}:
            return _FORMATS.get(written, "text")
        case _:
            return _TYPES.get(str(schema.get("type")), "text")


def _members(schema: Mapping[str, object]) -> Mapping[str, Mapping[str, object]]:
    return {name: _mapping(member) for name, member in _mapping(schema.get("properties")).items()}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
