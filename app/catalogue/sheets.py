"""Reading the YAML sheets under policies/, strictly.

A key given twice, a missing key or one nobody knows stops the start with a
sentence that names the file and the entry.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

import yaml

_LANGUAGES: Final = frozenset({"de", "en"})
_Choice = TypeVar("_Choice", bound=StrEnum)


class Unsound(ValueError):
    """A sheet that does not hold together. Raised at start-up only, so it may name names."""

    def __init__(self, sheet: str, entry: str, complaint: str) -> None:
        super().__init__(f"{sheet}: {entry} {complaint}.")


def read(path: Path) -> Mapping[str, object]:
    try:
        source = path.read_bytes()
        _refuse_repetition(yaml.compose(source, Loader=yaml.CSafeLoader), path.name)
        content = yaml.load(source, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise Unsound(path.name, "the sheet", f"cannot be read: {error}") from None
    return mapping(content, path.name, "the sheet")


def _refuse_repetition(node: yaml.Node | None, sheet: str) -> None:
    """YAML lets a later key win silently."""
    if isinstance(node, yaml.MappingNode):
        keys = [str(key.value) for key, _ in node.value]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            raise Unsound(sheet, key, "is there twice")
        for _, child in node.value:
            _refuse_repetition(child, sheet)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repetition(child, sheet)


def mapping(value: object, sheet: str, entry: str) -> Mapping[str, object]:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise Unsound(sheet, entry, "is not a set of named values")
    return value


def members(
    value: object,
    sheet: str,
    entry: str,
    *,
    required: frozenset[str],
    optional: frozenset[str] = frozenset(),
) -> Mapping[str, object]:
    """The mapping, whose keys are exactly those required and any of those optional."""
    found = mapping(value, sheet, entry)
    for key in sorted(required - found.keys()):
        raise Unsound(sheet, entry, f"has no {key}")
    for key in sorted(found.keys() - required - optional):
        raise Unsound(sheet, entry, f"has an unknown key {key}")
    return found


def text(value: object, sheet: str, entry: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unsound(sheet, entry, "is not a text")
    return " ".join(value.split()) if "\n\n" not in value else value.strip()


def texts(value: object, sheet: str, entry: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise Unsound(sheet, entry, "is not a list")
    return tuple(text(item, sheet, entry) for item in value)


def translated(value: object, sheet: str, entry: str) -> Mapping[str, str]:
    found = members(value, sheet, entry, required=_LANGUAGES)
    return {language: text(found[language], sheet, f"{entry}.{language}") for language in found}


def words(value: object, sheet: str, entry: str) -> Mapping[str, tuple[str, ...]]:
    found = members(value, sheet, entry, required=_LANGUAGES)
    return {language: texts(found[language], sheet, f"{entry}.{language}") for language in found}


def choice(kind: type[_Choice], value: object, sheet: str, entry: str) -> _Choice:
    try:
        return kind(str(value))
    except ValueError:
        raise Unsound(sheet, entry, f"has an unknown {kind.__name__.lower()} {value}") from None


def seconds(value: object, sheet: str, entry: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise Unsound(sheet, entry, "is not a number of seconds above zero")
    return value
