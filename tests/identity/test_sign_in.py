"""The way to the provider and back, and every lie on it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from app.audit.events import EventKind
from app.identity.browser.tickets import Ticket
from app.identity.provider import exchange
from app.identity.sign_in import login
from app.identity.sign_in.attempts import Wish
from app.identity.sign_in.login import Returned
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance
from tests.doubles.lying_provider import ABSENT, CLIENT, ISSUER, ORIGIN
from tests.fixtures import MovableClock
from tests.identity.conftest import Service

SESSION = "__Host-klarfall"


async def refused(service: Service, response: httpx2.Response, status: int = 401) -> None:
    assert response.status_code == status, response.text
    assert SESSION not in response.headers.get("set-cookie", "")
    assert await service.sessions() == 0
    assert EventKind.SIGNED_IN not in service.journal.kinds


async def accepted(service: Service, response: httpx2.Response) -> None:
    assert response.status_code == 200, response.text
    assert await service.sessions() == 1
    me = await service.browser.get("/v1/me")
    assert me.status_code == 200, me.text


async def test_an_honest_sign_in_ends_with_a_session_and_says_who_it_is(service: Service) -> None:
    await accepted(service, await service.sign_in())

    me = (await service.browser.get("/v1/me")).json()
    assert me["assurance"] == "substantial"
    assert me["name"] == "Erika Sommerfeld"
    assert me["client"] is None
    assert service.journal.kinds == [EventKind.SIGNED_IN]


async def test_the_same_account_is_the_same_identity_at_every_sign_in(service: Service) -> None:
    await service.sign_in()
    first = (await service.browser.get("/v1/me")).json()["identity"]
    await service.sign_in()
    assert (await service.browser.get("/v1/me")).json()["identity"] == first


async def test_id_20_the_same_name_with_another_sub_is_somebody_else(service: Service) -> None:
    await service.sign_in()
    first = (await service.browser.get("/v1/me")).json()["identity"]
    service.liar.subject = token_urlsafe(12)
    await service.sign_in()
    assert (await service.browser.get("/v1/me")).json()["identity"] != first


async def test_id_01_id_02_id_07_id_27_what_the_browser_carries_to_the_provider(
    service: Service,
) -> None:
    url = urlsplit(await service.begin())
    asked = {name: values[0] for name, values in parse_qs(url.query).items()}

    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{ISSUER}/auth"
    assert set(asked) == {
        "client_id",
        "response_type",
        "redirect_uri",
        "scope",
        "state",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }
    assert asked["scope"] == "openid profile"
    assert asked["redirect_uri"] == f"{ORIGIN}/callback"
    assert len(asked["state"]) == len(asked["nonce"]) == 43


async def test_id_23_a_forged_host_changes_nothing_about_the_way_back(service: Service) -> None:
    response = await service.browser.get(
        "/login?tenant=bergstrasse",
        headers={"host": "evil.example", "x-forwarded-host": "evil.example"},
    )
    asked = parse_qs(urlsplit(response.headers["location"]).query)
    assert asked["redirect_uri"] == [f"{ORIGIN}/callback"]


async def test_id_08_se_01_se_02_cookies_hold_a_random_ticket_and_nothing_else(
    service: Service,
) -> None:
    begun = await service.browser.get("/login?tenant=bergstrasse")
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    done = await service.come_back(service.liar.authorize(begun.headers["location"]))

    login_cookie = SimpleCookie(begun.headers["set-cookie"])
    ((name, morsel),) = login_cookie.items()
    assert name.startswith("__Host-klarfall-login-")
    assert morsel["samesite"] == "lax"
    for secret in (asked["state"][0], asked["nonce"][0]):
        assert secret not in begun.headers["set-cookie"]
    session = SimpleCookie(done.headers.get_list("set-cookie")[-1])[SESSION]
    assert session["samesite"] == "strict"
    for cookie in (morsel, session):
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        Ticket.read(cookie.value)
    assert service.liar.token_requests[0]["code_verifier"] not in begun.text + done.text
    assert "eyJ" not in done.text + str(done.headers)


async def test_id_24_next_leads_to_a_path_of_ours_and_to_no_other(service: Service) -> None:
    case = "/cases/0f8fad5b-d9cb-469f-a165-70867728950e/ask"
    for wanted, reached in [
        ("/ask", "/ask"),
        (case, case),
        ("https://evil.example", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/ask/../../evil", "/"),
        ("/ask\n", "/"),
        ("/ask?x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ]:
        url = await service.begin(next=wanted)
        response = await service.come_back(service.liar.authorize(url))
        assert f'content="0;url={reached}"' in response.text, wanted


async def test_an_unknown_tenant_is_not_found(service: Service) -> None:
    response = await service.browser.get("/login?tenant=nowhere")
    assert response.status_code == 404


async def test_id_09_two_tabs_both_come_back_signed_in(service: Service) -> None:
    first, second = await service.begin(), await service.begin()
    assert (await service.come_back(service.liar.authorize(first))).status_code == 200
    assert (await service.come_back(service.liar.authorize(second))).status_code == 200


# What the browser brings back.


@pytest.mark.parametrize("iss", [None, "", "https://evil.example", f"{ISSUER}/", ISSUER.upper()])
async def test_id_06_a_wrong_or_missing_iss_is_refused_before_the_code_goes_anywhere(
    service: Service, iss: str | None
) -> None:
    await refused(service, await service.sign_in(iss=iss))
    assert service.liar.token_requests == []
    assert service.journal.kinds == [EventKind.SIGN_IN_REFUSED]
    await accepted(service, await service.sign_in(iss=ISSUER))


@pytest.mark.parametrize("state", [None, "", "x" * 43])
async def test_id_07_a_wrong_or_missing_state_is_refused(
    service: Service, state: str | None
) -> None:
    await refused(service, await service.sign_in(state=state))
    await accepted(service, await service.sign_in())


async def test_id_07_a_state_is_used_once(service: Service) -> None:
    url = service.liar.authorize(await service.begin())
    # The cookie a thief kept, or a browser that did not clear it.
    cookies = dict(service.browser.cookies.items())
    await refused(service, await service.come_back(url.replace("iss=", "iss=wrong")))

    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    again = await service.browser.get(url, headers={"cookie": header})

    await refused(service, again)


async def test_id_07_a_callback_twice_gives_one_session(service: Service) -> None:
    url = service.liar.authorize(await service.begin())
    await accepted(service, await service.come_back(url))
    assert (await service.come_back(url)).status_code == 401
    assert await service.sessions() == 1


async def test_id_07_another_browser_cannot_finish_a_sign_in(service: Service) -> None:
    url = service.liar.authorize(await service.begin())
    async with service.another_browser() as other:
        await service.begin(other)
        await refused(service, await service.come_back(url, other))
        for name in service.browser.cookies:
            other.cookies.set(name, Ticket.issue(TenantId("bergstrasse")).text)
        await refused(service, await service.come_back(url, other))
    await accepted(service, await service.come_back(url))


async def test_id_07_after_ten_minutes_a_sign_in_is_over(
    service: Service, movable_clock: MovableClock
) -> None:
    url = await service.begin()
    movable_clock.forward(timedelta(minutes=10))
    await refused(service, await service.come_back(service.liar.authorize(url)))

    url = await service.begin()
    movable_clock.forward(timedelta(minutes=9, seconds=59))
    await accepted(service, await service.come_back(service.liar.authorize(url)))


async def test_sign_ins_never_finished_are_swept_out_by_the_next(
    service: Service, movable_clock: MovableClock
) -> None:
    await service.begin()
    movable_clock.forward(timedelta(minutes=11))
    await service.begin()
    left = "SELECT count(*) FROM logins WHERE expires_at <= :now"
    assert await service.count(left, now=movable_clock.now) == 0


async def test_a_cancelled_sign_in_is_refused(service: Service) -> None:
    await refused(service, await service.sign_in(code=None, error="access_denied"))
    assert service.liar.token_requests == []


@pytest.mark.parametrize("name", ["state", "iss", "code"])
async def test_a_parameter_twice_is_refused(service: Service, name: str) -> None:
    url = service.liar.authorize(await service.begin())
    value = parse_qs(urlsplit(url).query)[name][0]
    await refused(service, await service.come_back(f"{url}&{name}={value}"))


async def test_a_code_the_provider_does_not_know_is_refused(service: Service) -> None:
    await refused(service, await service.sign_in(code="invented"))
    await accepted(service, await service.sign_in())


# What the provider answers at the token endpoint. Lies are told in test_lies.py.


def claim(name: str, value: object) -> Callable[[Service], None]:
    def lie(service: Service) -> None:
        service.liar.claims = {name: value}

    return lie


def times(**seconds: int) -> Callable[[Service], None]:
    def lie(service: Service) -> None:
        now = int(service.liar.clock().timestamp())
        service.liar.claims = {name: now + later for name, later in seconds.items()}

    return lie


def head(name: str, value: object) -> Callable[[Service], None]:
    def lie(service: Service) -> None:
        service.liar.header = {name: value}

    return lie


def reply(name: str, value: object) -> Callable[[Service], None]:
    def lie(service: Service) -> None:
        service.liar.answer = {name: value}

    return lie


@pytest.mark.parametrize(
    "truth",
    [
        claim("aud", [CLIENT]),
        claim("azp", CLIENT),
        claim("name", ABSENT),
        claim("sid", ABSENT),
        claim("at_hash", ABSENT),
        head("typ", "JWT"),
        times(iat=5),
        times(iat=-60),
        times(iat=-50, exp=-4),
        reply("token_type", "bearer"),
    ],
)
async def test_what_is_unusual_and_allowed_is_accepted(
    service: Service, truth: Callable[[Service], None]
) -> None:
    url = service.liar.authorize(await service.begin())
    truth(service)
    await accepted(service, await service.come_back(url))


# A provider that is away.


def falls_over() -> httpx2.Response:
    raise httpx2.ConnectError("refused")


def hangs() -> httpx2.Response:
    raise httpx2.ReadTimeout("too slow")


AWAY: dict[str, Callable[[], httpx2.Response]] = {"down": falls_over, "slow": hangs}


@pytest.mark.parametrize("way", AWAY.values(), ids=AWAY.keys())
async def test_id_25_a_token_endpoint_that_cannot_be_reached_is_a_clear_failure(
    service: Service, way: Callable[[], httpx2.Response]
) -> None:
    url = service.liar.authorize(await service.begin())
    service.liar.replies["/token"] = way
    await refused(service, await service.come_back(url), 503)

    service.liar.replies.clear()
    await accepted(service, await service.sign_in())


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/jwks"])
@pytest.mark.parametrize("way", AWAY.values(), ids=AWAY.keys())
async def test_id_25_a_provider_that_is_away_is_a_clear_failure(
    service: Service, movable_clock: MovableClock, path: str, way: Callable[[], httpx2.Response]
) -> None:
    service.liar.replies[path] = way
    begun = await service.browser.get("/login?tenant=bergstrasse")
    if path == "/jwks":
        back = service.liar.authorize(begun.headers["location"])
        await refused(service, await service.come_back(back), 503)
    else:
        await refused(service, begun, 503)

    service.liar.replies.clear()
    movable_clock.forward(timedelta(seconds=5))
    await accepted(service, await service.sign_in())


# A floor and a maximum age.


async def finish(service: Service, wish: Wish) -> Assurance:
    begun = await login.begin(service.identity, TenantId("bergstrasse"), wish, current=None)
    back = parse_qs(urlsplit(service.liar.authorize(begun.url)).query)
    returned = Returned(state=back["state"][0], iss=ISSUER, code=back["code"][0])
    return (await login.complete(service.identity, begun.ticket, returned)).person.assurance


async def test_id_18_a_sign_in_below_the_floor_is_refused(service: Service) -> None:
    wish = Wish(destination="/", floor=Assurance.SUBSTANTIAL)
    service.liar.acr = "low"
    with pytest.raises(Unauthenticated):
        await finish(service, wish)
    assert await service.sessions() == 0

    service.liar.acr = "high"
    assert await finish(service, wish) is Assurance.HIGH
    assert [code.acr for code in service.liar.codes.values()] == []


async def test_the_levels_that_would_do_are_asked_for_weakest_first(service: Service) -> None:
    wish = Wish(destination="/", floor=Assurance.SUBSTANTIAL, max_age=timedelta(minutes=5))
    begun = await login.begin(service.identity, TenantId("bergstrasse"), wish, current=None)
    asked = parse_qs(urlsplit(begun.url).query)
    assert asked["acr_values"] == ["substantial high"]
    assert asked["max_age"] == ["300"]


async def test_id_19_a_sign_in_older_than_asked_for_is_refused(
    service: Service, movable_clock: MovableClock
) -> None:
    wish = Wish(destination="/", max_age=timedelta(minutes=5))
    now = int(movable_clock.now.timestamp())
    service.liar.claims = {"auth_time": now - 306}
    with pytest.raises(Unauthenticated):
        await finish(service, wish)
    assert await service.sessions() == 0

    service.liar.claims = {"auth_time": now - 304}
    assert await finish(service, wish) is Assurance.SUBSTANTIAL


async def test_a_ticket_of_a_tenant_that_is_not_served_is_refused(service: Service) -> None:
    with pytest.raises(Unauthenticated):
        await login.complete(
            service.identity,
            Ticket.issue(TenantId("nowhere")),
            Returned(state="x", iss=ISSUER, code="y"),
        )


# Out again.


async def test_se_06_signing_out_ends_the_session_and_its_cookie_is_worth_nothing(
    service: Service,
) -> None:
    await service.sign_in()
    token = (await service.browser.get("/form")).json()
    kept = service.browser.cookies[SESSION]

    response = await service.browser.post(
        "/logout", data={"form_token": token}, headers={"origin": ORIGIN}
    )

    assert f"{ISSUER}/session/end?client_id={CLIENT}" in response.text
    assert SESSION not in service.browser.cookies
    replayed = await service.browser.get("/v1/me", headers={"cookie": f"{SESSION}={kept}"})
    assert replayed.status_code == 401
    assert await service.sessions() == 0
    assert service.journal.kinds == [EventKind.SIGNED_IN, EventKind.SIGNED_OUT]


async def test_signing_out_needs_a_form_of_ours(service: Service) -> None:
    await service.sign_in()
    token = (await service.browser.get("/form")).json()
    refusals: list[tuple[dict[str, object], dict[str, str]]] = [
        ({}, {"origin": ORIGIN}),
        ({"form_token": "0" * 64}, {"origin": ORIGIN}),
        ({"form_token": [token, token]}, {"origin": ORIGIN}),
        ({"form_token": token}, {"origin": "https://evil.example"}),
        ({"form_token": token}, {}),
    ]
    for data, headers in refusals:
        response = await service.browser.post("/logout", data=data, headers=headers)
        assert response.status_code == 401
    assert await service.sessions() == 1


@pytest.mark.parametrize("gone", ["away", "none on offer"])
async def test_signing_out_works_without_the_provider(
    service: Service, movable_clock: MovableClock, gone: str
) -> None:
    await service.sign_in()
    token = (await service.browser.get("/form")).json()
    service.liar.metadata = {"end_session_endpoint": ABSENT}
    if gone == "away":
        service.liar.replies["/.well-known/openid-configuration"] = falls_over
    movable_clock.forward(timedelta(minutes=11))

    response = await service.browser.post(
        "/logout", data={"form_token": token}, headers={"sec-fetch-site": "same-origin"}
    )

    assert f'content="0;url={ORIGIN}/"' in response.text
    assert await service.sessions() == 0


async def test_signing_out_of_a_session_that_is_over_leads_home(
    service: Service, movable_clock: MovableClock
) -> None:
    await service.sign_in()
    token = (await service.browser.get("/form")).json()
    movable_clock.forward(timedelta(hours=9))
    response = await service.browser.post(
        "/logout", data={"form_token": token}, headers={"origin": ORIGIN}
    )
    assert f'content="0;url={ORIGIN}/"' in response.text
    assert service.journal.kinds == [EventKind.SIGNED_IN]


async def test_id_21_a_second_person_takes_the_session_over_and_the_first_one_is_dead(
    service: Service,
) -> None:
    await service.sign_in()
    kept = service.browser.cookies[SESSION]
    first = (await service.browser.get("/v1/me")).json()["identity"]
    service.liar.subject = token_urlsafe(12)

    await service.sign_in()

    assert (await service.browser.get("/v1/me")).json()["identity"] != first
    replayed = await service.browser.get("/v1/me", headers={"cookie": f"{SESSION}={kept}"})
    assert replayed.status_code == 401


async def test_se_04_signing_in_again_gives_a_new_ticket_and_kills_the_old(
    service: Service,
) -> None:
    await service.sign_in()
    kept = service.browser.cookies[SESSION]
    await service.sign_in()
    assert service.browser.cookies[SESSION] != kept
    assert await service.sessions() == 1


async def test_a_dead_or_doubled_session_cookie_does_not_stand_in_the_way_of_signing_in(
    service: Service,
) -> None:
    dead = f"{SESSION}={Ticket.issue(TenantId('bergstrasse')).text}"
    foreign = f"{SESSION}={Ticket.issue(TenantId('main-kinzig')).text}"
    for cookie in (dead, foreign, f"{dead}; {dead}", f"{SESSION}=garbage"):
        response = await service.browser.get(
            "/login?tenant=bergstrasse", headers={"cookie": cookie}
        )
        assert response.status_code == 303


async def test_twenty_sign_ins_at_once_ask_for_metadata_and_keys_once(service: Service) -> None:
    async def one() -> int:
        async with service.another_browser() as browser:
            return (await service.sign_in(browser)).status_code

    assert set(await asyncio.gather(*(one() for _ in range(20)))) == {200}
    assert service.liar.seen.count("/.well-known/openid-configuration") == 1
    assert service.liar.seen.count("/jwks") == 1


async def test_id_04_every_assertion_has_an_identifier_of_its_own(service: Service) -> None:
    await service.sign_in()
    await service.sign_in()
    assert len(service.liar.assertions) == 2


def test_no_scope_is_asked_for_that_is_not_needed() -> None:
    assert exchange.SCOPES == "openid profile"
