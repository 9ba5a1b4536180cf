"""Two tabs, the back button, waiting too long, and what else changed while somebody was away."""

import asyncio
import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from secrets import token_urlsafe
from uuid import UUID

import httpx2
import pytest

from app.identity.browser.cookies import login_cookie
from app.identity.browser.tickets import Ticket
from app.identity.guards import get_identity
from app.identity.limits.budgets import Budget, allowances
from app.identity.sign_in import kept_questions
from app.vocabulary.ids import SessionId
from app.vocabulary.levels import Assurance
from tests.allowances import MANY, limits_of
from tests.parties import BERGSTRASSE
from tests.refuge import entrust
from tests.service import OUR_CALL
from tests.web.detours import ASKED, Detour, Row, make_honest

OTHER = "Wer ist für mich zuständig?"
CANCELLED = {"code": None, "error": "access_denied"}


async def sessions(detour: Detour) -> list[Row]:
    return await detour.rows(
        "SELECT s.id, s.assurance FROM sessions s JOIN identities i ON i.id = s.identity_id"
        " WHERE i.subject = :who",
        who=detour.who,
    )


def asked_anew(detour: Detour) -> None:
    """From here on people sign in at this very moment."""
    make_honest(detour.liar)
    detour.liar.claims = {"auth_time": detour.now}


async def two_tabs(detour: Detour) -> tuple[str, str]:
    asked_anew(detour)
    return await detour.leave(), await detour.leave(question=OTHER)


async def test_two_tabs_one_after_the_other_each_get_their_answer(detour: Detour) -> None:
    """SU-03: what the first changed about the session does not lose the second's way back."""
    begun = detour.whole.clock()
    for url in await two_tabs(detour):
        await detour.come_back(url)
        onward = await detour.get("/step-up")
        assert onward.headers["location"].startswith("/answers/")

    told = [each["event"] for each in await detour.trail(begun)]
    assert told.count("stepped_up") == told.count("answered") == 2
    assert len(await sessions(detour)) == 1


async def test_two_tabs_that_are_both_back_before_either_goes_on_lose_the_earlier_question_alone(
    detour: Detour,
) -> None:
    """The later one made the ticket there is; no question is asked twice, or under no ticket."""
    begun = detour.whole.clock()
    for url in await two_tabs(detour):
        await detour.come_back(url)

    onward = [(await detour.get("/step-up")).headers["location"] for _ in range(2)]

    assert onward[0].startswith("/answers/")
    assert onward[1] == "/ask"
    told = [each["event"] for each in await detour.trail(begun)]
    assert (told.count("stepped_up"), told.count("answered")) == (2, 1)


async def test_two_tabs_that_come_back_at_once_do_so_one_after_the_other(detour: Detour) -> None:
    begun = detour.whole.clock()
    urls = await two_tabs(detour)

    back = await asyncio.gather(*(detour.come_back(url) for url in urls))

    assert [each.status_code for each in back] == [200, 200]
    assert [each["event"] for each in await detour.trail(begun)] == ["stepped_up", "stepped_up"]
    (left,) = await sessions(detour)
    assert left["assurance"] == Assurance.SUBSTANTIAL.value


async def test_cancelling_in_one_tab_takes_nothing_from_the_other(detour: Detour) -> None:
    first, second = await two_tabs(detour)
    await detour.come_back(first)
    session = await detour.session()

    await detour.come_back(second, **CANCELLED)

    assert await detour.session() == session
    onward = await detour.get("/step-up")
    assert onward.headers["location"].startswith("/answers/")
    assert await detour.level() == "substantial"


async def test_the_back_button_asks_nothing_again_and_signs_nobody_in_again(
    detour: Detour,
) -> None:
    """SU-03, ID-07: neither the page of ours nor the address that the provider sent them to."""
    asked_anew(detour)
    begun, address = detour.whole.clock(), detour.liar.authorize(await detour.leave())
    await detour.client.get(address)
    await detour.get("/step-up")
    session, told = await detour.session(), await detour.trail(begun)

    assert (await detour.get("/step-up")).headers["location"] == "/ask"
    again = await detour.client.get(address)

    assert again.status_code == 401
    assert await detour.session() == session
    assert await detour.trail(begun) == told


async def test_what_was_refused_before_is_settled_by_what_succeeded(detour: Detour) -> None:
    """SU-03: no page says any more that nothing was confirmed, and both tries are there again."""
    await detour.come_back(await detour.leave(), **CANCELLED)
    await detour.anew()
    await detour.get("/step-up")

    assert (await detour.get("/step-up")).headers["location"] == "/ask"
    for reason in ("refused", "enough"):
        await detour.come_back(await detour.leave(assurance="high"), **CANCELLED)
        assert f'data-reason="{reason}"' in (await detour.get("/step-up")).text


@pytest.mark.parametrize(("waited", "answered"), [(599, True), (600, False)])
async def test_a_way_back_after_ten_minutes_is_over(
    detour: Detour, waited: int, *, answered: bool
) -> None:
    url = await detour.leave()
    session = await detour.session()
    detour.whole.clock.forward(timedelta(seconds=waited))
    asked_anew(detour)

    back = await detour.come_back(url)

    assert back.status_code == (200 if answered else 401)
    assert (await detour.session() == session) is not answered
    onward = (await detour.get("/step-up")).headers["location"]
    assert onward.startswith("/answers/" if answered else "/ask")


@pytest.mark.parametrize(("waited", "answered"), [(599, True), (600, False)])
async def test_a_kept_question_is_asked_within_ten_minutes_or_not_at_all(
    detour: Detour, waited: int, *, answered: bool
) -> None:
    await detour.anew()
    detour.whole.clock.forward(timedelta(seconds=waited))

    onward = await detour.get("/step-up")

    assert onward.headers["location"].startswith("/answers/" if answered else "/ask")
    assert ASKED not in onward.text


