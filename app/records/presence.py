"""Whether the file holds a value, without opening it."""

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit.receipts import Receipt
from app.policy.release import Needed, Release
from app.records.tables import CaseValueRow
from app.vocabulary.ids import FieldName, SubjectId


async def present(tx: AsyncSession, release: Release, receipt: Receipt) -> frozenset[Needed]:
    """The released places that hold a value. Raises ReceiptMismatch for another's receipt."""
    mandate = release.mandate
    tenant = mandate.person.tenant
    receipt.require(release.id, tenant=tenant)
    wanted = select(col(CaseValueRow.subject), col(CaseValueRow.field)).where(
        col(CaseValueRow.tenant) == tenant,
        col(CaseValueRow.case_id) == mandate.case,
        tuple_(col(CaseValueRow.subject), col(CaseValueRow.field)).in_(list(release.readable)),
    )
    rows = await tx.execute(wanted)
    return frozenset((SubjectId(row.subject), FieldName(row.field)) for row in rows)
