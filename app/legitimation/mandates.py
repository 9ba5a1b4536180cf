"""For whom a person may act, and on which evidence."""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, fields
from datetime import datetime
from typing import Any, Final, TypeAlias, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.identity.persons import Person
from app.legitimation.holding import Facts, Version, actions_at, ends_at, groups_of, holds
from app.legitimation.kinds import Action, MandateKind
from app.legitimation.protection import protection
from app.legitimation.protection.protection import Shield
from app.legitimation.reservations import RESERVATIONS, reservations, reserved_at
from app.vocabulary.errors import MandateRequired, NotLegitimated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import CaseId, MandateId, PersonId, SubjectId
from app.vocabulary.levels import Assurance

_SEAL: Final = Seal()

# Adults who receive benefits of their own; what belongs to the household is theirs to see.
PARTIES: Final = frozenset({"applicant", "partner"})


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the household. The name is a blind index: comparable, not readable."""

    person: PersonId
    ref: str
    role: str
    given_index: bytes | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A mandate that may be chosen. Holding one shows nothing; see `establish`.

    `groups`, `actions` and `valid_to` are what is left of the recorded ones by law and now;
    in `reserved` groups a ward does not apply alone (§ 1825 BGB).
    """

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
    evidence_assurance: Assurance
    shield: Shield
    reserved: frozenset[str] = frozenset()

    def submits(self, group: str) -> bool:
        """Whether one may apply under it for what is of this group."""
        return Action.SUBMIT in self.actions and group not in self.reserved


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Mandate(Evidence, Offer):
    """A person's right, at this moment, to act for one subject in one case."""

    person: Person
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

    @property
    def assurance(self) -> Assurance:
        """How sure we are of who acts, and that they may: the weaker of the two counts.

        Of oneself the sign-in alone: no proof stands between a person and themselves.
        """
        if self.kind is MandateKind.SELF:
            return self.person.assurance
        return min(self.person.assurance, self.evidence_assurance)


async def offers(tx: AsyncSession, person: Person, *, now: datetime) -> tuple[Offer, ...]:
    """All mandates this identity may act under now, own ones first."""
    at = {"tenant": person.tenant, "identity": person.identity, "now": now}
    found = [offer for row in await _NEWEST.rows(tx, at) if (offer := _offer(row, now))]
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
    members = await _members(tx, person, case)
    return Mandate(**_shared(chosen), person=person, members=members, seal=_SEAL)


def _shared(offer: Offer) -> dict[str, Any]:  # Any: each field is of its own type
    return {each.name: getattr(offer, each.name) for each in fields(Offer)}


async def confirm(tx: AsyncSession, mandate: Mandate, *, now: datetime) -> Offer:
    """The mandate as it is now. Raises NotLegitimated unless this very version still holds."""
    for offer in await offers(tx, mandate.person, now=now):
        if offer.id == mandate.id and offer.version == mandate.version:
            return offer
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


# What tells whether a version `m` holds: of the grantor `g` and of the actor `a`.
COLUMNS: Final = f"""
    m.id, m.version, m.kind, m.grantor, m.grantee, m.case_id, m.groups, m.actions,
    m.valid_from, m.valid_to, m.ended_reason, m.evidence_assurance,
    g.eighteen_at, g.died_at, g.incapable_at, g.restricted_at,
    a.fifteen_at AS actor_fifteen_at, a.died_at AS actor_died_at,
    a.incapable_at AS actor_incapable_at, {protection.FLAGS} AS flags
"""
PERSONS: Final = """
    JOIN persons AS g ON g.tenant = m.tenant AND g.id = m.grantor
    JOIN persons AS a ON a.tenant = m.tenant AND a.id = m.grantee
"""
# An older version counts for nobody, also where the newest names another grantee.
IS_NEWEST: Final = """NOT EXISTS (
    SELECT FROM mandates AS n
    WHERE n.tenant = m.tenant AND n.id = m.id AND n.version > m.version
)"""
# The newest version of each mandate that somebody this identity is bound to holds.
_NEWEST: Final = Statement(f"""
    SELECT {COLUMNS}, {RESERVATIONS} AS reservations
    FROM mandates AS m JOIN bindings AS b ON b.tenant = m.tenant AND b.person_id = m.grantee
    {PERSONS}
    WHERE b.tenant = :tenant AND b.identity_id = :identity
      AND b.valid_from <= :now AND (b.valid_to IS NULL OR b.valid_to > :now)
      AND {IS_NEWEST}
""")  # noqa: S608  # put together from the constants above
_MEMBERS: Final = Statement("""
    SELECT m.person_id, m.ref, m.role, p.given_index
    FROM memberships AS m JOIN persons AS p ON p.tenant = m.tenant AND p.id = m.person_id
    WHERE m.tenant = :tenant AND m.case_id = :case
    ORDER BY m.ref
""")
SqlRow: TypeAlias = Any  # Any: textual SQL has no types


def version_of(row: SqlRow) -> Version:
    return Version(
        kind=MandateKind(row.kind),
        groups=frozenset(row.groups),
        actions=frozenset(row.actions),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        ended=row.ended_reason is not None,
    )


def grantor_of(row: SqlRow) -> Facts:
    return Facts(
        eighteen_at=row.eighteen_at,
        died_at=row.died_at,
        incapable_at=row.incapable_at,
        restricted_at=row.restricted_at,
    )


def grantee_of(row: SqlRow) -> Facts:
    return Facts(
        fifteen_at=row.actor_fifteen_at,
        died_at=row.actor_died_at,
        incapable_at=row.actor_incapable_at,
    )


def _offer(row: SqlRow, now: datetime) -> Offer | None:
    """None where the version does not hold, or one of the two is protected from a presumption."""
    version, grantor = version_of(row), grantor_of(row)
    if not holds(version, grantor=grantor, grantee=grantee_of(row), now=now):
        return None
    shield = protection.shield(
        protection.flags(row.flags),
        for_self=version.kind is MandateKind.SELF,
        grantor=PersonId(row.grantor),
        grantee=PersonId(row.grantee),
    )
    if version.kind is MandateKind.PRESUMED_38 and shield.parties:
        return None
    return Offer(
        id=MandateId(row.id),
        version=row.version,
        kind=version.kind,
        grantor=PersonId(row.grantor),
        grantee=PersonId(row.grantee),
        case=CaseId(row.case_id),
        groups=groups_of(version),
        actions=actions_at(version, grantor, now),
        valid_from=row.valid_from,
        valid_to=ends_at(version, grantor),
        evidence_assurance=Assurance(row.evidence_assurance),
        shield=shield,
        reserved=reserved_at(reservations(row.reservations), now),
    )


async def _members(tx: AsyncSession, person: Person, case: CaseId) -> tuple[Member, ...]:
    return tuple(
        Member(PersonId(row.person_id), row.ref, row.role, row.given_index)
        for row in await _MEMBERS.rows(tx, {"tenant": person.tenant, "case": case})
    )
