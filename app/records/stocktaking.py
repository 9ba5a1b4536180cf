"""Contents for files from before there were any. Once, when coming from such a release.

Whatever a file holds at that moment is taken as it stands: what was put back before is not
found out. A part that has contents is left alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import text

from app.database.engine import Database
from app.database.turns import in_turn
from app.records import contents
from app.records.contents import Cell, Contents
from app.records.excerpt import COLUMN
from app.vault.keys import Vault
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.ids import TenantId

_Row: TypeAlias = Any  # Any: a textual statement has no types
BATCH: Final = 200
_UNLISTED: Final = text("""
    SELECT DISTINCT v.case_id, v.subject, c.ref FROM case_values AS v
    JOIN cases AS c ON c.tenant = v.tenant AND c.id = v.case_id
    WHERE v.tenant = :tenant AND (v.case_id, v.subject) > (:case, :subject) AND NOT EXISTS (
        SELECT FROM case_contents AS o
        WHERE o.tenant = v.tenant AND o.case_id = v.case_id AND o.subject = v.subject)
    ORDER BY v.case_id, v.subject LIMIT :most
""")
_CELLS: Final = text("""
    SELECT v.field, v.id, v.version, v.sealed FROM case_values AS v
    WHERE v.tenant = :tenant AND v.case_id = :case AND v.subject = :subject AND NOT EXISTS (
        SELECT FROM case_contents AS o
        WHERE o.tenant = v.tenant AND o.case_id = v.case_id AND o.subject = v.subject)
""")
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """How many parts were listed, and how many have a value that does not open."""

    listed: int
    stuck: int


async def take(
    database: Database, vault: Vault, tenant: TenantId, tell: Callable[[int], None]
) -> Stock:
    """Each part in a transaction of its own: interrupted and run again, it goes on."""
    listed = stuck = 0
    after = {"case": _FIRST, "subject": _FIRST}
    while True:
        async with database.transaction(tenant) as tx:
            asked = {"tenant": tenant, "most": BATCH, **after}
            parts = (await tx.execute(_UNLISTED, asked)).all()
        if not parts:
            return Stock(listed=listed, stuck=stuck)
        for part in parts:
            try:
                listed += await _list(database, vault, tenant, part)
            except Unopenable:
                stuck += 1
        after = {"case": parts[-1].case_id, "subject": parts[-1].subject}
        tell(listed)


async def _list(database: Database, vault: Vault, tenant: TenantId, part: _Row) -> int:
    """As many as there still are without: an office may push, or somebody be erased, meanwhile."""
    at = {"tenant": tenant, "case": part.case_id, "subject": part.subject}
    async with database.transaction(tenant) as tx:
        await in_turn(tx, tenant, "case", part.ref)
        rows = (await tx.execute(_CELLS, at)).all()
        keys = await vault.keys(tx, tenant, [part.subject])
        if not rows or part.subject not in keys:
            return 0
        key = keys[part.subject]
        found = Contents.of(_cell(key, tenant, row) for row in rows)
        await contents.write(tx, keys, {part.subject: found}, tenant=tenant, case=part.case_id)
        return 1


def _cell(key: DataKey, tenant: TenantId, row: _Row) -> Cell:
    address = Address(tenant, COLUMN, row.id, row.version)
    return Cell(row.field, row.id, row.version, key.open(bytes(row.sealed), address))
