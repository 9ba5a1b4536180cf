"""Answering a general question: the article that fits, with its sources. No model is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from app.knowledge.articles import Article
from app.knowledge.retrieval import ArticleRetriever
from app.vocabulary.levels import Language

# Below this no article fits and the answer is that we have no information. Measured on the
# `dev` part of tests/corpus/knowledge/questions.jsonl, never on the held-out part.
THRESHOLD: Final = 1.7
_OWN: Final = {Language.DE: "Klarfall-Ratgeber", Language.EN: "Klarfall guide"}


class SourceKind(StrEnum):
    GUIDANCE = "guidance"
    LAW = "law"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a general statement comes from and on which day the law was read."""

    kind: SourceKind
    label: str
    locator: str
    as_of: date


@dataclass(frozen=True, slots=True)
class GeneralAnswer:
    article: str
    text: str
    sources: tuple[Source, ...]


class Guide:
    """All articles, ready to be asked. Put together once at start."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = {article.id: article for article in articles}
        self._retrievers = {
            language: ArticleRetriever(articles, language=language) for language in Language
        }

    def find(self, question: str, language: Language, *, most: int = 1) -> tuple[Article, ...]:
        """The articles that fit, best first; none where nothing fits well enough."""
        found = self._retrievers[language].retrieve(question)
        return tuple(
            self._articles[hit.node.node_id]
            for hit in found[:most]
            if hit.score is not None and hit.score >= THRESHOLD
        )

    def answer(self, question: str, language: Language) -> GeneralAnswer | None:
        """The article that fits best, word for word. None: we have no information."""
        for article in self.find(question, language):
            return GeneralAnswer(article.id, article.text(language), sources(article, language))
        return None

    def about(self, laws: frozenset[str]) -> tuple[Article, ...]:
        """The articles on any of these §§, written as in `Article.laws`."""
        return tuple(each for each in self._articles.values() if laws.intersection(each.laws))


def sources(article: Article, language: Language) -> tuple[Source, ...]:
    """The article itself first, then each § it rests on."""
    own = Source(SourceKind.GUIDANCE, article.title[language], _OWN[language], article.as_of)
    return (own, *(_law(law, article.as_of, language) for law in article.laws))


def _law(law: str, as_of: date, language: Language) -> Source:
    spoken = law.replace("DSGVO", "GDPR") if language is Language.EN else law
    return Source(SourceKind.LAW, spoken, spoken, as_of)
