"""What persons asked for of their rights: to be erased, which somebody decides, and their copy.

Erasures are told from their own rows, without whom they are about once they are carried out. A
copy (Art. 15 GDPR) everybody takes for themselves, so that there is nothing to decide: it is told
from the log, which is where it is.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.oversight.searching import Page, Wanted
from app.vocabulary.erasures import Erasure, HoldGround
from app.vocabulary.ids import TenantId

MOST: Final = 1_000
_Row: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types
# All that are open, and of those that were ended what was asked for in that time.
_ERASURES: Final = text("""
    SELECT e.id, e.person_id, e.asked_by, e.state, e.requested_at, e.due_at, e.decided_at,
           e.refusal, e.erased_at, h.ground
    FROM erasures AS e
    LEFT JOIN legal_holds AS h
      ON h.tenant = e.tenant AND h.person_id = e.person_id AND h.lifted_at IS NULL
    WHERE e.tenant = :tenant
      AND (CAST(:persons AS uuid[]) IS NULL OR e.person_id = ANY(:persons))
      AND (e.state NOT IN ('refused', 'erased') OR e.requested_at BETWEEN :since AND :until)
    ORDER BY e.state IN ('refused', 'erased'), e.due_at, e.id LIMIT :most
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedErasure:
    """`subject` is None once the person is erased; `hold` why nothing of them may go now."""

    erasure: Erasure
    subject: UUID | None
    hold: HoldGround | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Open erasures first, the most urgent of them before the rest. `copies` are of the log."""

    erasures: tuple[AskedErasure, ...]
    copies: Page

    @property
    def about(self) -> Counter[str]:
        """Of whom how much is in it."""
        named = (str(each.subject) for each in self.erasures if each.subject is not None)
        return Counter(named) + Counter(who for each in self.copies.lines for who in each.persons)


async def erasures(tx: AsyncSession, tenant: TenantId, wanted: Wanted) -> tuple[AskedErasure, ...]:
    """Of the persons that are wanted, or of all."""
    asked = {
        "tenant": tenant,
        "persons": None if wanted.persons is None else sorted(map(UUID, wanted.persons)),
        "since": wanted.since,
        "until": wanted.until,
        "most": MOST,
    }
    return tuple(map(_asked, (await tx.execute(_ERASURES, asked)).all()))


def _asked(row: _Row) -> AskedErasure:
    return AskedErasure(
        erasure=Erasure.of(row),
        subject=row.person_id,
        hold=None if row.ground is None else HoldGround(row.ground),
    )
