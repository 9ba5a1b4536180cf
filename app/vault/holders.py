"""Waiting until no process can seal with a data key that is about to be destroyed.

One key is held across requests: that of a tenant's log, for a minute, and only over connections
that are older than its reading (`app.audit.sealing`). So it is out of use a minute after its
renewal, and at once where no connection but the renewal's own is left.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from sqlalchemy import text

from app.database.engine import Database
from app.vault.columns import LOG_KEY_OWNER
from app.vocabulary.ids import TenantId

_POLL_SECONDS: Final = 1.0
_TELL_EVERY: Final = 15
_AGE: Final = text(
    "SELECT extract(epoch FROM clock_timestamp() - created_at) FROM data_keys "
    "WHERE tenant = :tenant AND owner = :owner AND octet_length(wrapped) > :one"
)
# Whoever serves does so as another role: the one that owns the tables is for commands. It may see
# whose sessions there are, and little else of them.
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND usename <> current_user"
)


async def gone(
    database: Database,
    tenant: TenantId,
    *,
    kept_seconds: float,
    one_version: int,
    tell: Callable[[int], None],
) -> None:
    """Returns when nobody uses an older version of the log's key; `tell` has the seconds left."""
    told = 0
    while True:
        values = {"tenant": tenant, "owner": LOG_KEY_OWNER, "one": one_version}
        async with database.transaction(tenant) as tx:
            age = (await tx.execute(_AGE, values)).scalar_one_or_none()
            others = (await tx.execute(_OTHERS)).scalar_one()
        left = 0.0 if age is None else kept_seconds - float(age)
        if left <= 0 or not others:
            return
        if told % _TELL_EVERY == 0:
            tell(round(left))
        told += 1
        await asyncio.sleep(min(left, _POLL_SECONDS))
