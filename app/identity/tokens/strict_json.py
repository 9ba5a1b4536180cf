"""JSON as a token may hold it: an object, no member twice, eight levels at most."""

import json
from collections.abc import Mapping
from typing import Final, NoReturn

MAX_DEPTH: Final = 8


def strict_object(text: bytes) -> Mapping[str, object]:
    """Raises ValueError (or RecursionError) for anything else, NaN and Infinity included."""
    value: object = json.loads(
        text.decode("utf-8"), object_pairs_hook=_once_each, parse_constant=_refuse
    )
    if not isinstance(value, dict) or _depth(value) > MAX_DEPTH:
        raise ValueError("not an object of a token")
    return value


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member twice")
    return members


def _refuse(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")


def _depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(_depth, value.values()), default=0)
        case list():
            return 1 + max(map(_depth, value), default=0)
        case _:
            return 0
