"""Which entries a log still has. The rule by which old ones go is in docs/log.md."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.vocabulary.ids import TenantId

# The rule itself is the database's, so that nobody can prune by another one.
_PRUNE: Final = text("SELECT audit_prune()")
_FIRST: Final = text("""
    SELECT coalesce(max(first), 0) FROM audit_prunings WHERE tenant = :tenant
""")


async def prune(tx: AsyncSession) -> int:
    """Deletes what may go of the bound tenant's log; gives the first entry that is still there."""
    return int((await tx.execute(_PRUNE)).scalar_one())


async def prunable(tx: AsyncSession, tenant: TenantId) -> int:
    """How many entries `prune` would delete now: it is tried, and taken back."""
    kept = await first_kept(tx, tenant)
    async with tx.begin_nested() as attempt:
        until = await prune(tx)
        await attempt.rollback()
    return until - kept


async def first_kept(tx: AsyncSession, tenant: TenantId) -> int:
    return int((await tx.execute(_FIRST, {"tenant": tenant})).scalar_one())
