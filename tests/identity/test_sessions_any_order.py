"""SE-04, SE-05: in whichever order things happen, a replaced ticket never comes back."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.identity import identities
from app.identity.browser import sessions
from app.identity.browser.sessions import ABSOLUTE, IDLE
from app.identity.browser.tickets import Ticket
from app.identity.tokens import id_tokens
from app.identity.tokens.id_tokens import Awaited, SignIn
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import IdentityId, MandateId, TenantId, random_id
from tests.doubles.lying_provider import provider_of
from tests.fixtures import MovableClock
from tests.identity.conftest import Service

TENANT = TenantId("bergstrasse")
# What is done, and to which of the live sessions; `wait` counts in minutes.
ACTS = st.one_of(
    st.tuples(st.sampled_from(["start", "step_up", "act", "end", "step_up_of_another"]),
              st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([1, 7, 14, 15, 100])),
)  # fmt: skip


@dataclass
class Kept:
    """What must be true of one live session, said without looking at the database."""

    ticket: Ticket
    seen: datetime
    ends: datetime
    mandate: MandateId | None = None


@dataclass
class Oracle:
    service: Service
    clock: MovableClock
    sign_in: SignIn
    own: IdentityId
    stranger: IdentityId
    live: list[Kept] = field(default_factory=list)
    dead: list[Ticket] = field(default_factory=list)

    async def do(self, act: str, number: int) -> None:
        if act == "wait":
            self.clock.forward(timedelta(minutes=number))
        elif act == "start":
            await self._start()
        elif self.live:
            await self._change(act, self.live[number % len(self.live)])
        self._let_go()
        await self._compare()

    async def _start(self) -> None:
        now = self.clock.now
        async with self.service.identity.database.transaction(TENANT) as tx:
            ticket, _ = await sessions.start(tx, TENANT, self.own, self.sign_in, now=now)
        self.live.append(Kept(ticket, now, now + ABSOLUTE))

    async def _change(self, act: str, kept: Kept) -> None:
        now, old = self.clock.now, kept.ticket
        async with self.service.identity.database.transaction(TENANT) as tx:
            session = await sessions.establish(tx, old, now=now)
            match act:
                case "act":
                    kept.mandate = MandateId(random_id())
                    kept.ticket = await sessions.act_under(tx, session, kept.mandate, now=now)
                case "step_up":
                    kept.ticket, _ = await sessions.succeed(
                        tx, session.id, TENANT, self.own, self.sign_in, now=now
                    )
                case "end":
                    await sessions.end(tx, TENANT, session.id)
                    self.live.remove(kept)
                case _:
                    with pytest.raises(Unauthenticated):
                        await sessions.succeed(
                            tx, session.id, TENANT, self.stranger, self.sign_in, now=now
                        )
                    return
        kept.seen = now
        self.dead.append(old)

    def _let_go(self) -> None:
        now = self.clock.now
        for kept in list(self.live):
            if now - kept.seen >= IDLE or now >= kept.ends:
                self.live.remove(kept)
                self.dead.append(kept.ticket)

    async def _compare(self) -> None:
        now = self.clock.now
        async with self.service.identity.database.transaction(TENANT) as tx:
            for kept in self.live:
                found = await sessions.establish(tx, kept.ticket, now=now)
                assert (found.active_mandate, found.expires_at) == (kept.mandate, kept.ends)
                kept.seen = now
            for ticket in self.dead:
                with pytest.raises(Unauthenticated):
                    await sessions.establish(tx, ticket, now=now)


@pytest.fixture
async def oracle(service: Service, movable_clock: MovableClock) -> Oracle:
    token = service.liar.id_token("nonce", "access")
    peer = service.identity.peer(TENANT)
    sign_in = await id_tokens.id_token(
        token,
        awaited=Awaited(nonce_hash=sha256(b"nonce").digest(), access_token="access"),
        expected=provider_of(service.liar).expected,
        keys=peer.keys,
        now=movable_clock.now,
    )
    async with service.identity.database.transaction(TENANT) as tx:
        own, stranger = [
            await identities.recognise(
                tx, TENANT, issuer=sign_in.issuer, subject=subject, now=movable_clock.now
            )
            for subject in (sign_in.subject, f"not-{sign_in.subject}")
        ]
    return Oracle(service, movable_clock, sign_in, own, stranger)


@settings(
    max_examples=max(5, settings.default.max_examples // 5 if settings.default else 5),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(acts=st.lists(ACTS, min_size=1, max_size=12))
async def test_se_04_a_ticket_that_was_replaced_never_opens_a_session_again(
    oracle: Oracle, acts: list[tuple[str, int]]
) -> None:
    """SE-04, SE-05: signing in, stepping up, choosing a mandate, ending and waiting, in any order,
    against an account of it kept beside. Another's step-up takes nothing over (ID-21).
    """
    oracle.live.clear()
    oracle.dead.clear()
    for act, number in acts:
        await oracle.do(act, number)
