"""SE-06, SE-08: who is out after a sign-out here, and after one at the provider."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest
from sqlalchemy import text

from app.audit.canonical import parsed
from app.audit.leaves import SALT_BYTES
from app.identity.browser.cookies import SESSION
from app.vocabulary.ids import EntryId, TenantId
from tests.doubles.logout_tokens import by_session, logout_token
from tests.doubles.lying_provider import ORIGIN
from tests.service import Whole

BERGSTRASSE = TenantId("bergstrasse")


@dataclass
class Person:
    """Somebody with browsers, each with a session at the provider behind it."""

    whole: Whole
    who: str

    async def sign_in(self, sid: str) -> str:
        """The cookie of one more browser."""
        self.whole.liar.claims = {"sid": sid}
        try:
            async with self.whole.browser() as browser:
                await self.whole.sign_in(browser, self.who)
                return f"{SESSION}={browser.cookies[SESSION]}"
        finally:
            self.whole.liar.claims = {}

    async def signed_in(self, cookie: str) -> bool:
        called = await self.whole.call("GET", "/v1/me", {"cookie": cookie})
        assert called.status_code in {200, 401}
        return called.status_code == 200

    async def notice(self, token: str) -> httpx2.Response:
        return await self.whole.call("POST", "/backchannel-logout", data={"logout_token": token})


@pytest.fixture
def erika(whole: Whole) -> Person:
    return Person(whole, token_urlsafe(9))


@pytest.fixture
def max_(whole: Whole) -> Person:
    return Person(whole, token_urlsafe(9))


async def events(whole: Whole, kind: str) -> list[dict[str, object]]:
    """What the trail says of this kind, oldest first."""
    sealer = whole.parts.answers.sealer
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        query = text("SELECT entry, sealed FROM audit_payloads ORDER BY age(xmin) DESC")
        rows = (await tx.execute(query)).all()
        opened = [
            parsed((await sealer.open(tx, BERGSTRASSE, EntryId(r.entry), r.sealed))[SALT_BYTES:])
            for r in rows
        ]
    return [{**each} for each in opened if each["event"] == kind]


async def test_se_08_by_sub_every_session_of_the_account_ends(erika: Person, max_: Person) -> None:
    own = [await erika.sign_in(f"sid-{number}-{erika.who}") for number in range(3)]
    other = await max_.sign_in(f"sid-{max_.who}")

    assert (await erika.notice(logout_token(erika.whole.liar, sub=erika.who))).status_code == 200

    assert [await erika.signed_in(cookie) for cookie in own] == [False] * 3
    assert await max_.signed_in(other)


async def test_se_08_by_sid_that_one_session_alone_ends(erika: Person) -> None:
    one, other = f"one-{erika.who}", f"other-{erika.who}"
    first, second = await erika.sign_in(one), await erika.sign_in(other)
    same = await erika.sign_in(one)

    assert (await erika.notice(by_session(erika.whole.liar, one))).status_code == 200

    assert not await erika.signed_in(first)
    assert not await erika.signed_in(same)
    assert await erika.signed_in(second)


async def test_se_08_sub_and_sid_must_both_fit(erika: Person, max_: Person) -> None:
    sid = f"sid-{erika.who}"
    cookie = await erika.sign_in(sid)
    liar = erika.whole.liar

    for token in (
        logout_token(liar, sub=max_.who, sid=sid),
        logout_token(liar, sub=erika.who, sid="another"),
    ):
        assert (await erika.notice(token)).status_code == 200
        assert await erika.signed_in(cookie)
    assert (await erika.notice(logout_token(liar, sub=erika.who, sid=sid))).status_code == 200
    assert not await erika.signed_in(cookie)


async def test_se_07_the_same_sub_at_another_office_stays_signed_in(erika: Person) -> None:
    """The client in `aud` says which office: one provider may serve them all."""
    cookie = await erika.sign_in("sid")
    liar = erika.whole.liar
    token = logout_token(liar, sub=erika.who, aud="klarfall-web-main-kinzig")

    assert (await erika.notice(token)).status_code == 200

    assert await erika.signed_in(cookie)


async def test_se_08_the_trail_says_so_and_names_no_token(erika: Person) -> None:
    """AP-11: how many ended and whose account it was; nothing of the token."""
    kind = "sessions_ended_by_provider"
    before = len(await events(erika.whole, kind))
    erika.whole.clock.forward(timedelta(seconds=1))
    await erika.sign_in("a"), await erika.sign_in("b")
    liar = erika.whole.liar
    await erika.notice(logout_token(liar, sub=erika.who, jti="jti-of-" + erika.who))
    erika.whole.clock.forward(timedelta(seconds=1))
    await erika.notice(logout_token(liar, sub=erika.who))
    await erika.notice("garbage")

    two, none = (await events(erika.whole, kind))[before:]

    assert (two["hits"], two["outcome"], two["about"] is not None) == (2, "done", True)
    assert (none["hits"], none["outcome"], none["about"]) == (0, "unchanged", None)
    assert two["actor"] == none["actor"]
    assert erika.who not in repr(two)
    assert erika.who not in erika.whole.logged.getvalue()


async def test_se_07_of_two_workers_one_takes_the_token(erika: Person) -> None:
    """RS-09: replayed at the same moment, it is taken once."""
    token = logout_token(erika.whole.liar, sub=erika.who)

    answers = await asyncio.gather(*(erika.notice(token) for _ in range(6)))

    assert sorted(each.status_code for each in answers) == [200, 400, 400, 400, 400, 400]


async def test_se_07_a_logout_that_cannot_be_recorded_does_not_happen(
    erika: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is half done: the session lives, and the same notice is taken the next time."""
    cookie = await erika.sign_in("sid")
    token = logout_token(erika.whole.liar, sub=erika.who)
    journal = erika.whole.parts.identity.journal

    async def failing(*_: object, **__: object) -> None:
        raise LookupError

    with monkeypatch.context() as broken:
        broken.setattr(journal, "record", failing)
        assert (await erika.notice(token)).status_code == 500
    assert await erika.signed_in(cookie)
    assert (await erika.notice(token)).status_code == 200
    assert not await erika.signed_in(cookie)


async def test_se_06_after_signing_out_the_cookie_opens_nothing_any_more(erika: Person) -> None:
    """The session dies here first, then the browser is sent to the provider's own sign-out."""
    cookie = await erika.sign_in("sid")
    whole = erika.whole
    shown = await whole.call("GET", "/session", {"cookie": cookie, "accept": "text/html"})
    token = re.search(r'name="form_token" value="(\w+)"', shown.text)
    assert token is not None
    form = {"form_token": token[1]}

    out = await whole.call("POST", "/logout", {"cookie": cookie, "origin": ORIGIN}, data=form)

    assert out.status_code == 200
    assert f"{whole.liar.issuer}/session/end?client_id=" in out.text
    assert "id_token_hint" not in out.text
    assert re.search(rf'{SESSION}="";.*Max-Age=0', out.headers["set-cookie"])
    html = {"cookie": cookie, "accept": "text/html"}
    assert not await erika.signed_in(cookie)
    for path in ("/session", "/ask", "/fields", "/consents", "/mandates"):
        assert (await whole.call("GET", path, html)).status_code == 401, path
    again = await whole.call("POST", "/logout", {"cookie": cookie, "origin": ORIGIN}, data=form)
    assert again.status_code == 200  # out is out; there is nobody to refuse
    other = await whole.call(
        "POST", "/session/end-others", {"cookie": cookie, "origin": ORIGIN}, data=form
    )
    assert other.status_code == 401
