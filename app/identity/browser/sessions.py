"""Who is signed in, kept on the server. Over after 15 idle minutes and after eight hours."""

from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from typing import Final, final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.statements import Statement
from app.database.turns import in_turn
from app.identity.browser.tickets import Ticket
from app.identity.tables import SessionRow
from app.identity.tokens import notices
from app.identity.tokens.id_tokens import SignIn
from app.vault.sealing import Address, DataKey
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import IdentityId, MandateId, SessionId, TenantId, random_id
from app.vocabulary.levels import Assurance

IDLE: Final = timedelta(minutes=15)
ABSOLUTE: Final = timedelta(hours=8)
# How often a session in use is written to. An idle session ends this much early at most.
TOUCH: Final = timedelta(seconds=30)

# The part that writes runs whether or not it is read from (PostgreSQL, 7.8.4).
_ESTABLISH: Final = Statement("""
WITH seen AS (
  UPDATE sessions SET last_seen_at = :now
  WHERE tenant = :tenant AND secret_hash = :secret_hash
    AND last_seen_at > :idle_since AND expires_at > :now AND last_seen_at < :touched_before
)
SELECT id, identity_id, assurance, authenticated_at, expires_at, sealed_name, active_mandate
FROM sessions
WHERE tenant = :tenant AND secret_hash = :secret_hash
  AND last_seen_at > :idle_since AND expires_at > :now
""")
_LIVE: Final = Statement("""
SELECT id FROM sessions
WHERE tenant = :tenant AND id = :id AND last_seen_at > :idle_since AND expires_at > :now
""")
_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Session(Evidence):
    """A session that was live when it was looked up."""

    tenant: TenantId
    id: SessionId
    identity: IdentityId
    assurance: Assurance
    authenticated_at: datetime
    expires_at: datetime
    name: str | None
    active_mandate: MandateId | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Session is minted by app.identity.browser.sessions alone")


async def start(  # noqa: PLR0913 - whose, by which sign-in, beside which others, when
    tx: AsyncSession,
    tenant: TenantId,
    identity: IdentityId,
    sign_in: SignIn,
    *,
    now: datetime,
    sitting: UUID | None = None,
) -> tuple[Ticket, Session]:
    """A new session with a new id, after a sign-in that verified. Sweeps out dead ones.

    Raises Unauthenticated for a sign-in whose session at the provider is over.
    """
    await notices.refuse_ended(tx, tenant, sign_in, now=now)
    await tx.execute(delete(SessionRow).where(col(SessionRow.tenant) == tenant, ~live(now)))
    session = _new(tenant, identity, sign_in, expires_at=now + ABSOLUTE, active_mandate=None)
    return await _keep(tx, session, sign_in, sitting=sitting, now=now), session


async def succeed(  # noqa: PLR0913 - which session, whose, by which sign-in, when
    tx: AsyncSession,
    replaced: SessionId,
    tenant: TenantId,
    identity: IdentityId,
    sign_in: SignIn,
    *,
    now: datetime,
) -> tuple[Ticket, Session]:
    """After a step-up: a new session in the place of the same identity's old one, which is dead.

    Mandate, sitting and end are the old one's: who signs in more strongly does not stay longer.
    Raises Unauthenticated for a session that is over or another identity's, and for a sign-in
    whose session at the provider is over.
    """
    if (sitting := await sitting_of(tx, tenant, replaced)) is not None:
        await in_turn(tx, tenant, "sitting", str(sitting))
    await notices.refuse_ended(tx, tenant, sign_in, now=now)
    found = await tx.execute(
        delete(SessionRow)
        .where(col(SessionRow.tenant) == tenant, col(SessionRow.id) == replaced)
        .where(col(SessionRow.identity_id) == identity, live(now))
        .returning(
            col(SessionRow.expires_at), col(SessionRow.active_mandate), col(SessionRow.sitting)
        )
    )
    old = found.one_or_none()
    if old is None:
        raise Unauthenticated
    session = _new(
        tenant,
        identity,
        sign_in,
        expires_at=old.expires_at,
        active_mandate=old.active_mandate,
    )
    return await _keep(tx, session, sign_in, sitting=old.sitting, now=now), session


async def establish(tx: AsyncSession, ticket: Ticket, *, now: datetime) -> Session:
    """The live session behind a ticket, and that it was seen. One statement.

    Raises Unauthenticated when there is none, whether it ended or never was.
    """
    found = await _ESTABLISH.rows(
        tx,
        {
            "tenant": ticket.tenant,
            "secret_hash": ticket.digest,
            "now": now,
            "idle_since": now - IDLE,
            "touched_before": now - TOUCH,
        },
    )
    if not found:
        raise Unauthenticated
    row = found[0]
    return Session(
        tenant=ticket.tenant,
        id=SessionId(row.id),
        identity=IdentityId(row.identity_id),
        assurance=Assurance(row.assurance),
        authenticated_at=row.authenticated_at,
        expires_at=row.expires_at,
        name=_opened_name(ticket, row.id, row.sealed_name),
        active_mandate=row.active_mandate,
        seal=_SEAL,
    )


