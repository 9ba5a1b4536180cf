"""SE-07, SE-08: a sign-in under way while the provider ends that person's session is no session."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from app.identity.provider.profile import Profile
from app.identity.sign_in.attempts import LIFETIME
from app.identity.tokens.notices import REMEMBERED
from tests.doubles.logout_tokens import by_session, logout_token
from tests.identity.served import Served, SignInUnderWay

SECOND = timedelta(seconds=1)


@dataclass
class Leaving:
    """Somebody between the provider's page and ours, who signs out over there."""

    way: SignInUnderWay
    sid: str

    async def notice(self, token: str) -> None:
        form = {"logout_token": token}
        sent = await self.way.served.client.post("/backchannel-logout", data=form)
        assert sent.status_code == 200, sent.text

    def by_sid(self) -> str:
        return by_session(self.way.liar, self.sid)

    def by_sub(self) -> str:
        return logout_token(self.way.liar)

    def by_both(self) -> str:
        return logout_token(self.way.liar, sid=self.sid)

    def vouched(self, *, ago: timedelta) -> None:
        """When the provider says that they signed in there."""
        at = int((self.way.served.clock() - ago).timestamp())
        self.way.liar.claims = {"sid": self.sid, "auth_time": at}

    async def is_let_in(self, response: httpx2.Response) -> None:
        await self.way.accepted(response)


WORDS: dict[str, Callable[[Leaving], str]] = {
    "by sid": Leaving.by_sid,
    "by sub": Leaving.by_sub,
    "by both": Leaving.by_both,
}
told = pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)


@pytest.fixture(params=Profile)
def leaving(served: Served, request: pytest.FixtureRequest) -> Leaving:
    way = served.begin(Profile(request.param))
    found = Leaving(way, f"sid-{token_urlsafe(9)}")
    served.clock.forward(5 * SECOND)
    found.vouched(ago=2 * SECOND)
    return found


@told
async def test_se_08_who_signed_out_there_meanwhile_is_not_signed_in_here(
    leaving: Leaving, word: Callable[[Leaving], str]
) -> None:
    way = leaving.way
    path = await way.authorized()
    way.served.clock.forward(SECOND)
    await leaving.notice(word(leaving))
    way.served.clock.forward(SECOND)

    await way.refused(await way.come_back(path), 401)

    # The twin: nothing else differs but that they signed in anew over there.
    way.served.clock.forward(SECOND)
    leaving.sid = f"sid-{token_urlsafe(9)}"
    leaving.vouched(ago=timedelta())
    await leaving.is_let_in(await way.whole())


@told
async def test_se_08_it_is_remembered_as_long_as_a_sign_in_may_take(
    leaving: Leaving, word: Callable[[Leaving], str]
) -> None:
    way = leaving.way
    path = await way.authorized()
    way.served.clock.forward(SECOND)
    await leaving.notice(word(leaving))
    way.served.clock.forward(LIFETIME - 5 * SECOND)

    await way.refused(await way.come_back(path), 401)

    assert LIFETIME < REMEMBERED


async def test_se_08_a_notice_about_others_ends_no_sign_in(leaving: Leaving) -> None:
    way = leaving.way
    path = await way.authorized()
    way.served.clock.forward(SECOND)
    for token in (
        by_session(way.liar, "another"),
        logout_token(way.liar, sub="another"),
        logout_token(way.liar, sub="another", sid=leaving.sid),
        logout_token(way.liar, sid="another"),
    ):
        await leaving.notice(token)

    await leaving.is_let_in(await way.come_back(path))


async def test_se_08_who_began_after_the_notice_is_let_in(leaving: Leaving) -> None:
    """By `sub`, and on a session over there that the provider still vouches for."""
    way = leaving.way
    await leaving.notice(leaving.by_sub())
    way.served.clock.forward(SECOND)

    await leaving.is_let_in(await way.whole())


async def test_se_08_who_signed_in_there_after_the_notice_is_let_in(leaving: Leaving) -> None:
    """The provider's page was open here already."""
    way = leaving.way
    path = await way.authorized()
    way.served.clock.forward(SECOND)
    await leaving.notice(leaving.by_sub())
    way.served.clock.forward(2 * SECOND)
    leaving.vouched(ago=SECOND)

    await leaving.is_let_in(await way.come_back(path))


async def test_se_08_a_session_over_there_that_ended_is_never_one_again(leaving: Leaving) -> None:
    """By `sid` it does not count when the sign-in was begun."""
    way = leaving.way
    await leaving.notice(leaving.by_sid())
    way.served.clock.forward(SECOND)

    await way.refused(await way.whole(), 401)


@pytest.mark.parametrize("late", range(0, 12, 2))
async def test_se_08_at_the_same_moment_the_notice_ends_what_the_sign_in_brought_or_refuses_it(
    leaving: Leaving, late: int
) -> None:
    """Milliseconds apart, so that either may be first. Nobody is signed in afterwards."""
    way = leaving.way
    path = await way.authorized()
    way.served.clock.forward(SECOND)

    async def signed_out_there() -> None:
        await asyncio.sleep(late / 1000)
        await leaving.notice(leaving.by_both())

    _, answer = await asyncio.gather(signed_out_there(), way.come_back(path))

    assert answer.status_code in {200, 401}
    assert (SESSION in way.tab.cookies) is (answer.status_code == 200)
    assert await way.sessions() == 0
    assert (await way.tab.get("/v1/me")).status_code == 401


async def test_what_is_remembered_tells_nobody_who_it_was_and_goes(leaving: Leaving) -> None:
    way = leaving.way
    rows = "SELECT count(*) FROM logout_notices"
    await leaving.notice(leaving.by_both())
    assert await way.served.count(way.profile, rows) > 0
    told = "SELECT count(*) FROM logout_notices n WHERE n::text LIKE '%' || :said || '%'"
    for said in (way.liar.subject, leaving.sid, way.liar.issuer):
        assert await way.served.count(way.profile, told, said=said) == 0

    way.served.clock.forward(REMEMBERED)
    await leaving.notice(logout_token(way.liar, sub="another"))

    assert await way.served.count(way.profile, rows) == 1
