"""SE-13, SE-04, SE-11: cookies that others planted, sessions that others fixed, a store away."""

import re
from datetime import timedelta
from secrets import token_urlsafe

import pytest

from app.database.engine import Database
from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.vocabulary.ids import TenantId
from tests.doubles.lying_provider import ORIGIN
from tests.service import OUR_CALL, Whole

BERGSTRASSE = TenantId("bergstrasse")
SENTENCE = "Ein Dienst, den wir brauchen, antwortet nicht."
PAGES = ("/session", "/ask", "/fields", "/consents", "/mandates", "/bind")


async def cookie_of(whole: Whole, who: str | None = None) -> str:
    async with whole.browser() as browser:
        await whole.sign_in(browser, who or token_urlsafe(9))
        return browser.cookies[SESSION]


async def me(whole: Whole, *cookies: bytes | str) -> int:
    """Each a `Cookie` header of its own, as bytes of the wire."""
    sent = [each if isinstance(each, bytes) else each.encode() for each in cookies]
    async with whole.browser() as browser:
        return (
            await browser.get("/v1/me", headers=[(b"cookie", each) for each in sent])
        ).status_code


class TestTossing:
    """A neighbouring host may plant cookies for the whole domain; `__Host-` ones it may not."""

    async def test_se_13_of_two_session_cookies_none_is_chosen(self, whole: Whole) -> None:
        """Whosever they are, and in whichever order; alone, each is good."""
        own, planted = await cookie_of(whole), await cookie_of(whole)
        both = [f"{SESSION}={own}; {SESSION}={planted}", f"{SESSION}={planted}; {SESSION}={own}"]

        for sent in both:
            assert await me(whole, sent) == 401
            for path in PAGES:
                html = {"cookie": sent, "accept": "text/html"}
                assert (await whole.call("GET", path, html)).status_code == 401
        assert await me(whole, f"{SESSION}={own}", f"{SESSION}={planted}") == 401
        assert await me(whole, f"{SESSION}={own}") == await me(whole, f"{SESSION}={planted}") == 200

    async def test_se_13_with_two_session_cookies_nothing_is_changed(self, whole: Whole) -> None:
        own, planted = await cookie_of(whole), await cookie_of(whole)
        sent = {"cookie": f"{SESSION}={own}; {SESSION}={planted}", **OUR_CALL}
        form = {"form_token": Ticket.read(own).form_token()}

        assert (await whole.call("DELETE", "/v1/me/sessions", sent)).status_code == 401
        assert (await whole.call("POST", "/logout", sent, data=form)).status_code == 401
        assert await me(whole, f"{SESSION}={own}") == await me(whole, f"{SESSION}={planted}") == 200

    @pytest.mark.parametrize(
        "before",
        [
            b"\x85",
            b"\xa0",
            b"\x1c",
            b"\x1f",
            b"\x0b",
            b"\x0c",
            "\u2000".encode(),
            "\u3000".encode(),
        ],
        ids=["next_line", "no_break_space", "fs", "us", "vt", "ff", "en_quad", "wide_space"],
    )
    async def test_se_13_a_name_behind_an_odd_blank_is_another_name(
        self, whole: Whole, before: bytes
    ) -> None:
        """To a browser it has no `__Host-` prefix, so any neighbour may set it; Python's `strip`
        would take the blank away.
        """
        planted = before + f"{SESSION}={await cookie_of(whole)}".encode()
        own = f"{SESSION}={await cookie_of(whole)}".encode()

        assert await me(whole, planted) == 401
        assert await me(whole, own + b"; " + planted) == 200

    @pytest.mark.parametrize(
        "name",
        [
            SESSION.upper(), SESSION.lower(), SESSION.title(), f"{SESSION} ", SESSION[7:],
            f"__Secure-{SESSION[7:]}", f'"{SESSION}"', f"$Version=1; {SESSION[2:]}",
        ],
    )  # fmt: skip
    async def test_se_13_a_name_that_is_almost_ours_is_not_ours(
        self, whole: Whole, name: str
    ) -> None:
        cookie = await cookie_of(whole)
        assert await me(whole, f"{name}={cookie}") == 401
        assert await me(whole, f"{SESSION}={cookie}; {name}=x") == 200

    async def test_se_13_other_cookies_do_no_harm(self, whole: Whole) -> None:
        cookie = await cookie_of(whole)
        for sent in (
            f"a=b;{SESSION}={cookie};c",
            f"=;;{SESSION}={cookie}; ä=ö",
            f"x=y;\t{SESSION}={cookie}\t",
        ):
            assert await me(whole, sent) == 200, sent

    async def test_a_cookie_of_one_office_opens_nothing_at_another(self, whole: Whole) -> None:
        """The name of the office in it says where to look; the secret is found there or nowhere."""
        cookie = await cookie_of(whole)
        _, _, secret = cookie.partition(".")
        for tenant in ("main-kinzig", "nowhere", "", "BERGSTRASSE", "bergstrasse.x", "../x"):
            assert await me(whole, f"{SESSION}={tenant}.{secret}") == 401
        assert await me(whole, f"{SESSION}={cookie}") == 200


