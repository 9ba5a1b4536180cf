"""One after the other: what two transactions must not do at once."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.vocabulary.ids import TenantId

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")


async def in_turn(tx: AsyncSession, tenant: TenantId, *what: str) -> None:
    """Waits until no other transaction holds this turn; held until this one ends.

    Locks what is not there yet as well, which `FOR UPDATE` cannot.
    """
    await tx.execute(_LOCK, {"whose": "\x1f".join(("klarfall", tenant, *what))})
