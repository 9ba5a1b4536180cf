"""Forged access tokens, sent to the running service: none opens anything, all look alike."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest
from sqlalchemy import text

from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId
from tests.doubles.lying_provider import ABSENT, MACHINE, LyingProvider, part
from tests.identity.door import ME, SCHEMA, Door, behind_a_socket, shape, told
from tests.identity.forgeries import FORGERIES, Forge, of_length, payload_text, with_header
from tests.service import Whole

# Honest where it is the program's own.
HONEST_OF_MACHINES = {"RS-11 sub of a machine"}
REFUSED = {
    "type": "about:blank",
    "title": Unauthenticated.title_de,
    "status": 401,
    "code": "unauthenticated",
}
REFUSED_WITH = 'DPoP algs="ES256", error="invalid_token"'
LIMIT = 4096
HEADERS = 8192
# What else is in the head of a call, at most: its proof first of all.
MORE_OF_A_HEAD = 1400


@pytest.fixture(scope="module")
async def running(one_service: Whole) -> AsyncIterator[Door]:
    async with behind_a_socket(one_service) as door:
        yield door


@pytest.fixture
def door(running: Door, whole: Whole) -> Door:
    """With the provider honest."""
    assert running.whole is whole
    return running


def honest(liar: LyingProvider) -> str:
    return liar.access_token()


async def sent(door: Door, forge: Forge, *, by_machine: bool = True) -> list[httpx2.Response]:
    """As a person's bare token, as a person's bound one, and as a machine's."""
    holder = door.holder
    answers = [
        await door.call(ME, f"Bearer {forge(door.bare)}"),
        await door.call(ME, f"DPoP {forge(door.bound)}", holder=holder),
    ]
    if by_machine:
        answers.append(await door.call(SCHEMA, f"DPoP {forge(door.machine)}", holder=holder))
    return answers


def test_rs_05_there_are_enough_forgeries() -> None:
    assert len(FORGERIES) >= 113


def of_another_key(liar: LyingProvider) -> str:
    """Honest in every word, and signed by nobody we know."""
    header, payload, _ = liar.access_token().split(".")
    return f"{header}.{payload}.{part(b'0' * 64)}"


def garbage(_: LyingProvider) -> str:
    return "garbage"


@pytest.mark.parametrize("name", FORGERIES)
async def test_rs_05_a_forgery_is_refused_like_any_other_and_its_honest_twin_is_not(
    door: Door, name: str
) -> None:
    """RS-01 RS-02 RS-03 RS-04 RS-05 RS-06 RS-07 RS-11.

    The same status, headers and body, but for the number of the request: those of a token that
    names our office and was signed by another, or those of one that names no office of ours.
    """
    by_machine = name not in HONEST_OF_MACHINES

    answers = await sent(door, FORGERIES[name], by_machine=by_machine)

    like = zip(
        await sent(door, of_another_key, by_machine=by_machine),
        await sent(door, garbage, by_machine=by_machine),
        strict=True,
    )
    for answer, known in zip(answers, like, strict=True):
        assert told(answer) in [told(each) for each in known]
        assert answer.status_code == 401, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"].startswith(REFUSED_WITH)
        assert shape(answer) == REFUSED
    twins = await sent(door, honest)
    assert [twin.status_code for twin in twins] == [200, 200, 200], twins[0].text


async def test_rs_05_of_what_is_refused_only_the_office_that_a_token_names_in_clear_is_told(
    door: Door,
) -> None:
    """RFC 9728, section 5.1: where its metadata is, and the nonce its proofs need."""
    of_ours, of_none = await sent(door, of_another_key), await sent(door, garbage)
    for known, unknown in zip(of_ours, of_none, strict=True):
        more = {"dpop-nonce", "www-authenticate"}
        status, headers, body = told(known)
        bare = [(name, value) for name, value in headers if name not in more]
        assert (status, sorted([*bare, ("www-authenticate", REFUSED_WITH)]), body) == told(unknown)


async def test_rs_06_a_token_of_just_4_kib_is_read(door: Door) -> None:
    longest = of_length(LIMIT - 2)
    assert LIMIT - 2 <= len(longest(door.bare)) <= LIMIT
    assert [answer.status_code for answer in await sent(door, longest)] == [200, 200, 200]


async def test_rs_04_nothing_in_a_token_makes_us_fetch_anything(door: Door) -> None:
    """With an address at which somebody listens, so that a call would be noticed."""
    calls: list[str] = []

    async def hear(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append("called")
        writer.close()

    listening = await asyncio.start_server(hear, "127.0.0.1", 0)
    async with listening:
        port = listening.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/keys"
        assert (await door.call(ME, f"Bearer {door.bare.access_token()}")).status_code == 200
        asked = list(door.whole.liar.seen)
        for member in ("jku", "x5u", "jwk", "kid", "iss"):
            for answer in await sent(door, with_header(**{member: url})):
                assert answer.status_code == 401
        assert calls == []
        assert door.whole.liar.seen[len(asked) :] in ([], ["/jwks"])
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0.05)
        writer.close()
        assert calls == ["called"]


