"""Finding the article a question is about: BM25 over stemmed words and letter groups."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import bm25s
from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from Stemmer import Stemmer

from app.knowledge.articles import Article
from app.vocabulary.levels import Language

_WORD: Final = re.compile(r"[^\W_]+")
_STEMMER: Final = {Language.DE: "german", Language.EN: "english"}
# Repeated, because a title or keyword says more about an article than a sentence of it does.
_TITLE_WEIGHT: Final = 3
_KEYWORD_WEIGHT: Final = 2
_GROUP: Final = 5
_STOP_WORDS: Final = Path(__file__).parent / "stopwords"


class ArticleRetriever(BaseRetriever):
    """Ranks the articles of one language. Deterministic, in memory, no network, no model."""

    def __init__(self, articles: Sequence[Article], *, language: Language) -> None:
        # A manager of our own: nothing registered elsewhere gets to see a question.
        super().__init__(callback_manager=CallbackManager([]))
        stop_words = (_STOP_WORDS / f"{language}.txt").read_text(encoding="utf-8")
        self._stop_words = frozenset(stop_words.split())
        self._stem = Stemmer(_STEMMER[language])
        self._nodes = [
            TextNode(id_=article.id, text=article.text(language)) for article in articles
        ]
        self._index = bm25s.BM25(k1=1.2, b=0.6)
        self._index.index(
            [list(self._terms(_document(article, language))) for article in articles],
            show_progress=False,
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """Best first, only what scores above nothing.

        A score is BM25 divided by the square root of the number of terms asked for,
        so that one threshold fits short and long questions.
        """
        terms = [*self._terms(query_bundle.query_str)]
        known = [term for term in terms if term in self._index.vocab_dict]
        if not known:
            return []
        scores = self._index.get_scores(known) / len(terms) ** 0.5
        ranked = sorted(zip(scores.tolist(), self._nodes, strict=True), key=lambda p: -p[0])
        return [NodeWithScore(node=node, score=score) for score, node in ranked if score > 0]

    def _terms(self, text: str) -> Iterator[str]:
        for word in _WORD.findall(unicodedata.normalize("NFKC", text).casefold()):
            if word in self._stop_words:
                continue
            yield self._stem.stemWord(word)
            # German writes compounds as one word; groups of letters find their parts.
            for start in range(len(word) - _GROUP + 1):
                yield f"#{word[start : start + _GROUP]}"


def _document(article: Article, language: Language) -> str:
    return " ".join(
        [
            *[article.title[language]] * _TITLE_WEIGHT,
            *article.keywords[language] * _KEYWORD_WEIGHT,
            article.body[language],
        ]
    )
