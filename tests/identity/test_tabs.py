"""ID-09, SE-04: several tabs of one browser sign in, and one session is left: the last one's.

No tab knows of another's session on its way back: the cookie is `Strict`, and a browser keeps it
back on a way that begins at the provider's site (RFC 6265bis, 5.2 and 8.8). So do these tests.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from secrets import token_urlsafe

import httpx2
import pytest

from app.identity.browser.cookies import SESSION
from app.identity.provider.profile import Profile
from tests.identity.served import Served, SignInUnderWay


async def back(way: SignInUnderWay, path: str) -> httpx2.Response:
    """From the provider's site: what is `Lax` comes along, the session does not."""
    held = way.tab.cookies.pop(SESSION, None)
    response = await way.come_back(path)
    if held is not None:
        way.tab.cookies.setdefault(SESSION, held)
    return response


async def signed_in(way: SignInUnderWay, session: str) -> bool:
    header = {"cookie": f"{SESSION}={session}"}
    answer = await way.served.client.get("/v1/me", headers=header)
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def only_the_last_is_signed_in(way: SignInUnderWay, given: Sequence[str]) -> None:
    assert [await signed_in(way, each) for each in given] == [False] * (len(given) - 1) + [True]
    assert await way.sessions() == 1


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)], ids=str)
async def test_id_09_of_three_tabs_each_comes_back_signed_in_and_ends_the_one_before(
    served: Served, profile: Profile, order: tuple[int, ...]
) -> None:
    way = served.begin(profile)
    ways = [await way.authorized() for _ in range(3)]
    assert len(way.tab.cookies) == 3

    given = []
    for number in order:
        assert (await back(way, ways[number])).status_code == 200
        given.append(way.tab.cookies[SESSION])

    assert way.tab.cookies.keys() == {SESSION}
    await only_the_last_is_signed_in(way, given)


@pytest.mark.parametrize("profile", Profile)
async def test_id_09_tabs_that_come_back_at_the_same_moment_leave_one_session(
    served: Served, profile: Profile
) -> None:
    """Each answer clears one cookie; none has come when the others ask."""
    way = served.begin(profile)
    for _ in range(4):
        ways = [await way.authorized() for _ in range(3)]
        cookies = way.tab.header

        answers = await asyncio.gather(*(served.client.get(each, headers=cookies) for each in ways))

        assert [each.status_code for each in answers] == [200] * 3
        given = [each.cookies[SESSION] for each in answers]
        assert sorted([await signed_in(way, each) for each in given]) == [False, False, True]
        assert await way.sessions() == 1
        way.tab.cookies.clear()
        way.liar.subject = token_urlsafe(12)


async def test_id_09_two_browsers_of_one_person_each_keep_their_session(served: Served) -> None:
    """The twin: what is under way elsewhere is another sitting, also at the same moment."""
    way = served.begin(Profile.FAPI2)
    other = SignInUnderWay(served, Profile.FAPI2, served.tab())
    there, here = await other.authorized(), await way.authorized()

    assert (await back(way, here)).status_code == 200
    assert (await back(other, there)).status_code == 200

    for each in (way, other):
        assert await signed_in(way, each.tab.cookies[SESSION])
    assert await way.sessions() == 2


async def test_id_09_a_tab_that_signs_somebody_else_in_ends_who_was_there(served: Served) -> None:
    way = served.begin(Profile.FAPI2)
    ways = [await way.authorized() for _ in range(2)]
    first = way.liar.subject
    assert (await back(way, ways[0])).status_code == 200
    earlier = way.tab.cookies[SESSION]
    assert await way.sessions() == 1

    way.liar.subject = token_urlsafe(12)
    assert (await back(way, ways[1])).status_code == 200

    await only_the_last_is_signed_in(way, [earlier, way.tab.cookies[SESSION]])
    way.liar.subject = first
    assert await way.sessions() == 0


async def test_id_09_a_tab_that_is_refused_ends_nothing(served: Served) -> None:
    way = served.begin(Profile.FAPI2)
    ways = [await way.authorized() for _ in range(3)]
    assert (await back(way, ways[0])).status_code == 200
    session = way.tab.cookies[SESSION]

    way.liar.claims = {"nonce": "another"}
    assert (await back(way, ways[1])).status_code == 401
    way.liar.claims = {}
    assert await signed_in(way, session)

    assert (await back(way, ways[2])).status_code == 200
    await only_the_last_is_signed_in(way, [session, way.tab.cookies[SESSION]])


@pytest.mark.parametrize("profile", Profile)
async def test_id_09_signed_in_anew_in_two_tabs_the_last_one_is_left(
    served: Served, profile: Profile
) -> None:
    """Both were begun in the same session, which the first to come back ends."""
    way = served.begin(profile)
    assert (await back(way, await way.authorized())).status_code == 200
    given = [way.tab.cookies[SESSION]]
    ways = [await way.authorized() for _ in range(2)]
    served.clock.forward(timedelta(seconds=2))

    for each in ways:
        assert (await back(way, each)).status_code == 200
        given.append(way.tab.cookies[SESSION])

    await only_the_last_is_signed_in(way, given)


async def test_su_05_a_tab_does_not_raise_the_level_by_the_sign_in_another_tab_had(
    served: Served,
) -> None:
    """Surer, and authenticated no later: refused. Authenticated anew: let in."""
    way = served.begin(Profile.FAPI2)
    ways = [await way.authorized() for _ in range(3)]
    then = int(served.clock().timestamp()) - 1
    assert (await back(way, ways[0])).status_code == 200
    session = way.tab.cookies[SESSION]

    way.liar.acr, way.liar.claims = "high", {"auth_time": then}
    assert (await back(way, ways[1])).status_code == 401
    assert await signed_in(way, session)
    way.liar.claims = {"auth_time": then + 1}
    assert (await back(way, ways[2])).status_code == 200

    await only_the_last_is_signed_in(way, [session, way.tab.cookies[SESSION]])


@pytest.mark.parametrize(
    "value", ["garbage", "main-kinzig." + "x" * 43, "bergstrasse." + "x" * 43, '"', ""]
)
async def test_id_09_a_cookie_that_only_looks_like_a_sign_in_changes_nothing(
    served: Served, value: str
) -> None:
    way = served.begin(Profile.FAPI2)
    path = await way.authorized()
    way.tab.cookies["__Host-klarfall-login-0000000000000000"] = value

    await way.accepted(await way.come_back(path))
