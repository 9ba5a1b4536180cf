"""A question kept while whoever asked it signs in more strongly: sealed, for ten minutes.

Sealed twice. The way back from the provider carries no session cookie, only that of the sign-in:
its copy opens there and is sealed again for the session that follows. A sign-in that comes to
nothing leaves the old session as it was, and the copy that opens with that one's cookie. Neither
secret is stored, so that a copy of the database holds no question.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.catalogue.actions import Floor
from app.identity.browser.cookies import LOGIN_SECONDS
from app.identity.browser.sessions import Session
from app.identity.browser.tickets import Ticket
from app.identity.tables import KeptQuestionRow, LoginRow
from app.vault.sealing import Address, DataKey
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import IdentityId, MandateId, SessionId, TenantId, random_id
from app.vocabulary.levels import Assurance

LIFETIME: Final = timedelta(seconds=LOGIN_SECONDS)


class State(StrEnum):
    """`AWAY`: at the provider, or never back from it. `REFUSED`: nothing stronger came back."""

    AWAY = "away"
    READY = "ready"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What somebody asked, and under which mandate. Empty: they only sign in more strongly."""

    question: str
    mandate: MandateId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuestion:
    """A row, not opened yet."""

    tenant: TenantId
    id: UUID
    session: SessionId
    identity: IdentityId
    mandate: MandateId | None
    needs: Floor
    state: State
    for_return: bytes
    for_session: bytes


async def keep(  # noqa: PLR0913  # what is kept, for whom, sealed with which two, each named
    tx: AsyncSession,
    kept: Kept,
    needs: Floor,
    *,
    session: Session,
    held: Ticket,
    away: Ticket,
    now: datetime,
) -> UUID:
    """`held` is the browser's session ticket, `away` that of its sign-in. Sweeps out old ones."""
    await tx.execute(
        delete(KeptQuestionRow).where(
            col(KeptQuestionRow.tenant) == session.tenant, col(KeptQuestionRow.expires_at) <= now
        )
    )
    made = random_id()
    await tx.execute(
        insert(KeptQuestionRow).values(
            tenant=session.tenant,
            id=made,
            session_id=session.id,
            identity_id=session.identity,
            mandate=kept.mandate,
            floor=needs.assurance.value,
            max_age=int(needs.max_age.total_seconds()),
            state=State.AWAY,
            for_return=_sealed(away, made, kept.question),
            for_session=_sealed(held, made, kept.question),
            expires_at=now + LIFETIME,
        )
    )
    return made


async def find(
    tx: AsyncSession, tenant: TenantId, kept: UUID, *, now: datetime
) -> KeptQuestion | None:
    return await _one(tx, and_(_live(tenant, now), col(KeptQuestionRow.id) == kept))


async def newest(
    tx: AsyncSession, tenant: TenantId, session: SessionId, *, now: datetime
) -> KeptQuestion | None:
    """The last one of this session that is not answered, whatever became of it."""
    return await _one(tx, and_(_live(tenant, now), col(KeptQuestionRow.session_id) == session))


async def refusals(tx: AsyncSession, tenant: TenantId, session: SessionId, *, now: datetime) -> int:
    """How many sign-ins for a stronger means came to nothing in this session lately."""
    found = await tx.execute(
        select(func.count()).where(
            _live(tenant, now),
            col(KeptQuestionRow.session_id) == session,
            col(KeptQuestionRow.state) == State.REFUSED,
        )
    )
    return int(found.scalar_one())


async def refuse(tx: AsyncSession, tenant: TenantId, kept: UUID, *, now: datetime) -> None:
    """Stays ten minutes from now, so that a second one is known for the second.

    What is over stays over.
    """
    await tx.execute(
        update(KeptQuestionRow)
        .where(_live(tenant, now), col(KeptQuestionRow.id) == kept)
        .values(state=State.REFUSED, expires_at=now + LIFETIME)
    )


