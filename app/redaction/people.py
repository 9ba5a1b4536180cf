"""Names of people the file does not know.

Found after a salutation, an introduction, a relation or a signature, or because
they begin with a common given name. Rules and a short list, no model: a name that
nothing announces is missed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from presidio_analyzer import AnalysisExplanation, LocalRecognizer, RecognizerResult
from presidio_analyzer.nlp_engine import NlpArtifacts

from app.redaction.identifiers.shapes import folded
from app.redaction.kinds import Kind
from app.redaction.lists import listed
from app.redaction.scripts import arabic, cyrillic
from app.redaction.scripts.words import Announced

_NAME: Final = "klarfall-people"
_MOST_WORDS: Final = 4
_RELATIONS: Final = sorted(listed("relations"))
_PARTICLES: Final = listed("particles")
_NO_NAMES: Final = listed("no_names") | listed("no_names_abroad")
_GIVEN: Final = listed("given_names")
_TITLE: Final = r"(?:(?:dr|prof|dipl|ing|med|mag|jur)\.?(?:-ing\.?)?\s){0,3}"
_OWN: Final = (
    r"(?:mein|dein|sein|ihr|unser|euer|eur)(?:e|er|em|en|es)?"
    r"|my|his|her|our|their|your|the|der|die|dem|den"
)
_START: Final = r"(?<![^\W\d_])"
_SALUTATION: Final = (
    rf"{_START}(?:herrn?|herren|frau|hr\.|fr\.|familie|fam\.|eheleute"
    rf"|mr\.?|mrs\.?|ms\.?|miss|mister)\s{{1,2}}{_TITLE}"
)
_INTRODUCTION: Final = (
    rf"{_START}(?:ich\shei(?:ß|ss)e|mein\sname\s(?:ist|lautet)|(?:mein\s|vor|nach)?name:|namens"
    r"|(?:er|sie|kind|sohn|tochter|freund|freundin|mann|frau)\shei(?:ß|ss)t"
    r"|my\sname(?:\sis|'s)|i\sam\scalled|is\scalled|named"
    r"|(?:benim\s)?ad[ıi]m|ismim|soyad[ıi]m"
    r"|мене\sзвати|мене\sзвуть|моє\sім'я|моє\sпрізвище"
    r"|меня\sзовут|мо[её]\sимя|моя\sфамилия|его\sзовут|е[её]\sзовут"
    r"|nazywam\ssię|mam\sna\simię|moje\simię\sto|moje\snazwisko\sto"
    r"|mă\snumesc|ma\snumesc|numele\smeu\seste|mă\scheamă|ma\scheama"
    r"|казвам\sсе|името\sми\sе|фамилията\sми\sе"
    r"|اسمي|إسمي|انا\sاسمي|نام\sمن|اسم\sمن|اسمم|نامم)[\s:,]{1,3}(?:هو\s|ist\s)?"
)

# Salutations of other languages; a name in Latin letters needs its capital here.
_ADDRESSED: Final = (
    rf"{_START}(?:sayın|sayin|bayan|stimate\sdomnule|stimată\sdoamnă|stimata\sdoamna"
    r"|domnul|domnule|doamna|doamnă|szanowny\spanie|szanowna\spani|(?-i:Pan|Pani|Panie|Bay)"
    r"|пан|пані|пане|шановний|шановна|господин|госпожа|госпожо|господине"
    r"|уважаемый|уважаемая|уважаеми|уважаема"
    r"|السيد|السيدة|سيد|سيدة|الأستاذ|الأستاذة|الدكتور|الدكتورة|آقای|خانم)\s{1,2}"
    r"(?:господине?|госпожа|госпожо|пане|пані|المحترم\s|دکتر\s)?\s?"
)
_SIGNATURE: Final = (
    rf"{_START}(?:grü(?:ß|ss)en|gru(?:ß|ss)|grüße|mfg|lg|vg|regards|sincerely|faithfully"
    r"|thanks|hochachtungsvoll)[\s,.!]{1,4}"
)

# What stands before a name, and how sure a capitalised word after it is one.
_CUES: Final = (
    ("salutation", _SALUTATION, 0.85),
    ("address", _ADDRESSED, 0.7),
    ("title", rf"{_START}(?:dr|prof)\.(?:\s(?:med|jur)\.)?\s{{1,2}}", 0.8),
    ("introduction", _INTRODUCTION, 0.9),
    ("relation", rf"{_START}(?:{_OWN})\s(?:{'|'.join(_RELATIONS)})\s{{1,2}}(?:von\s)?", 0.6),
    ("signature", _SIGNATURE, 0.7),
    ("self", rf"{_START}(?:ich\sbin|hier\s(?:ist|spricht)|i\sam|i'm|this\sis)\s{{1,2}}", 0.5),
)

# Words of each cue, one of which stands wherever it does: most texts hold those of few cues.
_TELLING: Final = {
    "salutation": "herr herrn herren frau hr fr familie fam eheleute mr mrs ms miss mister",
    "address": (
        "sayin bayan domnule domnul doamna doamnă szanowny szanowna pan pani panie bay пан пані"
        " пане шановний шановна господин госпожа госпожо господине уважаемый уважаемая уважаеми"
        " уважаема السيد السيدة سيد سيدة الأستاذ الأستاذة الدكتور الدكتورة آقای خانم"
    ),
    "title": "dr prof",
    "introduction": (
        "heiße heisse heißt heisst name vorname nachname namens called named adim ismim soyadim"
        " звати звуть ім прізвище зовут имя фамилия się imię imie nazwisko numesc numele cheamă"
        " cheama казвам името фамилията اسمي إسمي اسم نام اسمم نامم"
    ),
    "relation": " ".join(_RELATIONS),
    "signature": (
        "grüßen grüssen gruß gruss grüße mfg lg vg regards sincerely faithfully thanks"
        " hochachtungsvoll"
    ),
    "self": "bin hier i this",
}
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LOWER_CASE_ALLOWED: Final = frozenset({"introduction", "salutation"})
CUE_PATTERNS: Final = tuple(
    (name, frozenset(_TELLING[name].split()), re.compile(cue, re.IGNORECASE), score)
    for name, cue, score in _CUES
)
_PART: Final = r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f\u064b-\u065f])*"
_WORD: Final = re.compile(rf"{_PART}(?:['\-]{_PART})*")
_BETWEEN: Final = re.compile(r"[ \t]{1,2}|\.[ ]?|-")
_NEXT_NAME: Final = re.compile(r"\s{0,2}(?:und|and|&|u\.)\s{1,2}")
_TURKISH: Final = re.compile(
    rf"(?<!\w)(?P<name>[^\W\d_a-zßäöü]{_PART}(?:\s[^\W\d_a-zßäöü]{_PART})?)\s(?:Hanım|Bey|Beyefendi)(?!\w)"
)
_AFTER_ARTICLE: Final = re.compile(rf"[ \t]{{1,2}}({_PART})")
_NOT_NOBLE: Final = frozenset(("vom", "zum", "zur", "am"))
_ARTICLES: Final = frozenset(("der", "die", "das", "den", "dem", "vom", "zum", "zur"))
_OFFICE: Final = re.compile(
    r".+leiter(?:in)?|landr(?:at|ätin)|(?:ober)?bürgermeister(?:in)?|staatsanw(?:alt|ältin)"
    r"|rechtsanw(?:alt|ältin)|präsident(?:in)?|vorsitzende[rn]?|minister(?:in)?|inspektor(?:in)?",
    re.IGNORECASE,
)
_OWNED: Final = re.compile(rf"(?:{_OWN}|eine|keine|jede|als|zur|a)\s\Z", re.IGNORECASE)

# Who spells: `E wie Emil`.
_SPELT: Final = re.compile(r"(?<!\w)[^\W\d_] wie \Z", re.IGNORECASE)
_SPELLS: Final = len("E wie ")

_NOUN: Final = re.compile(
    r"[^\W\d_]{3,}(?:ung|ungen|heit|keit|schaft|geld|amt|nummer|kosten|bescheid|antrag|tion|miete|stelle|termin|vertrag|"
    r"kasse|zeit|hilfe|center|zahlung|arbeit|platz|berater|beraterin|leistung|leistungen|versicherung|betreuer)",
    re.IGNORECASE,
)


def _none(_: str) -> bool:
    return False


class PeopleRecogniser(LocalRecognizer):
    """`strange` says of a word, folded, that it can hardly be anything but a name."""

    def __init__(self, language: str, strange: Callable[[str], bool] = _none) -> None:
        self._strange = strange
        super().__init__(
            supported_entities=[Kind.PERSON],
            supported_language=language,
            name=_NAME,
        )

    def load(self) -> None:
        """Nothing to load."""

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts
    ) -> list[RecognizerResult]:
        del entities, nlp_artifacts
        strange = self._strange
        found = [*announced(text, strange), *_followed(text), *_common(text, strange)]
        other = [*cyrillic.names(text), *arabic.names(text)]
        return [self._result(name) for name in (*found, *other)]

    def _result(self, name: Announced) -> RecognizerResult:
        return RecognizerResult(
            entity_type=Kind.PERSON,
            start=name.start,
            end=name.end,
            score=name.score,
            analysis_explanation=AnalysisExplanation(
                recognizer=_NAME, original_score=name.score, pattern_name=name.cue
            ),
            recognition_metadata={
                RecognizerResult.RECOGNIZER_NAME_KEY: _NAME,
                RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            },
        )


def said(text: str) -> frozenset[str]:
    """The words of a text, in small letters that are alike where patterns take them for alike."""
    return frozenset(_LETTERS.findall(folded(text)))


def announced(text: str, strange: Callable[[str], bool] = _none) -> Iterator[Announced]:
    words = said(text)
    for cue, telling, pattern, score in CUE_PATTERNS:
        if telling.isdisjoint(words):
            continue
        for found in pattern.finditer(text):
            for start, end in _after(text, cue, found.span(), strange):
                yield Announced(start, end, score, cue)


def _after(
    text: str, cue: str, place: tuple[int, int], strange: Callable[[str], bool]
) -> Iterator[tuple[int, int]]:
    """The name after a cue, and the second one of `Herr Meier und Frau`."""
    start, end = place
    owned = cue == "salutation" and _OWNED.search(text[max(start - 8, 0) : start])
    name = _words(text, end, strange, lower=cue in _LOWER_CASE_ALLOWED and not owned)
    if name is None or not _likely(cue, text[name[0] : name[1]]):
        return
    if text[start:end].rstrip().endswith(":") and text[name[1] : name[1] + 1] == ":":
        return  # a form's next label
    yield name
    if cue == "salutation" and (more := _NEXT_NAME.match(text, name[1])):
        other = _words(text, more.end(), strange, lower=False)
        if other is not None and _likely("relation", text[other[0] : other[1]]):
            yield other


def _followed(text: str) -> Iterator[Announced]:
    """The Turkish way: `Ayşe Hanım`, `Mehmet Bey'in`."""
    if "Hanım" not in text and "Bey" not in text:
        return
    for found in _TURKISH.finditer(text):
        yield Announced(found.start("name"), found.end("name"), 0.8, "followed")


def _common(text: str, strange: Callable[[str], bool]) -> Iterator[Announced]:
    at = 0
    for word in _WORD.finditer(text):
        if not word[0][0].isupper():
            continue
        first, *others = word[0].casefold().split("-")
        owner = first.endswith("s") and first[:-1] in _GIVEN and first not in _GIVEN
        if word.start() < at or not (owner or first in _GIVEN):
            continue
        spelt = _SPELT.search(text, max(word.start() - _SPELLS, 0), word.start())
        if not spelt and (_all_given(others) or strange(others[-1])):
            # After `Sabines` stands what is hers.
            name = (not owner and _words(text, word.start(), strange, lower=False)) or word.span()
            at = name[1]
            yield Announced(name[0], name[1], 0.7, "given name")


def _all_given(parts: Sequence[str]) -> bool:
    """`Anna-Lena`, and not `Martin-Luther-Haus`."""
    return all(part in _GIVEN or part.removesuffix("s") in _GIVEN for part in parts)


def _words(
    text: str, at: int, strange: Callable[[str], bool], *, lower: bool
) -> tuple[int, int] | None:
    """The words of a name that begins here: capitalised, or all in lower case where that may be."""
    start, end, taken = at, at, 0
    small = noble = False
    while taken < _MOST_WORDS and (word := _WORD.match(text, at)):
        folded = word[0].casefold()
        capital = not word[0][0].islower()
        particle = folded in _PARTICLES and not capital and not (taken and folded in _NOT_NOBLE)
        if particle and taken and folded in _ARTICLES and not noble:
            # `Alma von der Lieth` and `Jan den Ouden`, and not `Alma den Brief`.
            after = _AFTER_ARTICLE.match(text, word.end())
            if not after or not after[1][0].isupper() or not strange(after[1].casefold()):
                break
        noble = particle
        small = small or (taken == 0 and not capital)
        caseless = capital and not word[0][0].isupper()
        if not particle and (
            folded in _NO_NAMES
            or (not capital and not (lower and small and not taken))
            or caseless
            or (taken and _NOUN.fullmatch(folded))
            or (not taken and _OFFICE.fullmatch(folded))
        ):
            break
        at = word.end()
        if not particle:
            taken, end = taken + 1, at
        gap = _BETWEEN.match(text, at)
        if not gap or (gap[0].startswith(".") and len(word[0]) > 1):
            break
        at = gap.end()
    return (start, end) if taken else None


def _likely(cue: str, name: str) -> bool:
    """Whether this may be a name after that cue, where German nouns are capitalised too.

    After `ich bin` much follows that is no name: it takes two capitalised words or a given name.
    """
    first, *others = name.split()
    noun = bool(_NOUN.fullmatch(first))
    match cue:
        case "self":
            return first.casefold() in _GIVEN or (bool(others) and not noun)
        case "relation" | "signature":
            return not noun and first not in _ARTICLES
        case _:
            return True
