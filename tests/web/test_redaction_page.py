"""The page where a data protection officer tries out what would be masked, and who may not."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from uuid import uuid4

import httpx2
import psycopg
import pytest
from psycopg import sql

from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.vocabulary.levels import Language
from app.web.pages.redacting import LONGEST_TEXT, MOST_NAMES
from app.web.pages.wording import words
from tests.doubles.lying_provider import ORIGIN
from tests.service import OFFICER, OUR_CALL, Whole

FORMS = {"origin": ORIGIN, "accept": "text/html"}
HTML = {"accept": "text/html"}
TEXT = "Ich heiße Sabine Okafor, IBAN DE02 1203 0000 0000 2020 51."
MARKED = re.compile(r'<mark data-kind="(\w+)" data-layer="(\w+)">(.*?)<span', re.DOTALL)


@dataclass(frozen=True)
class Officer:
    client: httpx2.AsyncClient
    token: str

    async def tries(self, text: str, **fields: str) -> httpx2.Response:
        form = {"form_token": self.token, "text": text, **fields}
        return await self.client.post("/redaction", data=form, headers=FORMS)


@pytest.fixture
async def officer(whole: Whole) -> AsyncIterator[Officer]:
    async with whole.browser() as client:
        await whole.sign_in(client, OFFICER)
        page = await client.get("/redaction", headers=HTML)
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found is not None, page.text
        yield Officer(client, found[1])


@pytest.fixture
async def citizen(whole: Whole) -> AsyncIterator[Officer]:
    """Somebody else, with a form token of their own."""
    async with whole.browser() as client:
        await whole.sign_in(client, uuid4().hex)
        page = await client.get("/bind", headers=HTML)
        found = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert found is not None, page.text
        yield Officer(client, found[1])


def by_mode(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """Kind, layer and text of what each mode marks."""
    parts = re.split(r'data-mode="(\w+)"', page)[1:]
    return {
        mode: [(kind, layer, unescape(text)) for kind, layer, text in MARKED.findall(part)]
        for mode, part in zip(parts[::2], parts[1::2], strict=True)
    }


class TestWhoMaySeeIt:
    async def test_an_officer_sees_it_and_what_happens_to_the_text(self, officer: Officer) -> None:
        shown = await officer.client.get("/redaction", headers=HTML)

        assert shown.status_code == 200
        assert "weder gespeichert noch protokolliert" in shown.text
        assert 'action="/logout"' in shown.text

    async def test_nobody_is_sent_to_sign_in_and_led_back(self, whole: Whole) -> None:
        shown = await whole.call("GET", "/redaction", HTML)
        start = await whole.call("GET", "/?next=/redaction", HTML)

        assert shown.status_code == 401
        assert 'href="/?next=/redaction#sign-in"' in shown.text
        assert "/login?tenant=bergstrasse&amp;next=/redaction" in start.text

    async def test_a_citizen_is_not_told_that_it_is_there(self, citizen: Officer) -> None:
        """AZ-10: the same answer as for an address that does not exist."""
        shown = await citizen.client.get("/redaction", headers=HTML)
        sent = await citizen.tries(TEXT)
        missing = await citizen.client.get("/nowhere", headers=HTML)

        assert (shown.status_code, sent.status_code) == (404, 404)
        assert "Okafor" not in sent.text
        assert missing.status_code == 404

    async def test_an_access_token_opens_it_for_nobody(self, whole: Whole) -> None:
        shown = await whole.call("GET", "/redaction", whole.citizen(OFFICER))

        assert shown.status_code == 401

    async def test_a_form_of_another_site_tries_nothing(self, officer: Officer) -> None:
        form = {"form_token": officer.token, "text": TEXT}
        sent = await officer.client.post(
            "/redaction", data=form, headers={**FORMS, "origin": "https://elsewhere.example"}
        )

        assert sent.status_code == 401

    async def test_an_officer_is_nobodys_citizen(self, officer: Officer, whole: Whole) -> None:
        """AZ-10: no page and no route of citizens serves this account, whatever it is bound to."""
        ref, _ = await whole.push()
        issued = await whole.call(
            "POST",
            "/v1/integration/activation-codes",
            whole.machine(),
            {"case": ref, "person": "p1"},
        )
        code = issued.json()["code"]
        bind = {"form_token": officer.token, "code": code}

        page = await officer.client.get("/ask", headers=HTML)
        bound = await officer.client.post("/bind", data=bind, headers=FORMS)
        own = await officer.client.get("/v1/me", headers=OUR_CALL)
        by_token = await whole.call(
            "POST", "/v1/bindings", whole.citizen(OFFICER), {"activation_code": code}
        )
        start = await officer.client.get("/", headers=HTML)

        assert [page.status_code, bound.status_code, own.status_code] == [401, 401, 401]
        assert "Dieses Konto sieht keine Akte" in unescape(page.text)
        assert 'href="/redaction"' in page.text
        assert by_token.status_code == 401
        assert start.status_code == 200
        assert await whole.bound(ref)

    async def test_an_officer_can_sign_out(self, officer: Officer) -> None:
        out = await officer.client.post(
            "/logout", data={"form_token": officer.token}, headers=FORMS
        )

        assert out.status_code == 200
        assert (await officer.client.get("/redaction", headers=HTML)).status_code == 401


class TestWhatItShows:
    async def test_both_modes_mark_what_they_mask_with_kind_and_layer(
        self, officer: Officer
    ) -> None:
        shown = await officer.tries(TEXT)

        found = by_mode(shown.text)
        assert shown.status_code == 200
        assert list(found) == ["fast", "recall"]
        for marks in found.values():
            assert marks == [
                ("PERSON", "announced", "Sabine Okafor"),
                ("IBAN", "identifiers", "DE02 1203 0000 0000 2020 51"),
            ]
        assert "⟦PERSON-1⟧" in shown.text
        assert "Ihr Text wird weder gespeichert" in shown.text

    async def test_a_name_that_the_file_knows_is_found_by_that_layer(
        self, officer: Officer
    ) -> None:
        without = await officer.tries("Gestern war Quittengelee da.")
        shown = await officer.tries("Gestern war Quittengelee da.", names="Mia Quittengelee\r\n")

        assert by_mode(shown.text)["fast"] == [("PERSON", "known", "Quittengelee")]
        assert "known" not in {layer for _, layer, _ in by_mode(without.text)["fast"]}

    async def test_markup_stays_text(self, officer: Officer) -> None:
        shown = await officer.tries("<script>alert(1)</script> Ich heiße Sabine <b>Okafor</b>.")

        assert "<script>alert" not in shown.text
        assert "<b>" not in shown.text

    async def test_text_without_anything_to_mask_says_so(self, officer: Officer) -> None:
        shown = await officer.tries("Wie hoch ist der Regelbedarf?")

        assert "wurde nichts gefunden" in shown.text

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            pytest.param({"text": " \r\n "}, "redaction.empty", id="empty"),
            pytest.param({"text": "a" * (LONGEST_TEXT + 1)}, "redaction.too_long", id="long"),
            pytest.param(
                {"text": "x", "names": "a\n" * (MOST_NAMES + 1)}, "redaction.too_many", id="names"
            ),
        ],
    )
    async def test_what_does_not_fit_is_handed_back_with_a_sentence(
        self, officer: Officer, fields: dict[str, str], sentence: str
    ) -> None:
        fitting = await officer.tries("ä" * 1_000)
        shown = await officer.tries(**fields)

        assert (fitting.status_code, shown.status_code) == (200, 422)
        assert words(Language.DE).say(sentence) in unescape(shown.text)
        assert "data-mode" not in shown.text

    async def test_it_speaks_english(self, officer: Officer) -> None:
        await officer.client.get("/redaction?lang=en", headers=HTML)
        shown = await officer.tries("My name is Olu Adeyemi.", spoken="en")

        assert '<html lang="en"' in shown.text
        assert "What would be masked" in shown.text
        assert "Olu Adeyemi" in {text for _, _, text in by_mode(shown.text)["recall"]}

    @pytest.mark.parametrize("language", list(Language))
    def test_every_kind_and_layer_has_its_words(self, language: Language) -> None:
        keys = {f"kind.{kind}" for kind in Kind} | {f"redaction.layer.{each}" for each in Layer}

        assert keys <= set(words(language))


async def test_nothing_of_a_text_is_stored_or_logged(
    officer: Officer, whole: Whole, superuser_url: str
) -> None:
    canary = "Quittengelee"

    shown = await officer.tries(f"Ich heiße Mia {canary}.", names=f"Tim {canary}")

    assert canary in shown.text
    assert shown.headers["cache-control"] == "no-store"
    assert canary not in whole.logged.getvalue()
    rows = everything_stored(superuser_url, whole)
    assert "bergstrasse" in rows
    assert canary not in rows
    assert canary.encode().hex() not in rows


def everything_stored(superuser_url: str, whole: Whole) -> str:
    """Every row of every table of the database this service is on, as its owner reads them."""
    name = whole.parts.database._engine.url.database
    url = superuser_url.rpartition("/")[0].replace("+psycopg", "") + f"/{name}"
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        query = sql.SQL("SELECT t::text FROM {} t")
        return "\n".join(
            row
            for (table,) in tables
            for (row,) in connection.execute(query.format(sql.Identifier(table))).fetchall()
        )
