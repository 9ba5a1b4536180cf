"""Signing in more strongly, or anew, in the middle of a conversation (RFC 9470).

Whatever comes back that is not the same person, signed in as asked, changes nothing about the
session there is; only somebody else's sign-in ends it (ID-21).
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.database.turns import in_turn
from app.identity import identities
from app.identity.browser import sessions
from app.identity.browser.sessions import Session
from app.identity.browser.tickets import Ticket
from app.identity.identity import Identity
from app.identity.persons import Person
from app.identity.sign_in import kept_questions, vouched
from app.identity.sign_in.attempts import Attempt
from app.identity.sign_in.kept_questions import Kept, KeptQuestion, State
from app.identity.tables import SessionRow
from app.identity.tokens.id_tokens import SignIn
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import IdentityId, SessionId, TenantId
from app.vocabulary.levels import Assurance

# Where the way back from the provider leads: the question is asked there, or the reason given.
PAGE: Final = "/step-up"
# So often in ten minutes a session is sent to a provider that brings nothing stronger back.
TRIES: Final = 2


class StepUpUnfinished(Unauthenticated):
    """Nothing stronger came back. Who was signed in still is, as before."""

    title_en = "Your sign-in service did not confirm a stronger sign-in. Nothing has changed."
    title_de = (
        "Ihr Anmeldedienst hat keine stärkere Anmeldung bestätigt. Es hat sich nichts geändert."
    )


class SomebodyElse(Unauthenticated):
    """Another account came back than went. Nobody is signed in afterwards."""

    title_en = (
        "Somebody else has signed in with the sign-in service. "
        "To be on the safe side, you have been signed out here."
    )
    title_de = (
        "Beim Anmeldedienst hat sich eine andere Person angemeldet. "
        "Zur Sicherheit sind Sie hier jetzt abgemeldet."
    )


async def succeed(
    identity: Identity, attempt: Attempt, sign_in: SignIn, *, away: Ticket
) -> tuple[Ticket, Session] | None:
    """The session after a step-up, with the old one's mandate and end; None where that one is over.

    1. two tabs that come back at once do so one after the other
    2. the account is the one that went, else the old session ends
    3. level and age are as asked
    4. a level that rises comes with a sign-in later than the one there was (SU-05)
    5. the new session takes the old one's place, the question goes along

    Raises SomebodyElse at 2, StepUpUnfinished at 3 and 4.
    """
    tenant, now = away.tenant, identity.clock()
    async with identity.database.transaction(tenant) as tx:
        account = await identities.recognise(
            tx, tenant, issuer=sign_in.issuer, subject=sign_in.subject, now=now
        )
        # 1
        await in_turn(tx, tenant, "step up", account.hex)
        kept = await _kept(tx, tenant, attempt.kept_question, now=now)
        over = await _over(tx, tenant, kept.session, now=now)
        # 2
        same = account == kept.identity
        if not same:
            await _turn_out(identity, tx, kept, over=over, now=now)
        elif over:
            return None
        # 3, 4
        elif await _as_asked(identity, tx, kept, sign_in, now=now):
            # 5
            return await _renewed(identity, tx, kept, sign_in, away=away, now=now)
    if same:
        raise StepUpUnfinished
    raise SomebodyElse


async def refuse(identity: Identity, tenant: TenantId, kept: UUID) -> None:
    """Notes that nothing stronger came back. The session there is stays as it was."""
    now = identity.clock()
    async with identity.database.transaction(tenant) as tx:
        found = await kept_questions.find(tx, tenant, kept, now=now)
        await kept_questions.refuse(tx, tenant, kept, now=now)
        await identity.journal.record(tx, tenant, _refused(found, now))


async def rises_anew(
    tx: AsyncSession, tenant: TenantId, old: SessionId, account: IdentityId, sign_in: SignIn
) -> bool:
    """False where the same account is said to be surer now by the very sign-in it had (SU-05)."""
    found = await tx.execute(
        select(col(SessionRow.assurance), col(SessionRow.authenticated_at)).where(
            col(SessionRow.tenant) == tenant,
            col(SessionRow.id) == old,
            col(SessionRow.identity_id) == account,
        )
    )
    row = found.one_or_none()
    if row is None or sign_in.assurance <= Assurance(row.assurance):
        return True
    return bool(sign_in.authenticated_at > row.authenticated_at)


async def tries_left(identity: Identity, person: Person) -> int:
    """None left means: no way to the provider for now, and a sentence that says so (SU-03)."""
    if person.session is None:
        return 0
    async with identity.database.transaction(person.tenant) as tx:
        made = await kept_questions.refusals(
            tx, person.tenant, person.session, now=identity.clock()
        )
    return max(0, TRIES - made)


async def take(identity: Identity, person: Person, held: Ticket) -> Kept | None:
    """The question to ask now, once."""
    if person.session is None:
        return None
    async with identity.database.transaction(person.tenant) as tx:
        return await kept_questions.take(tx, person.session, held, now=identity.clock())


async def unfinished(
    identity: Identity, person: Person, held: Ticket
) -> tuple[KeptQuestion, str] | None:
    """The last step-up that brought nothing, with its question."""
    if person.session is None:
        return None
    async with identity.database.transaction(person.tenant) as tx:
        found = await kept_questions.newest(tx, person.tenant, person.session, now=identity.clock())
    if found is None or found.state is State.READY:
        return None
    return found, kept_questions.opened(held, found.id, found.for_session)


async def _kept(
    tx: AsyncSession, tenant: TenantId, kept: UUID | None, *, now: datetime
) -> KeptQuestion:
    found = None if kept is None else await kept_questions.find(tx, tenant, kept, now=now)
    if found is None:
        raise StepUpUnfinished
    return found


async def _as_asked(
    identity: Identity, tx: AsyncSession, kept: KeptQuestion, sign_in: SignIn, *, now: datetime
) -> bool:
    """`max_age` as of an ordinary sign-in: with the leeway of the clocks (ID-19)."""
    peer = identity.peer(kept.tenant)
    age = now - sign_in.authenticated_at - peer.provider.leeway
    if not kept.needs.reached(sign_in.assurance, age):
        return False
    return await rises_anew(tx, kept.tenant, kept.session, kept.identity, sign_in)


async def _renewed(  # noqa: PLR0913  # which session's place, by which sign-in, each named
    identity: Identity,
    tx: AsyncSession,
    kept: KeptQuestion,
    sign_in: SignIn,
    *,
    away: Ticket,
    now: datetime,
) -> tuple[Ticket, Session]:
    """What the provider vouches for belongs to this sign-in, as after any other."""
    tenant = kept.tenant
    ticket, session = await sessions.succeed(
        tx, kept.session, tenant, kept.identity, sign_in, now=now
    )
    minimum = identity.vouching.get(tenant)
    await vouched.keep(tx, ticket, session, sign_in.attributes, minimum=minimum, now=now)
    await kept_questions.hand_over(tx, kept, away=away, held=ticket, session=session.id, now=now)
    await identity.journal.record(tx, tenant, _stepped_up(session, now))
    return ticket, session


async def _over(tx: AsyncSession, tenant: TenantId, session: SessionId, *, now: datetime) -> bool:
    try:
        await sessions.confirm(tx, tenant, session, now=now)
    except Unauthenticated:
        return True
    return False


async def _turn_out(
    identity: Identity, tx: AsyncSession, kept: KeptQuestion, *, over: bool, now: datetime
) -> None:
    """The session of the one who went. Who came instead is not named: they were not let in."""
    await sessions.end(tx, kept.tenant, kept.session)
    await kept_questions.drop(tx, kept.tenant, kept.session)
    refused = _refused(kept, now)
    await identity.journal.record(tx, kept.tenant, refused)
    if not over:
        ended = replace(refused, kind=EventKind.SESSION_ENDED, outcome=Outcome.DONE, hits=1)
        await identity.journal.record(tx, kept.tenant, ended)


def _refused(kept: KeptQuestion | None, now: datetime) -> Event:
    """Nobody is named where nothing is known any more of who went."""
    who = None if kept is None else kept.identity
    return Event(
        kind=EventKind.STEP_UP_REFUSED,
        at=now,
        actor=Actor(kind=ActorKind.SERVICE if who is None else ActorKind.PERSON, identity=who),
        outcome=Outcome.REFUSED,
        about=None if kept is None else kept.session,
    )


def _stepped_up(session: Session, now: datetime) -> Event:
    return Event(
        kind=EventKind.STEPPED_UP,
        at=now,
        actor=Actor(kind=ActorKind.PERSON, identity=session.identity, assurance=session.assurance),
        mandate=session.active_mandate,
        about=session.id,
    )
