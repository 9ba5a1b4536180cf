"""Where I am signed in, and signing out there from here (ASVS 7.5.2)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.identity import persons
from app.identity.browser import sessions
from app.identity.browser.sessions import IDLE
from app.identity.identity import Identity
from app.identity.persons import Person
from app.identity.tables import SessionRow
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import SessionId
from app.vocabulary.levels import Assurance


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSession:
    """A live session of this identity. Its id opens nothing: what does is in the cookie alone.

    `expires_at` is when it ends unless it is used, and in any case after eight hours.
    """

    id: SessionId
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    assurance: Assurance
    current: bool


async def of(identity: Identity, person: Person) -> tuple[OwnSession, ...]:
    """The newest first."""
    async with identity.database.transaction(person.tenant) as tx:
        found = await tx.execute(
            select(
                col(SessionRow.id),
                col(SessionRow.created_at),
                col(SessionRow.last_seen_at),
                col(SessionRow.expires_at),
                col(SessionRow.assurance),
            )
            .where(_of(person, identity.clock()))
            .order_by(col(SessionRow.created_at).desc(), col(SessionRow.id))
        )
    return tuple(
        OwnSession(
            id=SessionId(row.id),
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=min(row.expires_at, row.last_seen_at + IDLE),
            assurance=Assurance(row.assurance),
            current=row.id == person.session,
        )
        for row in found
    )


async def end_one(identity: Identity, person: Person, session: SessionId) -> None:
    """Raises NotFound for one that is over and for one of somebody else, without a difference."""
    if not await _end(identity, person, col(SessionRow.id) == session):
        raise NotFound


async def end_others(identity: Identity, person: Person) -> int:
    """All but the one this is asked from; by an access token, all. How many there were."""
    return await _end(identity, person, col(SessionRow.id).is_distinct_from(person.session))


async def _end(identity: Identity, person: Person, which: ColumnElement[bool]) -> int:
    """Dead and in the trail with one commit."""
    async with identity.database.transaction(person.tenant) as tx:
        now = identity.clock()
        await persons.still_signed_in(tx, person, now=now)
        found = await tx.execute(
            delete(SessionRow).where(_of(person, now), which).returning(col(SessionRow.id))
        )
        ended = found.scalars().all()
        for session in ended:
            await _record(identity, tx, person, SessionId(session), now=now)
    return len(ended)


async def _record(
    identity: Identity, tx: AsyncSession, person: Person, session: SessionId, *, now: datetime
) -> None:
    event = Event(
        kind=EventKind.SESSION_ENDED,
        at=now,
        actor=Actor(kind=ActorKind.PERSON, identity=person.identity, assurance=person.assurance),
        mandate=person.active_mandate,
        hits=1,
        about=session,
    )
    await identity.journal.record(tx, person.tenant, event)


def _of(person: Person, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(SessionRow.tenant) == person.tenant,
        col(SessionRow.identity_id) == person.identity,
        sessions.live(now),
    )
