"""Logout notices, remembered while a sign-in may be under way (OIDC Back-Channel Logout 1.0, 2.7).

A notice ends the sessions that are there when it comes. Somebody may be between the provider's
page and ours just then: what they bring back was vouched for before the notice, and is no session.
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import alongside, in_turn
from app.identity.tables import LogoutNoticeRow
from app.identity.tokens.id_tokens import SignIn
from app.identity.tokens.logout_tokens import SignedOut
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId

# A sign-in is kept ten minutes and then has each step at the provider still before it.
REMEMBERED: Final = timedelta(minutes=11)

_TURN: Final = "logout notices"
_REMEMBER: Final = text(
    "INSERT INTO logout_notices AS known (tenant, digest, said_at, came_at, expires_at) "
    "VALUES (:tenant, :digest, :said_at, :came_at, :expires_at) "
    "ON CONFLICT (tenant, digest) DO UPDATE SET "
    "said_at = GREATEST(known.said_at, excluded.said_at), "
    "came_at = GREATEST(known.came_at, excluded.came_at), "
    "expires_at = GREATEST(known.expires_at, excluded.expires_at)"
)


async def remember(
    tx: AsyncSession, tenant: TenantId, signed_out: SignedOut, *, now: datetime
) -> None:
    """Call before the sessions are ended.

    Who is being signed in at this moment was first, and is there to be ended, or waits for this.
    """
    await in_turn(tx, tenant, _TURN, signed_out.issuer)
    await tx.execute(
        delete(LogoutNoticeRow).where(
            col(LogoutNoticeRow.tenant) == tenant, col(LogoutNoticeRow.expires_at) <= now
        )
    )
    digest = _digest(signed_out.issuer, signed_out.subject, signed_out.provider_session)
    await tx.execute(
        _REMEMBER,
        {
            "tenant": tenant,
            "digest": digest,
            "said_at": signed_out.said_at,
            "came_at": now,
            "expires_at": now + REMEMBERED,
        },
    )


async def refuse_ended(
    tx: AsyncSession, tenant: TenantId, sign_in: SignIn, *, now: datetime
) -> None:
    """Raises Unauthenticated for a sign-in that a notice is about. Call before touching sessions.

    By `sid`: that one session over there is over, and no sign-in rests on it any more. By `sub`
    alone: what was begun here before the notice came and vouched for before it was written. Who
    signed in anew over there, or began here afterwards, is let in.
    """
    await alongside(tx, tenant, _TURN, sign_in.issuer)
    issuer, subject, session = sign_in.issuer, sign_in.subject, sign_in.provider_session
    of_account = _digest(issuer, subject, None)
    of_session = {_digest(issuer, each, session) for each in (None, subject) if session}
    found = await tx.execute(
        select(
            col(LogoutNoticeRow.digest),
            col(LogoutNoticeRow.said_at),
            col(LogoutNoticeRow.came_at),
        ).where(
            col(LogoutNoticeRow.tenant) == tenant,
            col(LogoutNoticeRow.digest).in_([of_account, *of_session]),
            col(LogoutNoticeRow.expires_at) > now,
        )
    )
    for notice in found:
        under_way = sign_in.begun_at is None or sign_in.begun_at < notice.came_at
        older = sign_in.authenticated_at <= notice.said_at
        if notice.digest in of_session or (under_way and older):
            raise Unauthenticated


def _digest(issuer: str, subject: str | None, session: str | None) -> bytes:
    return sha256(json.dumps([issuer, subject, session]).encode()).digest()
