"""A proof holds once: in this worker, in the next, and after a restart."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import pytest
from sqlalchemy import text

from app.identity.tokens import replay
from app.vocabulary.ids import TenantId, random_id
from app.web.main import create_app
from tests.doubles.lying_provider import AUDIENCE, new_key
from tests.identity.door import ME, SCHEMA, Door, behind_a_socket
from tests.identity.test_dpop import Draft
from tests.service import Whole, settings_in

BERGSTRASSE = TenantId("bergstrasse")


def another_worker(whole: Whole) -> Whole:
    """The same installation in a process of its own, as far as anything is shared."""
    url = whole.parts.settings.database_url
    app = create_app(settings_in(whole.folder, url), whole.clock, transport=whole.liar)
    return Whole(
        app=app, liar=whole.liar, clock=whole.clock, logged=whole.logged, folder=whole.folder
    )


@dataclass(frozen=True)
class Workers:
    one: Door
    two: Door


@pytest.fixture(scope="module")
async def started(one_service: Whole) -> AsyncIterator[Workers]:
    async with behind_a_socket(one_service) as one:
        other = another_worker(one_service)
        async with behind_a_socket(other) as two:
            yield Workers(one, two)
        await other.parts.close()


@pytest.fixture
def workers(started: Workers, whole: Whole) -> tuple[Door, Door]:
    """With the provider honest."""
    assert started.one.whole is whole
    return started.one, started.two


async def rows(whole: Whole) -> int:
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        return int((await tx.execute(text("SELECT count(*) FROM replay"))).scalar_one())


async def test_rs_09_a_proof_is_used_up_after_a_restart(started: Workers, whole: Whole) -> None:
    one = started.one
    token = one.machine.access_token()
    proof = Draft.of(one, token).signed()
    assert (await one.call(SCHEMA, f"DPoP {token}", proof)).status_code == 200
    restarted = another_worker(whole)
    async with behind_a_socket(restarted) as door:
        again = await door.call(SCHEMA, f"DPoP {token}", proof)
        fresh = Draft.of(door, token).signed()
        let_in = await door.call(SCHEMA, f"DPoP {token}", fresh)
    await restarted.parts.close()

    assert again.status_code == 401
    assert 'error="invalid_dpop_proof"' in again.headers["www-authenticate"]
    assert let_in.status_code == 200


async def test_rs_09_a_proof_used_in_one_worker_is_used_up_in_all(
    workers: tuple[Door, Door],
) -> None:
    one, two = workers
    token = one.machine.access_token()
    proof = Draft.of(one, token).signed()

    assert (await one.call(SCHEMA, f"DPoP {token}", proof)).status_code == 200

    for door in (two, one, two):
        again = await door.call(SCHEMA, f"DPoP {token}", proof)
        assert again.status_code == 401
        assert 'error="invalid_dpop_proof"' in again.headers["www-authenticate"]
    fresh = Draft.of(one, token).signed()
    assert (await two.call(SCHEMA, f"DPoP {token}", fresh)).status_code == 200


async def test_rs_09_a_persons_proof_is_used_up_as_well(workers: tuple[Door, Door]) -> None:
    one, two = workers
    token = one.bound.access_token()
    proof = Draft.of(one, token).with_claims(htu=AUDIENCE.partition("/t/")[0] + ME).signed()

    assert (await one.call(ME, f"DPoP {token}", proof)).status_code == 200
    assert (await two.call(ME, f"DPoP {token}", proof)).status_code == 401


async def test_rs_09_of_many_at_once_one_gets_through(workers: tuple[Door, Door]) -> None:
    one, two = workers
    token = one.machine.access_token()
    proof = Draft.of(one, token).signed()

    answers = await asyncio.gather(
        *(door.call(SCHEMA, f"DPoP {token}", proof) for door in (one, two) * 4)
    )

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 7


async def test_rs_09_a_proof_spelled_anew_is_still_the_same(workers: tuple[Door, Door]) -> None:
    """What is kept is key and `jti`, whatever else is said around them."""
    one, two = workers
    token = one.machine.access_token()
    draft = Draft.of(one, token)
    assert (await one.call(SCHEMA, f"DPoP {token}", draft.signed())).status_code == 200
    assert (await two.call(SCHEMA, f"DPoP {token}", draft.signed())).status_code == 401
    respelled = draft.with_claims(more=1).signed()
    assert (await two.call(SCHEMA, f"DPoP {token}", respelled)).status_code == 401
    another = draft.with_claims(jti="another").signed()
    assert (await two.call(SCHEMA, f"DPoP {token}", another)).status_code == 200


async def test_rs_09_nobody_can_use_up_the_proof_of_another_key(
    workers: tuple[Door, Door],
) -> None:
    one, two = workers
    thief = new_key()
    token = one.machine.access_token(cnf={"jkt": thief.thumbprint()})
    public = thief.as_dict(private=False)
    own = {member: public[member] for member in ("kty", "crv", "x", "y")}
    jti = token_urlsafe(12)
    theirs = Draft.of(one, token).with_header(jwk=own).with_claims(jti=jti).signed(thief)
    assert (await one.call(SCHEMA, f"DPoP {token}", theirs)).status_code == 200
    honest = two.machine.access_token()
    ours = Draft.of(two, honest).with_claims(jti=jti).signed()
    assert (await two.call(SCHEMA, f"DPoP {honest}", ours)).status_code == 200


async def test_rs_09_the_store_is_no_larger_than_what_could_still_be_used(whole: Whole) -> None:
    async with behind_a_socket(whole) as door:
        holder = door.holder
        for _ in range(3):
            token = door.machine.access_token()
            assert (await door.call(SCHEMA, f"DPoP {token}", holder=holder)).status_code == 200
        assert await rows(whole) >= 3
        for _ in range(3):
            whole.clock.forward(timedelta(minutes=2))
            token = door.machine.access_token()
            assert (await door.call(SCHEMA, f"DPoP {token}", holder=holder)).status_code == 200
        assert await rows(whole) == 1


async def test_rs_09_what_is_kept_is_a_digest_and_nothing_of_the_token(whole: Whole) -> None:
    async with behind_a_socket(whole) as door:
        token = door.machine.access_token()
        draft = Draft.of(door, token)
        assert (await door.call(SCHEMA, f"DPoP {token}", draft.signed())).status_code == 200
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        kept = (await tx.execute(text("SELECT encode(digest, 'hex') FROM replay"))).scalars().all()
    assert kept
    assert {len(digest) for digest in kept} == {64}


async def test_rs_09_the_same_call_may_look_its_caller_up_again(whole: Whole) -> None:
    """A transaction tried twice is one use; another call with the same proof is a second."""
    database, now = whole.parts.database, whole.clock()
    first, second = random_id(), random_id()
    found = []
    for use in (first, first, second):
        async with database.transaction(BERGSTRASSE) as tx:
            found.append(
                await replay._is_first(  # the one statement that all of this rests on
                    tx, replay._row(BERGSTRASSE, "proof a b", use, now), now
                )
            )
    assert found == [True, True, False]
