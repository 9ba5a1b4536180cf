"""What happens to people and bears on who may act for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.legitimation import endings, knowledge
from app.legitimation.endings import Ended
from app.legitimation.tables import PersonRow
from app.vocabulary.ids import CaseId, PersonId, TenantId


class LifeEvent(StrEnum):
    DIED = "died"
    DEATH_CORRECTED = "death_corrected"
    CAPACITY_LOST = "capacity_lost"
    CAPACITY_REGAINED = "capacity_regained"
    SUBMIT_RESTRICTED = "submit_restricted"  # § 36(2) SGB I
    RESTRICTION_LIFTED = "restriction_lifted"
    LEFT_HOUSEHOLD = "left_household"


@dataclass(frozen=True, slots=True)
class _Fact:
    """Which moment of the person it sets, or takes back."""

    column: str
    true: bool


# Mandates are not touched by these: whether one holds is asked of the person each time.
_FACTS: Final[Mapping[LifeEvent, _Fact]] = {
    LifeEvent.DIED: _Fact("died_at", true=True),
    LifeEvent.DEATH_CORRECTED: _Fact("died_at", true=False),
    LifeEvent.CAPACITY_LOST: _Fact("incapable_at", true=True),
    LifeEvent.CAPACITY_REGAINED: _Fact("incapable_at", true=False),
    LifeEvent.SUBMIT_RESTRICTED: _Fact("restricted_at", true=True),
    LifeEvent.RESTRICTION_LIFTED: _Fact("restricted_at", true=False),
}


async def happened(  # noqa: PLR0913  # to whom, what, when, each named
    tx: AsyncSession,
    tenant: TenantId,
    person: PersonId,
    event: LifeEvent,
    *,
    case: CaseId | None,
    effective_at: datetime,
    now: datetime,
) -> tuple[Ended, ...]:
    """Holds from now on. What ended by a version of its own is returned."""
    if event is LifeEvent.LEFT_HOUSEHOLD:
        return () if case is None else await endings.leave(tx, tenant, case, [person], now=now)
    fact = _FACTS[event]
    await tx.execute(
        update(PersonRow)
        .where(col(PersonRow.tenant) == tenant, col(PersonRow.id) == person)
        .values({fact.column: effective_at if fact.true else None})
    )
    await knowledge.note(tx, tenant, person, now=now)
    return ()
