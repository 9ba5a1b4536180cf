"""A step-up at a provider that takes pushed requests alone (FAPI 2.0), over sockets."""

import re
from functools import partial

import httpx2

from app.identity.browser.cookies import SESSION
from app.identity.provider.profile import Profile
from tests.identity.served import Served, SignInUnderWay

ASKED = "Wann kommt mein Geld?"
WANTED = {"assurance": "high", "max_age": "3600", "question": ASKED}


async def sent(way: SignInUnderWay) -> httpx2.Response:
    shown = await way.tab.get("/session")
    found = re.search(r'name="form_token" value="(\w+)"', shown.text)
    assert found is not None, shown.text
    return await way.tab.post("/step-up", {"form_token": found[1], **WANTED})


async def test_id_03_what_a_step_up_takes_is_pushed_and_the_question_is_not(served: Served) -> None:
    """ID-03, SU-02"""
    way = served.begin(Profile.FAPI2)
    await way.accepted(await way.whole())

    gone = await sent(way)

    assert gone.status_code == 303
    pushed = way.liar.pushes[-1]
    assert (pushed["acr_values"], pushed["max_age"]) == ("high", "3600")
    for telling in ("acr_values", "max_age", "high", "3600"):
        assert telling not in gone.headers["location"].partition("request_uri=")[0]
    assert ASKED not in str(pushed) + str(gone.headers)


async def test_a_provider_that_takes_no_push_leaves_session_and_sign_ins_as_they_were(
    served: Served,
) -> None:
    way = served.begin(Profile.FAPI2)
    await way.accepted(await way.whole())
    cookie = way.tab.cookies[SESSION]
    logins = "SELECT count(*) FROM logins"
    kept = "SELECT count(*) FROM kept_questions"
    before = [await served.count(Profile.FAPI2, each) for each in (logins, kept)]
    for status in (503, 400):
        way.liar.replies["/par"] = partial(httpx2.Response, status, json={"error": "other"})
        gone = await sent(way)
        assert gone.status_code == 503
        assert "location" not in gone.headers
    way.liar.replies.clear()

    assert [await served.count(Profile.FAPI2, each) for each in (logins, kept)] == before
    assert way.tab.cookies[SESSION] == cookie
    assert await way.sessions() == 1
    assert (await sent(way)).status_code == 303
