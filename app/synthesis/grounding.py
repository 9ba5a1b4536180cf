"""A draft is an answer only once every claim in it is bound to its source.

Bound is: a slot or a token of this request, a shown figure in a sentence that cites its field,
a § we retrieved or that the file names. What is left of a sentence once the bound parts are
taken out may hold no figure, date, name, verdict, address or sign, however it is spelled.
Whether a bound sentence is *true* is not decided here: prose around a slot can still mislead,
which is why figures, dates and states are slots and why the model never says what was decided.
"""

import re
import unicodedata
from dataclasses import InitVar, dataclass
from typing import Final, final

from app.knowledge.articles import Article
from app.redaction.marks import MARKS, written
from app.synthesis.figures import Figure
from app.synthesis.sentences import sentences
from app.synthesis.slots import SLOT, field_of, slots
from app.synthesis.wording import PHRASE, UNIT, WORD, Lexicon, lexicon, states_something
from app.vocabulary.errors import Ungrounded
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Language

_SEAL: Final = Seal()
_BOUND: Final = "\x00"

_IMAGE: Final = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK: Final = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_EMPHASIS: Final = re.compile(r"(?<!\w)[*_`#]+|[*_`]+(?!\w)")
_BULLET: Final = re.compile(r"\A[-–•]\s+")
_CITATION: Final = re.compile(r"\[(?:law:(?P<law>[^\[\]]{3,60})|(?P<field>[a-z_]+\.[a-z0-9_]+))\]")
_TOKEN: Final = re.compile(r"⟦[A-Z]+-\d+⟧['’]?s?(?![\w])")
# What a sentence may consist of beside bound parts. No digit, no sign, no other script.
_PLAIN: Final = re.compile(r"[a-zA-ZäöüÄÖÜßéèêàâçñ\s.,;:!?…()„“”\"'’‚‘\-–—\x00]*")
_HOST: Final = re.compile(r"\w\.\w|\bwww\b|\b(?:https?|mailto|javascript|data)\s*:", re.IGNORECASE)
# A bound part stands free, so that two of them, or one and a sign, never make a third.
_GLUED: Final = re.compile(
    r"[^\s(„“\"‚'’]\x00|[-–—]\s*\x00|\x00[^\s.,;:!?…)“”\"‘'’\-–—]|\x00[.,:\-–—'’]\x00"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What the model was given, as plain names, and may therefore speak of.

    `tokens` without brackets (`PERSON-1`), `fields` that may be cited, `figures`
    literally shown to the model in the form range or value, `laws` as `Article.laws`
    and the file write them, `words` of the labels shown, which may start with a capital.
    """

    language: Language
    slots: frozenset[str] = frozenset()
    fields: frozenset[FieldName] = frozenset()
    tokens: frozenset[str] = frozenset()
    figures: frozenset[Figure] = frozenset()
    laws: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    articles: tuple[Article, ...] = ()

    @property
    def lexicon(self) -> Lexicon:
        return lexicon(self.language)


@final
@dataclass(frozen=True, slots=True, repr=False)
class GroundedDraft(Evidence):
    """Text whose every claim is bound, with slots and tokens still in it.

    `fields` and `laws` are what it rests on. Citations are taken out of the text.
    """

    text: str
    fields: frozenset[FieldName]
    laws: frozenset[str]
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a GroundedDraft is minted by app.synthesis.grounding alone")


def ground(draft: str, allowed: Allowed) -> GroundedDraft:
    """The whole draft, sentence by sentence. Raises Ungrounded when it says nothing or too much."""
    grounded = [ground_sentence(sentence, allowed) for sentence in sentences(draft)]
    if not grounded:
        raise Ungrounded
    return GroundedDraft(
        " ".join(each.text for each in grounded),
        frozenset[FieldName]().union(*(each.fields for each in grounded)),
        frozenset[str]().union(*(each.laws for each in grounded)),
        _SEAL,
    )


def ground_sentence(sentence: str, allowed: Allowed) -> GroundedDraft:
    """One sentence, so that a stream can be let out as it comes. Raises Ungrounded."""
    text = _canonical(_tidy(sentence), allowed)
    cited_fields, cited_laws = _citations(text, allowed)
    text = " ".join(_CITATION.sub(" ", text).split())
    text = re.sub(r" +(?=[.,;:!?…])", "", text)
    named = frozenset(field_of(slot) for slot in slots(text))
    if not allowed.slots.issuperset(slots(text)):
        raise Ungrounded
    fields = cited_fields | named
    remainder, used_laws = _without_bound(text, fields, allowed)
    if not (fields or cited_laws or used_laws):
        raise Ungrounded
    _require_plain(remainder, allowed)
    return GroundedDraft(text, fields, cited_laws | used_laws, _SEAL)


def _tidy(sentence: str) -> str:
    """Compatibility forms made plain, invisible characters and markdown taken out."""
    text = unicodedata.normalize("NFKC", sentence)
    text = "".join(each for each in text if unicodedata.category(each) != "Cf")
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    return _BULLET.sub("", _EMPHASIS.sub("", text).strip())


def _canonical(text: str, allowed: Allowed) -> str:
    """Bent tokens made straight. A token nobody issued, or a stray bracket, is Ungrounded."""

    def straight(mark: re.Match[str]) -> str:
        if mark["slot"]:
            return mark[0]
        meant = written(mark)
        if meant is not None and meant[0].strip("⟦⟧") in allowed.tokens:
            return "".join(meant)
        raise Ungrounded

    return MARKS.sub(straight, text)


def _citations(text: str, allowed: Allowed) -> tuple[frozenset[FieldName], frozenset[str]]:
    fields: set[FieldName] = set()
    laws: set[str] = set()
    for match in _CITATION.finditer(text):
        if match["law"] is not None:
            laws.add(" ".join(match["law"].split()))
        else:
            fields.add(FieldName(match["field"]))
    if not (fields <= allowed.fields and laws <= allowed.laws):
        raise Ungrounded
    return frozenset(fields), frozenset(laws)


def _without_bound(
    text: str, fields: frozenset[FieldName], allowed: Allowed
) -> tuple[str, frozenset[str]]:
    """The text with every bound part replaced by a mark, and the §§ among them."""
    text = _TOKEN.sub(_BOUND, SLOT.sub(_BOUND, text))
    used: set[str] = set()
    for law in sorted(allowed.laws, key=len, reverse=True):
        spelled = r"\s*".join(map(re.escape, law.split()))
        text, times = re.subn(rf"{spelled}(?!\w)", _BOUND, text)
        if times:
            used.add(law)
    for figure in sorted(allowed.figures, key=lambda each: -len(each.text)):
        if figure.field in fields:
            text = figure.pattern.sub(_BOUND, text)
    return text, frozenset(used)


def _require_plain(remainder: str, allowed: Allowed) -> None:
    if not _PLAIN.fullmatch(remainder) or _HOST.search(remainder) or PHRASE.search(remainder):
        raise Ungrounded
    if _GLUED.search(remainder):
        raise Ungrounded
    for word in WORD.finditer(remainder):
        spelled = word[0]
        if states_something(spelled):
            raise Ungrounded
        # A currency or per cent belongs to the figure right before it, or says one we missed.
        if UNIT.fullmatch(spelled) and not remainder[: word.start()].rstrip().endswith(_BOUND):
            raise Ungrounded
        if spelled != spelled.lower() and not _known(spelled, allowed):
            raise Ungrounded


def _known(word: str, allowed: Allowed) -> bool:
    return word in allowed.words or word in allowed.lexicon
