"""SE-15, SE-04: for whom somebody acts is part of the session, and changes only on purpose."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from tests.doubles.lying_provider import ORIGIN
from tests.identity.test_logout import events
from tests.service import OUR_CALL, Whole

QUESTION = {"question": "Wann kommt mein Geld?"}


@dataclass
class Chooser:
    """Somebody with two cases of their own, and a browser that chose neither yet."""

    whole: Whole
    browser: httpx2.AsyncClient
    mandates: dict[str, str]

    @property
    def cookie(self) -> str:
        return str(self.browser.cookies[SESSION])

    async def active(self, cookie: str | None = None) -> list[str]:
        headers = {"cookie": f"{SESSION}={cookie or self.cookie}"}
        me = await self.whole.call("GET", "/v1/me", headers)
        assert me.status_code == 200, me.text
        return [each["id"] for each in me.json()["mandates"] if each["active"]]

    async def choose(self, mandate: str) -> httpx2.Response:
        return await self.browser.post(f"/v1/mandates/{mandate}/activate", headers=OUR_CALL)

    async def ask(self, mandate: str, **headers: str) -> httpx2.Response:
        case = self.mandates[mandate]
        return await self.browser.post(
            f"/v1/cases/{case}/questions", json=QUESTION, headers={**OUR_CALL, **headers}
        )


@pytest.fixture
async def chooser(whole: Whole) -> AsyncIterator[Chooser]:
    who = token_urlsafe(9)
    for _ in range(2):
        ref, _ids = await whole.push()
        await whole.bound(ref, who=who)
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        found = (await browser.get("/v1/me")).json()["mandates"]
        yield Chooser(whole, browser, {each["id"]: each["case_id"] for each in found})


async def test_se_15_only_an_explicit_act_changes_for_whom_somebody_acts(chooser: Chooser) -> None:
    """Neither a header, nor a parameter, nor looking at a page, nor asking chooses."""
    one, other = chooser.mandates
    assert await chooser.active() == []
    assert (await chooser.choose(one)).status_code == 204

    named = {"klarfall-mandate": other}
    assert (await chooser.ask(other)).status_code == 404
    assert (await chooser.ask(other, **named)).status_code == 404
    assert (await chooser.ask(one, **named)).status_code == 404
    for path in ("/mandates", "/ask", "/session", f"/v1/mandates/{other}/activate"):
        await chooser.browser.get(f"{path}?mandate={other}", headers=named)
    await chooser.browser.post(f"/v1/mandates/{other}/activate", headers={"origin": ORIGIN})
    assert await chooser.active() == [one]

    assert (await chooser.ask(one)).status_code == 200
    assert (await chooser.choose(other)).status_code == 204
    assert await chooser.active() == [other]


async def test_se_04_choosing_gives_a_new_cookie_and_kills_the_old(chooser: Chooser) -> None:
    """SE-04: whoever had the old one, or a page of it, has nothing any more."""
    one, _ = chooser.mandates
    page = await chooser.browser.get("/mandates", headers={"accept": "text/html"})
    stale = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert stale is not None
    old = chooser.cookie

    assert (await chooser.choose(one)).status_code == 204

    assert chooser.cookie != old
    dead = await chooser.whole.call("GET", "/v1/me", {"cookie": f"{SESSION}={old}"})
    assert dead.status_code == 401
    sent = await chooser.browser.post(
        "/session/end-others", data={"form_token": stale[1]}, headers={"origin": ORIGIN}
    )
    assert sent.status_code == 401
    assert await chooser.active() == [one]


async def test_se_15_two_browsers_of_one_person_act_for_whom_each_chose(chooser: Chooser) -> None:
    one, other = chooser.mandates
    await chooser.choose(one)
    async with chooser.whole.browser() as second:
        await chooser.whole.sign_in(second, chooser.whole.liar.subject)
        there = Chooser(chooser.whole, second, chooser.mandates)
        assert await there.active() == []
        await there.choose(other)
        assert (await chooser.active(), await there.active()) == ([one], [other])


async def test_se_15_each_line_of_the_trail_says_under_which_mandate(chooser: Chooser) -> None:
    """SE-15, AP-11: the choice, the question, the answer, and the end of another session."""
    one, _ = chooser.mandates
    chooser.whole.clock.forward(timedelta(seconds=1))
    await chooser.choose(one)
    assert (await chooser.ask(one)).status_code == 200
    async with chooser.whole.browser() as second:
        await chooser.whole.sign_in(second, chooser.whole.liar.subject)
        assert (await chooser.browser.delete("/v1/me/sessions", headers=OUR_CALL)).is_success

    for kind in ("mandate_activated", "released", "answered", "session_ended"):
        newest = (await events(chooser.whole, kind))[-1]
        assert newest["mandate"] == one, kind
