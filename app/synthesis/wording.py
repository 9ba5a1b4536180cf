"""Words that state something: figures, dates and verdicts spelled out, and names.

The lists are closed on the safe side: a harmless word that is refused costs a fall-back to
the rules, a harmful one that passes costs a wrong answer.
"""

import re
from functools import cache
from pathlib import Path
from typing import Final

from Stemmer import Stemmer

from app.knowledge.articles import Article, read
from app.vocabulary.levels import Language

_LEXICA: Final = Path(__file__).parent / "lexicon"
WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_STEMMER: Final = {Language.DE: "german", Language.EN: "english"}
_FOLD: Final = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})

# German number words, after folding: fünfhundertdreiundsechzig, zweite, dreifach, Viertel.
_GERMAN: Final = re.compile(
    r"(?:null|eins?|zwei|zwo|drei|vier|fu?e?nf|sechs?|sieb(?:en)?|acht|neun|zehn|elf|zwo?e?lf|zwan"
    r"|ssig|zig|hundert|tausend|million(?:en)?|milliarden?|und)+"
    r"(?:s?te[nmrs]?|e[nmrs]?|mals?|fach(?:e[nmrs]?)?|s?teln?s?|s?tens|er(?:lei|n)?)?"
)
_GERMAN_OTHER: Final = re.compile(
    r"erste[nmrs]?|dritt(?:e[nmrs]?|eln?)|halb(?:e[nmrs]?|jahr\w*|tags)?|halfte|doppelt(?:e[nmrs]?)?"
    r"|dutzend\w*|quartal\w*|minus|plus|prozentpunkte?|anderthalb|eineinhalb|beide[nmrs]?"
)
_HARMLESS: Final = (
    "ein eine einen einem einer eines und einfach einfache einfachen einfacher einfaches einfachem "
    "einmal"
)
_NOT_A_FIGURE: Final = frozenset(_HARMLESS.split())
_ENGLISH: Final = re.compile(
    r"(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thir|fif|twen|for"
    r"|teen|ty|hundred|thousand|million|billion)+(?:s|ths?|fold|ieths?|tieths?)?"
    r"|first|second(?:ly)?|thirds?|fifths?|ninths?|twelfths?|twentieth|thirtieth|once|twice|thrice"
    r"|half|halves|quarter(?:s|ly)?|doubled?|triple|dozens?|minus|plus|both|nil"
)
_NOT_A_FIGURE_EN: Final = frozenset({"for", "ty", "fortys", "teens"})
_CALENDAR: Final = re.compile(
    r"heute|morgens?|ubermorgen|gestern|vorgestern|today|tonight|tomorrow|yesterday|midnight|noon"
    r"|(?:mon|diens|donners|frei|sams|sonn)tags?\w*|mittwochs?|sonnabends?"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?"
    r"|januar|janner|februar|marz|april|mai|juni|juli|august|september|oktober|november|dezember"
    r"|january|february|march|june|july|october|december|jan|feb|apr|jun|jul|aug|sept?|okt|oct|nov"
    r"|dez|dec|monatsanfang|monatsende|monatsmitte|monatserste[nrs]?|ultimo|jahresende|jahresanfang"
    r"|wochenende|weekends?|fortnight|ostern|easter|weihnachten|christmas|silvester|neujahr|pfingsten"
    r"|kommende[nmrs]?|ubernachste[nmrs]?|vorige[nmrs]?"
)
# A model never says what was or will be decided: such words come out of slots.
_VERDICT: Final = re.compile(
    r"abgelehnt\w*|bewilligt\w*|genehmigt\w*|gestrichen\w*|gekurzt\w*|gemindert\w*|eingestellt\w*"
    r"|aufgehoben\w*|entzogen\w*|versagt\w*|zugesagt\w*|zusteh\w*|berechtigt\w*|anspruch\w*"
    r"|garantier\w*|verpflichtet\w*|erlassen|stattgegeben|rejected|denied|granted|approved|refused"
    r"|entitled|entitlement|eligible|guarantee\w*|cancelled|canceled|revoked|reduced|suspended"
    r"|waived|obliged|withdrawn"
)
# Nor what is not: a sentence turned round by one word is bound like its opposite.
_NEGATION: Final = re.compile(
    r"nicht|kein(?:e[nmrs]?)?|nie(?:mals)?|nichts|niemand|weder|ohne|nirgends|keinesfalls"
    r"|not|no|never|none|nothing|nobody|neither|nor|without|cannot|\w+n['’]t"
)
_ROMAN: Final = re.compile(
    r"(?=[mdclxvi])m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
)
_NOT_ROMAN: Final = frozenset({"i", "mix", "di", "mi"})
_UNITS: Final = r"(?:tag|woche|monat|jahr|stunde|minute|quartal|day|week|month|year|hour|minute)\w*"
UNIT: Final = re.compile(r"euros?|eur|cents?|prozent|percent|per cent|pro mille", re.IGNORECASE)
# Several words that are a figure or a date only together.
PHRASE: Final = re.compile(
    rf"\b(?:ein|eine|einen|einem|einer|eines|a|an|one|each)\s+{_UNITS}"
    r"|\b(?:a|one)\s+(?:hundred|thousand|few)\b|\bnumber\s+one\b|\bone\s+(?:euro|cent|percent)"
    rf"|\b(?:nächste|letzte|vergangene|diese|jede|next|last|this|coming|past|every)[nmrs]?\s+{_UNITS}"
    r"|\b(?:anfang|mitte|ende|beginn|beginning|middle|end|start)\s+(?:des|der|dieses|of)\b"
    r"|\b(?:ein|two|zwei|mehrere)\s*mal\b|\bin\s+the\s+(?:morning|evening|afternoon)\b|(?-i:\bMay\b)"
    r"|\b(?:Herrn?|Frau|Mr|Mrs|Ms|Miss|Dr|Doktor|Familie)\.?\s+(?-i:[A-ZÄÖÜ])",
    re.IGNORECASE,
)


def states_something(word: str) -> bool:
    """Whether the word is a figure, a date or a verdict, in any spelling we know."""
    folded = word.casefold().translate(_FOLD)
    return bool(
        (_GERMAN.fullmatch(folded) and folded not in _NOT_A_FIGURE)
        or _GERMAN_OTHER.fullmatch(folded)
        or (_ENGLISH.fullmatch(folded) and folded not in _NOT_A_FIGURE_EN)
        or _CALENDAR.fullmatch(folded)
        or _VERDICT.fullmatch(folded)
        or _NEGATION.fullmatch(folded)
        or (_ROMAN.fullmatch(folded) and folded not in _NOT_ROMAN)
        or (len(folded) == 1 and folded not in {"a", "i"})
    )


class Lexicon:
    """Words that may be written with a capital letter without being a name."""

    def __init__(self, language: Language, articles: tuple[Article, ...]) -> None:
        self._stem = Stemmer(_STEMMER[language])
        own = (_LEXICA / f"{language}.txt").read_text(encoding="utf-8")
        texts = [own, *(each.text(language) for each in articles)]
        texts += [" ".join((each.title[language], *each.keywords[language])) for each in articles]
        self._stems = frozenset(self._of(word) for text in texts for word in WORD.findall(text))

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self._of(word) in self._stems

    def _of(self, word: str) -> str:
        stem: str = self._stem.stemWord(word.casefold())
        return stem


@cache
def lexicon(language: Language) -> Lexicon:
    """The words of all our articles and the everyday ones beside this file."""
    return Lexicon(language, read())
