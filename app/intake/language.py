"""Which of the offered languages a question is in."""

import re
import unicodedata
from typing import Final

import pycld2

from app.intake.tokens import word_set
from app.vocabulary.levels import Language

_WORD: Final = re.compile(r"[^\W\d_]+")
# Words that settle it even in a question of three words, where statistics do not.
_TELLING: Final = {
    Language.DE: word_set(
        "wann wie wieviel wer wen wem wo was warum wieso weshalb welche welcher welches welchen "
        "ich mir mich mein meine meinem meinen meiner wir uns unser unsere ihr euch euer sie ihnen "
        "der die das den dem des ein eine einen einem einer und oder nicht noch schon ist sind bin "
        "habe hab habt haben wird wurde werden bekomme kriege geld für von mit auf aus bei nach "
        "zu zum zur vom im am bis seit über unter gibt kommt muss soll kann bitte termin bescheid "
        "antrag miete unterlagen zahlung nächste nächster nächsten letzte mal jetzt man wenn dass "
        "darf es sich wieder"
    ),
    Language.EN: word_set(
        "when how much many who whom whose where what why which i me my mine we us our you your "
        "the a an and or not yet already is are am was were have has had do does did will would "
        "can could should must may get got receive money for from with on at by to of in into "
        "until please this that there it they them appointment payment rent next last letter "
        "decision benefit being been any some"
    ),
}

# Fewer words are no sentence; at most every third may be one of ours; so much of the text, in
# percent, must be in the other language.
_SENTENCE: Final = 3
_BORROWED: Final = 3
_MOSTLY: Final = 80
_NEITHER: Final = frozenset({*map(str, Language), "un"})


def recognise(text: str, *, preferred: Language) -> Language:
    """The language of the text; the preferred one when that cannot be told."""
    words = _WORD.findall(text.lower())
    hits = {language: sum(w in telling for w in words) for language, telling in _TELLING.items()}
    if hits[Language.DE] != hits[Language.EN]:
        return max(hits, key=lambda language: hits[language])
    return _by_statistics(text) or preferred


def foreign(text: str) -> bool:
    """Whether the text surely is in a language that is not offered.

    Single words and names are in no language, and a few borrowed words of ours do
    not make a question German or English.
    """
    words = _WORD.findall(text)
    if len(words) < _SENTENCE or all(word[0].isupper() for word in words):
        return False
    ours = frozenset[str]().union(*_TELLING.values())
    if _BORROWED * sum(word.lower() in ours for word in words) > len(words):
        return False
    # Greek and Cyrillic write names with capitals; of other scripts a name cannot be told.
    other = sum(not unicodedata.name(word[0], "LATIN").startswith("LATIN") for word in words)
    if 2 * other > len(words) and any(word[0].islower() for word in words):
        return True
    try:
        reliable, _, details = pycld2.detect(text)
    except (pycld2.error, UnicodeEncodeError):
        return False
    (_, code, share, _), *_ = details
    return bool(reliable) and code not in _NEITHER and share >= _MOSTLY


def _by_statistics(text: str) -> Language | None:
    try:
        reliable, _, details = pycld2.detect(text, bestEffort=True)
    except (pycld2.error, UnicodeEncodeError):
        return None
    code = details[0][1] if reliable else ""
    return next((language for language in Language if language == code), None)
