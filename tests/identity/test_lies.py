"""Every lie of a provider's, told over sockets to the running service: none of them is believed.

Each has an honest twin: the same browser signs in as the same person right afterwards.
"""

import os
import time
from datetime import timedelta

import pytest

from app.identity.provider.profile import Profile
from tests.doubles.lies import (
    CALLBACK,
    ID_TOKEN,
    KEYS,
    METADATA,
    PUSHING,
    TOKEN_ENDPOINT,
    Detour,
    Lie,
)
from tests.doubles.lying_provider import new_key
from tests.identity.served import AFTER_ALL_CACHES, Served, SignInUnderWay, make_honest

AT_LEAST = 60
PLACES = (ID_TOKEN, TOKEN_ENDPOINT, PUSHING, METADATA, KEYS)


def told(lies: dict[str, Lie]) -> pytest.MarkDecorator:
    """Each lie in one of the profiles it can be told in, by turns; in a thorough run in each."""
    thorough = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
    cases = [
        pytest.param(profile, lie, id=f"{profile}: {name}")
        for number, (name, lie) in enumerate(lies.items())
        for turn, profile in enumerate(lie.profiles)
        if thorough or turn == number % len(lie.profiles)
    ]
    return pytest.mark.parametrize(("profile", "lie"), cases)


async def the_honest_twin_is_accepted(way: SignInUnderWay) -> None:
    make_honest(way.liar)
    await way.accepted(await way.whole())


def test_there_are_enough_lies_and_none_is_there_twice() -> None:
    names = [name for place in (*PLACES, CALLBACK) for name in place]
    assert len(names) == len(set(names))
    assert len(names) >= AT_LEAST


@told(ID_TOKEN | TOKEN_ENDPOINT)
async def test_a_lie_at_the_token_endpoint_is_refused(
    served: Served, profile: Profile, lie: Lie
) -> None:
    """ID-11 ID-12 ID-13 ID-14 ID-15 ID-16 ID-17 ID-18 ID-19 ID-25"""
    way = served.begin(profile)
    back = await way.authorized()
    lie.tell(way.liar)
    await way.refused(await way.come_back(back), lie.status)

    await the_honest_twin_is_accepted(way)


@told(PUSHING)
async def test_a_lie_where_requests_are_pushed_is_refused(
    served: Served, profile: Profile, lie: Lie
) -> None:
    """ID-03 ID-25: the browser is sent nowhere and is given no cookie."""
    way = served.begin(profile)
    lie.tell(way.liar)
    response = await way.go()
    await way.refused(response, lie.status)
    assert "location" not in response.headers
    assert way.tab.cookies == {}

    await the_honest_twin_is_accepted(way)


@told(METADATA)
async def test_a_lie_in_the_metadata_is_refused(served: Served, profile: Profile, lie: Lie) -> None:
    """ID-01 ID-02 ID-04 ID-06 ID-10 ID-11 ID-25"""
    way = served.begin(profile)
    served.clock.forward(AFTER_ALL_CACHES)
    lie.tell(way.liar)
    response = await way.go()
    await way.refused(response, lie.status)
    assert "location" not in response.headers

    served.clock.forward(timedelta(seconds=5))
    await the_honest_twin_is_accepted(way)


@told(KEYS)
async def test_a_lie_in_the_set_of_keys_is_refused(
    served: Served, profile: Profile, lie: Lie
) -> None:
    """ID-25 ID-28: a key the service has not seen yet, and a set that does not vouch for it."""
    way = served.begin(profile)
    await way.accepted(await way.whole())
    served.clock.forward(AFTER_ALL_CACHES)
    way = served.begin(profile)
    way.liar.key = new_key()
    back = await way.authorized()
    lie.tell(way.liar)
    await way.refused(await way.come_back(back), lie.status)

    served.clock.forward(timedelta(seconds=5))
    await the_honest_twin_is_accepted(way)


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("detour", CALLBACK.values(), ids=CALLBACK.keys())
async def test_a_lie_on_the_way_back_is_refused(
    served: Served, profile: Profile, detour: Detour
) -> None:
    """ID-06 ID-07: and the code goes nowhere, but for one that only the provider can judge."""
    way = served.begin(profile)
    back = await way.authorized(**detour.lies)
    before = len(way.liar.token_requests)
    await way.refused(await way.come_back(f"{back}{detour.more}"), 401)
    assert (len(way.liar.token_requests) > before) is detour.to_the_token_endpoint

    await the_honest_twin_is_accepted(way)


async def test_id_28_a_flood_of_unknown_keys_is_looked_for_once_in_five_seconds(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    await way.accepted(await way.whole())
    served.clock.forward(timedelta(seconds=5))
    way = served.begin(Profile.FAPI2)
    way.liar.seen.clear()
    for number in range(10):
        back = await way.authorized()
        way.liar.header = {"kid": f"unknown-{number}"}
        await way.refused(await way.come_back(back), 401)
    assert way.liar.seen.count("/jwks") == 1
    assert way.liar.seen.count("/token") >= 10

    await the_honest_twin_is_accepted(way)


@pytest.mark.parametrize("profile", Profile)
async def test_id_16_the_code_of_another_sign_in_is_refused(
    served: Served, profile: Profile
) -> None:
    """Stolen from another browser's way back, and put into one's own (RFC 9700, section 4.5)."""
    victim = served.begin(profile)
    stolen = (await victim.authorized()).partition("code=")[2].partition("&")[0]
    thief = SignInUnderWay(served, profile, served.tab())
    back = await thief.authorized(code=stolen)

    await thief.refused(await thief.come_back(back), 401)

    await the_honest_twin_is_accepted(thief)


@pytest.mark.parametrize("path", ["/par", "/token"])
async def test_id_25_a_provider_that_keeps_us_waiting_is_given_five_seconds(
    served: Served, path: str
) -> None:
    way = served.begin(Profile.FAPI2)
    back = await way.authorized()
    way.liar.delays[path] = 5.5
    begun = time.monotonic()
    response = await (way.go() if path == "/par" else way.come_back(back))
    assert 4.5 < time.monotonic() - begun < 5.5
    await way.refused(response, 503)

    way.liar.delays.clear()
    await the_honest_twin_is_accepted(way)


async def test_id_26_neither_code_nor_state_nor_token_is_shown_in_a_refusal(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    back = await way.authorized()
    ID_TOKEN["ID-15 nonce wrong"].tell(way.liar)
    response = await way.come_back(back)
    await way.refused(response, 401)
    secrets = [pair.partition("=")[2] for pair in back.partition("?")[2].split("&")[:2]]
    assert len(secrets) == 2
    for secret in secrets:
        assert secret not in response.text
        assert secret not in str(response.headers)
    assert "eyJ" not in response.text
