"""Short articles of our own about the law, each with its §§ and the day the law was read.

They hold no personal data and never will, so they may go to a model as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import date
from pathlib import Path
from typing import Final, final

import yaml

from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.levels import Language

_SEAL: Final = Seal()
FOLDER: Final = Path(__file__).parent / "articles"
_SHAPE: Final = re.compile(
    r"\A---\n(?P<head>.+?)\n---\n\n# de\n\n(?P<de>.+?)\n\n# en\n\n(?P<en>.+?)\n\Z", re.DOTALL
)
_AMENDED: Final = {
    Language.DE: (
        "Das Gesetz wurde zum 1. Juli 2026 geändert; die heute geltenden Einzelheiten "
        "nennt Ihnen Ihr Jobcenter."
    ),
    Language.EN: (
        "The law was amended on 1 July 2026; your Jobcenter will tell you the details "
        "that apply today."
    ),
}


@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Article(Evidence):
    """Constant text from the repository. Whoever holds one holds no text a stranger wrote."""

    id: str
    title: Mapping[Language, str]
    body: Mapping[Language, str]
    keywords: Mapping[Language, tuple[str, ...]]
    laws: tuple[str, ...]
    as_of: date
    amended: bool
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Article is minted by app.knowledge.articles alone")

    def text(self, language: Language) -> str:
        """Whole sentences, one a line. Says so where the law has changed since `as_of`."""
        body = self.body[language]
        return f"{body}\n{_AMENDED[language]}" if self.amended else body


def read(folder: Path = FOLDER) -> tuple[Article, ...]:
    """Every article of the folder, by name.

    Raises ValueError when a file is malformed or none is there: an office that
    answers from half its articles would not notice.
    """
    articles = tuple(_article(path) for path in sorted(folder.glob("*.md")))
    if not articles:
        raise ValueError("there are no articles")
    return articles


def _article(path: Path) -> Article:
    parts = _SHAPE.match(path.read_text(encoding="utf-8"))
    head: object = yaml.load(parts["head"], Loader=yaml.CSafeLoader) if parts else None
    match head:
        case {
            "id": str(name),
            "title": {"de": str(title_de), "en": str(title_en)},
            "laws": [str(), *_] as laws,
            "as_of": date() as as_of,
            "amended": bool(amended),
            "keywords": {"de": [str(), *_] as words_de, "en": [str(), *_] as words_en},
            **rest,
        } if parts and name == path.stem and not rest:
            return Article(
                id=name,
                title={Language.DE: title_de, Language.EN: title_en},
                body={Language.DE: parts["de"], Language.EN: parts["en"]},
                keywords={
                    Language.DE: tuple(str(word) for word in words_de),
                    Language.EN: tuple(str(word) for word in words_en),
                },
                laws=tuple(str(law) for law in laws),
                as_of=as_of,
                amended=amended,
                seal=_SEAL,
            )
        case _:
            raise ValueError(f"{path.name} is not an article")
