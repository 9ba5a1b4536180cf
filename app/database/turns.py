"""One after the other: what two transactions must not do at once."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.vocabulary.ids import TenantId

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")
_SHARED: Final = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:whose, 0))")


async def in_turn(tx: AsyncSession, tenant: TenantId, *what: str) -> None:
    """Waits until no other transaction holds this turn; held until this one ends.

    Locks what is not there yet as well, which `FOR UPDATE` cannot.
    """
    await tx.execute(_LOCK, {"whose": _named(tenant, what)})


async def alongside(tx: AsyncSession, tenant: TenantId, *what: str) -> None:
    """Waits for who has the turn, and makes them wait; others who come alongside do neither."""
    await tx.execute(_SHARED, {"whose": _named(tenant, what)})


def _named(tenant: TenantId, what: tuple[str, ...]) -> str:
    return "\x1f".join(("klarfall", tenant, *what))
