"""Signing in more strongly in the middle of a question, over the whole service."""

import re
from collections.abc import AsyncIterator
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.doubles.lying_provider import ORIGIN
from tests.service import Whole

FORMS = {"origin": ORIGIN, "accept": "text/html"}
ASKED = "Wann kommt mein Geld und wie viel ist es?"
WANTED = {"assurance": "substantial", "max_age": "28800", "question": ASKED}


async def token_of(client: httpx2.AsyncClient) -> str:
    page = await client.get("/ask", headers={"accept": "text/html"})
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def leave(client: httpx2.AsyncClient) -> httpx2.Response:
    form = {"form_token": await token_of(client), **WANTED}
    return await client.post("/step-up", data=form, headers=FORMS)


@pytest.fixture
async def weak(whole: Whole) -> AsyncIterator[httpx2.AsyncClient]:
    """Bound to a case, and signed in with less than its fields take."""
    ref, _ = await whole.push()
    who = await whole.bound(ref)
    whole.liar.acr = "low"
    try:
        async with whole.browser() as client:
            await whole.sign_in(client, who)
            yield client
    finally:
        whole.liar.acr, whole.liar.claims = "substantial", {}


async def me(client: httpx2.AsyncClient) -> httpx2.Response:
    return await client.get("/v1/me")


async def test_su_02_su_03_the_question_survives_the_detour_and_is_asked_once(
    whole: Whole, weak: httpx2.AsyncClient
) -> None:
    """SU-02, SU-03, SU-05"""
    asked = await weak.post(
        "/ask", data={"form_token": await token_of(weak), "question": ASKED}, headers=FORMS
    )
    assert "Mit stärkerem Ausweis anmelden und Antwort holen" in asked.text
    gone = await leave(weak)
    assert gone.status_code == 303, gone.text
    assert ASKED not in gone.headers["location"] + str(gone.headers)
    assert "acr_values=substantial+high" in gone.headers["location"]
    whole.liar.acr = "substantial"
    later = int(whole.clock().timestamp())
    whole.liar.claims = {"auth_time": later}
    back = await weak.get(whole.liar.authorize(gone.headers["location"]))
    assert 'url=/step-up"' in back.text
    assert ASKED not in back.text

    answered = await weak.get("/step-up", headers=FORMS)
    again = await weak.get("/step-up", headers=FORMS)

    assert answered.headers["location"].startswith("/answers/")
    assert again.headers["location"] == "/ask"
    assert (await me(weak)).json()["assurance"] == "substantial"


async def test_su_03_a_provider_that_never_raises_the_level_does_not_loop(
    whole: Whole, weak: httpx2.AsyncClient
) -> None:
    """SU-03, ID-18"""
    for reason in ("refused", "enough"):
        gone = await leave(weak)
        await weak.get(whole.liar.authorize(gone.headers["location"]))
        page = await weak.get("/step-up", headers=FORMS)
        assert f'data-reason="{reason}"' in page.text
        assert ASKED in page.text
    third = await leave(weak)

    assert third.status_code == 200
    assert 'data-reason="enough"' in third.text
    assert (await me(weak)).json()["assurance"] == "low"


async def test_id_21_another_person_at_the_step_up_ends_the_session(
    whole: Whole, weak: httpx2.AsyncClient
) -> None:
    """ID-21"""
    gone = await leave(weak)
    whole.liar.subject, whole.liar.acr = token_urlsafe(12), "high"
    back = await weak.get(whole.liar.authorize(gone.headers["location"]))

    assert back.status_code == 401
    assert (await me(weak)).status_code == 401


async def test_su_05_a_level_does_not_rise_by_the_sign_in_there_was(
    whole: Whole, weak: httpx2.AsyncClient
) -> None:
    """SU-05"""
    gone = await leave(weak)
    whole.liar.acr = "high"
    whole.liar.claims = {"auth_time": int(whole.clock().timestamp()) - 600}
    await weak.get(whole.liar.authorize(gone.headers["location"]))

    assert (await me(weak)).json()["assurance"] == "low"


async def test_su_02_a_call_that_can_give_nothing_is_challenged(whole: Whole) -> None:
    """SU-02"""
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    path = f"/v1/cases/{ids['case']}/consents"
    refused = await whole.call("GET", path, whole.citizen(who, "basic"))
    accepted = await whole.call("GET", path, whole.citizen(who, "low"))

    assert (refused.status_code, accepted.status_code) == (401, 200)
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_user_authentication"' in challenge
    assert 'acr_values="low substantial high"' in challenge
    assert 'max_age="28800"' in challenge
    assert refused.json()["code"] == "step_up_required"
    assert refused.json()["needed"] == {"assurance": "low", "max_age": 28800}


async def test_what_the_provider_is_asked_holds_no_question(
    whole: Whole, weak: httpx2.AsyncClient
) -> None:
    gone = await leave(weak)
    asked = parse_qs(urlsplit(gone.headers["location"]).query)
    assert asked["max_age"] == ["28800"]
    assert not any(ASKED in value for values in asked.values() for value in values)
