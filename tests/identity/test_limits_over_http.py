"""Limits as callers meet them: two workers, one database."""

import io
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from secrets import token_hex

import httpx2
import pytest
from starlette.requests import HTTPConnection

from app.identity.limits.addresses import UNKNOWN
from app.identity.limits.budgets import Budget
from app.web.main import create_app
from tests.doubles.lying_provider import CLIENT, ORIGIN, LyingProvider
from tests.fixtures import MovableClock, Urls
from tests.service import (
    OUR_CALL,
    Whole,
    bearer,
    settings_in,
    write_client_key,
    write_tenant,
)

GENERAL = {"tenant": "bergstrasse", "question": "Was ist ein Bewilligungszeitraum?"}


@asynccontextmanager
async def two_workers(
    folder: Path, url: str, limits: Mapping[Budget, int], **settings: object
) -> AsyncIterator[list[Whole]]:
    clock = MovableClock()
    liar = LyingProvider(clock)
    write_client_key(folder, liar)
    write_tenant(folder, "bergstrasse", client=CLIENT, limits=limits)
    async with AsyncExitStack() as stack:
        workers = []
        for _ in range(2):
            app = create_app(settings_in(folder, url, **settings), clock, transport=liar)
            await stack.enter_async_context(app.router.lifespan_context(app))
            logged = io.StringIO()
            workers.append(Whole(app=app, liar=liar, clock=clock, logged=logged, folder=folder))
        yield workers


@pytest.fixture(scope="module")
async def workers(
    tmp_path_factory: pytest.TempPathFactory,
    new_database: Callable[..., Urls],
    migrated_template: str,
) -> AsyncIterator[list[Whole]]:
    narrow = {
        Budget.BINDING_TRIES: 5,
        Budget.QUESTIONS: 4,
        Budget.SESSION_REQUESTS: 12,
        Budget.PUBLIC_QUESTIONS: 3,
        Budget.SIGN_INS: 6,
        Budget.ADDRESS_REQUESTS: 400,
    }
    folder = tmp_path_factory.mktemp("two-workers")
    url = new_database(migrated_template).app
    proxies = ("198.51.100.0/24",)
    async with two_workers(folder, url, narrow, trusted_proxies=proxies) as both:
        yield both


def told(response: httpx2.Response) -> int:
    """How long to wait, from a refusal as the contract has it."""
    assert response.status_code == 429, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "rate_limited"
    return int(response.headers["retry-after"])


def from_address(whole: Whole, address: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(whole.app, client=(address, 40000))
    return httpx2.AsyncClient(transport=transport, base_url=ORIGIN)


async def asked(whole: Whole, address: str, **headers: str) -> httpx2.Response:
    async with from_address(whole, address) as client:
        return await client.post("/v1/questions", json=GENERAL, headers=headers)


async def test_ap_01_wrong_codes_are_counted_over_both_workers_and_right_ones_are_not(
    workers: list[Whole],
) -> None:
    """AP-01"""
    first, second = workers
    ref, _ = await first.push()
    who = token_hex(8)
    for _ in range(4):
        await first.bound(ref, who=who)  # right ones
    wrong = {"activation_code": "0000-0000-0000-0000"}
    tries = [
        await each.call("POST", "/v1/bindings", each.citizen(who), wrong)
        for each in (first, second, first, second, first, second)
    ]

    assert [each.status_code for each in tries[:4]] == [404] * 4
    assert 3000 < told(tries[-1]) <= 3600
    anew = await first.call("POST", "/v1/bindings", first.citizen(who, "high"), wrong)
    told(anew)  # signing in again changes nothing
    other = await first.call("POST", "/v1/bindings", first.citizen(token_hex(8)), wrong)
    assert other.status_code == 404
    first.clock.forward(timedelta(seconds=told(tries[-1])))
    await first.bound(ref, who=who)


async def test_ap_01_questions_of_one_person_are_counted_over_both_workers(
    workers: list[Whole],
) -> None:
    """AP-01"""
    ref, ids = await workers[0].push()
    who = await workers[0].bound(ref)
    path = f"/v1/cases/{ids['case']}/questions"
    answers = []
    for each, _ in zip(cycle(workers), range(8), strict=False):
        headers = each.citizen(who)  # a new token each time
        answers.append(await each.call("POST", path, headers, {"question": "Wann kommt Geld?"}))
    statuses = [each.status_code for each in answers]

    assert statuses.count(200) == 4
    assert statuses[4:] == [429] * 4
    wait = told(answers[-1])
    assert 0 < wait <= 60
    assert (await workers[0].call("GET", "/v1/me", workers[0].citizen(who))).status_code == 200
    workers[0].clock.forward(timedelta(seconds=wait))
    again = await workers[1].call(
        "POST", path, workers[1].citizen(who), {"question": "Wann kommt Geld?"}
    )
    assert again.status_code == 200


async def test_ap_01_a_session_has_a_budget_and_a_page_says_when_to_come_back(
    workers: list[Whole],
) -> None:
    """AP-01"""
    whole = workers[0]
    whole.clock.forward(timedelta(minutes=11))
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_hex(8))
        statuses = [(await browser.get("/v1/me")).status_code for _ in range(13)]
        page = await browser.get("/session", headers={"accept": "text/html"})

    assert statuses.count(200) <= 12
    assert statuses[-1] == 429
    assert page.status_code == 429
    assert int(page.headers["retry-after"]) <= 60
    assert "Zu viele Anfragen" in page.text


