"""Which persons of the household a question names, besides the one it is asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from app.intake.segments import Segment
from app.intake.tokens import Token, word_set
from app.vocabulary.ids import PersonId
from app.vocabulary.levels import Language

_NAME: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_ADULTS: Final = frozenset({"applicant", "partner"})
_CHILDREN: Final = frozenset({"child"})
_SPOUSE: Final = {
    Language.DE: word_set(
        "mann frau ehemann ehefrau partner partnerin freund freundin lebensgefahrte "
        "lebensgefahrtin gatte gattin verlobter verlobte mannes ehemannes partners"
    ),
    Language.EN: word_set("husband wife partner spouse boyfriend girlfriend fiance fiancee"),
}
_OFFSPRING: Final = {
    Language.DE: word_set(
        "sohn sohne sohns sohnes tochter kind kinder kindern kindes junge jungs madchen "
        "kleine kleiner kleinen altester alteste jungster jungste baby"
    ),
    Language.EN: word_set(
        "son sons daughter daughters child children kid kids boy girl boys girls baby"
    ),
}
_PARENTS: Final = {
    Language.DE: word_set("mutter vater eltern mama papa stiefvater stiefmutter"),
    Language.EN: word_set("mother father parents mum mom dad stepfather stepmother"),
}
_OWN: Final = {
    Language.DE: word_set(
        "mein meine meinen meinem meiner meines unser unsere unseren unserem unserer unseres"
    ),
    Language.EN: frozenset({"my", "our"}),
}
_SELF: Final = {
    Language.DE: frozenset({"ich", "mir", "mich", "wir", "uns", "beide", "zusammen"}),
    Language.EN: frozenset({"i", "me", "we", "us", "myself", "both", "together"}),
}
# "I want to know …", "can you tell me …": says who is curious, not whom it is about.
_LEAD: Final = {
    Language.DE: frozenset({"mochte", "will", "wollte", "wusste", "hatte", "sagen", "wurde"}),
    Language.EN: frozenset({"want", "would", "tell", "wonder", "like", "need", "show"}),
}


class NameIndex(Protocol):
    """Turns a name into bytes that can be compared, and not read back."""

    def index(self, kind: str, value: str) -> bytes: ...


class Housemate(Protocol):
    """What is needed of a person of the household."""

    @property
    def person(self) -> PersonId: ...
    @property
    def role(self) -> str: ...
    @property
    def given_index(self) -> bytes | None: ...


class Household(Protocol):
    """Who asks, and who else is there: what a mandate says."""

    @property
    def grantor(self) -> PersonId: ...
    @property
    def members(self) -> Sequence[Housemate]: ...


@dataclass(frozen=True, slots=True)
class Named:
    """`self_too`: the question is also about the one it is asked for."""

    others: frozenset[PersonId]
    self_too: bool


def named(
    text: str,
    parts: Sequence[Segment],
    language: Language,
    *,
    household: Household,
    names: NameIndex,
) -> Named:
    """The persons named by relation or given name; nobody outside the household can be."""
    relations = [relation for part in parts for relation in _relations(part, language)]
    roles = frozenset[str]().union(*relations)
    given = {names.index("given", name) for name in _names(text)}
    others = frozenset(
        member.person
        for member in household.members
        if member.person != household.grantor
        and (member.role in roles or member.given_index in given)
    )
    return Named(others, not others or _about_self(parts, language, relations=len(relations)))


def _relations(part: Segment, language: Language) -> Iterator[frozenset[str]]:
    """`my husband`, `meine beiden Kinder`: an own-word, and the relation within two words."""
    for position, token in enumerate(part.words):
        if token.word in _OWN[language]:
            for following in part.words[position + 1 : position + 3]:
                if roles := _roles(following, language):
                    yield roles
                    break


def _roles(token: Token, language: Language) -> frozenset[str]:
    if token.word in _SPOUSE[language] or token.word in _PARENTS[language]:
        return _ADULTS
    if token.word in _OFFSPRING[language]:
        return _CHILDREN
    return frozenset()


def _names(text: str) -> Iterator[str]:
    """Words as written, alone, in pairs, and without a genitive s: any may be a given name."""
    words = _NAME.findall(text)
    for word in words:
        yield word
        if word.endswith("s"):
            yield word[:-1]
    for first, second in pairwise(words):
        yield f"{first} {second}"


def _about_self(parts: Sequence[Segment], language: Language, *, relations: int) -> bool:
    own = 0
    for part in parts:
        words = {token.word for token in part.words}
        if words & _SELF[language] and not words & _LEAD[language]:
            return True
        own += sum(token.word in _OWN[language] for token in part.words)
    return own > relations
