"""Sign-ins under way. Kept here for ten minutes, tied to one browser, used once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.identity.browser.cookies import LOGIN_SECONDS
from app.identity.browser.tickets import Ticket
from app.identity.sign_in.kept_questions import Kept
from app.identity.tables import LoginRow
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import SessionId
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

    `kept_question` is there for a step-up, even where nothing was asked.
    """

    wish: Wish
    nonce_hash: bytes
    verifier: str
    replaces: SessionId | None
    kept_question: UUID | None = None


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
            kept_question=attempt.kept_question,
            expires_at=now + LIFETIME,
        )
    )


async def use_up(tx: AsyncSession, *, ticket: Ticket, state: str, now: datetime) -> Attempt:
    """The sign-in this browser began with this state; there is none afterwards.

    Raises Unauthenticated for one that is unknown, another browser's, used or over.
    """
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
            col(LoginRow.kept_question),
        )
    )
    row = found.one_or_none()
    if row is None:
        raise Unauthenticated
    return Attempt(
        wish=Wish(
            destination=row.destination,
            floor=Assurance(row.floor),
            max_age=None if row.max_age is None else timedelta(seconds=row.max_age),
        ),
        nonce_hash=row.nonce_hash,
        verifier=row.verifier,
        replaces=row.replaces,
        kept_question=row.kept_question,
    )
