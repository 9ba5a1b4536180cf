"""JSON with one spelling per value, so that a hash of it means something.

RFC 8785 for what the trail uses of JSON: objects, arrays, strings, whole numbers,
true, false, null. Member names are ASCII. There are no fractions.
"""

import json
from collections.abc import Mapping, Sequence
from typing import NoReturn, TypeAlias

from app.audit.rejection import Rejected

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"


def canonical(value: Json) -> bytes:
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def parsed(data: bytes) -> dict[str, Json]:
    """One JSON object. Refuses a member given twice, fractions, and anything but an object."""
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_once,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except (ValueError, RecursionError):
        raise Rejected("This is not a JSON document.") from None
    if not isinstance(value, dict):
        raise Rejected("This is not a JSON object.")
    return value


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Rejected("A member of the document is given twice.")
    return members


def _fraction(_: str) -> NoReturn:
    raise Rejected("The document holds a number that is not whole.")
