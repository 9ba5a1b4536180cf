"""Whom a search is about, in the words of the office, and which consents they withdrew."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.legitimation.binding.matching import number_index
from app.legitimation.register import find_member, find_representative
from app.oversight.anomalies import Withdrawal, withdrawals
from app.policy.consent import ConsentDecision
from app.vault.keys import Vault
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Purpose

_MEMBERS: Final = text("""
    SELECT m.person_id FROM memberships AS m
    JOIN cases AS c ON c.tenant = m.tenant AND c.id = m.case_id
    WHERE c.tenant = :tenant AND c.number_index = :number
""")
_LEDGER: Final = text("""
    SELECT subject, field, purpose, decision, recorded_at FROM consents
    WHERE tenant = :tenant ORDER BY number
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whom:
    """Somebody, in the case system's own words; no name. A file number stands for a household."""

    case: str | None = None
    person: str | None = None
    file_number: str | None = None

    @property
    def anybody(self) -> bool:
        return self.case is self.person is self.file_number is None


async def persons_of(
    tx: AsyncSession, vault: Vault, tenant: TenantId, whom: Whom
) -> frozenset[str] | None:
    """None for anybody. By reference, and by the blind index of a file number."""
    if whom.anybody:
        return None
    if whom.file_number is not None:
        number = number_index(await vault.indexer(tenant), whom.file_number)
        rows = await tx.execute(_MEMBERS, {"tenant": tenant, "number": number})
        if number is None or not (members := frozenset(map(str, rows.scalars()))):
            raise NotFound
        return members
    if whom.person is None:
        raise NotFound
    if whom.case is not None:
        _, person = await find_member(tx, tenant, case_ref=whom.case, person_ref=whom.person)
        return frozenset({str(person)})
    acting = await find_representative(tx, tenant, whom.person)
    if acting is None:
        raise NotFound
    return frozenset({str(acting)})


async def withdrawals_of(tx: AsyncSession, tenant: TenantId) -> tuple[Withdrawal, ...]:
    rows = (await tx.execute(_LEDGER, {"tenant": tenant})).all()
    return withdrawals(
        (
            str(row.subject),
            row.field,
            Purpose(row.purpose),
            row.decision == ConsentDecision.GRANTED,
            row.recorded_at,
        )
        for row in rows
    )
