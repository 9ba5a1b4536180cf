"""Sealing values anew, with the newest version of their owner's key, in batches.

A batch takes only rows that nobody has locked, so that it waits for nobody while it holds
some; what it left out, the next walk finds. A value changes only if it is still the one read.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.engine import Database
from app.vault.columns import COLUMNS, SealedColumn
from app.vault.keys import Vault
from app.vault.rings import ONE_VERSION_BYTES
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.ids import TenantId

BATCH: Final = 200
_ALLOWED: Final = text("SELECT set_config('klarfall.resealing', 'on', true)")
_Row: TypeAlias = Any  # Any: a textual statement has no types


@dataclass(slots=True)
class Walk:
    """What one walk over all columns found. `stuck`: rows that do not open, by owner."""

    resealed: int = 0
    left: int = 0
    stuck: Counter[UUID] = field(default_factory=Counter)

    @property
    def clean(self) -> bool:
        return self.resealed == 0 and self.left == 0


async def walk(
    database: Database, vault: Vault, tenant: TenantId, tell: Callable[[int], None]
) -> Walk:
    """Once over every sealed value of whoever's key has more than one version."""
    found = Walk()
    for column in COLUMNS:
        after: str | None = "(0,0)"
        while after is not None:
            async with database.transaction(tenant) as tx:
                await tx.execute(_ALLOWED)
                after = await _batch(tx, vault, tenant, column, after, found)
            tell(found.resealed)
        async with database.transaction(tenant) as tx:
            found.left += await _left(tx, vault, tenant, column, found)
    return found


async def _batch(  # noqa: PLR0913, PLR0917 - where from, where to
    tx: AsyncSession,
    vault: Vault,
    tenant: TenantId,
    column: SealedColumn,
    after: str,
    found: Walk,
) -> str | None:
    rows = await _rows(tx, tenant, column, after=after, lock=True)
    keys = await _keys(tx, vault, tenant, rows)
    write = text(
        f"UPDATE {column.sealed.table} SET {column.sealed.column} = :anew "  # noqa: S608 - our own names
        f"WHERE tenant = :tenant AND ctid = CAST(:at AS tid) AND {column.sealed.column} = :old"
    )
    for row in rows:
        key, sealed = keys[row.owner], bytes(row.sealed)
        if sealed.startswith(key.mark):
            continue
        address = Address(tenant, column.sealed, row.row, row.version)
        try:
            anew = key.seal(key.open(sealed, address), address)
        except Unopenable:
            continue
        values = {"anew": anew, "tenant": tenant, "at": row.at, "old": sealed}
        await tx.execute(write, values)
        found.resealed += 1
    return rows[-1].at if rows else None


async def _left(
    tx: AsyncSession, vault: Vault, tenant: TenantId, column: SealedColumn, found: Walk
) -> int:
    """Values under an older version: of locked rows, or such that do not open at all."""
    after, left = "(0,0)", 0
    while rows := await _rows(tx, tenant, column, after=after, lock=False):
        keys = await _keys(tx, vault, tenant, rows)
        for row in rows:
            key, sealed = keys[row.owner], bytes(row.sealed)
            if sealed.startswith(key.mark):
                continue
            try:
                key.open(sealed, Address(tenant, column.sealed, row.row, row.version))
            except Unopenable:
                found.stuck[row.owner] += 1
            else:
                left += 1
        after = rows[-1].at
    return left


async def _rows(
    tx: AsyncSession, tenant: TenantId, column: SealedColumn, *, after: str, lock: bool
) -> list[_Row]:
    values = {"tenant": tenant, "after": after, "one": ONE_VERSION_BYTES, "most": BATCH}
    return list((await tx.execute(_select(column, lock=lock), values)).all())


def _select(column: SealedColumn, *, lock: bool) -> TextClause:
    return text(
        f"SELECT t.ctid::text AS at, k.owner AS owner, {column.row} AS row, "  # noqa: S608 - our own names
        f"{column.version} AS version, t.{column.sealed.column} AS sealed, k.wrapped AS wrapped "
        f"FROM {column.sealed.table} AS t "
        f"JOIN data_keys AS k ON k.tenant = t.tenant AND k.owner = {column.owner} "
        "WHERE t.tenant = :tenant AND t.ctid > CAST(:after AS tid) "
        f"AND t.{column.sealed.column} IS NOT NULL AND octet_length(k.wrapped) > :one "
        f"ORDER BY t.ctid LIMIT :most {'FOR NO KEY UPDATE OF t SKIP LOCKED' if lock else ''}"
    )


async def _keys(
    tx: AsyncSession, vault: Vault, tenant: TenantId, rows: list[_Row]
) -> dict[UUID, DataKey]:
    return await vault.unwrapped(tx, tenant, {row.owner: row.wrapped for row in rows})
