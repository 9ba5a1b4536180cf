"""Sign-ins under way. Kept here for ten minutes, tied to one browser, used once.

Two tabs of one browser can each have one. The cookie of a session is `Strict`, and a browser keeps
it back on the way from the provider's site; the cookies of sign-ins are `Lax` and come along, all
of them. So the tab that comes back first takes the others into its sitting, and whichever comes
back later ends the session of that sitting.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.browser.cookies import LOGIN_SECONDS
from app.identity.browser.tickets import Ticket
from app.identity.sign_in.kept_questions import Kept
from app.identity.tables import LoginRow
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import SessionId, TenantId, random_id
from app.vocabulary.levels import Assurance

LIFETIME: Final = timedelta(seconds=LOGIN_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a sign-in is for: where it leads, how sure and how fresh it must be.

    With `keeps`, somebody who is signed in does so more strongly or anew: a step-up.
    """

    destination: str
    floor: Assurance = Assurance.BASIC
    max_age: timedelta | None = None
    keeps: Kept | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What we remember between sending a browser away and its return.

    `kept_question` is there for a step-up, even where nothing was asked. `begun_at` is set by
    the store.
    """

    wish: Wish
    nonce_hash: bytes
    verifier: str
    replaces: SessionId | None
    sitting: UUID
    kept_question: UUID | None = None
    begun_at: datetime | None = None


async def keep(
    tx: AsyncSession, attempt: Attempt, *, ticket: Ticket, state: str, now: datetime
) -> None:
    """Sweeps out what is over, so that sign-ins never finished do not pile up."""
    await tx.execute(
        delete(LoginRow).where(
            col(LoginRow.tenant) == ticket.tenant, col(LoginRow.expires_at) <= now
        )
    )
    max_age = attempt.wish.max_age
    await tx.execute(
        insert(LoginRow).values(
            tenant=ticket.tenant,
            state_hash=sha256(state.encode()).digest(),
            browser_hash=ticket.digest,
            nonce_hash=attempt.nonce_hash,
            verifier=attempt.verifier,
            destination=attempt.wish.destination,
            floor=attempt.wish.floor.value,
            max_age=None if max_age is None else int(max_age.total_seconds()),
            replaces=attempt.replaces,
            sitting=attempt.sitting,
            kept_question=attempt.kept_question,
            expires_at=now + LIFETIME,
        )
    )


async def use_up(
    tx: AsyncSession,
    *,
    ticket: Ticket,
    state: str,
    now: datetime,
    beside: Collection[Ticket] = (),
) -> Attempt:
    """The sign-in this browser began with this state; there is none afterwards.

    `beside` are those the same browser has under way in other tabs: they are of one sitting from
    here on. Raises Unauthenticated for one that is unknown, another browser's, used or over.
    """
    others = [each.digest for each in beside if each.tenant == ticket.tenant]
    await _held(tx, ticket, others)
    found = await tx.execute(
        delete(LoginRow)
        .where(
            col(LoginRow.tenant) == ticket.tenant,
            col(LoginRow.state_hash) == sha256(state.encode()).digest(),
            col(LoginRow.browser_hash) == ticket.digest,
            col(LoginRow.expires_at) > now,
        )
        .returning(
            col(LoginRow.nonce_hash),
            col(LoginRow.verifier),
            col(LoginRow.destination),
            col(LoginRow.floor),
            col(LoginRow.max_age),
            col(LoginRow.replaces),
            col(LoginRow.sitting),
            col(LoginRow.kept_question),
            col(LoginRow.expires_at),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Unauthenticated
    # One that was begun before there were sittings.
    sitting = row.sitting or random_id()
    await _sit_together(tx, ticket.tenant, others, sitting)
    return Attempt(
        wish=Wish(
            destination=row.destination,
            floor=Assurance(row.floor),
            max_age=None if row.max_age is None else timedelta(seconds=row.max_age),
        ),
        nonce_hash=row.nonce_hash,
        verifier=row.verifier,
        replaces=row.replaces,
        sitting=sitting,
        kept_question=row.kept_question,
        begun_at=row.expires_at - LIFETIME,
    )


async def _held(tx: AsyncSession, ticket: Ticket, others: Collection[bytes]) -> None:
    """In one order, whichever tab comes: two at once wait for each other, and not for ever."""
    if others:
        await tx.execute(
            select(col(LoginRow.state_hash))
            .where(
                col(LoginRow.tenant) == ticket.tenant,
                col(LoginRow.browser_hash).in_([ticket.digest, *others]),
            )
            .order_by(col(LoginRow.state_hash))
            .with_for_update()
        )


async def _sit_together(
    tx: AsyncSession, tenant: TenantId, others: Collection[bytes], sitting: UUID
) -> None:
    if others:
        await tx.execute(
            update(LoginRow)
            .where(col(LoginRow.tenant) == tenant, col(LoginRow.browser_hash).in_(others))
            .values(sitting=sitting)
        )
