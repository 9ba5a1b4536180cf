"""Who may act for me, and saying no to it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.persons import Person
from app.legitimation import endings, mandates
from app.legitimation.endings import Ended, EndedReason
from app.legitimation.holding import ends_at, groups_of, holds
from app.legitimation.kinds import TERMS, Effect, MandateKind
from app.legitimation.mandates import COLUMNS, IS_NEWEST, PERSONS
from app.legitimation.tables import ObjectionRow
from app.vocabulary.errors import Conflict, NotLegitimated
from app.vocabulary.ids import CaseId, MandateId, PersonId, TenantId, random_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedFor:
    """A mandate of somebody else for me that holds now, or will.

    In `reserved` groups I need their consent to apply for anything (§ 1825 BGB).
    """

    id: MandateId
    version: int
    kind: MandateKind
    case: CaseId
    grantor: PersonId
    grantee: PersonId
    groups: frozenset[str]
    actions: frozenset[str]
    reserved: frozenset[str]
    valid_from: datetime
    valid_to: datetime | None
    sealed_grantee_label: bytes | None
    objected: bool

    @property
    def effect(self) -> Effect:
        """What objecting would do."""
        return TERMS[self.kind].objection


@dataclass(frozen=True, slots=True, kw_only=True)
class Objected:
    """`version` is the one the objection made, or the one it was raised against.

    `others` fell with it: presumptions about the same person.
    """

    mandate: MandateId
    version: int
    kind: MandateKind
    case: CaseId
    grantor: PersonId
    effect: Effect
    repeated: bool
    others: tuple[Ended, ...]


async def about(tx: AsyncSession, person: Person, *, now: datetime) -> tuple[ActedFor, ...]:
    """Every mandate of others for whom this identity is: of those who act for themselves."""
    mine = await _myself(tx, person, now)
    if not mine:
        return ()
    found = await tx.execute(_ABOUT, {"tenant": person.tenant, "mine": list(mine)})
    return tuple(each for row in found if (each := _acted_for(row, now)) is not None)


async def object_to(
    tx: AsyncSession, person: Person, mandate: MandateId, *, now: datetime
) -> Objected:
    """Ends it at once, or keeps the objection for the office where only a court can end it.

    Raises NotLegitimated for a mandate that is not about me or holds no more.
    """
    theirs = next((each for each in await about(tx, person, now=now) if each.id == mandate), None)
    if theirs is None:
        raise NotLegitimated
    version, repeated = theirs.version, theirs.objected
    others: tuple[Ended, ...] = ()
    if theirs.effect is Effect.ENDED:
        ended = await _end(tx, person.tenant, theirs, now)
        version = next((each.version for each in ended if each.id == mandate), 0)
        if version == 0:  # somebody else ended it in between
            raise Conflict
        others = tuple(each for each in ended if each.id != mandate)
    if not repeated:
        tx.add(
            ObjectionRow(
                tenant=person.tenant,
                id=random_id(),
                mandate_id=mandate,
                mandate_version=version,
                grantor=theirs.grantor,
                effect=theirs.effect,
                raised_at=now,
            )
        )
        await tx.flush()
    return Objected(
        mandate=mandate,
        version=version,
        kind=theirs.kind,
        case=theirs.case,
        grantor=theirs.grantor,
        effect=theirs.effect,
        repeated=repeated,
        others=others,
    )


async def rebutted(tx: AsyncSession, tenant: TenantId, grantor: PersonId) -> bool:
    """Whether this person ever objected to being represented by presumption (§ 38(1) SGB II)."""
    found = await tx.execute(_REBUTTED, {"tenant": tenant, "grantor": grantor})
    return bool(found.scalar_one())


@dataclass(frozen=True, slots=True)
class Raised:
    """An objection as the office is told of it, by its own reference of the mandate."""

    mandate: MandateId
    ref: str | None
    kind: MandateKind
    effect: Effect
    raised_at: datetime


async def raised(tx: AsyncSession, tenant: TenantId, *, since: datetime | None) -> list[Raised]:
    """Oldest first, at most a thousand at a time."""
    wanted = select(ObjectionRow).where(col(ObjectionRow.tenant) == tenant)
    if since is not None:
        wanted = wanted.where(col(ObjectionRow.raised_at) > since)
    found = (await tx.execute(wanted.order_by(col(ObjectionRow.raised_at)).limit(1000))).scalars()
    told = []
    for row in found.all():
        at = {"tenant": tenant, "id": row.mandate_id, "version": row.mandate_version}
        mandate = (await tx.execute(_REF, at)).one()
        told.append(
            Raised(
                MandateId(row.mandate_id),
                mandate.ref,
                MandateKind(mandate.kind),
                Effect(row.effect),
                row.raised_at,
            )
        )
    return told


_ABOUT: Final = text(f"""
    SELECT {COLUMNS}, m.reserved_groups, m.sealed_grantee_label, EXISTS (
        SELECT FROM objections AS o WHERE o.tenant = m.tenant AND o.mandate_id = m.id
    ) AS objected
    FROM mandates AS m {PERSONS}
    WHERE m.tenant = :tenant AND m.grantor = ANY(:mine) AND m.kind <> 'SELF' AND {IS_NEWEST}
    ORDER BY m.valid_from, m.id
""")  # noqa: S608  # put together from constants
_REBUTTED: Final = text("""
    SELECT EXISTS (
        SELECT FROM objections AS o JOIN mandates AS m
          ON m.tenant = o.tenant AND m.id = o.mandate_id AND m.version = o.mandate_version
        WHERE o.tenant = :tenant AND o.grantor = :grantor AND m.kind = 'PRESUMED_38'
    )
""")
_REF: Final = text(
    "SELECT ref, kind FROM mandates WHERE tenant = :tenant AND id = :id AND version = :version"
)


async def _end(
    tx: AsyncSession, tenant: TenantId, theirs: ActedFor, now: datetime
) -> tuple[Ended, ...]:
    if theirs.kind is MandateKind.PRESUMED_38:
        return await endings.rebut(tx, tenant, theirs.case, theirs.grantor, now=now)
    reason = EndedReason.OBJECTION
    return await endings.end(tx, tenant, theirs.id, case=theirs.case, reason=reason, now=now)


async def _myself(tx: AsyncSession, person: Person, now: datetime) -> frozenset[PersonId]:
    held = await mandates.offers(tx, person, now=now)
    return frozenset(offer.grantor for offer in held if offer.kind is MandateKind.SELF)


def _acted_for(row: mandates.SqlRow, now: datetime) -> ActedFor | None:
    version, grantor = mandates.version_of(row), mandates.grantor_of(row)
    begins = max(now, version.valid_from)
    if not holds(version, grantor=grantor, grantee=mandates.grantee_of(row), now=begins):
        return None
    return ActedFor(
        id=MandateId(row.id),
        version=row.version,
        kind=version.kind,
        case=CaseId(row.case_id),
        grantor=PersonId(row.grantor),
        grantee=PersonId(row.grantee),
        groups=groups_of(version),
        actions=version.actions & TERMS[version.kind].actions,
        reserved=frozenset(row.reserved_groups),
        valid_from=version.valid_from,
        valid_to=ends_at(version, grantor),
        sealed_grantee_label=row.sealed_grantee_label,
        objected=row.objected,
    )
