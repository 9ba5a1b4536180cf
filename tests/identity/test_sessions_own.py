"""SE-10: where I am signed in, and ending it there, over the API and on the page."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from secrets import token_urlsafe
from uuid import UUID, uuid4

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from app.identity.browser.sessions import ABSOLUTE, IDLE
from tests.doubles.lying_provider import ORIGIN
from tests.identity.test_logout import events
from tests.service import OUR_CALL, Whole

MINE = "/v1/me/sessions"


@dataclass
class Account:
    """Somebody with several browsers, open until the test ends."""

    whole: Whole
    open: AsyncExitStack
    who: str = field(default_factory=lambda: token_urlsafe(9))

    async def browser(self, acr: str = "substantial") -> httpx2.AsyncClient:
        browser = await self.open.enter_async_context(self.whole.browser())
        honest, self.whole.liar.acr = self.whole.liar.acr, acr
        try:
            await self.whole.sign_in(browser, self.who)
        finally:
            self.whole.liar.acr = honest
        return browser


@pytest.fixture
async def account(whole: Whole) -> AsyncIterator[Account]:
    async with AsyncExitStack() as stack:
        yield Account(whole, stack)


@pytest.fixture
async def somebody_else(whole: Whole) -> AsyncIterator[Account]:
    async with AsyncExitStack() as stack:
        yield Account(whole, stack)


async def listed(browser: httpx2.AsyncClient) -> list[dict[str, object]]:
    answer = await browser.get(MINE)
    assert answer.status_code == 200, answer.text
    found = answer.json()["sessions"]
    assert isinstance(found, list)
    return found


async def own_id(browser: httpx2.AsyncClient) -> str:
    (current,) = [each for each in await listed(browser) if each["current"]]
    return str(current["id"])


async def signed_in(browser: httpx2.AsyncClient) -> bool:
    return (await browser.get("/v1/me")).status_code == 200


class TestApi:
    async def test_se_10_all_sessions_of_the_account_are_listed_the_newest_first(
        self, account: Account, somebody_else: Account
    ) -> None:
        first = await account.browser()
        account.whole.clock.forward(timedelta(minutes=5))
        second = await account.browser(acr="high")
        await somebody_else.browser()

        newest, oldest = await listed(second)

        assert (newest["current"], oldest["current"]) == (True, False)
        assert (newest["assurance"], oldest["assurance"]) == ("high", "substantial")
        assert [each["current"] for each in await listed(first)] == [False, True]
        assert newest.keys() == {
            "id", "created_at", "last_seen_at", "expires_at", "assurance", "current"
        }  # fmt: skip
        times = {
            name: datetime.fromisoformat(str(oldest[name])) for name in oldest if "_at" in name
        }
        assert times["expires_at"] == times["last_seen_at"] + IDLE
        assert times["last_seen_at"] == times["created_at"]

    async def test_se_05_the_end_that_is_shown_is_never_past_eight_hours(
        self, account: Account
    ) -> None:
        browser = await account.browser()
        for _ in range(47):
            account.whole.clock.forward(timedelta(minutes=10))
            await listed(browser)
        (own,) = await listed(browser)
        begun = datetime.fromisoformat(str(own["created_at"]))
        assert datetime.fromisoformat(str(own["expires_at"])) == begun + ABSOLUTE

    async def test_se_10_an_id_in_the_list_opens_nothing(self, account: Account) -> None:
        """SE-03: neither the cookie's secret nor its digest is shown."""
        browser = await account.browser()
        cookie = browser.cookies[SESSION]
        shown = (await browser.get(MINE)).text

        assert cookie.partition(".")[2] not in shown
        (each,) = await listed(browser)
        for forged in (f"bergstrasse.{each['id']}", str(each["id"])):
            called = await account.whole.call("GET", "/v1/me", {"cookie": f"{SESSION}={forged}"})
            assert called.status_code == 401

    async def test_se_10_one_session_is_ended_and_dead_at_once(self, account: Account) -> None:
        here, there, elsewhere = [await account.browser() for _ in range(3)]

        ended = await here.delete(f"{MINE}/{await own_id(there)}", headers=OUR_CALL)

        assert (ended.status_code, ended.content) == (204, b"")
        assert "set-cookie" not in ended.headers
        assert not await signed_in(there)
        assert await signed_in(here)
        assert await signed_in(elsewhere)
        assert len(await listed(here)) == 2

    async def test_se_10_all_others_are_ended_and_this_one_lives(
        self, account: Account, somebody_else: Account
    ) -> None:
        here, there, elsewhere = [await account.browser() for _ in range(3)]
        stranger = await somebody_else.browser()

        assert (await here.delete(MINE, headers=OUR_CALL)).status_code == 204
        assert (await here.delete(MINE, headers=OUR_CALL)).status_code == 204

        lives = [await signed_in(each) for each in (here, there, elsewhere, stranger)]
        assert lives == [True, False, False, True]

    async def test_se_10_ending_this_one_signs_out_here(self, account: Account) -> None:
        browser = await account.browser()

        ended = await browser.delete(f"{MINE}/{await own_id(browser)}", headers=OUR_CALL)

        assert ended.status_code == 204
        assert re.search(rf'{SESSION}="";.*Max-Age=0', ended.headers["set-cookie"])
        assert browser.cookies.get(SESSION) is None

    async def test_az_02_another_accounts_session_is_as_if_there_were_none(
        self, account: Account, somebody_else: Account
    ) -> None:
        """SE-10, AZ-02: foreign, unknown, ended and nonsense are one and the same 404."""
        here, stranger = await account.browser(), await somebody_else.browser()
        gone = await account.browser()
        gone_id = await own_id(gone)
        await gone.delete(f"{MINE}/{gone_id}", headers=OUR_CALL)

        answers = [
            await here.delete(f"{MINE}/{each}", headers=OUR_CALL)
            for each in (await own_id(stranger), str(uuid4()), gone_id, "nonsense", "0" * 64)
        ]

        assert {each.status_code for each in answers} == {404}
        assert len({each.json()["title"] for each in answers}) == 1
        assert await signed_in(stranger)

    async def test_se_10_each_ending_is_in_the_trail(self, account: Account) -> None:
        """AP-11: who ended which session; the id is the one that was listed."""
        here, there, elsewhere = [await account.browser() for _ in range(3)]
        ids = [await own_id(each) for each in (there, elsewhere)]

        await here.delete(f"{MINE}/{ids[0]}", headers=OUR_CALL)
        account.whole.clock.forward(timedelta(seconds=1))
        await here.delete(MINE, headers=OUR_CALL)
        await here.delete(MINE, headers=OUR_CALL)

        ended = await events(account.whole, "session_ended")
        said = [each for each in ended if each["about"] in ids]
        assert [each["about"] for each in said] == ids
        for each in said:
            actor = each["actor"]
            assert isinstance(actor, dict)
            assert actor["kind"] == "person"
            assert UUID(str(actor["identity"])).int
            assert actor["assurance"] == "substantial"

    async def test_se_10_an_ending_that_cannot_be_recorded_does_not_happen(
        self, account: Account, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here, there = await account.browser(), await account.browser()

        async def failing(*_: object, **__: object) -> None:
            raise LookupError

        with monkeypatch.context() as broken:
            broken.setattr(account.whole.parts.identity.journal, "record", failing)
            assert (await here.delete(MINE, headers=OUR_CALL)).status_code == 500
        assert await signed_in(there)

    async def test_a_session_over_by_itself_is_not_listed(self, account: Account) -> None:
        """SE-05"""
        await account.browser()
        account.whole.clock.forward(IDLE)
        assert len(await listed(await account.browser())) == 1

    async def test_se_10_nobody_lists_or_ends_anything(self, account: Account) -> None:
        there = await account.browser()
        for method, path in (
            ("GET", MINE),
            ("DELETE", MINE),
            ("DELETE", f"{MINE}/{await own_id(there)}"),
        ):
            assert (await account.whole.call(method, path, OUR_CALL)).status_code == 401
        assert await signed_in(there)


@dataclass
class Page:
    browser: httpx2.AsyncClient

    async def text(self, path: str = "/session", language: str = "de") -> str:
        headers = {"accept": "text/html", "accept-language": language}
        shown = await self.browser.get(path, headers=headers)
        assert shown.status_code == 200, shown.text
        return unescape(shown.text)

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        found = re.search(r'name="form_token" value="(\w+)"', await self.text())
        assert found is not None
        form = {"form_token": found[1], **fields}
        headers = {"origin": ORIGIN, "accept": "text/html"}
        return await self.browser.post(path, data=form, headers=headers)


class TestPage:
    async def test_se_10_the_page_lists_them_with_a_button_each(self, account: Account) -> None:
        here, there = await account.browser(), await account.browser(acr="low")
        page = Page(here)

        shown = await page.text()

        assert shown.count('action="/session/end"') == 2
        assert shown.count('action="/session/end-others"') == 1
        for word in ("Wo Sie angemeldet sind", "Diese Anmeldung beenden", "Alle anderen beenden"):
            assert word in shown
        assert "Where you are signed in" in await page.text("/session?lang=en", "en")
        assert here.cookies[SESSION].partition(".")[2] not in shown
        assert await signed_in(there)

    async def test_se_10_with_one_session_there_are_no_others_to_end(
        self, account: Account
    ) -> None:
        shown = await Page(await account.browser()).text()
        assert "/session/end-others" not in shown
        assert "Sie sind nirgends sonst angemeldet." in shown

    async def test_se_10_a_button_ends_one(self, account: Account) -> None:
        here, there = await account.browser(), await account.browser()

        sent = await Page(here).send("/session/end", session=await own_id(there))

        assert (sent.status_code, sent.headers["location"]) == (303, "/session#sessions")
        assert (await signed_in(here), await signed_in(there)) == (True, False)

    async def test_se_10_a_button_ends_all_others(self, account: Account) -> None:
        here, *others = [await account.browser() for _ in range(3)]

        sent = await Page(here).send("/session/end-others")

        assert (sent.status_code, sent.headers["location"]) == (303, "/session#sessions")
        assert [await signed_in(each) for each in (here, *others)] == [True, False, False]

    async def test_se_10_ending_this_one_leads_home_signed_out(self, account: Account) -> None:
        here = await account.browser()

        sent = await Page(here).send("/session/end", session=await own_id(here))

        assert (sent.status_code, sent.headers["location"]) == (303, "/")
        assert here.cookies.get(SESSION) is None

    async def test_an_old_page_names_a_session_that_is_gone(self, account: Account) -> None:
        """The back button: a clear page, nothing leaked, and this session goes on."""
        here, there = await account.browser(), await account.browser()
        gone = await own_id(there)
        await Page(here).send("/session/end", session=gone)

        again = await Page(here).send("/session/end", session=gone)

        assert again.status_code == 404
        assert gone not in again.text
        assert await signed_in(here)

    async def test_ap_07_the_page_is_kept_by_no_cache(self, account: Account) -> None:
        """AP-07, and the back button after signing out shows nothing."""
        here = await account.browser()
        for path in ("/session", MINE):
            assert (await here.get(path)).headers["cache-control"] == "no-store"
