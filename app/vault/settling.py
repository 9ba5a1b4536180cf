"""Waiting until no transaction is open any more that may have seen what was before."""

import asyncio
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vocabulary.ids import TenantId

_POLL_SECONDS: Final = 0.05

# Every open transaction holds its own number (PostgreSQL, 52.12, `virtualxid`).
_OPEN: Final = text(
    "SELECT l.virtualtransaction FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid "
    "WHERE l.locktype = 'virtualxid' AND l.granted AND l.mode = 'ExclusiveLock' "
    "AND a.datname = current_database() AND a.usename IS NOT NULL "
    "AND l.pid <> pg_backend_pid() AND l.pid <> :guard"
)


async def settled(database: Database, tenant: TenantId, *, guard: int) -> None:
    """Returns when all that are open now have ended. `guard` is a backend that does not count."""
    waited_for: set[str] | None = None
    while True:
        async with database.transaction(tenant) as tx:
            there = set((await tx.execute(_OPEN, {"guard": guard})).scalars())
        waited_for = there if waited_for is None else waited_for & there
        if not waited_for:
            return
        await asyncio.sleep(_POLL_SECONDS)
