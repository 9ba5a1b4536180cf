"""The officer's desk over HTTP: a reason first, then what the log says, and never a case."""

import json
from datetime import timedelta
from secrets import token_hex
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.audit.events import Actor, ActorKind, Category, Event, EventKind
from app.audit.verification import verify_receipt
from app.oversight.bundles import verify_bundle
from app.vocabulary.ids import TenantId
from tests.oversight.conftest import REASON, Desk, Used, payloads
from tests.parties import BERGSTRASSE
from tests.refuge import CANARIES, trail
from tests.service import OFFICER, OUR_CALL, Whole

MAIN_KINZIG = TenantId("main-kinzig")
ROUTES = [
    ("GET", "/entries", None),
    ("GET", f"/entries/{UUID(int=1)}", None),
    ("GET", "/anomalies", None),
    ("GET", "/requests", None),
    ("GET", "/reports/processing-record", None),
    ("GET", "/reports/dpia", None),
    ("POST", "/exports", {"entries": [str(UUID(int=1))]}),
    ("DELETE", "/sessions/current", None),
]


class TestAReasonFirst:
    @pytest.mark.parametrize(("method", "path", "body"), ROUTES)
    async def test_nothing_is_shown_before_somebody_said_why(
        self, desk: Desk, method: str, path: str, body: object
    ) -> None:
        """AZ-10"""
        before = await desk.call(method, path, body)
        await desk.begin()
        after = await desk.call(method, path, body)

        assert (before.status_code, before.json()["code"]) == (409, "conflict")
        assert after.status_code in {200, 204, 404}

    @pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("POST", "/sessions", REASON)])
    async def test_who_is_no_officer_finds_nothing_here(
        self, whole: Whole, method: str, path: str, body: object
    ) -> None:
        """AZ-10: a citizen, a program and nobody; the accepted twin is the test above."""
        url = f"/v1/oversight{path}"
        citizen = await whole.call(method, url, whole.citizen(token_hex(6)), body)
        program = await whole.call(method, url, whole.machine(), body)
        nobody = await whole.call(method, url, None, body)

        assert [citizen.status_code, program.status_code, nobody.status_code] == [404, 401, 401]

    async def test_a_reason_holds_for_an_hour_and_no_longer(self, whole: Whole, desk: Desk) -> None:
        await desk.begin()
        whole.clock.forward(timedelta(minutes=59))
        within = await desk.call("GET", "/entries")
        whole.clock.forward(timedelta(minutes=2))
        after = await desk.call("GET", "/entries")

        assert (within.status_code, after.status_code) == (200, 409)

    async def test_an_ended_one_holds_no_more(self, desk: Desk) -> None:
        await desk.begin()
        ended = await desk.call("DELETE", "/sessions/current")
        after = await desk.call("GET", "/entries")

        assert (ended.status_code, after.status_code) == (204, 409)

    async def test_one_of_a_token_is_not_one_of_a_browser_and_the_other_way_round(
        self, whole: Whole, desk: Desk
    ) -> None:
        await desk.begin()
        async with whole.browser() as browser:
            await whole.sign_in(browser, OFFICER)
            lent = await browser.get(
                "/v1/oversight/entries",
                headers=OUR_CALL | {"klarfall-oversight": str(desk.session)},
            )
            begun = await browser.post("/v1/oversight/sessions", json=REASON, headers=OUR_CALL)
            own = await browser.get("/v1/oversight/entries", headers=OUR_CALL)
        desk.session = begun.json()["id"]
        back = await desk.call("GET", "/entries")

        assert [lent.status_code, own.status_code, back.status_code] == [409, 200, 409]

    async def test_a_browsers_call_from_elsewhere_begins_nothing(self, whole: Whole) -> None:
        """SE-09"""
        async with whole.browser() as browser:
            await whole.sign_in(browser, OFFICER)
            forged = await browser.post("/v1/oversight/sessions", json=REASON)
            begun = await browser.post("/v1/oversight/sessions", json=REASON, headers=OUR_CALL)

        assert (forged.status_code, begun.status_code) == (401, 201)

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param({"category": "curiosity"}, id="category"),
            pytest.param({"reason": "kurz"}, id="short"),
            pytest.param({"reason": " " * 20}, id="blank"),
            pytest.param({"reason": "a" * 501}, id="long"),
            pytest.param({"more": "x"}, id="member"),
        ],
    )
    async def test_a_reason_that_is_none_is_refused(
        self, desk: Desk, change: dict[str, str]
    ) -> None:
        refused = await desk.call("POST", "/sessions", REASON | change)
        begun = await desk.call("POST", "/sessions", REASON)

        assert (refused.status_code, begun.status_code) == (422, 201)

    async def test_the_words_are_sealed_and_the_log_has_the_category_alone(
        self, whole: Whole, desk: Desk
    ) -> None:
        canary = f"Quittengelee {token_hex(6)}"
        await desk.begin(category="incident", reason=canary, file_number="BG-0815-4711")
        async with whole.parts.database.transaction(BERGSTRASSE) as tx:
            rows = (await tx.execute(text("SELECT t::text FROM oversight_sessions t"))).scalars()
            stored = "\n".join(rows)
        await desk.settled()
        opened = payloads(await desk.entries(event="oversight_opened"))
        (newest,) = [each for each in opened if each["about"] == desk.session]

        assert desk.session is not None
        assert desk.session in stored
        assert canary not in stored
        assert canary.encode().hex() not in stored
        assert "4711" not in json.dumps(newest)
        assert canary not in json.dumps(newest)
        assert newest["category"] == "incident"
        assert newest["actor"]["kind"] == "officer"
        assert canary not in whole.logged.getvalue()


