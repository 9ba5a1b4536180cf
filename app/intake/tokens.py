"""Text as words that can be compared: lower case, without umlauts, stemmed."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from threading import local
from typing import Final

from Stemmer import Stemmer

from app.vocabulary.levels import Language

_WORD: Final = re.compile(r"[^\W_]+|[%€]")
_SIGNS: Final = {"%": "percent", "€": "euro"}
_ALGORITHMS: Final = {Language.DE: "german", Language.EN: "english"}
_SHORT_FORMS: Final = (
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"'s\b"), " is"),
)
_E_MAIL: Final = re.compile(r"\be-mail")
# `ae` for `ä` is how people type without a German keyboard; after a vowel or q it is no umlaut.
_DIGRAPH: Final = re.compile(r"(?<![aeiouqy])([aou])e")
# A Stemmer keeps state between calls, so each thread has its own.
_STEMMERS: Final = local()


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is folded, `stem` stemmed and then folded."""

    word: str
    stem: str


def word_set(words: str) -> frozenset[str]:
    """Folded words, written in a row."""
    return frozenset(words.split())


def tokens(text: str, language: Language) -> tuple[Token, ...]:
    """The words of a text in order; figures stay as they are."""
    lower = text.lower().replace("’", "'")
    if "'" in lower:
        for pattern, full in _SHORT_FORMS:
            lower = pattern.sub(full, lower)
    lower = _E_MAIL.sub("email", lower)
    words = [_SIGNS.get(word, word) for word in _WORD.findall(lower)]
    return tuple(map(Token, (fold(word, language) for word in words), _stems(words, language)))


def fold(word: str, language: Language) -> str:
    """Without accents; in German `ä`, `ae` and `a` become the same."""
    plain = word
    if not word.isascii():
        decomposed = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
        plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return _DIGRAPH.sub(r"\1", plain) if language is Language.DE else plain


def stem(word: str, language: Language) -> str:
    return _stems([word.lower()], language)[0]


def _stems(words: Sequence[str], language: Language) -> list[str]:
    stemmer = getattr(_STEMMERS, language, None)
    if stemmer is None:
        stemmer = Stemmer(_ALGORITHMS[language])
        stemmer.maxCacheSize = 0  # what one person typed is not kept for the next
        setattr(_STEMMERS, language, stemmer)
    return [fold(stemmed, language) for stemmed in stemmer.stemWords(list(words))]
