"""What takes long to make and never changes, made once a process of tests."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import httpcore2

from app.catalogue.rulebook import Rulebook

_Made = TypeVar("_Made")


def certificates() -> None:
    """Every new client reads all of the machine's, and next to none of ours speaks TLS."""
    httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)


def of_sheets(
    load: Callable[[Path, Rulebook], _Made],
) -> Callable[[Path, Rulebook], _Made]:
    """`load` for sheets with another content; what it raises, it raises each time."""
    known: dict[tuple[bytes, ...], _Made] = {}

    def loaded(policies: Path, rulebook: Rulebook) -> _Made:
        sheets = tuple(path.read_bytes() for path in sorted(policies.glob("*.yaml")))
        if sheets not in known:
            known[sheets] = load(policies, rulebook)
        return known[sheets]

    return loaded
