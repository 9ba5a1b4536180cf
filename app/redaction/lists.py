"""Word lists of ours, beside the code."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def listed(name: str) -> frozenset[str]:
    """The folded words of one list."""
    return frozenset(
        files("app.redaction").joinpath("words", f"{name}.txt").read_text("utf-8").split()
    )


def grouped(name: str) -> Mapping[str, frozenset[str]]:
    """The words of a list whose lines begin with the name of their group."""
    text = files("app.redaction").joinpath("words", f"{name}.txt").read_text("utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    return {group: frozenset(words.split()) for group, _, words in lines}
