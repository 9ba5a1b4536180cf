"""Relatives and others as people speak of them: `mein Mann`, `das Kind`, `my two kids`, `mum`."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from app.intake.segments import Segment
from app.intake.tokens import word_set
from app.vocabulary.levels import Language

_Words = Mapping[Language, frozenset[str]]


class Relation(StrEnum):
    SPOUSE = "spouse"
    OFFSPRING = "offspring"
    PARENT = "parent"
    SIBLING = "sibling"
    OUTSIDER = "outsider"


_WORDS: Final[Mapping[Relation, _Words]] = {
    Relation.SPOUSE: {
        Language.DE: word_set(
            "mann frau ehemann ehefrau partner partnerin freund freundin lebensgefahrte "
            "lebensgefahrtin gatte gattin verlobter verlobte mannes ehemannes partners"
        ),
        Language.EN: word_set("husband wife partner spouse boyfriend girlfriend fiance fiancee"),
    },
    Relation.OFFSPRING: {
        Language.DE: word_set(
            "sohn sohne sohns sohnes tochter kind kinder kindern kindes junge jungs madchen "
            "kleine kleiner kleinen altester alteste jungster jungste baby"
        ),
        Language.EN: word_set(
            "son sons daughter daughters child children kid kids boy girl boys girls baby"
        ),
    },
    Relation.PARENT: {
        Language.DE: word_set("mutter vater eltern mama papa stiefvater stiefmutter"),
        Language.EN: word_set("mother father parents mum mom dad stepfather stepmother"),
    },
    Relation.SIBLING: {
        Language.DE: word_set("bruder schwester geschwister"),
        Language.EN: word_set("brother brothers sister sisters siblings"),
    },
    Relation.OUTSIDER: {
        Language.DE: word_set(
            "oma opa grossmutter grossvater enkel enkelin onkel tante neffe nichte cousin cousine "
            "schwager schwagerin schwiegermutter schwiegervater mitbewohner mitbewohnerin nachbar "
            "nachbarin ex exmann exfrau kumpel bekannter bekannte"
        ),
        Language.EN: word_set(
            "grandma grandpa grandmother grandfather grandson granddaughter uncle aunt nephew "
            "niece cousin roommate flatmate neighbour neighbor ex mate friend"
        ),
    },
}
_OWN: Final[_Words] = {
    Language.DE: word_set(
        "mein meine meinen meinem meiner meines unser unsere unseren unserem unserer unseres"
    ),
    Language.EN: frozenset({"my", "our"}),
}
_ARTICLES: Final[_Words] = {
    Language.DE: word_set("der die das den dem des"),
    Language.EN: frozenset({"the"}),
}
# Said like a name, without any word before it.
_CALLED: Final = word_set("mama papa mum mom dad")
# After an article these are mostly something else (`die Frau Weber`, `die kleine Wohnung`),
# unless nothing follows them.
_AMBIGUOUS: Final = word_set(
    "mann frau mannes freund freundin junge jungs madchen kleine kleiner kleinen altester alteste "
    "jungster jungste bekannter bekannte ex boy girl boys girls friend mate"
)
# `child benefit` is no child.
_SUMS: Final = word_set(
    "benefit benefits support allowance allowances bonus maintenance supplement money care custody"
)


def relations(part: Segment, language: Language) -> Iterator[Relation]:
    """Each relation of a part, once for each time somebody is named by it."""
    named = [_relation(part, place, language) for place in range(len(part.words))]
    for place, relation in enumerate(named):
        if relation is not None and _meant(part, place, language):
            yield relation


def owned(part: Segment, language: Language) -> int:
    """How often a part says `my` or `our`."""
    return sum(token.word in _OWN[language] for token in part.words)


def _relation(part: Segment, place: int, language: Language) -> Relation | None:
    word = part.words[place].word
    if place + 1 < len(part.words) and part.words[place + 1].word in _SUMS:
        return None
    return next((each for each, words in _WORDS.items() if word in words[language]), None)


def _meant(part: Segment, place: int, language: Language) -> bool:
    """An own-word or an article at most two words before it, or none needed."""
    word = part.words[place].word
    before = {token.word for token in part.words[max(0, place - 2) : place]}
    if word in _CALLED or before & _OWN[language]:
        return True
    last = place + 1 == len(part.words)
    return bool(before & _ARTICLES[language]) and (last or word not in _AMBIGUOUS)
