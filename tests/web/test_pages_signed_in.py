"""The pages behind the sign-in, filled by the real service, without a script."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from uuid import uuid4

import httpx2
import pytest

from tests.doubles.lying_provider import ORIGIN
from tests.service import Whole

FORMS = {"origin": ORIGIN, "accept": "text/html"}
ASKED = "Wann kommt mein Geld und wie viel ist es?"


@dataclass(frozen=True)
class Visit:
    """Somebody's browser without JavaScript."""

    client: httpx2.AsyncClient
    token: str

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path, headers={"accept": "text/html"})

    async def send(self, path: str, **fields: str) -> httpx2.Response:
        form = {"form_token": self.token, **fields}
        return await self.client.post(path, data=form, headers=FORMS)

    async def ask(self, question: str) -> httpx2.Response:
        sent = await self.send("/ask", question=question)
        assert sent.status_code == 303, sent.text
        return await self.get(sent.headers["location"])


@pytest.fixture
async def visit(whole: Whole) -> AsyncIterator[Visit]:
    """Signed in, bound to a case, acting for oneself."""
    ref, _ = await whole.push()
    who = await whole.bound(ref)
    async with whole.browser() as client:
        await whole.sign_in(client, who)
        page = await client.get("/ask", headers={"accept": "text/html"})
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found is not None, page.text
        yield Visit(client, found[1])


@pytest.fixture
async def stranger(whole: Whole) -> AsyncIterator[Visit]:
    """Signed in and bound to nothing."""
    async with whole.browser() as client:
        await whole.sign_in(client, uuid4().hex)
        page = await client.get("/bind", headers={"accept": "text/html"})
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found is not None, page.text
        yield Visit(client, found[1])


def proxy(whole: Whole, ref: str) -> dict[str, object]:
    """The partner may act for the applicant."""
    return {
        "kind": "PROXY",
        "grantor": {"case": ref, "person": "p1"},
        "grantee": {"case": ref, "person": "p2"},
        "label": "Quittengelee",
        "groups": ["benefit"],
        "actions": ["read", "explain"],
        "evidence": {"kind": "power_of_attorney", "reference": "Bl. 17"},
        "valid_from": (whole.clock() - timedelta(days=1)).isoformat(),
    }


async def bind(whole: Whole, who: Visit) -> None:
    """One more case that this person may act in."""
    ref, _ = await whole.push()
    issued = await whole.call(
        "POST", "/v1/integration/activation-codes", whole.machine(), {"case": ref, "person": "p1"}
    )
    bound = await who.send("/bind", code=issued.json()["code"])
    assert bound.status_code == 303, bound.text


class TestAsking:
    async def test_the_answer_shows_its_sources_what_was_used_and_its_receipt(
        self, visit: Visit
    ) -> None:
        shown = await visit.ask(ASKED)

        text = unescape(shown.text)
        assert shown.status_code == 200
        for part in (
            "Worauf die Antwort beruht",
            "benefit.next_payment.amount",
            'data-field="benefit.next_payment"',
            "Es ging nichts an ein Sprachprogramm",
            "/log/bergstrasse/checkpoint",
            "/receipt",
        ):
            assert part in text, part

    async def test_nobody_else_can_open_it(self, visit: Visit, stranger: Visit) -> None:
        sent = await visit.send("/ask", question=ASKED)

        there = await stranger.get(sent.headers["location"])
        missing = await visit.get(f"/answers/{uuid4()}")
        nonsense = await visit.get("/answers/nonsense")

        assert there.headers.get("location") == "/bind"
        assert (missing.status_code, nonsense.status_code) == (404, 404)

    @pytest.mark.parametrize("path", ["/ask", "/preview"])
    async def test_a_question_that_does_not_fit_is_handed_back(
        self, visit: Visit, path: str
    ) -> None:
        long = await visit.send(path, question="ä" * 1001)
        empty = await visit.send(path, question="  \r\n ")

        assert (long.status_code, empty.status_code) == (422, 422)
        assert "ä" * 1001 in long.text
        assert "Bitte schreiben Sie Ihre Frage" in empty.text

    async def test_a_preview_shows_the_masked_question_and_each_field(self, visit: Visit) -> None:
        shown = await visit.send(
            "/preview", question="Meine IBAN ist DE02120300000000202051. Bekomme ich Mehrbedarf?"
        )

        masked = re.search(r'id="redacted">([^<]*)<', shown.text)
        assert masked is not None
        assert "DE02120300000000202051" not in masked[1]
        assert 'data-field="benefit.additional_needs"' in shown.text

    async def test_the_script_of_the_preview_gets_the_question_back_to_ask_it_with_stages(
        self, visit: Visit
    ) -> None:
        back = await visit.send("/ask", question=ASKED, show="stages")
        empty = await visit.send("/ask", question=" ", show="stages")
        other = await visit.send("/ask", question=ASKED, show="elsewhere")

        assert back.status_code == 200
        assert 'data-start="yes"' in back.text
        assert f">{ASKED}</textarea>" in back.text
        assert 'data-start="yes"' not in (await visit.get("/ask")).text
        assert (empty.status_code, other.status_code) == (422, 422)
        assert 'data-start="yes"' not in empty.text

    async def test_a_form_without_its_token_does_nothing(self, visit: Visit) -> None:
        for path in ("/ask", "/preview", "/mandates", "/bind", "/consents"):
            forged = Visit(visit.client, "f" * 64)
            answer = await forged.send(
                path,
                question=ASKED,
                mandate=str(uuid4()),
                code="A" * 16,
                field="benefit.additional_needs",
                purpose="answer_own_question",
            )

            assert answer.status_code in {401, 422}, path
            assert "location" not in answer.headers


