"""Ending mandates: one more version, which says why and when the office learnt of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, Event, EventKind
from app.database.turns import in_turn
from app.legitimation.kinds import TERMS, MandateKind
from app.legitimation.mandates import IS_NEWEST
from app.vocabulary.ids import CaseId, MandateId, PersonId, SubjectId, TenantId

# Mandates that end when somebody leaves the household.
OF_THE_HOUSEHOLD: Final = tuple(kind for kind, terms in TERMS.items() if terms.ends_on_leaving)


class EndedReason(StrEnum):
    REVOKED = "revoked"
    EXPIRED = "expired"
    WITHDRAWN_BY_OFFICE = "withdrawn_by_office"
    OBJECTION = "objection"
    LEFT_HOUSEHOLD = "left_household"


@dataclass(frozen=True, slots=True)
class Ended:
    """The version that says so."""

    id: MandateId
    version: int
    kind: MandateKind
    case: CaseId
    grantor: PersonId
    grantee: PersonId


async def in_turn_of_case(tx: AsyncSession, tenant: TenantId, case: CaseId) -> None:
    """Two who add versions to the mandates of one case do so one after the other."""
    await in_turn(tx, tenant, "mandates", case.hex)


async def end(  # noqa: PLR0913  # which, why and when, each named
    tx: AsyncSession,
    tenant: TenantId,
    mandate: MandateId,
    *,
    case: CaseId,
    reason: EndedReason,
    now: datetime,
) -> tuple[Ended, ...]:
    """Ends it at once: an end holds from when it is received. Nothing where it ended before."""
    await in_turn_of_case(tx, tenant, case)
    return await _add(tx, _ONE, tenant=tenant, mandate=mandate, reason=reason, now=now)


async def rebut(
    tx: AsyncSession, tenant: TenantId, case: CaseId, grantor: PersonId, *, now: datetime
) -> tuple[Ended, ...]:
    """Ends every presumption about this person: it is the presumption that falls (§ 38 SGB II)."""
    await in_turn_of_case(tx, tenant, case)
    return await _add(
        tx,
        _REBUTTED,
        tenant=tenant,
        case=case,
        grantor=grantor,
        kind=MandateKind.PRESUMED_38,
        reason=EndedReason.OBJECTION,
        now=now,
    )


async def leave(
    tx: AsyncSession,
    tenant: TenantId,
    case: CaseId,
    persons: Collection[PersonId],
    *,
    now: datetime,
) -> tuple[Ended, ...]:
    """Ends what rests on living together with those who left."""
    if not persons:
        return ()
    await in_turn_of_case(tx, tenant, case)
    return await _add(
        tx,
        _LEFT,
        tenant=tenant,
        case=case,
        persons=list(persons),
        kinds=list(OF_THE_HOUSEHOLD),
        reason=EndedReason.LEFT_HOUSEHOLD,
        now=now,
    )


def ended_event(ended: Ended, actor: Actor, now: datetime) -> Event:
    """One for each mandate, so that whom it was about finds it in their own log."""
    return Event(
        kind=EventKind.MANDATES_ENDED,
        at=now,
        actor=actor,
        case=ended.case,
        subjects=(SubjectId(ended.grantor),),
        mandate=ended.id,
        mandate_version=ended.version,
        hits=1,
    )


# Labels are sealed to their version, and nobody reads those of a mandate that ended.
_ENDED: Final = f"""
    INSERT INTO mandates (
        tenant, id, version, recorded_at, ref, kind, grantor, grantee, case_id, groups, actions,
        reserved_groups, legal_basis, evidence_kind, evidence_hash, evidence_assurance,
        verified_by, verified_at, source, valid_from, valid_to, ended_received_at, ended_reason
    )
    SELECT m.tenant, m.id, m.version + 1, :now, m.ref, m.kind, m.grantor, m.grantee, m.case_id,
           m.groups, m.actions, m.reserved_groups, m.legal_basis, m.evidence_kind, m.evidence_hash,
           m.evidence_assurance, m.verified_by, m.verified_at, m.source, m.valid_from, m.valid_to,
           :now, :reason
    FROM mandates AS m
    WHERE m.tenant = :tenant AND m.ended_reason IS NULL AND {IS_NEWEST}
"""  # noqa: S608  # put together from constants
_RETURNING: Final = " RETURNING id, version, kind, case_id, grantor, grantee"
_ONE: Final = _ENDED + " AND m.id = :mandate" + _RETURNING
_REBUTTED: Final = (
    _ENDED + " AND m.case_id = :case AND m.kind = :kind AND m.grantor = :grantor" + _RETURNING
)
_LEFT: Final = (
    _ENDED
    + " AND m.case_id = :case AND m.kind = ANY(:kinds)"
    + " AND (m.grantor = ANY(:persons) OR m.grantee = ANY(:persons))"
    + _RETURNING
)


async def _add(tx: AsyncSession, statement: str, **given: object) -> tuple[Ended, ...]:
    return tuple(
        Ended(
            MandateId(row.id),
            row.version,
            MandateKind(row.kind),
            CaseId(row.case_id),
            PersonId(row.grantor),
            PersonId(row.grantee),
        )
        for row in await tx.execute(text(statement), given)
    )
