"""What a mandate of each kind must be like before it is recorded."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.conformity import Fault, Flaw
from app.legitimation import objections
from app.legitimation.kinds import EVERY_GROUP, TERMS, Action, MandateKind, Proof, Standing
from app.legitimation.mandates import PARTIES
from app.vocabulary.errors import Conflict
from app.vocabulary.ids import CaseId, PersonId, TenantId
from app.vocabulary.levels import Assurance


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A mandate, as far as its own words decide whether it may be."""

    kind: MandateKind
    groups: frozenset[str]
    actions: frozenset[Action]
    proof: Proof
    assurance: Assurance
    member: bool
    valid_to: datetime | None
    reserved: frozenset[str] = frozenset()


def faults(wish: Wish) -> tuple[Fault, ...]:
    """Where it is not what its kind may be, in names of the contract."""
    terms = TERMS[wish.kind]
    sure = terms.proofs.get(wish.proof)
    wrong = {
        ("groups", Flaw.NOT_A_CHOICE): EVERY_GROUP in wish.groups and not terms.every_group,
        ("actions", Flaw.NOT_A_CHOICE): not wish.actions <= terms.actions,
        ("reserved", Flaw.NOT_A_CHOICE): not wish.reserved
        <= (wish.groups if terms.reserves else frozenset()),
        ("evidence.kind", Flaw.NOT_A_CHOICE): sure is None,
        ("evidence.assurance", Flaw.OUT_OF_RANGE): sure is not None and wish.assurance > sure,
        ("grantee.case", Flaw.MISSING_MEMBER): not wish.member and terms.grantee is Standing.MEMBER,
        ("grantee.case", Flaw.UNKNOWN_MEMBER): wish.member and terms.grantee is Standing.OUTSIDER,
    }
    return tuple(Fault(place, flaw) for (place, flaw), found in wrong.items() if found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """The two people, as far as they decide it. A role is None outside the household."""

    same: bool
    of_age_at: datetime | None
    died: bool
    grantor_role: str | None
    grantee_role: str | None


def faults_between(wish: Wish, two: Two, *, now: datetime) -> tuple[Fault, ...]:
    """Where these two cannot be what the kind asks for."""
    terms, of_age = TERMS[wish.kind], two.of_age_at
    beyond = of_age is not None and wish.valid_to is not None and wish.valid_to > of_age
    presumed = wish.kind is MandateKind.PRESUMED_38
    minors = terms.ends_at_majority
    wrong = {
        ("grantee", Flaw.REPEATED_REF): two.same,
        ("grantor", Flaw.OUT_OF_RANGE): two.died and terms.ends_with_grantor,
        ("grantor.birth_date", Flaw.MISSING_MEMBER): minors and of_age is None,
        ("grantor.birth_date", Flaw.OUT_OF_RANGE): minors and of_age is not None and of_age <= now,
        ("valid_to", Flaw.OUT_OF_RANGE): minors and beyond,
        ("grantee", Flaw.NOT_A_CHOICE): presumed and two.grantee_role not in PARTIES,
        ("grantor", Flaw.NOT_A_CHOICE): presumed and two.grantor_role is None,
    }
    return tuple(Fault(place, flaw) for (place, flaw), found in wrong.items() if found)


async def faults_of_persons(  # noqa: PLR0913  # who is who, each named
    tx: AsyncSession,
    tenant: TenantId,
    wish: Wish,
    *,
    case: CaseId,
    grantor: PersonId,
    grantee: PersonId,
    now: datetime,
) -> tuple[Fault, ...]:
    """The same, of two people of the register.

    Raises Conflict for a presumption that was rebutted: it does not come back by being repeated.
    """
    at = {"tenant": tenant, "case": case, "grantor": grantor, "grantee": grantee}
    row = (await tx.execute(_TWO, at)).one()
    two = Two(
        same=grantor == grantee,
        of_age_at=row.eighteen_at,
        died=row.died_at is not None,
        grantor_role=row.grantor_role,
        grantee_role=row.grantee_role,
    )
    faults = faults_between(wish, two, now=now)
    presumed = wish.kind is MandateKind.PRESUMED_38
    if not faults and presumed and await objections.rebutted(tx, tenant, grantor):
        raise Conflict
    return faults


_TWO: Final = text("""
    SELECT g.eighteen_at, g.died_at, (
        SELECT role FROM memberships AS k
        WHERE k.tenant = g.tenant AND k.case_id = :case AND k.person_id = g.id
    ) AS grantor_role, (
        SELECT role FROM memberships AS k
        WHERE k.tenant = g.tenant AND k.case_id = :case AND k.person_id = :grantee
    ) AS grantee_role
    FROM persons AS g WHERE g.tenant = :tenant AND g.id = :grantor
""")