class TestChoicesBesideFields:
    """A consent is decided only about what the mandate's own consent governs."""

    BOX = 'id="consent-benefit.additional_needs-answer_own_question"'

    async def test_what_rests_on_ones_own_consent_has_a_choice(self, visit: Visit) -> None:
        answer = await visit.ask("Bekomme ich einen Mehrbedarf?")
        preview = await visit.send("/preview", question="Bekomme ich einen Mehrbedarf?")

        assert answer.text.count(self.BOX) == preview.text.count(self.BOX) == 1

    async def test_what_is_somebody_elses_has_none(self, visit: Visit) -> None:
        answer = await visit.ask("Bekommt Bo einen Mehrbedarf?")
        preview = await visit.send("/preview", question="Bekommt Bo einen Mehrbedarf?")

        assert 'data-reason="other_person"' in answer.text
        for shown in (answer, preview):
            assert 'data-field="benefit.additional_needs"' in shown.text
            assert self.BOX not in shown.text

    async def test_an_answer_opened_for_another_case_offers_none_and_keeps_its_labels(
        self, whole: Whole, stranger: Visit
    ) -> None:
        await bind(whole, stranger)
        sent = [
            await stranger.send("/ask", question=question)
            for question in ("Bekomme ich einen Mehrbedarf?", ASKED)
        ]
        before = [await stranger.get(each.headers["location"]) for each in sent]
        first = re.search(r'name="mandate" value="([^"]+)"', (await stranger.get("/mandates")).text)
        await bind(whole, stranger)
        offered = re.findall(
            r'name="mandate" value="([^"]+)"', (await stranger.get("/mandates")).text
        )
        assert first is not None
        (other,) = set(offered) - {first[1]}
        await stranger.send("/mandates", mandate=other)

        after = [await stranger.get(each.headers["location"]) for each in sent]

        assert self.BOX in before[0].text
        assert [each.status_code for each in after] == [200, 200]
        assert self.BOX not in after[0].text
        for then, now in zip(before, after, strict=True):
            whose = [
                re.findall(r'<span class="muted">([^<]+)</span></p>', p.text) for p in (then, now)
            ]
            assert whose[0]
            assert whose[0] == whose[1]


