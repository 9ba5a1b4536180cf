"""What people ask about, and which fields that needs, from policies/topics.yaml."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, NewType, Self

from app.catalogue import sheets
from app.catalogue.fields import Catalogue
from app.catalogue.sheets import Unsound
from app.vocabulary.ids import FieldName

TopicName = NewType("TopicName", str)

_KEYS: Final = frozenset({"fields", "words"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """`words` are patterns, in the notation of app/intake/phrases.py, by language.

    `fields` are all it needs; those in `also` belong to it where the file has them,
    and nobody asked whether it has.
    """

    name: TopicName
    fields: frozenset[FieldName]
    also: frozenset[FieldName]
    words: Mapping[str, tuple[str, ...]]


class Topics:
    """All topics by name, in the order of the sheet."""

    def __init__(self, topics: Mapping[TopicName, Topic]) -> None:
        self._topics: Final = MappingProxyType(dict(topics))

    @classmethod
    def load(cls, path: Path, *, catalogue: Catalogue) -> Self:
        """Raises Unsound when a topic names an unknown field, or a field has no topic."""
        sheet = path.name
        topics = {
            TopicName(name): _topic(name, entry, sheet, catalogue=catalogue)
            for name, entry in sheets.read(path).items()
        }
        reached = frozenset[FieldName]().union(*(topic.fields for topic in topics.values()))
        for name in sorted(catalogue.names - reached):
            raise Unsound(sheet, name, "has no topic that leads to it")
        return cls(topics)

    def __getitem__(self, name: str) -> Topic:
        return self._topics[TopicName(name)]

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._topics.values())

    def __len__(self) -> int:
        return len(self._topics)


def _topic(name: str, entry: object, sheet: str, *, catalogue: Catalogue) -> Topic:
    found = sheets.members(entry, sheet, name, required=_KEYS, optional=frozenset({"also"}))
    asked = _names(found["fields"], sheet, f"{name}.fields")
    also = _names(found.get("also", []), sheet, f"{name}.also") - asked
    if not asked:
        raise Unsound(sheet, name, "names no field")
    for field in sorted((asked | also) - catalogue.names):
        raise Unsound(sheet, name, f"names an unknown field {field}")
    return Topic(
        name=TopicName(name),
        fields=asked | also,
        also=also,
        words=sheets.words(found["words"], sheet, f"{name}.words"),
    )


def _names(value: object, sheet: str, entry: str) -> frozenset[FieldName]:
    return frozenset(FieldName(field) for field in sheets.texts(value, sheet, entry))
