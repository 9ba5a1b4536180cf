"""For whom a browser acts, and who acts for it: on the page, without a script."""

import json
import re
from datetime import timedelta
from html import unescape

import httpx2
from sqlalchemy import text

from app.audit.leaves import SALT_BYTES
from tests.doubles.lying_provider import ORIGIN
from tests.legitimation.test_kinds import QUESTION, Stage, stage
from tests.parties import BERGSTRASSE
from tests.service import OUR_CALL, Whole

__all__ = ["stage"]

FORMS = {"origin": ORIGIN, "accept": "text/html"}
PAGE = {"accept": "text/html"}


async def form_token(browser: httpx2.AsyncClient) -> str:
    page = await browser.get("/mandates", headers=PAGE)
    found = re.search(r'name="form_token" value="(\w+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def test_the_page_lists_who_may_act_for_me_and_one_click_ends_it(stage: Stage) -> None:
    mandate = await stage.record("PROXY", "p1", "rep1")
    proxy, who = await stage.bound("rep1"), await stage.bound("p1")
    async with stage.whole.browser() as browser:
        await stage.whole.sign_in(browser, who)
        before = unescape((await browser.get("/mandates", headers=PAGE)).text)
        token = await form_token(browser)
        sent = {"form_token": token, "mandate": mandate}
        unsigned = await browser.post(
            "/mandates/objections", data={"mandate": mandate}, headers=FORMS
        )
        still = await stage.ask(proxy, mandate)

        done = await browser.post("/mandates/objections", data=sent, headers=FORMS)

        after = unescape(done.text)
    for words in ("Wer darf für Sie handeln?", "Rita Roth", "Vollmacht (§ 13 SGB X)"):
        assert words in before, words
    assert "Ich widerspreche" in before
    assert (unsigned.status_code, still.status_code) == (401, 200)
    assert done.status_code == 200
    assert "Die Vertretung ist beendet" in after
    assert "Niemand außer Ihnen darf hier für Sie handeln." in after
    assert "Rita Roth" not in after
    assert (await stage.ask(proxy, mandate)).status_code == 404


async def test_what_only_a_court_ends_is_said_plainly_on_the_page(stage: Stage) -> None:
    mandate = await stage.record("GUARDIAN", "p1", "rep1")
    guardian, who = await stage.bound("rep1"), await stage.bound("p1")
    async with stage.whole.browser() as browser:
        await stage.whole.sign_in(browser, who)
        sent = {"form_token": await form_token(browser), "mandate": mandate}

        done = await browser.post("/mandates/objections", data=sent, headers=FORMS)

    said = unescape(done.text)
    assert "Ihr Widerspruch ist festgehalten" in said
    assert "Die Vertretung endet dadurch noch nicht" in said
    assert "Sie haben widersprochen. Das Jobcenter weiß davon." in said
    assert (await stage.ask(guardian, mandate)).status_code == 200


async def test_se_15_switching_takes_an_explicit_act_and_an_end_falls_back_to_nothing(
    stage: Stage,
) -> None:
    """AZ-07: a session whose mandate ended acts for nobody, not even for oneself."""
    mandate = await stage.record("PROXY", "p2", "p1")
    who, grantor = await stage.bound("p1"), await stage.bound("p2")
    questions = f"/v1/cases/{stage.ids['case']}/questions"
    async with stage.whole.browser() as browser:
        await stage.whole.sign_in(browser, who)
        offered = (await browser.get("/v1/me")).json()["mandates"]
        own = next(each for each in offered if each["kind"] == "SELF")

        async def ask(**named: str) -> tuple[int, set[str]]:
            told = await browser.post(questions, json=QUESTION, headers={**OUR_CALL, **named})
            return told.status_code, {u["subject"] for u in told.json().get("used", [])}

        assert await ask() == (409, set())
        await browser.post(f"/v1/mandates/{mandate}/activate", headers=OUR_CALL)
        assert await ask() == (200, {stage.ids["p2"]})
        assert (await ask(**{"klarfall-mandate": own["id"]}))[0] == 404
        assert (await stage.object_to(grantor, mandate)).json() == {"effect": "ended"}

        assert await ask() == (404, set())
        me = (await browser.get("/v1/me")).json()["mandates"]
        assert [each["kind"] for each in me] == ["SELF"]
        await browser.post(f"/v1/mandates/{own['id']}/activate", headers=OUR_CALL)
        assert await ask() == (200, {stage.ids["p1"]})


async def test_se_15_every_line_of_the_trail_says_under_which_mandate(stage: Stage) -> None:
    """AP-11"""
    mandate = await stage.record("PROXY", "p1", "rep1")
    proxy, grantor = await stage.bound("rep1"), await stage.bound("p1")
    for step in (stage.ask(proxy, mandate), stage.object_to(grantor, mandate)):
        stage.whole.clock.forward(timedelta(seconds=1))
        assert (await step).status_code == 200

    assert await trail(stage.whole, stage.ids["case"], mandate) == [
        "mandate_recorded",
        "released",
        "answered",
        "mandate_objected",
    ]


async def trail(whole: Whole, case: str, mandate: str) -> list[str]:
    """What was recorded in this case under or of this mandate, as it happened."""
    sealer = whole.parts.answers.sealer
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        rows = (await tx.execute(text("SELECT entry, sealed FROM audit_payloads"))).all()
        told = [
            json.loads((await sealer.open(tx, BERGSTRASSE, r.entry, r.sealed))[SALT_BYTES:])
            for r in rows
        ]
    found = [each for each in told if (each["case"], each["mandate"]) == (case, mandate)]
    assert all(each["mandate_version"] for each in found)
    order = ["mandate_recorded", "released", "answered", "mandate_objected"]
    told_in_turn = sorted(found, key=lambda each: (str(each["at"]), order.index(each["event"])))
    return [each["event"] for each in told_in_turn]
