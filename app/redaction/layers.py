"""Which part of redaction found something, for whoever looks at it."""

from enum import StrEnum
from typing import Final


class Layer(StrEnum):
    """`ENGINE` is whatever a site plugs in besides."""

    KNOWN = "known"
    MEMORY = "memory"
    IDENTIFIERS = "identifiers"
    ANNOUNCED = "announced"
    NAMES = "names"
    ADDRESSES = "addresses"
    ENGINE = "engine"


_OF_RECOGNISERS: Final = {"klarfall-people": Layer.ANNOUNCED, "klarfall-names": Layer.NAMES}


def layer_of(recogniser: str) -> Layer:
    """By the name a recogniser gives itself."""
    if recogniser in _OF_RECOGNISERS:
        return _OF_RECOGNISERS[recogniser]
    return Layer.IDENTIFIERS if recogniser.startswith("klarfall-") else Layer.ENGINE
