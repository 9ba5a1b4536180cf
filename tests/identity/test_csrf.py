"""SE-09: which requests that carry our cookie were meant, over the whole service."""

import re
from dataclasses import dataclass
from itertools import product
from secrets import token_urlsafe

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from tests.doubles.lying_provider import ORIGIN
from tests.service import OUR_CALL, Whole

EVIL = "https://evil.example"
ORIGINS = {
    "none": None,
    "ours": ORIGIN,
    "evil": EVIL,
    "null": "null",
    "other_port": f"{ORIGIN}:444",
    "sub_domain": ORIGIN.replace("https://", "https://x."),
}
SITES = {
    "none": None,
    "same_origin": "same-origin",
    "same_site": "same-site",
    "cross": "cross-site",
}
MEANT = {("ours", "none"), ("ours", "same_origin"), ("none", "same_origin")}
MINE = "/v1/me/sessions"


@dataclass
class Victim:
    """Signed in here and in a second browser, which an attacker would like to sign out."""

    whole: Whole
    cookie: str
    other: str
    form_token: str

    async def lives(self, cookie: str) -> bool:
        called = await self.whole.call("GET", "/v1/me", {"cookie": cookie})
        return called.status_code == 200

    async def call(self, method: str, path: str, headers: dict[str, str]) -> httpx2.Response:
        return await self.whole.call(method, path, {"cookie": self.cookie, **headers})

    async def post(self, path: str, headers: dict[str, str], **fields: str) -> httpx2.Response:
        form = {"form_token": self.form_token, **fields}
        return await self.whole.call("POST", path, {"cookie": self.cookie, **headers}, data=form)


async def cookie_of(whole: Whole, who: str) -> str:
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        return f"{SESSION}={browser.cookies[SESSION]}"


@pytest.fixture
async def victim(whole: Whole) -> Victim:
    who = token_urlsafe(9)
    own, other = [await cookie_of(whole, who) for _ in range(2)]
    page = await whole.call("GET", "/session", {"cookie": own, "accept": "text/html"})
    token = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert token is not None
    return Victim(whole, own, other, token[1])


@pytest.mark.parametrize(("origin", "site"), list(product(ORIGINS, SITES)))
async def test_se_09_a_page_of_ours_and_no_other_may_change_something(
    victim: Victim, origin: str, site: str
) -> None:
    """SE-09: 24 combinations against a call by cookie, a DELETE, two forms and signing out."""
    given = {"origin": ORIGINS[origin], "sec-fetch-site": SITES[site]}
    headers = {name: value for name, value in given.items() if value is not None}
    meant = (origin, site) in MEANT

    answers = [
        await victim.call("POST", f"{MINE}x", {**headers, "klarfall-request": "1"}),
        await victim.call("POST", "/v1/bindings", {**headers, "klarfall-request": "1"}),
        await victim.call("DELETE", f"{MINE}/{'0' * 32}", {**headers, "klarfall-request": "1"}),
        await victim.post("/session/end", headers, session="0" * 32),
        await victim.post("/session/end-others", headers),
    ]
    refused = [404, 401, 401, 401, 401]
    assert [each.status_code for each in answers] == (
        [404, 422, 404, 404, 303] if meant else refused
    )
    assert await victim.lives(victim.other) is not meant

    out = await victim.post("/logout", headers)
    assert out.status_code == (200 if meant else 401)
    assert await victim.lives(victim.cookie) is not meant


@pytest.mark.parametrize("header", [None, "", "0", "1, 1", "true"])
async def test_se_09_a_delete_by_cookie_needs_our_header(
    victim: Victim, header: str | None
) -> None:
    """A form of another site can send no such header, and no DELETE at all."""
    headers = {name: value for name, value in OUR_CALL.items() if name != "klarfall-request"}
    if header is not None:
        headers["klarfall-request"] = header
    assert (await victim.call("DELETE", MINE, headers)).status_code == 401
    assert await victim.lives(victim.other)
    assert (await victim.call("DELETE", MINE, OUR_CALL)).status_code == 204
    assert not await victim.lives(victim.other)


async def test_se_09_a_forms_token_of_another_session_of_the_same_person_is_refused(
    victim: Victim,
) -> None:
    page = await victim.whole.call("GET", "/session", {"cookie": victim.other})
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found is not None
    own, victim.form_token = victim.form_token, found[1]
    assert (await victim.post("/session/end-others", {"origin": ORIGIN})).status_code == 401
    victim.form_token = own
    assert (await victim.post("/session/end-others", {"origin": ORIGIN})).status_code == 303


async def test_se_09_what_only_reads_is_changed_by_nobodys_link(victim: Victim) -> None:
    """A link or picture elsewhere reads nothing out, and sends none of what changes something."""
    for path in ("/logout", "/session/end", "/session/end-others", "/backchannel-logout"):
        assert (await victim.call("GET", path, {"origin": EVIL})).status_code == 405
    assert await victim.lives(victim.cookie)
    assert await victim.lives(victim.other)


@pytest.mark.parametrize("path", [MINE, "/v1/me", "/v1/questions", "/logout", "/session", "/"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_se_09_no_other_site_is_ever_let_in(victim: Victim, path: str, method: str) -> None:
    """CORS is closed: no pre-flight is granted, and no answer may be read elsewhere."""
    asked = {
        "origin": EVIL,
        "access-control-request-method": method,
        "access-control-request-headers": "klarfall-request",
    }
    preflight = await victim.call("OPTIONS", path, asked)
    read = await victim.call("GET", path, {"origin": EVIL})

    assert preflight.status_code == 405
    for answer in (preflight, read):
        granted = [name for name in answer.headers if name.startswith("access-control-")]
        assert granted == []
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
