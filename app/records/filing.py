"""Putting values into the file, sealed to their subject and their place."""

import json
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.policy.release import Needed
from app.records import contents
from app.records.contents import Cell, Contents
from app.records.excerpt import COLUMN
from app.records.tables import CaseValueRow
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.ids import CaseId, TenantId, random_id
from app.vocabulary.json import Json


async def replace(
    tx: AsyncSession,
    vault: Vault,
    *,
    tenant: TenantId,
    case: CaseId,
    values: Mapping[Needed, Json],
) -> int:
    """The whole file becomes these values; what is not among them is gone. Returns how many.

    Each value keeps its row and counts its version up, so that an older sealing
    of the same cell does not open; the contents of each part say which is the newest.
    """
    there = {
        (row.subject, row.field): (row.id, row.version)
        for row in await tx.execute(
            select(
                col(CaseValueRow.subject),
                col(CaseValueRow.field),
                col(CaseValueRow.id),
                col(CaseValueRow.version),
            ).where(col(CaseValueRow.tenant) == tenant, col(CaseValueRow.case_id) == case)
        )
    }
    subjects: list[UUID] = sorted({s for s, _ in values}, key=str)
    keys = {s: await vault.key(tx, tenant, s) for s in subjects}
    rows = []
    cells: dict[UUID, list[Cell]] = {subject: [] for subject in keys}
    for (subject, field), value in values.items():
        row, version = there.get((subject, field), (random_id(), 0))
        address = Address(tenant, COLUMN, row, version + 1)
        clear = json.dumps(value).encode()
        cells[subject].append(Cell(field, row, version + 1, clear))
        rows.append(
            {
                "tenant": tenant,
                "case_id": case,
                "subject": subject,
                "field": field,
                "id": row,
                "version": version + 1,
                "sealed": keys[subject].seal(clear, address),
            }
        )
    await _drop(tx, tenant, case, there.keys() - values.keys())
    if rows:
        await _upsert(tx, rows)
    listed = {subject: Contents.of(of) for subject, of in cells.items()}
    await contents.write(tx, keys, listed, tenant=tenant, case=case, only=True)
    return len(rows)


async def _drop(
    tx: AsyncSession, tenant: TenantId, case: CaseId, gone: set[tuple[object, str]]
) -> None:
    if gone:
        await tx.execute(
            delete(CaseValueRow).where(
                col(CaseValueRow.tenant) == tenant,
                col(CaseValueRow.case_id) == case,
                tuple_(col(CaseValueRow.subject), col(CaseValueRow.field)).in_(list(gone)),
            )
        )


async def _upsert(tx: AsyncSession, rows: list[dict[str, object]]) -> None:
    write = insert(CaseValueRow).values(rows)
    await tx.execute(
        write.on_conflict_do_update(
            index_elements=["tenant", "case_id", "subject", "field"],
            set_={
                "version": write.excluded.version,
                "sealed": write.excluded.sealed,
                "recorded_at": write.excluded.recorded_at,
            },
        )
    )
