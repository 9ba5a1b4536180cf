"""Where a value goes, and where it never goes.

A case in which every value is unique is pushed, and both adults of it ask about everything, of
services with a model of each kind beside them. Then every place that could hold a value is
searched: prompts, logs, spans, metrics, errors, rows of the database, and what each of the two
was shown.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import httpx2
import psycopg
import pytest
import yaml
from jsonschema import Draft202012Validator
from psycopg import sql

from tests.doubles.model_server import Mode, ModelServer
from tests.fixtures import ROOT
from tests.system.callers import Browser, Citizen, Integrator, Json
from tests.system.canaries import IDENTIFIERS, Aviary, Canary, fields_of
from tests.system.recorder import Recorder
from tests.system.running import System

ADULTS = ("p1", "p2")
PURPOSES = ("answer_own_question", "explain_decision")
EVERYTHING = (
    "Wann kommt mein Geld? Wie setzt sich mein Betrag zusammen? Was steht im letzten Bescheid? "
    "Wie wird mein Einkommen angerechnet? Welche Abzüge gibt es? Warum wurde ich sanktioniert? "
    "Was ist von der Miete anerkannt? Wie hoch ist mein Regelbedarf? Wie ist gerechnet worden?"
)
SPECIAL = ("benefit.additional_needs", "health.work_capacity", "health.pregnancy")


@dataclass
class Asked:
    """One question, the answer, and what was sent to a model meanwhile."""

    who: str
    hosting: str
    acr: str
    answer: Json
    prompts: list[str]

    @property
    def released(self) -> set[tuple[str, str]]:
        """What a model may have been given as it stands, by field."""
        return {
            (each["subject"], each["field"])
            for each in self.answer["used"]
            if each["to_model"] in {"value", "range"}
        }

    @property
    def shown(self) -> set[tuple[str, str]]:
        return {(each["subject"], each["field"]) for each in self.answer["used"]}


@dataclass
class Conversation:
    """Everything that was said, with whom, and the canaries that were in the file."""

    system: System
    aviary: Aviary
    model: ModelServer
    recorder: Recorder
    names: dict[str, str]
    fields: frozenset[str]
    asked: list[Asked] = field(default_factory=list)
    heard: dict[str, list[str]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    pages: dict[str, list[str]] = field(default_factory=dict)

    def ask(self, who: Citizen, ref: str, hosting: str, text: str, **more: str) -> Asked:
        """Whole for one adult, as a stream for the other."""
        before = len(self.model.sent)
        if ref == "p1":
            answer = who.ask(text, **more)
        else:
            events = who.stream(text, **more)
            assert events[-1][0] == "answer", events
            answer = events[-1][1]
        prompts = self.model.sent[before:] + self.model.prompts[before:]
        self.asked.append(Asked(ref, hosting, who.acr, answer, prompts))
        return self.asked[-1]

    def places(self, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
        """Subjects by the names this test gave them."""
        return {(self.names[subject], name) for subject, name in pairs}

    def rows(self) -> str:
        """Every row of every table, as text; bytes in hexadecimal."""
        dumped = []
        with psycopg.connect(self.system.database.superuser_url()) as connection:
            tables = connection.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchall()
            assert len(tables) > 15
            for (name,) in tables:
                query = sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(name))
                dumped += [f"{name}: {row[0]}" for row in connection.execute(query)]
        return "\n".join(dumped)


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with Recorder() as running:
        yield running


@pytest.fixture(scope="module")
def recording() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="module")
def conversation(
    system: System,
    office: Integrator,
    newcomer: Callable[..., Citizen],
    recording: ModelServer,
    recorder: Recorder,
) -> Conversation:
    schema = office.told("GET", "/v1/integration/schema")
    aviary = Aviary(token_hex(8))
    document = aviary.case(schema)
    Draft202012Validator(schema).validate(document)
    ref = f"canaries-{token_hex(4)}"
    filed = office.push(ref, document)
    adults = {each: newcomer(ref, each) for each in ADULTS}
    names = {**{uuid: each for each, uuid in filed["persons"].items()}}
    names[filed["case_id"]] = "household"
    talk = Conversation(system, aviary, recording, recorder, names, fields_of(schema))
    talk.heard = {each: citizen.heard for each, citizen in adults.items()}
    for hosting in ("on_premises", "eu_processor", "third_country"):
        with model_service(system, recording, recorder, hosting) as url:
            converse(talk, {each: one.at(url) for each, one in adults.items()}, hosting)
    with_nothing(talk, adults)
    misbehave(talk, adults, ref)
    return talk


@contextmanager
def model_service(
    system: System, model: ModelServer, recorder: Recorder, hosting: str
) -> Iterator[str]:
    environment = {
        "KLARFALL_MODEL_URL": model.url,
        "KLARFALL_MODEL_NAME": "double",
        "KLARFALL_MODEL_HOSTING": hosting,
        "OTEL_EXPORTER_OTLP_ENDPOINT": recorder.url,
        "OTEL_METRIC_EXPORT_INTERVAL": "1000",
    }
    with system.another(hosting, environment) as url:
        yield url


def converse(talk: Conversation, adults: dict[str, Citizen], hosting: str) -> None:
    """Everything, by both, for their own question and to have the decision explained."""
    house = hosting == "on_premises"
    for ref, who in adults.items():
        if house:
            consent(who, "granted" if ref == "p1" else "refused")
        if house and ref == "p1":
            ask_about_each(talk, who, ref, hosting)
        else:
            for text in combined():
                talk.ask(who, ref, hosting, text)
        for purpose in PURPOSES:
            talk.ask(who, ref, hosting, EVERYTHING, purpose=purpose)
            who.preview(EVERYTHING, purpose=purpose)
        talk.ask(who, ref, hosting, with_names_in_it(talk.aviary, ref))
    talk.model.mode = Mode.OBEDIENT
    for ref, who in adults.items():
        for text in (EVERYTHING, combined()[0]):
            talk.ask(who, ref, hosting, text, purpose="explain_decision")
    talk.model.mode = Mode.WELL_BEHAVED


def with_nothing(talk: Conversation, adults: dict[str, Citizen]) -> None:
    """The service without a model; once more as somebody signed in with an identity card."""
    for ref, who in adults.items():
        strong = Citizen(who.system, who.url, account=who.account, acr="high", heard=who.heard)
        for topic in ("diagnoses", "notes", "name"):
            talk.ask(strong, ref, "no_model", by_topic()[topic][0])
        for path in ("/fields", "/consents"):
            who.told("GET", f"{who.case}{path}", headers=who.named())
        who.told("GET", "/v1/me")
        browser = Browser.signed_in(talk.system, who.account)
        visited = [
            browser.call("GET", p) for p in ("/", "/ask", "/fields", "/consents", "/privacy")
        ]
        talk.pages[ref] = [f"{page.headers}\n{page.text}" for page in visited]
        answers = [each.answer["id"] for each in talk.asked if each.who != ref][:10]
        talk.refused += [who.call("GET", f"/v1/answers/{each}").text for each in answers]
        talk.refused += [browser.call("GET", f"/answers/{each}").text for each in answers]


def misbehave(talk: Conversation, adults: dict[str, Citizen], ref: str) -> None:
    """Requests that fail, with values of the file in them where a caller could know some."""
    second = adults["p2"]
    first = Citizen(second.system, second.url, account=adults["p1"].account)
    known = talk.aviary.one("p1", "person.name").forms[0]
    refused = [
        first.call("POST", f"{first.case}/questions", {"question": known * 80}),
        first.call("POST", f"{first.case}/questions", {"question": known, known: known}),
        first.call("POST", f"{first.case}/questions", content=known.encode()),
        first.call("GET", f"/v1/cases/{known}/fields"),
        first.call("GET", f"{first.case}/consents?language={known}"),
        first.call("PUT", f"{first.case}/consents/{known}/{known}", {"decision": known}),
        first.call("POST", "/v1/bindings", {"activation_code": known}),
        first.call("GET", first.case + "/fields", headers=second.named()),
        first.call("GET", f"/{known}"),
        first.call("POST", f"{first.case}/questions", anonymous=True),
        Integrator(talk.system, talk.system.url).call(
            "PUT", f"/v1/integration/cases/{ref}", {"persons": [{"ref": known}], known: known}
        ),
    ]
    assert all(each.status_code >= 400 for each in refused), [each.status_code for each in refused]
    talk.refused += [f"{each.headers}\n{each.text}" for each in refused]


def by_topic() -> dict[str, list[str]]:
    """What to ask for each topic of the catalogue; the first is German and English by turns."""
    folder = ROOT / "tests" / "corpus" / "intake"
    lines = [
        json.loads(line)
        for name in ("train.jsonl", "test.jsonl")
        for line in (folder / name).read_text().splitlines()
    ]
    found: dict[str, list[str]] = {}
    for each in lines:
        if each["kind"] == "case" and len(each["topics"]) == 1:
            asked = found.setdefault(each["topics"][0], [])
            wanted = ("de", "en")[len(found) % 2]
            asked.insert(0 if each["language"] == wanted else len(asked), each["text"])
    assert len(found) > 50
    return found


def combined() -> list[str]:
    """Three topics in one question."""
    first = [texts[0] for texts in by_topic().values()]
    languages = (first[0::2], first[1::2])
    return [" ".join(each[at : at + 3]) for each in languages for at in range(0, len(each), 3)]


def ask_about_each(talk: Conversation, who: Citizen, ref: str, hosting: str) -> None:
    """One topic at a time, in other words where the first were not understood."""
    sheet = yaml.safe_load((ROOT / "policies" / "topics.yaml").read_text())
    for number, (topic, texts) in enumerate(by_topic().items()):
        for attempt, text in enumerate(texts[:3]):
            purpose = PURPOSES[number % 2 if attempt == 0 else 0]
            asked = talk.ask(who, ref, hosting, text, purpose=purpose)
            if {field for _, field in asked.shown} >= set(sheet[topic]["fields"]):
                break


def with_names_in_it(aviary: Aviary, ref: str) -> str:
    """A question that says who asks, as people do."""
    said = [
        aviary.one(owner, name).forms[0]
        for owner in ("p1", "p2")
        for name in ("person.name", "person.phone", "person.email", "person.customer_number")
    ]
    born = aviary.one(ref, "person.birth_date").forms[1]
    iban = aviary.one(ref, "person.bank_account").forms[0].upper()
    return f"Ich bin {' und '.join(said)}, geboren am {born}, {iban}. Wann kommt mein Geld?"


def consent(who: Citizen, decision: str) -> None:
    for choice in who.told("GET", f"{who.case}/consents", headers=who.named())["choices"]:
        if choice["field"] in SPECIAL:
            path = f"{who.case}/consents/{choice['field']}/{choice['purpose']}"
            body = {"decision": decision, "notice": choice["notice"]}
            who.told("PUT", path, body, headers=who.named())


def test_the_conversation_was_about_everything_and_a_model_was_asked(
    conversation: Conversation,
) -> None:
    used = {name for each in conversation.asked for _, name in each.shown}
    hosted = {each.hosting for each in conversation.asked if each.prompts}

    assert conversation.fields - used == {"file.notes"}
    assert hosted == {"on_premises", "eu_processor"}
    assert len(conversation.aviary.canaries) > 300
    assert {each.field for each in conversation.aviary.canaries} >= conversation.fields - {
        "person.marital_status",
        "benefit.status",
        "employment.status",
    }
    assert any(each.answer["composer"] == "model" for each in conversation.asked)
    assert any(each.released for each in conversation.asked)


def test_a_prompt_holds_no_value_that_was_not_released_to_the_model_as_a_value(
    conversation: Conversation,
) -> None:
    """AZ-03."""
    held = 0
    for each in conversation.asked:
        allowed = conversation.aviary.of(conversation.places(each.released))
        found = set(conversation.aviary.found("\n".join(each.prompts)))
        held += len(found)
        assert found - allowed == set(), (each.hosting, each.answer["text"])
    assert held > 0


def test_a_prompt_never_holds_what_tells_a_person_apart(conversation: Conversation) -> None:
    """AZ-15."""
    found = conversation.aviary.found(conversation.model.everything)
    assert [each for each in found if each.field in IDENTIFIERS] == []


def test_nothing_is_sent_to_a_third_country(conversation: Conversation) -> None:
    asked = [each for each in conversation.asked if each.hosting == "third_country"]
    assert len(asked) > 30
    assert [each for each in asked if each.prompts] == []


def test_logs_hold_no_value(conversation: Conversation) -> None:
    """AP-11."""
    logs = conversation.system.logs()
    assert "request refused" in logs
    assert "database system is ready" in logs
    assert conversation.aviary.found(logs) == []


def test_spans_and_metrics_hold_no_value(conversation: Conversation) -> None:
    recorder = conversation.recorder
    assert {"/v1/traces", "/v1/metrics"} <= set(recorder.paths)
    assert "klarfall.redaction" in recorder.text
    assert "klarfall.stage.duration" in recorder.text
    assert conversation.aviary.found(recorder.text) == []


def test_errors_hold_no_value(conversation: Conversation) -> None:
    assert len(conversation.refused) > 20
    assert conversation.aviary.found("\n".join(conversation.refused)) == []


def test_rows_hold_no_value_in_clear(conversation: Conversation) -> None:
    rows = conversation.rows()
    assert "case_values: (bergstrasse," in rows
    assert conversation.aviary.found(rows) == []


def test_an_answer_holds_no_value_its_release_does_not_name(conversation: Conversation) -> None:
    held = 0
    for each in conversation.asked:
        allowed = conversation.aviary.of(conversation.places(each.shown))
        found = set(conversation.aviary.found(json.dumps(each.answer, ensure_ascii=False)))
        held += len(found)
        assert found - allowed == set(), each.answer["text"]
    assert held > 500


@pytest.mark.parametrize("ref", ADULTS)
def test_nobody_is_shown_another_members_values(conversation: Conversation, ref: str) -> None:
    """AZ-15: Not by any call or page at all, whatever the answer says of itself."""
    heard = "\n".join(conversation.heard[ref] + conversation.pages[ref])
    owners = {each.owner for each in conversation.aviary.found(heard)}
    assert owners == {ref, "household"}


@pytest.mark.parametrize("ref", ADULTS)
def test_notes_of_staff_are_shown_to_nobody_and_diagnoses_only_after_a_strong_sign_in(
    conversation: Conversation, ref: str
) -> None:
    heard = conversation.aviary.found("\n".join(conversation.heard[ref]))
    weaker = [e.answer for e in conversation.asked if e.who == ref and e.acr != "high"]
    strong = [e.answer for e in conversation.asked if e.who == ref and e.acr == "high"]

    assert "file.notes" not in {each.field for each in heard}
    assert "health.diagnoses" not in _fields_in(conversation.aviary, weaker)
    assert "health.diagnoses" in _fields_in(conversation.aviary, strong)


@pytest.mark.parametrize("ref", ADULTS)
def test_pages_and_lists_that_answer_no_question_hold_no_value(
    conversation: Conversation, ref: str
) -> None:
    lists = [each for each in conversation.heard[ref] if not re.match(r"\w+ \S+/questions\n", each)]
    assert len(lists) > 3
    assert conversation.aviary.found("\n".join(lists)) == []
    assert len(conversation.pages[ref]) == 5
    assert conversation.aviary.found("\n".join(conversation.pages[ref])) == []


def _fields_in(aviary: Aviary, answers: list[Json]) -> set[str]:
    return {each.field for each in aviary.found(json.dumps(answers, ensure_ascii=False))}


# The search itself: each place, with a value put there on purpose.


@pytest.fixture
def planted(conversation: Conversation) -> Canary:
    return conversation.aviary.one("p2", "health.diagnoses")


def test_the_search_finds_what_stands_in_a_log(conversation: Conversation, planted: Canary) -> None:
    log = conversation.system.folder / "planted.log"
    log.write_text(f'{{"event": "request refused", "detail": "{planted.forms[0]}"}}\n')
    try:
        assert conversation.aviary.found(conversation.system.logs()) == [planted]
    finally:
        log.unlink()


def test_the_search_finds_what_stands_in_a_row_as_text_or_as_bytes(
    conversation: Conversation, planted: Canary
) -> None:
    for kind, value in (("text", planted.forms[0]), ("bytea", planted.forms[0].encode())):
        with psycopg.connect(
            conversation.system.database.superuser_url(), autocommit=True
        ) as connection:
            table = sql.SQL("CREATE TABLE planted (value {})").format(sql.SQL(kind))
            connection.execute(table)
            try:
                connection.execute("INSERT INTO planted VALUES (%s)", [value])
                assert conversation.aviary.found(conversation.rows()) == [planted]
            finally:
                connection.execute("DROP TABLE planted")


def test_the_search_finds_what_stands_in_a_prompt(
    conversation: Conversation, planted: Canary
) -> None:
    with ModelServer() as model:
        _post(f"{model.url}/chat/completions", {"messages": [{"content": planted.forms[0]}]})
        assert conversation.aviary.found(model.everything) == [planted]


def test_the_search_finds_what_stands_in_a_span(
    conversation: Conversation, planted: Canary
) -> None:
    with Recorder() as recorder:
        _post(f"{recorder.url}/v1/traces", {"attributes": planted.forms[0]})
        assert conversation.aviary.found(recorder.text) == [planted]


def test_the_search_finds_each_way_each_value_may_be_written(conversation: Conversation) -> None:
    aviary = conversation.aviary
    for each in aviary.canaries:
        for form in each.forms:
            assert each in aviary.found(f"<p>{form.upper()}</p>"), form
            assert each in aviary.found(f"(9,\\x00{form.encode().hex()})"), form


def _post(url: str, body: Any) -> None:
    httpx2.post(url, json=body, timeout=10, trust_env=False).raise_for_status()
    time.sleep(0.05)
