"""The alarms of all processes, in the database until somebody has looked.

Written beside the request that raised them, whose own transaction is gone. Whoever may write to
the database can tear pages out of this book; the log lines and the counter they cannot.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vault.alarms import Alarms
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import TenantId

_SECONDS: Final = 1.0
_WRITE: Final = text("""
    INSERT INTO key_alarms AS a (tenant, place, number, first_at, last_at)
    VALUES (:tenant, :place, :number, clock_timestamp(), clock_timestamp())
    ON CONFLICT (tenant, place) DO UPDATE
    SET number = a.number + excluded.number, last_at = excluded.last_at
""")
_READ: Final = text("""
    SELECT place, number, first_at, last_at FROM key_alarms WHERE tenant = :tenant ORDER BY place
""")
_STRIKE: Final = text("DELETE FROM key_alarms WHERE tenant = :tenant AND place = :place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """`place` is the table and column, `number` how often something there did not open."""

    tenant: TenantId
    place: str
    number: int
    first_at: datetime
    last_at: datetime


async def write(database: Database, alarms: Alarms) -> None:
    """Raises Unavailable without the database: then they are written next time."""
    for tenant in sorted(alarms.tenants):
        told = alarms.of(tenant)
        async with database.transaction(tenant) as tx:
            for sealed, number in told.items():
                values = {"tenant": tenant, "place": sealed.value, "number": number}
                await tx.execute(_WRITE, values)
        alarms.written(tenant, told)


async def read(database: Database, tenants: Iterable[TenantId]) -> list[Alarm]:
    found = []
    for tenant in tenants:
        async with database.transaction(tenant) as tx:
            rows = (await tx.execute(_READ, {"tenant": tenant})).all()
        found += [
            Alarm(
                tenant=tenant,
                place=row.place,
                number=row.number,
                first_at=row.first_at,
                last_at=row.last_at,
            )
            for row in rows
        ]
    return found


async def strike(database: Database, alarms: Iterable[Alarm]) -> None:
    """Somebody has looked at these. The next is a new one."""
    for alarm in alarms:
        async with database.transaction(alarm.tenant) as tx:
            await tx.execute(_STRIKE, {"tenant": alarm.tenant, "place": alarm.place})


async def keep(database: Database, alarms: Alarms) -> None:
    """For as long as a process serves."""
    while True:
        await asyncio.sleep(_SECONDS)
        with suppress(KlarfallError):
            await write(database, alarms)
