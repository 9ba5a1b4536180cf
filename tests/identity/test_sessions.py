"""Sessions: how long, how found, what the database knows."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.database.engine import Database
from app.identity import persons
from app.identity.browser import sessions
from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.identity.persons import Person
from app.identity.tokens import access_tokens
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.ids import IdentityId, MandateId, TenantId, random_id
from tests.doubles.lying_provider import provider_of
from tests.fixtures import MovableClock
from tests.identity.conftest import Service
from tests.statements import statements

TENANT = TenantId("bergstrasse")


async def ticket_of(service: Service) -> Ticket:
    await service.sign_in()
    return Ticket.read(service.browser.cookies[SESSION])


async def look_up(service: Service, ticket: Ticket) -> Person:
    async with service.identity.database.transaction(TENANT) as tx:
        session = await sessions.establish(tx, ticket, now=service.identity.clock())
        return persons.of_session(session)


async def confirm(service: Service, person: Person) -> None:
    async with service.identity.database.transaction(TENANT) as tx:
        await persons.still_signed_in(tx, person, now=service.identity.clock())


async def test_se_05_fifteen_idle_minutes_end_a_session(
    service: Service, movable_clock: MovableClock
) -> None:
    ticket = await ticket_of(service)
    movable_clock.forward(timedelta(minutes=14, seconds=59))
    await look_up(service, ticket)
    movable_clock.forward(timedelta(minutes=15))
    with pytest.raises(Unauthenticated):
        await look_up(service, ticket)


async def test_se_05_a_session_in_use_lives_on_and_ends_after_eight_hours(
    service: Service, movable_clock: MovableClock
) -> None:
    ticket = await ticket_of(service)
    for _ in range(47):
        movable_clock.forward(timedelta(minutes=10))
        await look_up(service, ticket)
    movable_clock.forward(timedelta(minutes=10))
    with pytest.raises(Unauthenticated):
        await look_up(service, ticket)


async def test_confirming_a_session_is_no_sign_of_life(
    service: Service, movable_clock: MovableClock
) -> None:
    person = await look_up(service, await ticket_of(service))
    movable_clock.forward(timedelta(minutes=10))
    await confirm(service, person)
    movable_clock.forward(timedelta(minutes=5))
    with pytest.raises(Unauthenticated):
        await confirm(service, person)


async def test_a_session_that_was_ended_is_noticed_at_the_next_statement(
    service: Service,
) -> None:
    person = await look_up(service, await ticket_of(service))
    await confirm(service, person)
    async with service.identity.database.transaction(TENANT) as tx:
        assert person.session is not None
        await sessions.end(tx, TENANT, person.session)
    with pytest.raises(Unauthenticated):
        await confirm(service, person)


async def test_a_person_by_token_is_signed_in_until_the_token_expires(
    service: Service, movable_clock: MovableClock
) -> None:
    access = await access_tokens.access_token(
        service.liar.access_token(),
        expected=provider_of(service.liar).expected,
        keys=service.identity.peer(TENANT).keys,
        now=movable_clock.now,
    )
    person = persons.of_access(access, tenant=TENANT, identity=IdentityId(random_id()))
    movable_clock.forward(timedelta(seconds=299))
    await confirm(service, person)
    movable_clock.forward(timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        await confirm(service, person)


async def test_se_03_the_database_knows_neither_the_ticket_nor_the_name(
    service: Service,
) -> None:
    ticket = await ticket_of(service)
    async with service.identity.database.transaction(TENANT) as tx:
        rows = (await tx.execute(text("SELECT s::text FROM sessions s"))).scalars().all()
    assert rows
    for row in rows:
        assert ticket.secret not in row
        assert ticket.secret.encode().hex() not in row
        assert "Sommerfeld" not in row
        assert b"Sommerfeld".hex() not in row
    assert (await look_up(service, ticket)).name == "Erika Sommerfeld"


async def test_se_03_tickets_have_256_bits_and_never_repeat() -> None:
    tickets = {Ticket.issue(TENANT).secret for _ in range(1000)}
    assert len(tickets) == 1000
    assert {len(secret) for secret in tickets} == {43}


async def test_finding_a_session_is_one_statement(
    service: Service, movable_clock: MovableClock
) -> None:
    ticket = await ticket_of(service)
    for forward in (timedelta(), timedelta(minutes=1)):
        movable_clock.forward(forward)
        async with service.identity.database.transaction(TENANT) as tx:
            with statements() as seen:
                await sessions.establish(tx, ticket, now=service.identity.clock())
        assert len(seen) == 1


async def test_one_tenants_ticket_finds_nothing_at_another(service: Service) -> None:
    ticket = await ticket_of(service)
    foreign = Ticket(TenantId("main-kinzig"), ticket.secret)
    async with service.identity.database.transaction(foreign.tenant) as tx:
        with pytest.raises(Unauthenticated):
            await sessions.establish(tx, foreign, now=service.identity.clock())
    response = await service.browser.get("/v1/me", headers={"cookie": f"{SESSION}={foreign.text}"})
    assert response.status_code == 401


async def test_se_04_choosing_a_mandate_gives_a_new_ticket_and_kills_the_old(
    service: Service,
) -> None:
    old = await ticket_of(service)
    mandate = MandateId(random_id())
    async with service.identity.database.transaction(TENANT) as tx:
        now = service.identity.clock()
        session = await sessions.establish(tx, old, now=now)
        assert session.active_mandate is None
        new = await sessions.act_under(tx, session, mandate, now=now)

    person = await look_up(service, new)
    assert person.active_mandate == mandate
    assert person.name == "Erika Sommerfeld"
    assert person.session == session.id
    with pytest.raises(Unauthenticated):
        await look_up(service, old)


async def test_a_session_that_ended_can_choose_no_mandate(service: Service) -> None:
    ticket = await ticket_of(service)
    async with service.identity.database.transaction(TENANT) as tx:
        now = service.identity.clock()
        session = await sessions.establish(tx, ticket, now=now)
        await sessions.end(tx, TENANT, session.id)
        with pytest.raises(Unauthenticated):
            await sessions.act_under(tx, session, None, now=now)


async def test_dead_sessions_are_swept_out_by_the_next_sign_in(
    service: Service, movable_clock: MovableClock
) -> None:
    await service.sign_in()
    movable_clock.forward(timedelta(hours=1))
    async with service.another_browser() as other:
        await service.sign_in(other)
    assert await service.sessions() == 1


async def test_a_person_may_be_signed_in_twice(service: Service) -> None:
    await service.sign_in()
    async with service.another_browser() as other:
        await service.sign_in(other)
        assert await service.sessions() == 2


async def test_se_11_without_the_database_nobody_is_served(service: Service) -> None:
    await service.sign_in()
    away = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", wait_seconds=1)
    object.__setattr__(service.identity, "database", away)
    for path in ("/v1/me", "/", "/login?tenant=bergstrasse"):
        assert (await service.browser.get(path)).status_code == 503
    await away.close()


async def test_a_session_is_evidence_and_minted_by_sessions_alone(service: Service) -> None:
    with pytest.raises(TypeError, match="alone"):
        sessions.Session(
            tenant=TENANT,
            id=None,  # type: ignore[arg-type]  # nothing of this is looked at
            identity=None,  # type: ignore[arg-type]  # as above
            assurance=None,  # type: ignore[arg-type]  # as above
            authenticated_at=None,  # type: ignore[arg-type]  # as above
            expires_at=None,  # type: ignore[arg-type]  # as above
            name=None,
            active_mandate=None,
            seal=None,  # type: ignore[arg-type]  # as above
        )


async def test_many_look_ups_at_once_all_find_the_session(
    service: Service, movable_clock: MovableClock
) -> None:
    ticket = await ticket_of(service)
    movable_clock.forward(timedelta(minutes=1))
    found = await asyncio.gather(*(look_up(service, ticket) for _ in range(8)))
    assert len({person.session for person in found}) == 1


async def test_a_sealed_name_that_was_moved_does_not_open(service: Service) -> None:
    ticket = await ticket_of(service)
    async with service.identity.database.transaction(TENANT) as tx:
        await tx.execute(
            text("UPDATE sessions SET sealed_name = 'x' WHERE secret_hash = :hash"),
            {"hash": ticket.digest},
        )
    with pytest.raises(Unavailable):
        await look_up(service, ticket)
