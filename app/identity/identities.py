"""Accounts at providers. An identity is not a person: `app.legitimation` ties the two."""

from datetime import datetime
from typing import Final

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.statements import Statement
from app.identity.tables import IdentityRow
from app.vocabulary.ids import IdentityId, TenantId, random_id

_KNOWN: Final = Statement("""
    SELECT id FROM identities
    WHERE tenant = :tenant AND issuer = :issuer AND subject = :subject
""")


async def recognise(
    tx: AsyncSession, tenant: TenantId, *, issuer: str, subject: str, now: datetime
) -> IdentityId:
    """The id of (iss, sub) here, the same at every sign-in. Made at the first."""
    who = {"tenant": tenant, "issuer": issuer, "subject": subject}
    found = await _KNOWN.rows(tx, who)
    if not found:
        await tx.execute(
            insert(IdentityRow)
            .values(tenant=tenant, id=random_id(), issuer=issuer, subject=subject, created_at=now)
            .on_conflict_do_nothing()
        )
        found = await _KNOWN.rows(tx, who)
    return IdentityId(found[0].id)
