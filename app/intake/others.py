"""Which persons of the household a question names, besides the one it is asked for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from app.intake.relations import Relation, owned, relations
from app.intake.segments import Segment
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import PARTIES
from app.vocabulary.ids import PersonId
from app.vocabulary.levels import Language

_NAME: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CHILDREN: Final = frozenset({"child"})
# Who is meant by an adult's and by a child's relations; whoever else is named lives elsewhere.
_OF_ADULTS: Final = {Relation.SPOUSE: PARTIES, Relation.OFFSPRING: _CHILDREN}
_OF_CHILDREN: Final = {Relation.PARENT: PARTIES, Relation.SIBLING: _CHILDREN}
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
    """Who asks, for whom, and who else is there: what a mandate says."""

    @property
    def kind(self) -> MandateKind: ...
    @property
    def grantor(self) -> PersonId: ...
    @property
    def grantee(self) -> PersonId: ...
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
    """The persons named by relation or given name; nobody outside the household can be.

    Where somebody was named whom the household does not hold, the question is
    not about the asker either.
    """
    heard = [relation for part in parts for relation in relations(part, language)]
    given = {names.index("given", name) for name in _names(text)}
    found = {member.person for member in household.members if member.given_index in given}
    found |= {person for relation in heard for person in _related(relation, household)}
    somebody = bool(heard or found)
    return Named(
        frozenset(found - {household.grantor}),
        not somebody
        or household.grantor in found
        or _about_self(parts, language, relations=len(heard)),
    )


def _related(relation: Relation, household: Household) -> frozenset[PersonId]:
    """Seen by whoever speaks: the one acting for another, where both are of the household.

    The one acted for comes first: asked by her husband, `meine Frau` is she and
    asked by a grown child, `meine Mutter` is not also the father.
    """
    speaker = _speaker(household)
    role = next((m.role for m in household.members if m.person == speaker), "")
    meant = _OF_ADULTS if role in PARTIES else _OF_CHILDREN if role in _CHILDREN else {}
    roles = meant.get(relation, frozenset())
    found = frozenset(
        member.person
        for member in household.members
        if member.person != speaker and member.role in roles
    )
    return found & {household.grantor} or found


def _speaker(household: Household) -> PersonId:
    acts = household.kind is not MandateKind.SELF
    if acts and any(member.person == household.grantee for member in household.members):
        return household.grantee
    return household.grantor


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
    """`mein Mann und ich`, `mein Sohn und meine Miete`: more own-words than relations."""
    for part in parts:
        words = {token.word for token in part.words}
        if words & _SELF[language] and not words & _LEAD[language]:
            return True
    return sum(owned(part, language) for part in parts) > relations
