"""What was known of somebody and when: each change of the facts about a person is kept as a row."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.legitimation.holding import Facts
from app.vocabulary.ids import PersonId, TenantId

# The row of `persons` was written just before in this transaction, so that two changes of one
# person come here one after the other.
_NOTE: Final = text("""
    INSERT INTO person_facts (tenant, person_id, version, recorded_at,
        fifteen_at, eighteen_at, died_at, incapable_at, restricted_at)
    SELECT p.tenant, p.id, COALESCE(f.version, 0) + 1, :now,
        p.fifteen_at, p.eighteen_at, p.died_at, p.incapable_at, p.restricted_at
    FROM persons AS p LEFT JOIN LATERAL (
        SELECT * FROM person_facts AS k
        WHERE k.tenant = p.tenant AND k.person_id = p.id ORDER BY k.version DESC LIMIT 1
    ) AS f ON true
    WHERE p.tenant = :tenant AND p.id = :person AND (
        f.version IS NULL
        OR (p.fifteen_at, p.eighteen_at, p.died_at, p.incapable_at, p.restricted_at)
           IS DISTINCT FROM
           (f.fifteen_at, f.eighteen_at, f.died_at, f.incapable_at, f.restricted_at)
    )
""")
_KNOWN: Final = text("""
    SELECT fifteen_at, eighteen_at, died_at, incapable_at, restricted_at FROM person_facts
    WHERE tenant = :tenant AND person_id = :person AND recorded_at <= :known
    ORDER BY version DESC LIMIT 1
""")


async def note(tx: AsyncSession, tenant: TenantId, person: PersonId, *, now: datetime) -> None:
    """Keeps what is known of this person now, where it changed."""
    await tx.execute(_NOTE, {"tenant": tenant, "person": person, "now": now})


async def facts(
    tx: AsyncSession, tenant: TenantId, person: PersonId, *, known: datetime, about: datetime
) -> Facts:
    """What was known then of that day. What had not happened by that day is left out."""
    at = {"tenant": tenant, "person": person, "known": known}
    row = (await tx.execute(_KNOWN, at)).one_or_none()
    if row is None:
        return Facts()
    return Facts(
        fifteen_at=row.fifteen_at,
        eighteen_at=row.eighteen_at,
        died_at=_by(about, row.died_at),
        incapable_at=_by(about, row.incapable_at),
        restricted_at=_by(about, row.restricted_at),
    )


def _by(about: datetime, moment: datetime | None) -> datetime | None:
    return None if moment is None or moment > about else moment