class TestActing:
    async def test_whoever_is_bound_to_nothing_is_led_to_the_code(self, stranger: Visit) -> None:
        for path in ("/ask", "/fields", "/consents", "/mandates"):
            assert (await stranger.get(path)).headers["location"] == "/bind"
        for path in ("/ask", "/preview"):
            assert (await stranger.send(path, question=ASKED)).headers["location"] == "/bind"

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [("AB", "Bitte geben Sie den ganzen Code ein"), ("A" * 16, "Dieser Code ist unbekannt")],
    )
    async def test_a_code_that_does_not_fit_is_not_repeated(
        self, stranger: Visit, code: str, sentence: str
    ) -> None:
        answer = await stranger.send("/bind", code=code)

        assert answer.status_code == 422
        assert sentence in answer.text
        assert f'"{code}"' not in answer.text

    async def test_a_code_from_the_letter_opens_the_case(
        self, whole: Whole, stranger: Visit
    ) -> None:
        ref, _ = await whole.push()
        issued = await whole.call(
            "POST",
            "/v1/integration/activation-codes",
            whole.machine(),
            {"case": ref, "person": "p1"},
        )

        bound = await stranger.send("/bind", code=f" {issued.json()['code'].lower()} ")

        assert bound.headers["location"] == "/mandates"
        assert (await stranger.get("/ask")).status_code == 200

    async def test_choosing_gives_the_session_a_new_ticket(self, visit: Visit) -> None:
        page = await visit.get("/mandates")
        mandate = re.search(r'name="mandate" value="([^"]+)"', page.text)
        assert mandate is not None

        chosen = await visit.send("/mandates", mandate=mandate[1])

        assert chosen.headers["location"] == "/ask"
        assert chosen.headers["set-cookie"].startswith("__Host-klarfall=bergstrasse.")
        assert (await visit.get("/session")).status_code == 200

    async def test_whoever_may_act_in_two_cases_chooses_first(
        self, whole: Whole, stranger: Visit
    ) -> None:
        for _ in range(2):
            ref, _ids = await whole.push()
            code = await whole.call(
                "POST",
                "/v1/integration/activation-codes",
                whole.machine(),
                {"case": ref, "person": "p1"},
            )
            await stranger.send("/bind", code=code.json()["code"])

        first = await stranger.get("/ask")
        offered = re.findall(
            r'name="mandate" value="([^"]+)"', (await stranger.get("/mandates")).text
        )
        await stranger.send("/mandates", mandate=offered[1])
        then = await stranger.get("/ask")

        assert first.headers["location"] == "/mandates"
        assert len(offered) == 2
        assert then.status_code == 200
        assert "Wechseln" in then.text

    async def test_after_a_password_alone_no_page_names_the_one_acted_for(
        self, whole: Whole
    ) -> None:
        ref, _ = await whole.push()
        recorded = await whole.call(
            "PUT", f"/v1/integration/mandates/m-{ref}", whole.machine(), proxy(whole, ref)
        )
        assert recorded.status_code == 200, recorded.text
        who = await whole.bound(ref, "p2")
        shown = {}
        for acr in ("substantial", "basic"):
            whole.liar.acr = acr
            async with whole.browser() as client:
                await whole.sign_in(client, who)
                pages = [
                    await client.get(path, headers={"accept": "text/html"})
                    for path in ("/mandates", "/session")
                ]
            assert [page.status_code for page in pages] == [200, 200]
            shown[acr] = "".join(page.text for page in pages)
        whole.liar.acr = "substantial"

        assert "Quittengelee" in shown["substantial"]
        assert "Quittengelee" not in shown["basic"]
        assert "eine andere Person" in shown["basic"]

    async def test_somebody_elses_mandate_cannot_be_chosen(self, visit: Visit) -> None:
        assert (await visit.send("/mandates", mandate=str(uuid4()))).status_code == 404


class TestDeciding:
    FORM = {  # noqa: RUF012  # never changed
        "field": "benefit.additional_needs",
        "purpose": "answer_own_question",
        "notice": "special_to_model",
        "notice_language": "de",
        "back": "/consents",
    }

    async def test_a_consent_is_given_and_withdrawn_and_both_are_history(
        self, visit: Visit
    ) -> None:
        place = "#consent-benefit.additional_needs-answer_own_question"

        given = await visit.send("/consents", **self.FORM, decision="granted")
        with_consent = (await visit.get("/consents")).text
        taken = await visit.send("/consents", **self.FORM, decision="withdrawn")
        without = (await visit.get("/consents")).text

        assert given.headers["location"] == taken.headers["location"] == f"/consents{place}"
        assert 'id="granted"' in with_consent
        assert 'id="granted"' not in without
        history = without[without.index('id="history"') :]
        assert history.index("widerrufen") < history.index("erlaubt")

    async def test_the_way_back_leads_to_a_page_of_ours(self, visit: Visit) -> None:
        for back in ("//elsewhere.example/x", "/answers/../logout", "https://elsewhere.example"):
            answer = await visit.send(
                "/consents", **{**self.FORM, "back": back}, decision="refused"
            )

            assert answer.headers["location"].startswith("/consents#")

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"field": "no.such"}, 404),
            ({"field": "benefit.next_payment"}, 409),
            ({"notice": "older"}, 409),
            ({"purpose": "no_such"}, 404),
            ({"more": "x"}, 422),
        ],
    )
    async def test_a_decision_about_nothing_is_refused_as_a_page(
        self, visit: Visit, changed: dict[str, str], status: int
    ) -> None:
        answer = await visit.send("/consents", **{**self.FORM, **changed}, decision="granted")

        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")

    async def test_my_data_lists_every_field_with_its_ground_and_no_value(
        self, whole: Whole, visit: Visit
    ) -> None:
        text = unescape((await visit.get("/fields")).text)

        listed = set(re.findall(r'data-field="([^"]+)"', text))
        assert listed == {field.name for field in whole.parts.rulebook.catalogue}
        assert "Art. 15 DSGVO, § 83 SGB X" in text
        assert "DE0" not in text
