"""How surely an officer must have signed in before the desk opens (SU-01, SU-02, AZ-10)."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from app.web.settings import Environment
from app.web.tenants import TenantUnfit, load
from tests.doubles.lying_provider import ORIGIN
from tests.oversight.conftest import REASON, Desk
from tests.service import OFFICER, Whole, write_tenant

HTML = {"accept": "text/html"}
SESSIONS = "/v1/oversight/sessions"
PAGES = ("/oversight", "/oversight/anomalies", "/oversight/requests", "/redaction")


async def begun(whole: Whole, acr: str, **claims: object) -> httpx2.Response:
    return await whole.call("POST", SESSIONS, whole.citizen(OFFICER, acr, **claims), REASON)


@pytest.mark.parametrize(
    ("acr", "status"), [("basic", 401), ("low", 401), ("substantial", 201), ("high", 201)]
)
async def test_su_02_a_weak_sign_in_is_told_what_would_do(
    whole: Whole, acr: str, status: int
) -> None:
    """SU-01, SU-02"""
    answer = await begun(whole, acr)

    assert answer.status_code == status
    if status == 401:
        body = answer.json()
        assert body["code"] == "step_up_required"
        assert body["needed"] == {"assurance": "substantial", "max_age": 28800}
        assert 'acr_values="substantial high"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("hours", "status"), [(9, 401), (7, 201)])
async def test_su_01_an_old_sign_in_opens_nothing(whole: Whole, hours: int, status: int) -> None:
    """SU-01"""
    signed_in = int((whole.clock() - timedelta(hours=hours)).timestamp())

    assert (await begun(whole, "substantial", auth_time=signed_in)).status_code == status


@pytest.mark.parametrize(("acr", "status"), [("substantial", 401), ("high", 201)])
async def test_an_office_may_ask_for_more(whole: Whole, acr: str, status: int) -> None:
    """SU-01: the other office's file says `high`."""
    answer = await begun(whole, acr, aud=f"{ORIGIN}/t/main-kinzig")

    assert answer.status_code == status


@pytest.mark.parametrize("level", ["basic", "low"])
def test_an_office_may_not_ask_for_less(tmp_path: Path, level: str) -> None:
    path = write_tenant(tmp_path, "bergstrasse")
    sound = path.read_text("utf-8")
    assert load(path, Environment.TESTING).oversight.min_assurance == "substantial"
    path.write_text(sound.replace('min_assurance = "substantial"', f'min_assurance = "{level}"'))

    with pytest.raises(TenantUnfit, match="min_assurance"):
        load(path, Environment.TESTING)


async def test_a_stated_reason_does_not_open_it_to_a_weaker_token(desk: Desk) -> None:
    """AZ-10: what the strong sign-in began the weak one cannot go on with."""
    await desk.begin()
    named = {"klarfall-oversight": str(desk.session)}
    weak = desk.whole.citizen(OFFICER, "low") | named
    strong = desk.whole.citizen(OFFICER) | named
    found = [
        (await desk.whole.call("GET", "/v1/oversight/entries", each)).status_code
        for each in (weak, strong)
    ]

    assert found == [401, 200]


async def test_who_is_no_officer_is_not_told_that_a_stronger_sign_in_would_do(
    whole: Whole,
) -> None:
    """AZ-10"""
    weak = await whole.call("POST", SESSIONS, whole.citizen("somebody", "low"), REASON)
    strong = await whole.call("POST", SESSIONS, whole.citizen("somebody"), REASON)

    assert (weak.status_code, strong.status_code) == (404, 404)
    assert weak.json()["code"] == strong.json()["code"] == "not_found"


async def test_a_page_says_so_and_leads_to_a_sign_in_that_is_strong_enough(
    whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SU-02, ID-18: the provider is asked for it, and what is less does not sign in."""
    async with whole.browser() as browser:
        monkeypatch.setattr(whole.liar, "acr", "low")
        await whole.sign_in(browser, OFFICER)
        shown = [await browser.get(path, headers=HTML) for path in PAGES]
        ways = {re.findall(r'href="(/login[^"]+)"', each.text)[0] for each in shown}
        way = "/login?tenant=bergstrasse&amp;next=/oversight"
        begun = await browser.get(way.replace("&amp;", "&"))
        weak = await browser.get(whole.liar.authorize(begun.headers["location"]), headers=HTML)
        monkeypatch.setattr(whole.liar, "acr", "substantial")
        whole.clock.forward(timedelta(seconds=2))  # a stronger sign-in is a newer one (SU-05)
        anew = await browser.get(way.replace("&amp;", "&"))
        await browser.get(whole.liar.authorize(anew.headers["location"]))
        opened = await browser.get("/oversight", headers=HTML)

    assert [each.status_code for each in shown] == [401] * len(PAGES)
    assert all("melden Sie sich bitte stärker an" in each.text for each in shown)
    assert ways == {way, "/login?tenant=bergstrasse&amp;next=/redaction"}
    asked = parse_qs(urlsplit(begun.headers["location"]).query)
    assert asked["acr_values"] == ["substantial high"]
    assert asked["max_age"] == ["28800"]
    assert weak.status_code == 401
    assert (opened.status_code, 'name="reason"' in opened.text) == (200, True)


async def test_a_citizens_way_in_asks_for_no_more_than_before(whole: Whole) -> None:
    async with whole.browser() as browser:
        begun = await browser.get("/login?tenant=bergstrasse&next=/ask")

    assert "max_age" not in parse_qs(urlsplit(begun.headers["location"]).query)
