"""References of the office's that belonged to somebody who is erased, and stay shut."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.vault.keys import BlindIndexer
from app.vocabulary.errors import Conflict, NotFound
from app.vocabulary.ids import TenantId

_KIND: Final = "erased reference"
_BETWEEN: Final = "\x1f"
_WHO: Final = text("""
    SELECT c.ref AS case_ref, m.ref FROM memberships AS m
    JOIN cases AS c ON c.tenant = m.tenant AND c.id = m.case_id
    WHERE m.tenant = :tenant AND m.person_id = :person
    UNION ALL
    SELECT NULL, r.ref FROM representatives AS r
    WHERE r.tenant = :tenant AND r.person_id = :person
    LIMIT 1
""")
_SHUT: Final = text("""
    SELECT 1 FROM erased_references WHERE tenant = :tenant AND whom = ANY(:whom) LIMIT 1
""")
_SHUT_ONE: Final = text("""
    INSERT INTO erased_references (tenant, whom, erased_at) VALUES (:tenant, :whom, :now)
    ON CONFLICT DO NOTHING
""")
_OPEN: Final = text("DELETE FROM erased_references WHERE tenant = :tenant AND whom = :whom")


class ErasedReference(Conflict):
    """The person was erased; nothing about them is taken in again by itself."""

    code = "erased"
    title_en = (
        "A person in this was erased. Reopen the reference first if the office takes them up anew."
    )
    title_de = (
        "Eine Person darin wurde gelöscht. Geben Sie die Referenz erst wieder frei, wenn das Amt "
        "sie neu aufnimmt."
    )


def whom(indexer: BlindIndexer, case: str | None, person: str) -> bytes:
    """The office's words for somebody, comparable and not readable."""
    return indexer.index(_KIND, f"{case or ''}{_BETWEEN}{person}")


async def whom_of(tx: AsyncSession, indexer: BlindIndexer, tenant: TenantId, person: UUID) -> bytes:
    """Of somebody who is here. Raises NotFound for who is not."""
    row = (await tx.execute(_WHO, {"tenant": tenant, "person": person})).one_or_none()
    if row is None:
        raise NotFound
    return whom(indexer, row.case_ref, row.ref)


async def refuse_erased(
    tx: AsyncSession,
    indexer: BlindIndexer,
    tenant: TenantId,
    *,
    case: str | None,
    persons: Iterable[str],
) -> None:
    """Raises ErasedReference where one of them was erased and not taken up anew."""
    asked = {"tenant": tenant, "whom": [whom(indexer, case, each) for each in persons]}
    if (await tx.execute(_SHUT, asked)).one_or_none() is not None:
        raise ErasedReference


async def shut(tx: AsyncSession, tenant: TenantId, which: bytes, *, now: datetime) -> None:
    await tx.execute(_SHUT_ONE, {"tenant": tenant, "whom": which, "now": now})


async def reopen(tx: AsyncSession, tenant: TenantId, which: bytes) -> bool:
    """Whether it was shut."""
    asked = {"tenant": tenant, "whom": which}
    was = await tx.execute(
        text("SELECT 1 FROM erased_references WHERE tenant = :tenant AND whom = :whom"), asked
    )
    there = was.one_or_none() is not None
    await tx.execute(_OPEN, asked)
    return there