async def test_rs_07_a_machine_cannot_do_without_a_proof(door: Door) -> None:
    bare = {"cnf": ABSENT}
    token = door.machine.access_token(**bare)

    assert (await door.call(SCHEMA, f"Bearer {token}")).status_code == 401
    assert (await door.call(SCHEMA, f"DPoP {token}", holder=door.holder)).status_code == 401
    bound = door.machine.access_token()
    assert (await door.call(SCHEMA, f"Bearer {bound}")).status_code == 401
    assert (await door.call(SCHEMA, f"DPoP {bound}", holder=door.holder)).status_code == 200


async def test_rs_10_rs_11_persons_and_machines_do_not_pass_for_each_other(door: Door) -> None:
    """Whatever scopes either has. RS-10 RS-11."""
    both = "klarfall integration"
    holder = door.holder
    for path, token in (
        (ME, door.machine.access_token()),
        (ME, door.machine.access_token(scope=both)),
        (SCHEMA, door.bound.access_token()),
        (SCHEMA, door.bound.access_token(scope=both)),
        (SCHEMA, door.machine.access_token(scope="klarfall")),
        (ME, door.bound.access_token(scope="openid")),
    ):
        answer = await door.call(path, f"DPoP {token}", holder=holder)
        assert answer.status_code == 401
        assert shape(answer) == REFUSED
    for path, token in (
        (ME, door.bound.access_token(scope=both)),
        (SCHEMA, door.machine.access_token(scope=both)),
    ):
        assert (await door.call(path, f"DPoP {token}", holder=holder)).status_code == 200
    async with door.whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        programs = await tx.execute(
            text("SELECT count(*) FROM identities WHERE subject = :name"), {"name": MACHINE}
        )
        assert programs.scalar_one() == 0


def nested(levels: int) -> Forge:
    """A list in a list, each of them closed again."""
    return payload_text(lambda text: text[:-1] + ', "x": ' + "[" * levels + "]" * levels + "}")


def deepest(door: Door, limit: int) -> int:
    """How many levels a token of so many bytes can have."""
    found = 0
    for step in (2048, 1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1):
        if len(nested(found + step)(door.machine)) <= limit:
            found += step
    return found


@pytest.mark.parametrize(
    ("limit", "at_least"),
    [(LIMIT, 1000), (HEADERS - MORE_OF_A_HEAD, 2000)],
    ids=["a token of 4 KiB", "a head of 8 KiB"],
)
async def test_rs_06_a_token_as_deep_as_fits_is_refused_like_any_other(
    door: Door, limit: int, at_least: int
) -> None:
    """Of 4 KiB it is read, and too deep. What fits into 8 KiB of headers is not even that."""
    levels = deepest(door, limit)
    assert levels >= at_least
    assert limit - 4 <= len(nested(levels)(door.machine)) <= limit

    answers = [told(each) for each in await sent(door, nested(levels))]

    assert answers == [told(each) for each in await sent(door, garbage)]
    # Its twin has the object and seven levels in it.
    assert [each.status_code for each in await sent(door, nested(7))] == [200, 200, 200]


async def test_rs_06_a_token_longer_than_all_headers_may_be_is_not_even_read(door: Door) -> None:
    """Five thousand levels, each of them closed again: 413, and nothing of the token in it."""
    for answer in await sent(door, nested(5000)):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["code"] == "too_large"
        assert shape(answer).keys() == REFUSED.keys()
        assert "www-authenticate" not in answer.headers
        assert "eyJ" not in answer.text + str(answer.headers)
    assert [twin.status_code for twin in await sent(door, honest)] == [200, 200, 200]


async def test_rs_06_while_deep_tokens_come_in_everybody_else_is_served(door: Door) -> None:
    """AP-02: by the same process, at the same time and afterwards."""
    deep = [nested(levels) for levels in (deepest(door, LIMIT), 2400, 5000)]

    async def statuses(forge: Forge) -> list[int]:
        return [each.status_code for each in await sent(door, forge)]

    refused, served = await asyncio.gather(
        asyncio.gather(*(statuses(deep[number % 3]) for number in range(9))),
        asyncio.gather(*(statuses(honest) for _ in range(3))),
    )

    assert refused == [[(401, 401, 413)[number % 3]] * 3 for number in range(9)]
    assert served == [[200, 200, 200]] * 3
    assert await statuses(honest) == [200, 200, 200]
