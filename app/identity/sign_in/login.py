"""Signing in: to the provider and back (OIDC Core 3.1, RFC 9700), and out again."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Event, EventKind, Outcome
from app.catalogue.actions import Floor
from app.identity import identities, persons
from app.identity.browser import sessions
from app.identity.browser.cookies import login_cookie
from app.identity.browser.sessions import Session
from app.identity.browser.tickets import Ticket
from app.identity.identity import Identity
from app.identity.persons import Person
from app.identity.provider.exchange import Grant, Question, authorization_url, exchange
from app.identity.provider.providers import Peer
from app.identity.provider.refusals import explained
from app.identity.sign_in import attempts, kept_questions, step_up, vouched
from app.identity.sign_in.attempts import Attempt, Wish
from app.identity.sign_in.step_up import SomebodyElse, StepUpUnfinished
from app.identity.tokens import id_tokens
from app.identity.tokens.id_tokens import SignIn
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Refused, Unauthenticated, Unavailable
from app.vocabulary.ids import TenantId, random_id
from app.vocabulary.levels import Assurance


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """Where the browser goes, and the cookie that it must come back with."""

    url: str
    cookie: str
    ticket: Ticket


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the provider sent the browser back with.

    `beside` are the cookies of sign-ins that this browser has under way in other tabs.
    """

    state: str
    iss: str | None
    code: str | None
    beside: tuple[Ticket, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    person: Person
    ticket: Ticket
    destination: str


async def begin(
    identity: Identity, tenant: TenantId, wish: Wish, *, current: Ticket | None
) -> Begun:
    """Starts a sign-in. `current` is the session it will take the place of.

    State and nonce have 256 bits, the PKCE verifier too; all of it stays here.
    """
    peer = identity.peer(tenant)
    metadata = await peer.metadata()
    state, nonce, verifier = token_urlsafe(32), token_urlsafe(32), token_urlsafe(48)
    ticket = Ticket.issue(tenant)
    now = identity.clock()
    question = Question(state=state, nonce=nonce, verifier=verifier, wish=wish, ticket=ticket)
    url = await authorization_url(peer, metadata, question, now=now)
    async with identity.database.transaction(tenant) as tx:
        behind = await _session_behind(identity, tx, tenant, current)
        attempt = Attempt(
            wish=wish,
            nonce_hash=sha256(nonce.encode()).digest(),
            verifier=verifier,
            replaces=None if behind is None else behind.id,
            sitting=await _sitting(tx, behind),
            kept_question=await _kept(tx, wish, behind, held=current, away=ticket, now=now),
        )
        await attempts.keep(tx, attempt, ticket=ticket, state=state, now=now)
    return Begun(url=url, cookie=login_cookie(state), ticket=ticket)


async def complete(identity: Identity, ticket: Ticket, returned: Returned) -> Completed:
    """Ends a sign-in with a session, or refuses and leaves none.

    1. the sign-in is one this browser began, and is used up now, whatever follows; those that it
       has under way in other tabs are of one sitting with it
    2. `iss` is there and is our provider's, before the code goes anywhere (RFC 9207)
    3. the provider gave a code
    4. the code is exchanged, with the verifier and our client's assertion
    5. the ID token holds (`id_tokens.id_token`)
    6. the new session takes the place of the old one, and of what another tab signed in meanwhile;
       the trail says so

    A step-up that comes to nothing raises StepUpUnfinished and leaves the session there is. One
    that fails because somebody did not answer is not counted: it can be begun again at once.
    """
    peer = identity.peer(ticket.tenant)
    # 1
    async with identity.database.transaction(ticket.tenant) as tx:
        attempt = await attempts.use_up(
            tx,
            ticket=ticket,
            state=returned.state,
            beside=returned.beside,
            now=identity.clock(),
        )
    try:
        # 2
        if returned.iss != peer.provider.issuer:
            raise Unauthenticated
        # 3
        if not returned.code:
            raise Unauthenticated
        # 4, 5
        sign_in = await _exchanged(peer, attempt, returned.code, ticket, now=identity.clock)
        # 6
        return await _admitted(identity, attempt, sign_in, ticket)
    except SomebodyElse:
        raise
    except Refused:
        if attempt.kept_question is not None:
            await step_up.refuse(identity, ticket.tenant, attempt.kept_question)
            raise StepUpUnfinished from None
        await _record_refusal(identity, ticket.tenant)
        raise
    except Unavailable as error:
        if attempt.kept_question is None:
            raise
        name = Configured(type(error).__name__)
        say(Message.PART_UNAVAILABLE, level=Level.WARNING, error=name)
        raise StepUpUnfinished from None


async def end(identity: Identity, ticket: Ticket) -> str:
    """Ends the session, then says where the provider's own is ended.

    No token goes along: the address would show it to the browser. A session that is over
    already, or a provider that is away, changes nothing about being signed out here.
    """
    peer = identity.peer(ticket.tenant)
    async with identity.database.transaction(ticket.tenant) as tx:
        now = identity.clock()
        try:
            session = await sessions.establish(tx, ticket, now=now)
        except Unauthenticated:
            return peer.provider.after_logout
        await sessions.end(tx, session.tenant, session.id)
        await identity.journal.record(
            tx,
            session.tenant,
            Event(kind=EventKind.SIGNED_OUT, at=now, actor=_actor(persons.of_session(session))),
        )
    try:
        address = (await peer.metadata()).end_session_endpoint
    except Unavailable:
        address = None
    if address is None:
        return peer.provider.after_logout
    query = urlencode(
        {
            "client_id": peer.provider.client_id,
            "post_logout_redirect_uri": peer.provider.after_logout,
        }
    )
    return f"{address}?{query}"


async def _exchanged(
    peer: Peer, attempt: Attempt, code: str, ticket: Ticket, *, now: Clock
) -> SignIn:
    grant = Grant(code=code, verifier=attempt.verifier, ticket=ticket)
    tokens = await exchange(peer, await peer.metadata(), grant, now=now())
    stepping_up = attempt.kept_question is not None
    with explained(tokens.said_at, now):
        return await id_tokens.id_token(
            tokens.id_token,
            awaited=id_tokens.Awaited(
                nonce_hash=attempt.nonce_hash,
                access_token=tokens.access_token,
                begun_at=attempt.begun_at,
                # Of a step-up this is asked once it is clear that nobody else came back.
                floor=Assurance.BASIC if stepping_up else attempt.wish.floor,
                max_age=None if stepping_up else attempt.wish.max_age,
            ),
            expected=peer.provider.expected,
            keys=peer.keys,
            now=now(),
        )


async def _admitted(
    identity: Identity, attempt: Attempt, sign_in: SignIn, ticket: Ticket
) -> Completed:
    """A step-up whose session is over meanwhile is a sign-in like any other."""
    if attempt.kept_question is None:
        return await _admit(identity, ticket.tenant, attempt, sign_in)
    done = await step_up.succeed(identity, attempt, sign_in, away=ticket)
    if done is None:
        return await _admit(identity, ticket.tenant, attempt, sign_in)
    renewed, session = done
    return Completed(
        person=persons.of_session(session), ticket=renewed, destination=attempt.wish.destination
    )


async def _admit(
    identity: Identity, tenant: TenantId, attempt: Attempt, sign_in: SignIn
) -> Completed:
    now = identity.clock()
    async with identity.database.transaction(tenant) as tx:
        account = await identities.recognise(
            tx, tenant, issuer=sign_in.issuer, subject=sign_in.subject, now=now
        )
        earlier = set(await sessions.of_sitting(tx, tenant, attempt.sitting))
        if attempt.replaces is not None:
            earlier.add(attempt.replaces)
        for each in earlier:
            if not await step_up.rises_anew(tx, tenant, each, account, sign_in):
                raise Unauthenticated
        ticket, session = await sessions.start(
            tx, tenant, account, sign_in, sitting=attempt.sitting, now=now
        )
        for each in earlier:
            await sessions.end(tx, tenant, each)
        found, minimum = sign_in.attributes, identity.vouching.get(tenant)
        await vouched.keep(tx, ticket, session, found, minimum=minimum, now=now)
        person = persons.of_session(session)
        await identity.journal.record(
            tx, tenant, Event(kind=EventKind.SIGNED_IN, at=now, actor=_actor(person))
        )
    return Completed(person=person, ticket=ticket, destination=attempt.wish.destination)


async def _kept(  # noqa: PLR0913  # two tickets, two things, each named
    tx: AsyncSession,
    wish: Wish,
    behind: Session | None,
    *,
    held: Ticket | None,
    away: Ticket,
    now: datetime,
) -> UUID | None:
    """Raises Unauthenticated for a step-up of nobody."""
    if wish.keeps is None:
        return None
    if behind is None or held is None or wish.max_age is None:
        raise Unauthenticated
    needs = Floor(wish.floor, wish.max_age)
    return await kept_questions.keep(
        tx, wish.keeps, needs, session=behind, held=held, away=away, now=now
    )


async def _sitting(tx: AsyncSession, behind: Session | None) -> UUID:
    """That of the session the sign-in begins in, so that all its tabs have the same."""
    known = None if behind is None else await sessions.sitting_of(tx, behind.tenant, behind.id)
    return known or random_id()


async def _session_behind(
    identity: Identity, tx: AsyncSession, tenant: TenantId, current: Ticket | None
) -> Session | None:
    """The live session of this very tenant, if the browser has one."""
    if current is None or current.tenant != tenant:
        return None
    try:
        return await sessions.establish(tx, current, now=identity.clock())
    except Unauthenticated:
        return None


async def _record_refusal(identity: Identity, tenant: TenantId) -> None:
    """Nobody is named: nothing that came back was proven."""
    refused = Event(
        kind=EventKind.SIGN_IN_REFUSED,
        at=identity.clock(),
        actor=Actor(kind=ActorKind.SERVICE),
        outcome=Outcome.REFUSED,
    )
    async with identity.database.transaction(tenant) as tx:
        await identity.journal.record(tx, tenant, refused)


def _actor(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, identity=person.identity, assurance=person.assurance)