class TestSearching:
    async def test_a_person_is_found_by_the_offices_own_reference(
        self, desk: Desk, used: Used
    ) -> None:
        await desk.begin()
        found = payloads(await desk.entries(case=used.ref, person="p1"))
        other = payloads(await desk.entries(case=used.ref, person="p2", event="released"))
        missing = await desk.call("GET", "/entries", case=used.ref, person="p9")

        assert {"released", "answered", "binding_created"} <= {each["event"] for each in found}
        assert other == []
        assert missing.status_code == 404
        times = [each["at"] for each in found]
        assert times == sorted(times, reverse=True)

    @pytest.mark.parametrize(
        ("wanted", "other"),
        [
            ({"field": "appointment.next"}, {"field": "person.bank_account"}),
            ({"purpose": "answer_own_question"}, {"purpose": "statistics"}),
            ({"event": "released"}, {"event": "exported"}),
            ({"outcome": "answered"}, {"outcome": "crisis"}),
            ({"actor": "person"}, {"actor": "client"}),
        ],
        ids=["field", "purpose", "event", "outcome", "actor"],
    )
    async def test_each_filter_finds_what_fits_and_nothing_else(
        self, desk: Desk, used: Used, wanted: dict[str, str], other: dict[str, str]
    ) -> None:
        await desk.begin()
        whose = {"case": used.ref, "person": "p1"}
        all_of_them = payloads(await desk.entries(**whose))
        found = payloads(await desk.entries(**whose, **wanted))
        rest = payloads(await desk.entries(**whose, **other))

        assert 0 < len(found) < len(all_of_them)
        assert len(rest) < len(found)
        assert not [each for each in rest if each in found]

    async def test_time_and_policy_bound_it(self, whole: Whole, desk: Desk, used: Used) -> None:
        await desk.begin()
        whose = {"case": used.ref, "person": "p1"}
        now = whole.clock()
        policy = whole.parts.pipeline.gate.policies.digest
        found = await desk.entries(**whose, policy=policy, until=now.isoformat())
        early = await desk.entries(**whose, until=(now - timedelta(hours=3)).isoformat())
        other = await desk.entries(**whose, policy="0" * 64)
        turned = await desk.call(
            "GET", "/entries", since=now.isoformat(), until="2020-01-01T00:00Z"
        )

        assert found["entries"]
        assert early["entries"] == []
        assert other["entries"] == []
        assert turned.status_code == 422

    async def test_pages_go_on_where_the_last_ended_and_nothing_comes_twice(
        self, desk: Desk, used: Used
    ) -> None:
        await desk.begin()
        whose = {"case": used.ref, "person": "p1"}
        whole_list = [each["entry"] for each in (await desk.entries(**whose))["entries"]]
        before: int | None = None
        paged: list[str] = []
        for _ in range(len(whole_list) + 2):
            query: dict[str, Any] = {} if before is None else {"before": before}
            page = await desk.entries(**whose, most=2, **query)
            assert len(page["entries"]) <= 2
            paged += [each["entry"] for each in page["entries"]]
            before = page["next"]
            if before is None:
                break

        # Each search is an entry about the person as well.
        assert set(whole_list) <= set(paged)
        assert len(set(paged)) == len(paged)

    async def test_each_search_is_logged_with_its_hits_and_on_the_persons_list(
        self, whole: Whole, desk: Desk, used: Used
    ) -> None:
        await desk.begin()
        found = await desk.entries(case=used.ref, person="p1", event="released")
        searched = await trail(whole, "oversight_searched", used.ids["p1"])
        own = await whole.call("GET", "/v1/me/access-log", whole.citizen(used.who))

        assert [each["hits"] for each in searched] == [len(found["entries"])]
        assert searched[0]["category"] == "complaint"
        (told,) = own.json()["officers"]
        assert (told["event"], told["category"]) == ("oversight_searched", "complaint")
        assert told["entries"] == len(found["entries"])
        assert OFFICER not in own.text

    async def test_nothing_of_a_case_is_in_what_an_officer_gets(
        self, desk: Desk, used: Used
    ) -> None:
        """AZ-10"""
        await desk.begin()
        found = await desk.call("GET", "/entries", case=used.ref, person="p1")
        entry = await desk.call("GET", f"/entries/{used.answer['receipt']['entry']}")

        for answer in (found, entry):
            assert answer.status_code == 200
            assert [canary for canary in CANARIES if canary in answer.text] == []
            assert "Termin" not in answer.text

    async def test_an_entry_of_another_office_is_not_there(self, desk: Desk) -> None:
        event = Event(
            kind=EventKind.SCHEMA_READ,
            at=desk.whole.clock(),
            actor=Actor(kind=ActorKind.SERVICE),
        )
        (own,) = await desk.planted(event)
        (theirs,) = await desk.planted(event, tenant=MAIN_KINZIG)
        await desk.begin()

        found = await desk.call("GET", f"/entries/{own}")
        missing = await desk.call("GET", f"/entries/{uuid4()}")
        hidden = await desk.call("GET", f"/entries/{theirs}")
        listed = await desk.entries()

        assert found.status_code == 200
        assert hidden.status_code == missing.status_code == 404
        assert hidden.json()["code"] == missing.json()["code"]
        assert str(own) in {each["entry"] for each in listed["entries"]}
        assert str(theirs) not in {each["entry"] for each in listed["entries"]}