class TestFixation:
    async def test_se_04_a_cookie_from_before_is_never_the_one_after(self, whole: Whole) -> None:
        """SE-13: planted before a sign-in, made up, over or an attacker's own, it opens nothing."""
        over = await cookie_of(whole)
        whole.clock.forward(timedelta(minutes=16))
        attackers = await cookie_of(whole)
        for planted in (Ticket.issue(BERGSTRASSE).text, over, attackers):
            who = token_urlsafe(9)
            async with whole.browser() as victim:
                whole.liar.subject = who
                sent = {"cookie": f"{SESSION}={planted}"}
                begun = await victim.get("/login?tenant=bergstrasse", headers=sent)
                back = await victim.get(whole.liar.authorize(begun.headers["location"]))
                assert back.status_code == 200
                fresh = victim.cookies[SESSION]
            assert fresh != planted
            assert await me(whole, f"{SESSION}={planted}") == 401
            assert await me(whole, f"{SESSION}={fresh}") == 200

    async def test_se_04_two_tabs_of_one_browser_end_with_one_session(self, whole: Whole) -> None:
        """ID-09: both come back; the later one's cookie is what the browser keeps."""
        whole.liar.subject = token_urlsafe(9)
        async with whole.browser() as browser:
            begun = [await browser.get("/login?tenant=bergstrasse") for _ in range(2)]
            cookies = []
            for each in begun:
                back = await browser.get(whole.liar.authorize(each.headers["location"]))
                assert back.status_code == 200
                cookies.append(browser.cookies[SESSION])
            assert (await browser.get("/v1/me")).status_code == 200
        assert cookies[0] != cookies[1]

    async def test_se_04_signed_in_again_in_one_tab_the_other_goes_on(self, whole: Whole) -> None:
        """The other tab has the same cookies. A form on its old page says it is out of date."""
        who = token_urlsafe(9)
        async with whole.browser() as browser:
            await whole.sign_in(browser, who)
            old = await browser.get("/session", headers={"accept": "text/html"})
            stale = re.search(r'name="form_token" value="(\w+)"', old.text)
            assert stale is not None
            first = browser.cookies[SESSION]
            await whole.sign_in(browser, who)

            assert (await browser.get("/session")).status_code == 200
            sent = await browser.post(
                "/session/end-others",
                data={"form_token": stale[1]},
                headers={"origin": ORIGIN, "accept": "text/html"},
            )
            assert sent.status_code == 401
            assert "Diese Seite ist veraltet." in sent.text
            assert stale[1] not in sent.text
            assert (await browser.get("/v1/me")).status_code == 200
        assert await me(whole, f"{SESSION}={first}") == 401

    async def test_se_04_the_back_button_to_a_finished_sign_in_changes_nothing(
        self, whole: Whole
    ) -> None:
        """ID-07: its address is used up; the session it began goes on."""
        whole.liar.subject = token_urlsafe(9)
        async with whole.browser() as browser:
            begun = await browser.get("/login?tenant=bergstrasse")
            address = whole.liar.authorize(begun.headers["location"])
            assert (await browser.get(address)).status_code == 200
            again = await browser.get(address, headers={"accept": "text/html"})
            assert again.status_code == 401
            assert "set-cookie" not in again.headers
            assert (await browser.get("/v1/me")).status_code == 200


class TestOutage:
    @pytest.fixture
    async def away(self) -> Database:
        return Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing", wait_seconds=1)

    async def test_se_11_without_the_store_nobody_is_served_and_nothing_is_lost(
        self, whole: Whole, away: Database
    ) -> None:
        """SE-11, AP-14: never as nobody. 503 with a sentence; afterwards the session goes on."""
        cookie = await cookie_of(whole)
        sent = {"cookie": f"{SESSION}={cookie}", **OUR_CALL, "accept-language": "de"}
        form = {"form_token": Ticket.read(cookie).form_token()}
        identity = whole.parts.identity
        there = identity.database
        object.__setattr__(identity, "database", away)
        try:
            answers = [
                await whole.call("GET", "/v1/me", sent),
                await whole.call("GET", "/v1/me/sessions", sent),
                await whole.call("DELETE", "/v1/me/sessions", sent),
                await whole.call("GET", "/login?tenant=bergstrasse", sent),
                await whole.call("POST", "/logout", sent, data=form),
                await whole.call("POST", "/session/end-others", sent, data=form),
            ]
            pages = [
                await whole.call("GET", path, {**sent, "accept": "text/html"})
                for path in ("/", *PAGES)
            ]
        finally:
            object.__setattr__(identity, "database", there)
            await away.close()

        for answer in (*answers, *pages):
            assert answer.status_code == 503
            assert SENTENCE in answer.text
            assert "set-cookie" not in answer.headers
            assert answer.headers["cache-control"] == "no-store"
            assert int(answer.headers["retry-after"]) > 0
        assert await me(whole, f"{SESSION}={cookie}") == 200