async def confirm(tx: AsyncSession, tenant: TenantId, session: SessionId, *, now: datetime) -> None:
    """Raises Unauthenticated when the session ended meanwhile. Does not count as a sign of life."""
    at = {"tenant": tenant, "id": session, "now": now, "idle_since": now - IDLE}
    if not await _LIVE.rows(tx, at):
        raise Unauthenticated


async def act_under(
    tx: AsyncSession, session: Session, mandate: MandateId | None, *, now: datetime
) -> Ticket:
    """The session acts under this mandate from here on, with a new ticket; the old one is dead."""
    ticket = Ticket.issue(session.tenant)
    changed = await tx.execute(
        update(SessionRow)
        .where(col(SessionRow.tenant) == session.tenant, col(SessionRow.id) == session.id)
        .where(live(now))
        .values(
            secret_hash=ticket.digest,
            sealed_name=_sealed_name(ticket, session.id, session.name),
            active_mandate=mandate,
            last_seen_at=now,
        )
        .returning(col(SessionRow.id))
    )
    if changed.one_or_none() is None:
        raise Unauthenticated
    return ticket


async def sitting_of(tx: AsyncSession, tenant: TenantId, session: SessionId) -> UUID | None:
    """What the sign-ins that are begun in this session have in common with it."""
    found = await tx.execute(
        select(col(SessionRow.sitting)).where(
            col(SessionRow.tenant) == tenant, col(SessionRow.id) == session
        )
    )
    return found.scalar_one_or_none()


async def of_sitting(tx: AsyncSession, tenant: TenantId, sitting: UUID) -> list[SessionId]:
    """What another tab of the same browser signed in meanwhile.

    Two that come back at once take turns here: the later one sees the earlier one's session.
    """
    await in_turn(tx, tenant, "sitting", str(sitting))
    found = await tx.execute(
        select(col(SessionRow.id)).where(
            col(SessionRow.tenant) == tenant, col(SessionRow.sitting) == sitting
        )
    )
    return [SessionId(each) for each in found.scalars()]


async def end(tx: AsyncSession, tenant: TenantId, session: SessionId) -> None:
    """Whether or not there is one: nobody is signed in by it afterwards."""
    await tx.execute(
        delete(SessionRow).where(col(SessionRow.tenant) == tenant, col(SessionRow.id) == session)
    )


async def end_all_of(tx: AsyncSession, tenant: TenantId, identity: IdentityId) -> int:
    """Every browser of this identity is signed out. How many that were."""
    ended = await tx.execute(
        delete(SessionRow)
        .where(col(SessionRow.tenant) == tenant, col(SessionRow.identity_id) == identity)
        .returning(col(SessionRow.id))
    )
    return len(ended.all())


def _new(
    tenant: TenantId,
    identity: IdentityId,
    sign_in: SignIn,
    *,
    expires_at: datetime,
    active_mandate: MandateId | None,
) -> Session:
    return Session(
        tenant=tenant,
        id=SessionId(random_id()),
        identity=identity,
        assurance=sign_in.assurance,
        authenticated_at=sign_in.authenticated_at,
        expires_at=expires_at,
        name=sign_in.name,
        active_mandate=active_mandate,
        seal=_SEAL,
    )


async def _keep(
    tx: AsyncSession, session: Session, sign_in: SignIn, *, sitting: UUID | None, now: datetime
) -> Ticket:
    ticket = Ticket.issue(session.tenant)
    await tx.execute(
        insert(SessionRow).values(
            tenant=session.tenant,
            id=session.id,
            secret_hash=ticket.digest,
            identity_id=session.identity,
            assurance=session.assurance.value,
            authenticated_at=session.authenticated_at,
            sealed_name=_sealed_name(ticket, session.id, session.name),
            provider_session=sign_in.provider_session,
            sitting=sitting,
            active_mandate=session.active_mandate,
            created_at=now,
            last_seen_at=now,
            expires_at=session.expires_at,
        )
    )
    return ticket


def live(now: datetime) -> ColumnElement[bool]:
    """What makes a row of `sessions` one that somebody is signed in by."""
    return and_(
        col(SessionRow.last_seen_at) > now - IDLE,
        col(SessionRow.expires_at) > now,
    )


def _name_key(ticket: Ticket) -> DataKey:
    return DataKey(ticket.derived("klarfall session name v1"))


def _name_address(ticket: Ticket, session: SessionId) -> Address:
    return Address(ticket.tenant, "sessions.sealed_name", session, 1)


def _sealed_name(ticket: Ticket, session: SessionId, name: str | None) -> bytes | None:
    if name is None:
        return None
    return _name_key(ticket).seal(name.encode(), _name_address(ticket, session))


def _opened_name(ticket: Ticket, session: SessionId, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    return _name_key(ticket).open(sealed, _name_address(ticket, session)).decode()
