"""What was known on one day about a mandate on another: the two times of the register.

`known` is when we would have been asked, `about` the moment in question. Answered from rows that
are final: versions of the mandate, and of the facts about the two people. With both the same it
is what was decided then; a flag of `protection` is not part of it, and has rows of its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.legitimation import knowledge
from app.legitimation.holding import Version, actions_at, groups_of, holds
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import SqlRow, version_of
from app.legitimation.tables import MandateRow
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import MandateId, PersonId, TenantId

# The newest version that was there then.
_THEN: Final = text("""
    SELECT m.* FROM mandates AS m
    WHERE m.tenant = :tenant AND m.id = :mandate AND m.recorded_at <= :known
    ORDER BY m.version DESC LIMIT 1
""")
# What courts had reserved about this person, by the newest version then of each order.
_RESERVED: Final = text("""
    SELECT DISTINCT unnest(r.reserved_groups) FROM (
        SELECT DISTINCT ON (m.id) m.* FROM mandates AS m
        WHERE m.tenant = :tenant AND m.grantor = :grantor AND m.kind = 'GUARDIAN'
          AND m.recorded_at <= :known
        ORDER BY m.id, m.version DESC
    ) AS r
    WHERE r.valid_from <= :about AND (r.valid_to IS NULL OR r.valid_to > :about)
      AND (r.ended_reason IS NULL OR r.ended_received_at > :about)
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`version` is the one that said so; under one that did not hold nothing may be done."""

    id: MandateId
    version: int
    kind: MandateKind
    held: bool
    groups: frozenset[str]
    actions: frozenset[str]
    reserved: frozenset[str]


async def known(
    tx: AsyncSession,
    tenant: TenantId,
    mandate: MandateId,
    *,
    known: datetime,
    about: datetime,
) -> Known | None:
    """What we knew at `known` about this mandate at `about`. None: nothing was known of it yet."""
    at = {"tenant": tenant, "mandate": mandate, "known": known, "about": about}
    row = (await tx.execute(_THEN, at)).one_or_none()
    if row is None:
        return None
    version = _as_of(version_of(row), row.ended_received_at, about)
    grantor, grantee = PersonId(row.grantor), PersonId(row.grantee)
    of_grantor = await knowledge.facts(tx, tenant, grantor, known=known, about=about)
    of_grantee = await knowledge.facts(tx, tenant, grantee, known=known, about=about)
    if not holds(version, grantor=of_grantor, grantee=of_grantee, now=about):
        return _told(row, version)
    reserved: frozenset[str] = frozenset()
    if version.kind is MandateKind.SELF:
        found = await tx.execute(_RESERVED, {**at, "grantor": grantor})
        reserved = frozenset(found.scalars())
    return replace(
        _told(row, version),
        held=True,
        groups=groups_of(version),
        actions=actions_at(version, of_grantor, about),
        reserved=reserved,
    )


def _told(row: SqlRow, version: Version) -> Known:
    """As it is where it does not hold."""
    nothing: frozenset[str] = frozenset()
    return Known(
        id=MandateId(row.id),
        version=row.version,
        kind=version.kind,
        held=False,
        groups=nothing,
        actions=nothing,
        reserved=nothing,
    )


async def named(tx: AsyncSession, tenant: TenantId, ref: str) -> MandateId:
    """By the office's own reference. Raises NotFound."""
    wanted = select(col(MandateRow.id)).where(
        col(MandateRow.tenant) == tenant, col(MandateRow.ref) == ref
    )
    found = (await tx.execute(wanted.limit(1))).scalar_one_or_none()
    if found is None:
        raise NotFound
    return MandateId(found)


def _as_of(version: Version, ended_at: datetime | None, about: datetime) -> Version:
    """An end of which the office learnt later had not come yet; one without a moment always has."""
    return replace(version, ended=version.ended and (ended_at is None or ended_at <= about))
