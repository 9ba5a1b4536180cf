"""The officer's desk as pages, over HTTP: in both languages, without a script."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape

import httpx2
import pytest

from app.audit.events import ActorKind, Category, EventKind, Outcome
from app.oversight.anomalies import AnomalyKind
from app.oversight.approval import Approval, ReportKind
from app.oversight.bundles import verify_bundle
from app.vocabulary.erasures import AskedBy, HoldGround, Refusal, State
from app.vocabulary.levels import Language, Recipient
from app.web.pages.wording import words
from tests.doubles.lying_provider import ORIGIN
from tests.lifecycle_home import asked_for
from tests.oversight.conftest import settled
from tests.parties import BERGSTRASSE
from tests.refuge import CANARIES, asked, family, mandates
from tests.service import OFFICER, Whole

FORMS = {"origin": ORIGIN, "accept": "text/html"}
HTML = {"accept": "text/html"}
WHY = {"category": "complaint", "reason": "Beschwerde einer Person vom Montag"}


@dataclass(frozen=True)
class Officer:
    whole: Whole
    client: httpx2.AsyncClient
    token: str

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path, headers=HTML)

    async def post(self, path: str, **fields: object) -> httpx2.Response:
        form = {"form_token": self.token, **fields}
        return await self.client.post(path, data=form, headers=FORMS)


@pytest.fixture
async def officer(whole: Whole) -> AsyncIterator[Officer]:
    async with whole.browser() as client:
        await whole.sign_in(client, OFFICER)
        shown = await client.get("/oversight", headers=HTML)
        found = re.search(r'name="form_token" value="(\w+)"', shown.text)
        assert found is not None, shown.text
        yield Officer(whole, client, found[1])


@pytest.fixture
async def ref(whole: Whole) -> str:
    """Of a case whose `p1` asked one question."""
    ref, ids = await whole.push(family())
    who = await whole.bound(ref, "p1")
    mandate = (await mandates(whole, who))["SELF", ids["p1"]]
    assert (await asked(whole, who, ids["case"], mandate)).status_code == 200
    await settled(whole)
    return ref


async def test_a_reason_comes_before_the_search(officer: Officer) -> None:
    """AZ-10"""
    before = await officer.get("/oversight")
    too_early = await officer.post("/oversight/search")
    short = await officer.post("/oversight", **{**WHY, "reason": "kurz"})
    begun = await officer.post("/oversight", **WHY)
    after = await officer.get("/oversight")

    assert 'name="reason"' in before.text
    assert too_early.status_code == 409
    assert short.status_code == 422
    assert 'aria-invalid="true"' in short.text
    assert begun.status_code == 303
    assert 'action="/oversight/search#found"' in after.text
    assert '<option value="appointment.next">Nächster Termin</option>' in after.text
    assert 'href="/redaction"' in after.text
    assert 'href="/oversight"' in (await officer.get("/redaction")).text


async def test_an_officer_finds_a_persons_entries_reads_one_and_takes_them_along(
    officer: Officer, ref: str
) -> None:
    await officer.post("/oversight", **WHY)
    found = await officer.post("/oversight/search", case=ref, person="p1", since="", event="")
    entries = re.findall(r'data-entry="([0-9a-f-]{36})"', found.text)
    released = await officer.post("/oversight/search", case=ref, person="p1", event="released")
    (one,) = re.findall(r'data-entry="([0-9a-f-]{36})"', released.text)
    entry = await officer.get(f"/oversight/entries/{one}")
    taken = await officer.post("/oversight/export", entries=entries)

    assert found.status_code == 200
    assert len(entries) > 2
    assert one in entries
    assert "Im Protokoll enthalten und beweisbar" in entry.text
    assert "c2sp.org/tlog-proof@v1" in entry.text
    assert "Art. 15 DSGVO, § 83 SGB X" in unescape(entry.text)
    assert 'filename="klarfall-bundle.json"' in taken.headers["content-disposition"]
    verified = verify_bundle(taken.content, officer.whole.parts.reader.vkey(BERGSTRASSE))
    assert [str(each) for each in verified.entries] == entries
    for shown in (found, entry, taken):
        assert [canary for canary in CANARIES if canary in shown.text] == []


async def test_a_file_number_is_found_by_its_blind_index(officer: Officer, ref: str) -> None:
    await officer.post("/oversight", **WHY)
    number = next(
        str(value)
        for key, value in json.loads(json.dumps(family()))["household"]["fields"].items()
        if key == "household.number"
    )
    found = await officer.post("/oversight/search", file_number=number, event="released")
    missing = await officer.post("/oversight/search", file_number="99999//0000099")

    assert found.status_code == 200
    assert "data-entry" in found.text
    assert missing.status_code == 422
    assert "data-entry" not in missing.text


async def test_anomalies_come_with_a_picture_and_a_table_of_it(officer: Officer, ref: str) -> None:
    assert ref
    await officer.post("/oversight", **WHY)
    shown = await officer.get("/oversight/anomalies")

    assert shown.status_code == 200
    assert '<svg viewBox="0 0 ' in shown.text
    assert 'role="img" aria-labelledby="days-title"' in shown.text
    assert shown.text.count("<rect ") == shown.text.split("Als Tabelle")[1].count("<tr ") - 1
    assert "<script" not in shown.text
    assert "style=" not in shown.text


async def test_requests_of_persons_are_a_page_in_both_languages(
    officer: Officer, whole: Whole
) -> None:
    ref, ids = await whole.push(family())
    who = await whole.bound(ref, "p1")
    made = await asked_for(whole, who)
    assert (await whole.call("GET", "/v1/me/export", whole.citizen(who))).status_code == 200
    await settled(whole)
    too_early = await officer.get("/oversight/requests")
    await officer.post("/oversight", **WHY)
    german = await officer.get("/oversight/requests")
    english = await officer.get("/oversight/requests?lang=en")

    assert too_early.status_code == 409
    assert f'data-erasure="{made}" data-state="requested"' in german.text
    assert f"<code>{ids['p1']}</code>" in german.text.split("data-copy=")[1]
    assert "Anträge von Personen" in german.text
    assert "Requests of persons" in english.text
    assert [canary for canary in CANARIES if canary in german.text] == []


@pytest.mark.parametrize("kind", list(ReportKind))
async def test_reports_are_pages_in_both_languages(officer: Officer, kind: ReportKind) -> None:
    await officer.post("/oversight", **WHY)
    german = await officer.get(f"/oversight/reports/{kind}")
    english = await officer.get(f"/oversight/reports/{kind}?lang=en")

    assert 'data-approval="never_approved"' in german.text
    assert "DSGVO" in german.text
    assert '<html lang="en"' in english.text
    assert "GDPR" in english.text
    digests = {
        re.findall(r"<code>([0-9a-f]{64})</code>", each.text)[0] for each in (german, english)
    }
    assert len(digests) == 1


async def test_an_ended_inspection_asks_for_a_reason_again(officer: Officer) -> None:
    await officer.post("/oversight", **WHY)
    ended = await officer.post("/oversight/end")
    after = await officer.get("/oversight")

    assert ended.status_code == 303
    assert 'name="reason"' in after.text


async def test_a_citizen_is_not_told_that_it_is_there(whole: Whole) -> None:
    """AZ-10"""
    async with whole.browser() as client:
        await whole.sign_in(client, "somebody-else")
        page = await client.get("/bind", headers=HTML)
        token = re.findall(r'name="form_token" value="(\w+)"', page.text)[0]
        shown = [
            await client.get(path, headers=HTML)
            for path in ("/oversight", "/oversight/anomalies", "/oversight/reports/dpia")
        ]
        sent = await client.post("/oversight", data={"form_token": token, **WHY}, headers=FORMS)

    assert {each.status_code for each in (*shown, sent)} == {404}


async def test_a_person_sees_that_an_officer_looked_and_not_who(
    officer: Officer, whole: Whole
) -> None:
    """AP-11"""
    ref, ids = await whole.push(family())
    who = await whole.bound(ref, "p1")
    assert ids
    await settled(whole)
    async with whole.browser() as client:
        await whole.sign_in(client, who)
        before = await client.get("/accesses", headers=HTML)
        await officer.post("/oversight", **WHY)
        await officer.post("/oversight/search", case=ref, person="p1")
        after = await client.get("/accesses", headers=HTML)
        english = await client.get("/accesses?lang=en", headers=HTML)

    assert "data-officer" not in before.text
    assert after.text.count("data-officer") == 1
    assert "Datenschutz: Protokoll durchsucht" in after.text
    assert "Beschwerde" in after.text
    assert "Data protection: log searched" in english.text
    assert WHY["reason"] not in after.text


@pytest.mark.parametrize("language", list(Language))
def test_every_word_of_a_closed_set_has_its_sentence(language: Language) -> None:
    keys = {f"event.{each}" for each in EventKind} | {f"outcome.{each}" for each in Outcome}
    keys |= {f"oversight.category.{each}" for each in Category}
    keys |= {f"oversight.actor.{each}" for each in ActorKind}
    keys |= {f"oversight.anomaly.{each}" for each in AnomalyKind}
    keys |= {f"oversight.approval.{each}" for each in Approval}
    keys |= {f"oversight.report.{each}" for each in ReportKind}
    keys |= {f"oversight.asked_by.{each}" for each in AskedBy}
    keys |= {f"oversight.refusal.{each}" for each in Refusal}
    keys |= {f"oversight.hold.{each}" for each in HoldGround}
    keys |= {f"export.state_{each}" for each in State}
    keys |= {f"oversight.recipient.{each}" for each in Recipient}

    assert keys - set(words(language)) == set()