async def test_an_entry_comes_with_its_decision_and_a_proof_that_holds_offline(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin()
    answer = await desk.call("GET", f"/entries/{used.answer['receipt']['entry']}")
    vkey = whole.parts.reader.vkey(BERGSTRASSE)

    verified = verify_receipt(answer.content, vkey)

    assert str(verified.entry) == used.answer["receipt"]["entry"]
    decisions = answer.json()["payload"]["decisions"]
    assert any(each["field"] == "appointment.next" and each["basis"] for each in decisions)
    (read,) = await trail(whole, "oversight_entry_read", used.ids["p1"])
    assert read["hits"] == 1


async def test_a_bundle_verifies_offline_with_the_key_alone(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin(category="request_of_authority")
    found = await desk.entries(case=used.ref, person="p1")
    wanted = [each["entry"] for each in found["entries"]]
    made = await desk.call("POST", "/exports", {"entries": wanted})

    verified = verify_bundle(made.content, whole.parts.reader.vkey(BERGSTRASSE))

    assert made.status_code == 200
    assert [str(each) for each in verified.entries] == wanted
    assert verified.category is Category.REQUEST_OF_AUTHORITY
    (exported,) = await trail(whole, "oversight_exported", used.ids["p1"])
    assert exported["hits"] == len(wanted)
    assert exported["entry"] == made.json()["bundle"]["recorded_as"]


async def test_a_bundle_of_an_entry_that_is_not_there_is_none(desk: Desk, used: Used) -> None:
    await desk.begin()
    entry = used.answer["receipt"]["entry"]
    missing = await desk.call("POST", "/exports", {"entries": [entry, str(uuid4())]})
    made = await desk.call("POST", "/exports", {"entries": [entry]})

    assert (missing.status_code, made.status_code) == (404, 200)


@pytest.mark.parametrize(
    ("kind", "article"), [("processing-record", "Art. 30"), ("dpia", "Art. 35")], ids=["30", "35"]
)
async def test_the_reports_come_with_digest_and_approval(
    desk: Desk, kind: str, article: str
) -> None:
    await desk.begin()
    german = (await desk.call("GET", f"/reports/{kind}")).json()
    english = (await desk.call("GET", f"/reports/{kind}", language="en")).json()

    assert german["document"]["law"].startswith(article)
    assert german["document"] != english["document"]
    assert german["digest"] == english["digest"]
    assert german["approval"] == "never_approved"