async def test_ap_01_sign_ins_from_one_address_end_somewhere(workers: list[Whole]) -> None:
    """AP-01"""
    responses = []
    for each, _ in zip(cycle(workers), range(7), strict=False):
        async with from_address(each, "203.0.113.50") as client:
            responses.append(await client.get("/login", params={"tenant": "bergstrasse"}))
    async with from_address(workers[0], "203.0.113.51") as client:
        neighbour = await client.get("/login", params={"tenant": "bergstrasse"})

    assert [each.status_code for each in responses[:6]] == [303] * 6
    assert told(responses[-1]) <= 600
    assert neighbour.status_code == 303


@pytest.mark.parametrize(
    ("one", "same", "other"),
    [
        pytest.param("203.0.113.1", "203.0.113.1", "203.0.113.2", id="IPv4"),
        pytest.param("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", id="IPv6"),
        pytest.param("::ffff:203.0.113.3", "203.0.113.3", "::ffff:203.0.113.4", id="mapped"),
    ],
)
async def test_an_address_is_an_ipv4_address_or_an_ipv6_line(
    workers: list[Whole], one: str, same: str, other: str
) -> None:
    whole = workers[0]
    whole.clock.forward(timedelta(minutes=1))
    statuses = [(await asked(whole, each)).status_code for each in (one, one, one)]

    assert statuses == [200] * 3
    told(await asked(whole, same))
    assert (await asked(whole, other)).status_code == 200


@pytest.mark.parametrize(
    ("peer", "said", "counted"),
    [
        pytest.param("203.0.113.9", "192.0.2.1", "203.0.113.9", id="a stranger says anything"),
        pytest.param("198.51.100.1", "192.0.2.1", "192.0.2.1", id="our proxy is believed"),
        pytest.param(
            "198.51.100.1", "6.6.6.6, 192.0.2.2", "192.0.2.2", id="what was said before it is not"
        ),
        pytest.param(
            "198.51.100.1", "192.0.2.3, 198.51.100.7", "192.0.2.3", id="two proxies of ours"
        ),
        pytest.param("198.51.100.2", "nonsense", "198.51.100.2", id="a proxy that says nothing"),
        pytest.param(
            "198.51.100.3", "192.0.2.4, nonsense", "198.51.100.3", id="what follows counts first"
        ),
        pytest.param("testclient", "192.0.2.5", UNKNOWN, id="no address at all"),
    ],
)
async def test_whose_word_counts_on_where_a_request_comes_from(
    workers: list[Whole], peer: str, said: str, counted: str
) -> None:
    scope = {
        "type": "http",
        "headers": [(b"x-forwarded-for", said.encode())],
        "client": (peer, 1),
    }

    assert workers[0].parts.identity.limits.address(HTTPConnection(scope)) == counted


async def test_ap_01_an_address_that_asks_for_nothing_but_nonsense_is_refused_too(
    workers: list[Whole],
) -> None:
    """AP-01: unknown paths and bad tokens are counted; health checks and styles are not."""
    whole = workers[0]
    async with from_address(whole, "203.0.113.77") as client:
        for number in range(200):
            path = f"/v1/{number}" if number % 2 else "/v1/me"
            response = await client.get(path, headers=bearer("a.b.c"))
            assert response.status_code in {401, 404}
    async with from_address(workers[1], "203.0.113.77") as client:
        statuses = {(await client.get("/v1/me")).status_code for _ in range(260)}
        assert statuses == {401, 429}
        assert (await client.get("/healthz")).status_code == 200
        told(await client.get("/"))
        told(await client.post("/v1/questions", json=GENERAL, headers=OUR_CALL))
