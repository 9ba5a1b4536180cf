"""Accounts at providers. An identity is not a person: `app.legitimation` ties the two."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.tables import IdentityRow
from app.vocabulary.ids import IdentityId, TenantId, random_id


async def recognise(
    tx: AsyncSession, tenant: TenantId, *, issuer: str, subject: str, now: datetime
) -> IdentityId:
    """The id of (iss, sub) here, the same at every sign-in. Made at the first."""
    known = select(col(IdentityRow.id)).where(
        col(IdentityRow.tenant) == tenant,
        col(IdentityRow.issuer) == issuer,
        col(IdentityRow.subject) == subject,
    )
    found = (await tx.execute(known)).scalar_one_or_none()
    if found is None:
        await tx.execute(
            insert(IdentityRow)
            .values(tenant=tenant, id=random_id(), issuer=issuer, subject=subject, created_at=now)
            .on_conflict_do_nothing()
        )
        found = (await tx.execute(known)).scalar_one()
    return IdentityId(found)
