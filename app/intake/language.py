"""Which of the offered languages a question is in."""

import re
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


def recognise(text: str, *, preferred: Language) -> Language:
    """The language of the text; the preferred one when that cannot be told."""
    words = _WORD.findall(text.lower())
    hits = {language: sum(w in telling for w in words) for language, telling in _TELLING.items()}
    if hits[Language.DE] != hits[Language.EN]:
        return max(hits, key=lambda language: hits[language])
    return _by_statistics(text) or preferred


def _by_statistics(text: str) -> Language | None:
    try:
        reliable, _, details = pycld2.detect(text, bestEffort=True)
    except (pycld2.error, UnicodeEncodeError):
        return None
    code = details[0][1] if reliable else ""
    return next((language for language in Language if language == code), None)
