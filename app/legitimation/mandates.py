"""For whom a person may act, and on which evidence."""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias, final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.persons import Person
from app.vocabulary.errors import MandateRequired, NotLegitimated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import CaseId, MandateId, PersonId, SubjectId

_SEAL: Final = Seal()

EVERY_GROUP: Final = "*"
# Adults who receive benefits of their own; what belongs to the household is theirs to see.
PARTIES: Final = frozenset({"applicant", "partner"})


class MandateKind(StrEnum):
    """SELF is a row like any other, so that there is exactly one path."""

    SELF = "SELF"
    PROXY = "PROXY"  # § 13 SGB X


class Action(StrEnum):
    READ = "read"
    EXPLAIN = "explain"
    SUBMIT = "submit"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the household. The name is a blind index: comparable, not readable."""

    person: PersonId
    ref: str
    role: str
    given_index: bytes | None


@final
@dataclass(frozen=True, slots=True, repr=False)
class Mandate(Evidence):
    """A person's right, at this moment, to act for one subject in one case."""

    person: Person
    id: MandateId
    version: int
    kind: MandateKind
    grantor: PersonId
    grantee: PersonId
    case: CaseId
    groups: frozenset[str]
    actions: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None
    members: tuple[Member, ...]
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Mandate is minted by app.legitimation.mandates alone")

    @property
    def subject(self) -> SubjectId:
        return SubjectId(self.grantor)

    @property
    def household(self) -> SubjectId:
        """Household rows are kept under the case's own id."""
        return SubjectId(self.case)

    @property
    def party(self) -> bool:
        """Whether the subject is an adult who receives benefits in this household."""
        return any(m.person == self.grantor and m.role in PARTIES for m in self.members)


@dataclass(frozen=True, slots=True)
class Offer:
    """A mandate that may be chosen. Holding one shows nothing; see `establish`."""

    id: MandateId
    version: int
    kind: MandateKind
    grantor: PersonId
    grantee: PersonId
    case: CaseId
    groups: frozenset[str]
    actions: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None


async def offers(tx: AsyncSession, person: Person, *, now: datetime) -> tuple[Offer, ...]:
    """All mandates this identity may act under now, own ones first."""
    at = {"tenant": person.tenant, "identity": person.identity, "now": now}
    found = [_offer(row) for row in await tx.execute(_NEWEST, at) if _holds(row, now)]
    return tuple(sorted(found, key=lambda o: (o.kind is not MandateKind.SELF, o.id.hex)))


async def establish(
    tx: AsyncSession,
    person: Person,
    case: CaseId,
    *,
    named: MandateId | None,
    now: datetime,
) -> Mandate:
    """The mandate this person acts under in this case, read afresh.

    `named` is the session's active mandate or the one a token call names; None
    is enough where the person has only one. Raises MandateRequired where there
    is a choice to make first, and NotLegitimated when there is none for this
    case, whether or not the case exists.
    """
    open_offers = await offers(tx, person, now=now)
    chosen = choose(open_offers, named=named)
    if chosen.case != case:
        raise NotLegitimated
    return Mandate(
        person,
        chosen.id,
        chosen.version,
        chosen.kind,
        chosen.grantor,
        chosen.grantee,
        chosen.case,
        chosen.groups,
        chosen.actions,
        chosen.valid_from,
        chosen.valid_to,
        await _members(tx, person, case),
        _SEAL,
    )


async def confirm(tx: AsyncSession, mandate: Mandate, *, now: datetime) -> None:
    """Raises NotLegitimated unless this very version still holds."""
    held = await offers(tx, mandate.person, now=now)
    if not any(o.id == mandate.id and o.version == mandate.version for o in held):
        raise NotLegitimated


def choose(open_offers: Sequence[Offer], *, named: MandateId | None) -> Offer:
    if not open_offers:
        raise NotLegitimated
    if named is not None:
        for offer in open_offers:
            if offer.id == named:
                return offer
        raise NotLegitimated
    if len(open_offers) > 1:
        raise MandateRequired
    return open_offers[0]


# The newest version of each mandate, where somebody this identity is bound to holds it. An
# older version counts for nobody, also where the newest names another grantee.
_NEWEST: Final = text("""
    SELECT m.id, m.version, m.kind, m.grantor, m.grantee, m.case_id, m.groups, m.actions,
           m.valid_from, m.valid_to, m.ended_reason
    FROM mandates AS m JOIN bindings AS b ON b.tenant = m.tenant AND b.person_id = m.grantee
    WHERE b.tenant = :tenant AND b.identity_id = :identity
      AND b.valid_from <= :now AND (b.valid_to IS NULL OR b.valid_to > :now)
      AND NOT EXISTS (
          SELECT FROM mandates AS n
          WHERE n.tenant = m.tenant AND n.id = m.id AND n.version > m.version
      )
""")
_MEMBERS: Final = text("""
    SELECT m.person_id, m.ref, m.role, p.given_index
    FROM memberships AS m JOIN persons AS p ON p.tenant = m.tenant AND p.id = m.person_id
    WHERE m.tenant = :tenant AND m.case_id = :case
    ORDER BY m.ref
""")
_Version: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types


def _holds(row: _Version, now: datetime) -> bool:
    """Begun, not over and not ended."""
    if row.ended_reason is not None or row.valid_from > now:
        return False
    return row.valid_to is None or now < row.valid_to


def _offer(row: _Version) -> Offer:
    return Offer(
        id=MandateId(row.id),
        version=row.version,
        kind=MandateKind(row.kind),
        grantor=PersonId(row.grantor),
        grantee=PersonId(row.grantee),
        case=CaseId(row.case_id),
        groups=frozenset(row.groups),
        actions=frozenset(row.actions),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


async def _members(tx: AsyncSession, person: Person, case: CaseId) -> tuple[Member, ...]:
    return tuple(
        Member(PersonId(row.person_id), row.ref, row.role, row.given_index)
        for row in await tx.execute(_MEMBERS, {"tenant": person.tenant, "case": case})
    )
