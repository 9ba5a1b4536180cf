"""Connections of this process in the order of their first use, to tell which were there before."""

from itertools import count
from typing import Final
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection

_NUMBERS: Final[WeakKeyDictionary[AsyncConnection, int]] = WeakKeyDictionary()
_NEXT: Final = count(1)


def number(connection: AsyncConnection) -> int:
    """The same for as long as it is open; greater than that of any first used before."""
    known = _NUMBERS.get(connection)
    if known is None:
        known = _NUMBERS[connection] = next(_NEXT)
    return known


def highest() -> int:
    """Of all that are open: who comes later has a greater one."""
    return max(_NUMBERS.values(), default=0)
