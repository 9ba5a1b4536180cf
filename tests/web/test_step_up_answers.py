"""Whatever a provider answers to a step-up: as asked, or nothing about the session changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx2
import pytest

from app.identity.provider.providers import METADATA_LIFETIME, PAUSE
from app.telemetry.logs import Message
from tests.doubles.lying_provider import ABSENT, Change
from tests.web.detours import ASKED, WANTED, Detour, make_honest

OLDEST = 28800 + 5  # max_age, and what clocks may differ by


@dataclass(frozen=True, kw_only=True)
class Odd:
    """One thing about an answer that is otherwise as asked. `age` is that of the sign-in."""

    acr: str = "substantial"
    age: int | None = None
    claims: Change = field(default_factory=dict)
    answer: Change = field(default_factory=dict)
    back: Mapping[str, str | None] = field(default_factory=dict)
    token: httpx2.Response | None = None


CANCELLED = {"code": None, "error": "access_denied"}
ODD = {
    "acr lower": Odd(acr="low"),
    "acr lowest": Odd(acr="basic"),
    "acr unknown": Odd(acr="gold"),
    "acr in other letters": Odd(acr="Substantial"),
    "acr missing": Odd(claims={"acr": ABSENT}),
    "acr empty": Odd(claims={"acr": ""}),
    "acr null": Odd(claims={"acr": None}),
    "acr a list": Odd(claims={"acr": ["substantial"]}),
    "acr a number": Odd(claims={"acr": 3}),
    "ID-19 auth_time older than asked": Odd(age=OLDEST + 1),
    "ID-19 auth_time missing": Odd(claims={"auth_time": ABSENT}),
    "ID-19 auth_time null": Odd(claims={"auth_time": None}),
    "ID-19 auth_time a text": Odd(claims={"auth_time": "now"}),
    "ID-19 auth_time true": Odd(claims={"auth_time": True}),
    "ID-19 auth_time negative": Odd(claims={"auth_time": -1}),
    "ID-19 auth_time beyond all time": Odd(claims={"auth_time": 1e20}),
    "ID-19 auth_time ahead": Odd(age=-6),
    "auth_time of the sign-in there was": Odd(age=61),
    "nonce of another": Odd(claims={"nonce": "another"}),
    "no ID token": Odd(answer={"id_token": ABSENT}),
    "code refused": Odd(token=httpx2.Response(400, json={"error": "invalid_grant"})),
    "cancelled": Odd(back=CANCELLED),
    "cancelled, and a code beside": Odd(back={"error": "access_denied"}),
    "no code and no error": Odd(back={"code": None}),
    "iss missing": Odd(back={"iss": None}),
    "iss of another": Odd(back={"iss": "https://other.example"}),
}


async def answered(detour: Detour, odd: Odd) -> httpx2.Response:
    """There, and back with this."""
    url = await detour.leave()
    detour.liar.acr = odd.acr
    age = 0 if odd.age is None else odd.age
    detour.liar.claims = {"auth_time": detour.now - age, **odd.claims}
    detour.liar.answer = odd.answer
    if odd.token is not None:
        detour.liar.replies["/token"] = replying(odd.token)
    back = await detour.come_back(url, **odd.back)
    make_honest(detour.liar)
    return back


def replying(response: httpx2.Response) -> Callable[[], httpx2.Response]:
    return lambda: response


@pytest.mark.parametrize("name", ODD)
async def test_id_18_id_19_an_odd_answer_changes_nothing_and_an_honest_one_after_it_does(
    detour: Detour, name: str
) -> None:
    """ID-18, ID-19, SU-03, SU-05: level, age, name, mandate, end and cookie are as before."""
    session, cookie, begun = await detour.session(), detour.cookie, detour.whole.clock()

    back = await answered(detour, ODD[name])

    assert back.status_code == 200
    assert 'url=/step-up"' in back.text
    assert (await detour.session(), detour.cookie) == (session, cookie)
    assert [each["event"] for each in await detour.trail(begun)] == ["step_up_refused"]
    shown = await detour.get("/step-up")
    assert 'data-reason="refused"' in shown.text
    assert ASKED in shown.text

    await detour.anew()
    assert (await detour.get("/step-up")).headers["location"].startswith("/answers/")
    assert await detour.level() == "substantial"
    assert detour.cookie != cookie


@pytest.mark.parametrize("age", [0, OLDEST])
async def test_id_19_a_sign_in_just_within_the_age_asked_for_is_as_asked(
    detour: Detour, age: int
) -> None:
    """ID-19: the twin of "older than asked", a second younger. The level stays the one there was,
    as an older sign-in cannot raise it.
    """
    url = await detour.leave(assurance="low")
    detour.liar.acr, detour.liar.claims = "low", {"auth_time": detour.now - age}
    await detour.come_back(url)

    assert await detour.level() == "low"
    row = await detour.session()
    assert row is not None
    assert row["authenticated_at"] == datetime.fromtimestamp(detour.now - age, UTC)
    assert [each["state"] for each in await detour.kept()] == ["ready"]


async def test_su_04_what_still_takes_more_comes_with_its_question_and_another_way_there(
    detour: Detour,
) -> None:
    """SU-04: as asked, and less than the fields take; the page of an answer knows no question."""
    await detour.anew("low", assurance="low")

    shown = await detour.get("/step-up")

    assert shown.status_code == 200
    assert 'id="answer"' in shown.text
    assert 'data-reason="assurance_too_low"' in shown.text
    assert f'name="question" hidden aria-hidden="true" tabindex="-1">{ASKED}<' in shown.text


@pytest.mark.parametrize("asked", ["60", "3600", "28800"])
async def test_id_19_the_age_is_the_one_asked_for(detour: Detour, asked: str) -> None:
    """ID-19: sent as `max_age`, and held to it with five seconds for the clocks."""
    for beyond, level in ((6, "low"), (5, "substantial")):
        url = await detour.leave(max_age=asked)
        assert detour.liar.asked_for(url)["max_age"] == asked
        # What it had is older than either, so that the level may rise.
        await age_session(detour, 40_000)
        detour.liar.claims = {"auth_time": detour.now - int(asked) - beyond}
        await detour.come_back(url)
        assert await detour.level() == level


async def age_session(detour: Detour, seconds: int) -> None:
    row = await detour.session()
    assert row is not None
    await detour.rows(
        "UPDATE sessions SET authenticated_at = authenticated_at - make_interval(secs => :by)"
        " WHERE id = :id RETURNING id",
        by=seconds,
        id=row["id"],
    )


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_provider_that_is_away_at_the_token_leaves_everything_and_costs_no_try(
    detour: Detour, status: int
) -> None:
    """SU-03: three times, and the way there is still open."""
    session, begun = await detour.session(), detour.whole.clock()
    for _ in range(3):
        url = await detour.leave()
        detour.liar.replies["/token"] = replying(httpx2.Response(status, json={}))
        back = await detour.come_back(url)
        make_honest(detour.liar)
        assert 'url=/step-up"' in back.text
        shown = await detour.get("/step-up")
        assert 'data-reason="away"' in shown.text
        assert ASKED in shown.text
    assert await detour.session() == session
    assert await detour.trail(begun) == []
    lines = detour.whole.lines(Message.PART_UNAVAILABLE)
    assert len(lines) == 3

    await detour.anew()
    assert (await detour.get("/step-up")).headers["location"].startswith("/answers/")


async def test_a_provider_that_is_away_on_the_way_there_leaves_the_question_in_its_field(
    detour: Detour,
) -> None:
    session = await detour.session()
    detour.whole.clock.forward(METADATA_LIFETIME)
    detour.liar.replies["/.well-known/openid-configuration"] = replying(httpx2.Response(503))
    gone = await detour.send("/step-up", **WANTED)
    nothing_asked = await detour.send("/step-up", **(WANTED | {"question": ""}))
    make_honest(detour.liar)

    assert (gone.status_code, nothing_asked.status_code) == (503, 503)
    assert gone.headers["retry-after"]
    assert f">{ASKED}</textarea>" in gone.text
    assert ASKED not in nothing_asked.text
    assert (await detour.session(), await detour.kept()) == (session, [])

    detour.whole.clock.forward(PAUSE)
    await detour.anew()
    assert await detour.level() == "substantial"