async def hand_over(  # noqa: PLR0913  # two tickets and what goes between, each named
    tx: AsyncSession,
    kept: KeptQuestion,
    *,
    away: Ticket,
    held: Ticket,
    session: SessionId,
    now: datetime,
) -> None:
    """To the session that follows. What else was begun in the old one goes on in the new one.

    What was refused before is settled: the way there did bring something stronger back.
    """
    await tx.execute(
        delete(KeptQuestionRow).where(
            col(KeptQuestionRow.tenant) == held.tenant,
            col(KeptQuestionRow.session_id) == kept.session,
            col(KeptQuestionRow.state) == State.REFUSED,
        )
    )
    await tx.execute(
        update(KeptQuestionRow)
        .where(
            col(KeptQuestionRow.tenant) == held.tenant,
            col(KeptQuestionRow.session_id) == kept.session,
        )
        .values(session_id=session)
    )
    await tx.execute(
        update(LoginRow)
        .where(col(LoginRow.tenant) == held.tenant, col(LoginRow.replaces) == kept.session)
        .values(replaces=session)
    )
    question = opened(away, kept.id, kept.for_return)
    await tx.execute(
        update(KeptQuestionRow)
        .where(col(KeptQuestionRow.tenant) == held.tenant, col(KeptQuestionRow.id) == kept.id)
        .values(
            state=State.READY,
            for_session=_sealed(held, kept.id, question),
            expires_at=now + LIFETIME,
        )
    )


async def take(tx: AsyncSession, session: SessionId, held: Ticket, *, now: datetime) -> Kept | None:
    """The one that is ready, once: there is none afterwards, for a second tab or a reload.

    Of two tabs that came back at once it is the later one's: its way made the ticket that there
    is, and the other's copy was sealed with the one before.
    """
    found = await tx.execute(
        delete(KeptQuestionRow)
        .where(
            _live(held.tenant, now),
            col(KeptQuestionRow.session_id) == session,
            col(KeptQuestionRow.state) == State.READY,
        )
        .returning(
            col(KeptQuestionRow.id), col(KeptQuestionRow.mandate), col(KeptQuestionRow.for_session)
        )
    )
    for row in found.all():
        question = opened(held, row.id, row.for_session)
        if question:
            return Kept(question=question, mandate=row.mandate)
    return None


async def drop(tx: AsyncSession, tenant: TenantId, session: SessionId) -> None:
    """All of a session that was ended for cause."""
    await tx.execute(
        delete(KeptQuestionRow).where(
            col(KeptQuestionRow.tenant) == tenant, col(KeptQuestionRow.session_id) == session
        )
    )


def opened(ticket: Ticket, kept: UUID, sealed: bytes) -> str:
    """Empty where the ticket changed meanwhile: a mandate was chosen, or another tab was first."""
    try:
        return _key(ticket).open(sealed, _address(ticket, kept)).decode()
    except Unavailable:
        return ""


async def _one(tx: AsyncSession, which: ColumnElement[bool]) -> KeptQuestion | None:
    rows = await tx.execute(
        select(KeptQuestionRow)
        .where(which)
        .order_by(col(KeptQuestionRow.expires_at).desc(), col(KeptQuestionRow.id))
        .limit(1)
    )
    row = rows.scalars().one_or_none()
    if row is None:
        return None
    return KeptQuestion(
        tenant=TenantId(row.tenant),
        id=row.id,
        session=SessionId(row.session_id),
        identity=IdentityId(row.identity_id),
        mandate=None if row.mandate is None else MandateId(row.mandate),
        needs=Floor(Assurance(row.floor), timedelta(seconds=row.max_age)),
        state=State(row.state),
        for_return=row.for_return,
        for_session=row.for_session,
    )


def _live(tenant: TenantId, now: datetime) -> ColumnElement[bool]:
    return and_(col(KeptQuestionRow.tenant) == tenant, col(KeptQuestionRow.expires_at) > now)


def _key(ticket: Ticket) -> DataKey:
    return DataKey(ticket.derived("klarfall kept question v1"))


def _address(ticket: Ticket, kept: UUID) -> Address:
    return Address(ticket.tenant, "kept_questions.question", kept, 1)


def _sealed(ticket: Ticket, kept: UUID, question: str) -> bytes:
    return _key(ticket).seal(question.encode(), _address(ticket, kept))
