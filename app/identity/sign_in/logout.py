"""Signed out at the provider: what ends here by its word (OIDC Back-Channel Logout 1.0)."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.identity.identity import Identity
from app.identity.tables import IdentityRow, SessionRow
from app.identity.tokens import notices, replay, verification
from app.identity.tokens.logout_tokens import SignedOut, logout_token
from app.vocabulary.errors import Refused, Unauthenticated
from app.vocabulary.ids import IdentityId, TenantId


class LogoutRefused(Refused):
    """400, as section 2.8 has it: the token does not hold, or was here before."""

    status = 400
    code = "invalid_body"
    title_en = "This logout token does not hold. Nobody was signed out."
    title_de = "Dieses Abmelde-Token gilt nicht. Es wurde niemand abgemeldet."


async def by_provider(identity: Identity, token: str) -> None:
    """Ends what the token names, or refuses and ends nothing.

    1. issuer and client that the token names say whose provider must have signed it
    2. the token holds (`logout_tokens`)
    3. it was not here before; from now on it was, whatever worker is asked
    4. it is remembered, so that no sign-in under way brings back what it ended
    5. the sessions are gone and the trail says so, with one commit
    """
    try:
        # 1
        said = verification.unverified_claims(token)
        peer = identity.peer_of_client(said.get("iss"), said.get("aud"))
        # 2
        now = identity.clock()
        signed_out = await logout_token(
            token, expected=peer.provider.expected, keys=peer.keys, now=now
        )
        tenant = peer.provider.tenant
        async with identity.database.transaction(tenant) as tx:
            # 3
            await replay.first_use(
                tx,
                tenant,
                replay.Kind.LOGOUT,
                f"{signed_out.issuer} {signed_out.jti}",
                until=signed_out.expires_at,
                now=now,
            )
            # 4
            await notices.remember(tx, tenant, signed_out, now=now)
            # 5
            await _end(identity, tx, tenant, signed_out, now=now)
    except Unauthenticated:
        raise LogoutRefused from None


async def _end(
    identity: Identity, tx: AsyncSession, tenant: TenantId, who: SignedOut, *, now: datetime
) -> None:
    """By `sub` every session of that account; by `sid` those of that one session over there."""
    accounts = select(col(IdentityRow.id)).where(
        col(IdentityRow.tenant) == tenant, col(IdentityRow.issuer) == who.issuer
    )
    if who.subject is not None:
        accounts = accounts.where(col(IdentityRow.subject) == who.subject)
    ended = delete(SessionRow).where(
        col(SessionRow.tenant) == tenant, col(SessionRow.identity_id).in_(accounts)
    )
    if who.provider_session is not None:
        ended = ended.where(col(SessionRow.provider_session) == who.provider_session)
    found = await tx.execute(ended.returning(col(SessionRow.identity_id)))
    of_whom = [IdentityId(each) for each in found.scalars()]
    await identity.journal.record(tx, tenant, _event(of_whom, now))


def _event(of_whom: list[IdentityId], now: datetime) -> Event:
    """Told of the account it was about, where that is one; and that a provider said so, always."""
    accounts = set(of_whom)
    return Event(
        kind=EventKind.SESSIONS_ENDED_BY_PROVIDER,
        at=now,
        actor=Actor(kind=ActorKind.SERVICE),
        outcome=Outcome.DONE if of_whom else Outcome.UNCHANGED,
        hits=len(of_whom),
        about=accounts.pop() if len(accounts) == 1 else None,
    )
