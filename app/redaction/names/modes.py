"""How eagerly names are looked for."""

from enum import StrEnum


class Mode(StrEnum):
    """`RECALL` masks a word as soon as it may well be a name; `FAST` takes the likeliest."""

    FAST = "fast"
    RECALL = "recall"
