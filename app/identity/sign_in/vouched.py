"""What an ID token vouched for at this very sign-in: name and date of birth.

Kept for a quarter of an hour, sealed with the browser's ticket, whose secret is not here: a copy
of the database opens none of it, and a new ticket leaves the old attributes behind unread.
"""

import json
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.browser.sessions import Session
from app.identity.browser.tickets import Ticket
from app.identity.tables import VouchedRow
from app.identity.tokens.attributes import Attributes
from app.vault.sealing import Address, DataKey, Unopenable
from app.vocabulary.ids import SessionId
from app.vocabulary.levels import Assurance

LIFETIME: Final = timedelta(minutes=15)


async def keep(  # noqa: PLR0913 - whose, what, from which assurance on, when
    tx: AsyncSession,
    ticket: Ticket,
    session: Session,
    found: Attributes | None,
    *,
    minimum: Assurance | None,
    now: datetime,
) -> None:
    """Only where this tenant's provider vouches for them, at this assurance or a higher one.

    Sweeps out what is over as well, and what an earlier sign-in left to this session.
    """
    if minimum is None:
        return
    over = or_(col(VouchedRow.expires_at) <= now, col(VouchedRow.session_id) == session.id)
    await tx.execute(delete(VouchedRow).where(col(VouchedRow.tenant) == ticket.tenant, over))
    if found is None or session.assurance < minimum:
        return
    document = json.dumps([found.given, found.family, found.born.isoformat()])
    await tx.execute(
        insert(VouchedRow).values(
            tenant=ticket.tenant,
            session_id=session.id,
            sealed=_key(ticket).seal(document.encode(), _address(ticket, session.id)),
            expires_at=now + LIFETIME,
        )
    )


async def of_session(
    tx: AsyncSession, ticket: Ticket, session: SessionId, *, now: datetime
) -> Attributes | None:
    """None where the sign-in is too long ago, vouched for less, or the ticket is another by now."""
    wanted = select(col(VouchedRow.sealed)).where(
        col(VouchedRow.tenant) == ticket.tenant,
        col(VouchedRow.session_id) == session,
        col(VouchedRow.expires_at) > now,
    )
    sealed = (await tx.execute(wanted)).scalar_one_or_none()
    if sealed is None:
        return None
    try:
        opened = _key(ticket).open(bytes(sealed), _address(ticket, session))
    except Unopenable:
        return None
    given, family, born = json.loads(opened)
    return Attributes(given=given, family=family, born=date.fromisoformat(born))


def _key(ticket: Ticket) -> DataKey:
    return DataKey(ticket.derived("klarfall vouched attributes v1"))


def _address(ticket: Ticket, session: SessionId) -> Address:
    return Address(ticket.tenant, "vouched.sealed", session, 1)
