"""The words of the pages, from app/web/wording/: one file a language, the same keys in each."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import yaml

from app.vocabulary.levels import Language

FOLDER: Final = Path(__file__).parent.parent / "wording"


class Words:
    """Raises KeyError for a sentence that is not there: a page never shows a key."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        self._sentences: Final = MappingProxyType(dict(sentences))

    def __iter__(self) -> Iterator[str]:
        return iter(self._sentences)

    def __contains__(self, key: object) -> bool:
        return key in self._sentences

    def say(self, key: str, /, **values: object) -> str:
        return self._sentences[key].format(**values) if values else self._sentences[key]


@cache
def words(language: Language) -> Words:
    source = (FOLDER / f"{language}.yaml").read_text("utf-8")
    content = yaml.load(source, Loader=yaml.CSafeLoader)
    return Words(dict(_flat(content, "")))


def _flat(part: object, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if not isinstance(key, str):  # `yes:` is True in YAML
                raise TypeError(f"{prefix}.{key} is not a name")
            yield from _flat(value, f"{prefix}.{key}" if prefix else key)
    elif isinstance(part, str):
        yield prefix, part.strip()
    else:
        raise TypeError(f"{prefix} is not a sentence")
