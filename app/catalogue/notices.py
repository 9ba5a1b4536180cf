"""The notices shown before a person consents, from policies/notices.yaml."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from app.catalogue import sheets


class Notices:
    """The full texts by id. An id stands for one wording for ever."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts: Final = MappingProxyType(dict(texts))

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(
            {
                name: sheets.translated(entry, path.name, name)
                for name, entry in sheets.read(path).items()
            }
        )

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def text(self, name: str, language: str) -> str:
        """Paragraphs are parted by an empty line. Raises KeyError for an unknown notice."""
        return self._texts[name][language]
