"""One renewal of a tenant's keys at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vocabulary.ids import TenantId

_ALONE: Final = text(
    "SELECT pg_try_advisory_xact_lock(hashtextextended(:whose, 0)) AS alone, "
    "pg_backend_pid() AS pid"
)


class RotationBusy(Exception):
    """Somebody else renews this tenant's keys just now."""


@asynccontextmanager
async def alone(database: Database, tenant: TenantId) -> AsyncIterator[int]:
    """Its transaction is open all the while and reads nothing: it holds up no vacuum."""
    async with database.transaction(tenant) as tx:
        whose = f"klarfall keys\x1f{tenant}"
        row = (await tx.execute(_ALONE, {"whose": whose})).one()
        if not row.alone:
            raise RotationBusy
        yield int(row.pid)
