"""What a span, a metric or a log line may say: ids, counts, durations and words of closed sets.

The list is enforced where an attribute is set. A name that is not on it, or a value that is not
of its kind, is dropped and counted: better a gap in a graph than a value in a log.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Final
from uuid import UUID

Value = str | int | float | bool

_MOST: Final = 2**53


def _id(value: object) -> Value | None:
    return str(value) if isinstance(value, UUID) else None


def _count(value: object) -> Value | None:
    fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST
    return value if fits and isinstance(value, int) else None


def _seconds(value: object) -> Value | None:
    return value if isinstance(value, float) and 0 <= value < _MOST else None


def _flag(value: object) -> Value | None:
    return value if isinstance(value, bool) else None


def _word(value: object) -> Value | None:
    """A member of an enumeration of ours. A bare string is not one, whatever it says."""
    return str(value.value) if isinstance(value, Enum) else None


class Configured(str):
    """A word from our own configuration: a tenant's id, a route's template, a class's name."""

    __slots__ = ()


def _configured(value: object) -> Value | None:
    return str(value) if isinstance(value, Configured) else None


ALLOWED: Final[Mapping[str, Callable[[object], Value | None]]] = {
    "answer": _id,
    "attempts": _count,
    "case": _id,
    "code": _word,
    "composer": _word,
    "count": _count,
    "entries": _count,
    "entry": _id,
    "error": _configured,
    "fields": _count,
    "found": _count,
    "hosting": _word,
    "included": _flag,
    "kind": _word,
    "language": _word,
    "level": _word,
    "logger": _configured,
    "method": _word,
    "outcome": _word,
    "part": _word,
    "purpose": _word,
    "release": _id,
    "request": _id,
    "route": _configured,
    "seconds": _seconds,
    "size": _count,
    "stage": _word,
    "status": _count,
    "witness": _configured,
    "tenant": _configured,
    "withheld": _count,
}

dropped: int = 0


def allowed(attributes: Mapping[str, object]) -> dict[str, Value]:
    """The attributes that may be told."""
    global dropped  # noqa: PLW0603  # one number for the process, read by its metric
    told: dict[str, Value] = {}
    for name, value in attributes.items():
        kind = ALLOWED.get(name)
        fit = None if kind is None else kind(value)
        if fit is None:
            dropped += 1
        else:
            told[name] = fit
    return told