@pytest.fixture
async def proxy(detour: Detour) -> tuple[str, str]:
    """Acting for a member of the household: whose subject this is, and the mandate."""
    other = await detour.whole.bound(detour.ref, "p2")
    mandate = await entrust(detour.whole, detour.ref, kind="PROXY", grantor="p2", grantee="p1")
    await choose(detour, mandate)
    return other, mandate


async def choose(detour: Detour, mandate: str) -> None:
    chosen = await detour.client.post(f"/v1/mandates/{mandate}/activate", headers=OUR_CALL)
    assert chosen.status_code == 204, chosen.text


@pytest.mark.parametrize("meanwhile", ["nothing", "it ended", "another was chosen"])
async def test_the_question_is_asked_under_its_mandate_or_not_at_all(
    detour: Detour, proxy: tuple[str, str], meanwhile: str
) -> None:
    """SE-15: each of the two that changed it differs from the first in that alone."""
    other, mandate = proxy
    url = await detour.leave()
    if meanwhile == "it ended":
        objected = await detour.whole.call(
            "POST", f"/v1/mandates/{mandate}/objection", detour.whole.citizen(other)
        )
        assert objected.is_success, objected.text
    if meanwhile == "another was chosen":
        me = (await detour.client.get("/v1/me")).json()
        await choose(detour, next(e["id"] for e in me["mandates"] if e["kind"] == "SELF"))
    detour.whole.clock.forward(timedelta(seconds=1))
    asked_anew(detour)
    begun = detour.whole.clock()

    await detour.come_back(url)
    onward = (await detour.get("/step-up")).headers["location"]

    told = [(each["event"], each["mandate"]) for each in await detour.trail(begun)]
    assert await detour.level() == "substantial"
    if meanwhile == "nothing":
        assert onward.startswith("/answers/")
        assert ("answered", mandate) in told
    else:
        assert onward == ("/mandates" if meanwhile == "it ended" else "/ask")
        assert [event for event, _ in told] == ["stepped_up"]
    assert (await detour.get("/step-up")).headers["location"] in {"/ask", "/mandates"}


async def test_a_question_too_many_is_back_in_its_field(detour: Detour) -> None:
    """AP-01, SU-03: not answered, and not lost."""
    parts, app = detour.whole.parts, detour.whole.app
    one = allowances({**dict.fromkeys(Budget, MANY), Budget.QUESTIONS: 1})
    limits = limits_of(parts.database, parts.vault, detour.whole.clock, one)
    app.dependency_overrides[get_identity] = lambda: replace(parts.identity, limits=limits)
    try:
        await detour.anew()
        answered = await detour.get("/step-up")
        await detour.anew()
        refused = await detour.get("/step-up")
    finally:
        del app.dependency_overrides[get_identity]

    assert answered.headers["location"].startswith("/answers/")
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) > 0
    assert f">{ASKED}</textarea>" in refused.text
    assert "viele Fragen" in refused.text


async def test_what_is_kept_opens_with_the_cookies_of_this_browser_and_is_nowhere_in_clear(
    detour: Detour,
) -> None:
    url = await detour.leave()
    async with detour.whole.parts.database.transaction(BERGSTRASSE) as tx:
        session = SessionId(UUID(str((await detour.kept())[0]["session_id"])))
        kept = await kept_questions.newest(tx, BERGSTRASSE, session, now=detour.whole.clock())
    assert kept is not None
    state = detour.liar.asked_for(url)["state"]
    away = Ticket.read(str(detour.client.cookies[login_cookie(state)]))
    here, another = Ticket.read(detour.cookie), Ticket.issue(BERGSTRASSE)

    for sealed, opens in ((kept.for_return, away), (kept.for_session, here)):
        assert ASKED.encode() not in sealed
        assert kept_questions.opened(opens, kept.id, sealed) == ASKED
        for other in {away, here, another} - {opens}:
            assert kept_questions.opened(other, kept.id, sealed) == ""
    logins = await detour.rows("SELECT row_to_json(logins)::text AS whole FROM logins")
    assert all(ASKED not in str(row["whole"]) for row in logins)


async def test_a_sign_in_that_is_only_too_long_ago_can_be_done_once_more(detour: Detour) -> None:
    """SU-01, SU-02: choosing for whom one acts takes any sign-in, of the last eight hours."""
    stale = detour.now - 28_801
    detour.liar.acr, detour.liar.claims = "low", {"auth_time": stale}
    async with detour.whole.browser() as client:
        late = replace(detour, client=client)
        await detour.whole.sign_in(client, token_urlsafe(9))
        refused = await late.get("/mandates")
        assert refused.status_code == 401
        assert "Noch einmal anmelden" in refused.text
        gone = await sent(late, refused)
        assert gone.status_code == 303
        asked = detour.liar.asked_for(gone.headers["location"])
        assert asked["max_age"] == "28800"
        assert "acr_values" not in asked

        detour.liar.claims = {"auth_time": detour.now}
        back = await client.get(detour.liar.authorize(gone.headers["location"]))

        assert 'url=/mandates"' in back.text
        assert (await late.get("/mandates")).headers["location"] == "/bind"


async def sent(detour: Detour, shown: httpx2.Response) -> httpx2.Response:
    """The form of a page, as it stands there."""
    form = re.search(r'<form[^>]*id="step-up">(.*?)</form>', shown.text, re.DOTALL)
    assert form is not None, shown.text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    fields.pop("form_token")
    return await detour.send("/step-up", **{k: unescape(v) for k, v in fields.items()})
