"""As a stranger would test it, who has the contract and nothing of the code.

A household with figures of today's lot goes in through the integrators' door; a person who was
never here before redeems a code, asks in words of their own, and gets those very figures back.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from tests.fixtures import ROOT
from tests.system.callers import Citizen, Integrator, Json
from tests.system.households import Lot, drawn, drawn_seed
from tests.system.running import System
from tests.system.spoken import amounts_in, amounts_of, figures

# Two in each language, said as people say it. They stand nowhere else; a test below makes sure.
QUESTIONS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "next_payment": {
        "de": (
            "Ab wann kann ich denn wieder mit Kohle von euch rechnen?",
            "Sagt mal, an welchem Tag landet die nächste Überweisung bei mir und wie hoch ist die?",
        ),
        "en": (
            "Any idea which day the next lot of money hits my account?",
            "How much are you sending me next and on what date?",
        ),
    },
    "payments": {
        "de": (
            "Was habt ihr mir in den vergangenen Monaten so alles überwiesen?",
            "Zeigt mir mal, welche Beträge ich zuletzt von euch gekriegt habe.",
        ),
        "en": (
            "What have you lot paid out to me lately?",
            "Can you list what landed from you over the past few months?",
        ),
    },
    "total": {
        "de": (
            "Wie viel krieg ich im Monat alles in allem und woraus besteht das?",
            "Aus welchen Posten setzt sich meine monatliche Stütze zusammen?",
        ),
        "en": (
            "What do I get all in all each month and how is it put together?",
            "Break down my monthly sum for me, would you?",
        ),
    },
    "approval_period": {
        "de": (
            "Bis zu welchem Datum läuft das bei mir noch durch, bevor ich neu beantragen muss?",
            "Von wann bis wann ist mir das Geld eigentlich zugesagt?",
        ),
        "en": (
            "Until what date am I covered before I need to put in a fresh claim?",
            "How far does my current approval reach?",
        ),
    },
    "application_status": {
        "de": (
            "Seid ihr mit meinem Antrag inzwischen mal vorangekommen?",
            "Hängt mein Antrag immer noch irgendwo fest oder ist der durch?",
        ),
        "en": (
            "Has anyone got round to my application by now?",
            "Where do things stand with the claim I put in?",
        ),
    },
    "missing_documents": {
        "de": (
            "Welchen Papierkram muss ich euch noch vorbeibringen und bis wann?",
            "Fehlt bei euch noch irgendein Wisch von mir?",
        ),
        "en": (
            "What paperwork are you still after from me, and by what day?",
            "Is there any form or slip I still owe you?",
        ),
    },
    "appointments": {
        "de": (
            "Wann muss ich das nächste Mal bei euch antanzen und in welchem Zimmer?",
            "Hab ich demnächst ein Gespräch bei euch im Haus?",
        ),
        "en": (
            "When am I next supposed to show up at your place?",
            "Have I got a meeting with you lot coming up, and where is it?",
        ),
    },
    "housing_costs": {
        "de": (
            "Wie viel von meiner Bude bezahlt ihr eigentlich?",
            "Was erkennt ihr bei Miete und Heizung an?",
        ),
        "en": (
            "How much of my flat are you actually covering?",
            "What share of the rent and the heating do you accept?",
        ),
    },
    "income": {
        "de": (
            "Wie viel von meinem Lohn rechnet ihr mir an?",
            "Welche Einkünfte habt ihr bei mir berücksichtigt?",
        ),
        "en": (
            "How much of my wages do you count against me?",
            "Which earnings of mine went into your sums?",
        ),
    },
    "deductions": {
        "de": (
            "Was behaltet ihr mir jeden Monat ein?",
            "Wofür wird bei mir eigentlich was abgezwackt?",
        ),
        "en": (
            "What are you holding back from me each month?",
            "Why is money being docked from what I get, and how much?",
        ),
    },
    "reductions": {
        "de": (
            "Habt ihr mir eine Strafe aufgebrummt, und um wie viel Prozent?",
            "Wurde mir was gestrichen, weil ich zu einem Gespräch nicht erschienen bin?",
        ),
        "en": (
            "Have I been sanctioned, and by how many percent?",
            "Did I get a penalty for something I missed?",
        ),
    },
    "decision": {
        "de": (
            "Was stand in dem letzten Schreiben drin, mit dem ihr über mich entschieden habt?",
            "Bis wann kann ich gegen den neuesten Bescheid noch was machen?",
        ),
        "en": (
            "What did your most recent ruling on my case say?",
            "Is there still time to contest the latest decision letter?",
        ),
    },
    "contact": {
        "de": (
            "Wer kümmert sich bei euch um mich und wie erreich ich den?",
            "Bei wem muss ich anrufen, wenn was ist?",
        ),
        "en": (
            "Who's handling me over there, and how can I get hold of them?",
            "Which person should I ring about my stuff?",
        ),
    },
}

# What each of the thirteen must tell, by the names of the public schema.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "next_payment": ("benefit.next_payment",),
    "payments": ("benefit.payments",),
    "total": ("benefit.total_monthly",),
    "approval_period": ("benefit.approval_period",),
    "application_status": ("application.status",),
    "missing_documents": ("application.missing_documents",),
    "appointments": ("appointment.next",),
    "housing_costs": ("benefit.housing_costs",),
    "income": ("benefit.income_credited",),
    "deductions": ("benefit.deductions",),
    "reductions": ("benefit.reductions",),
    "decision": ("decision.latest",),
    "contact": ("contact.caseworker", "contact.office"),
}
ASKED = [
    pytest.param(topic, language, number, id=f"{topic}-{language}-{number + 1}")
    for topic, languages in QUESTIONS.items()
    for language in languages
    for number in (0, 1)
]
ELSEWHERE = {
    ".git",
    ".venv",
    ".demo",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".hypothesis",
    "htmlcov",
}


@dataclass
class Case:
    seed: int
    schema: Json
    document: Json
    citizen: Citizen

    def value(self, field: str) -> object:
        return {**self.document["household"]["fields"], **self._person}[field]

    def shape(self, field: str) -> Json:
        people = self.schema["properties"]["persons"]["items"]["properties"]["fields"]
        household = self.schema["properties"]["household"]["properties"]["fields"]
        return dict({**household["properties"], **people["properties"]}[field])

    @property
    def _person(self) -> Json:
        return dict(self.document["persons"][0]["fields"])


@pytest.fixture(scope="module")
def case(office: Integrator, newcomer: Callable[..., Citizen]) -> Case:
    seed = drawn_seed()
    lot = Lot.of(seed)
    schema = office.told("GET", "/v1/integration/schema")
    document = drawn(lot)
    Draft202012Validator(schema).validate(document)
    ref = f"stranger-{lot.digits(8)}"
    office.push(ref, document)
    return Case(seed, schema, document, newcomer(ref, "p1"))


@pytest.mark.parametrize(("topic", "language", "number"), ASKED)
def test_an_answer_holds_every_figure_that_was_pushed_and_no_other_amount(
    case: Case, topic: str, language: str, number: int
) -> None:
    question = QUESTIONS[topic][language][number]
    answer = case.citizen.ask(question)
    text = str(answer["text"])
    told = {used["field"] for used in answer["used"]}

    said = f"seed {case.seed}: {question!r} was answered: {text}"
    assert set(FIELDS[topic]) <= told, said
    assert answer["language"] == language, said
    for field in FIELDS[topic]:
        expected = list(figures(case.value(field), case.shape(field), language))
        assert [each for each in expected if each not in text] == [], said
        assert len(expected) >= 1
    allowed = set().union(*(amounts_of(case.value(field)) for field in told & _pushed(case)))
    assert amounts_in(text, language) <= allowed, said


def test_the_receipt_of_each_topic_is_verified_by_a_program_without_the_product(
    case: Case, tmp_path: Path
) -> None:
    vkey = tmp_path / "vkey"
    vkey.write_text(case.citizen.call("GET", "/log/bergstrasse/vkey", anonymous=True).text)
    verified = []
    for topic, languages in QUESTIONS.items():
        answer = case.citizen.ask(languages["de"][0])
        document = tmp_path / f"{topic}.json"
        document.write_bytes(case.citizen.receipt(answer))
        done = _verdict(document, vkey)
        verified.append(topic)

        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.startswith(f"VERIFIED: entry {answer['receipt']['entry']} (released)")
        assert _imported(done.stderr) & {"app", "sqlalchemy", "fastapi", "demo"} == set()
        assert "cryptography" in _imported(done.stderr)
    assert verified == list(FIELDS)


def test_a_receipt_with_one_changed_character_is_not_verified(case: Case, tmp_path: Path) -> None:
    answer = case.citizen.ask(QUESTIONS["total"]["de"][0])
    receipt = case.citizen.receipt(answer)
    vkey, document = tmp_path / "vkey", tmp_path / "receipt.json"
    vkey.write_text(case.citizen.call("GET", "/log/bergstrasse/vkey", anonymous=True).text)
    document.write_bytes(receipt.replace(b"answer_own_question", b"answer_own_questiom"))

    assert document.read_bytes() != receipt
    assert _verdict(document, vkey).returncode == 1


def test_a_code_works_once(
    case: Case, office: Integrator, system: System, citizen: Callable[..., Citizen]
) -> None:
    ref = f"once-{case.seed}"
    office.push(ref, case.document)
    code = office.code(ref, "p1")
    Citizen(system, system.url, account="stranger-12").bind(code)

    again = citizen("erika").call("POST", "/v1/bindings", {"activation_code": code})
    assert (again.status_code, again.json()["code"]) == (404, "not_found")


def test_the_questions_stand_nowhere_else_in_the_repository() -> None:
    asked = {
        _plain(each): each
        for languages in QUESTIONS.values()
        for both in languages.values()
        for each in both
    }
    assert len(asked) == 4 * len(FIELDS)
    found = [
        (str(path), asked[plain])
        for path in _files()
        for text in [_plain(path.read_text(errors="replace"))]
        for plain in asked
        if plain in text
    ]
    assert found == []


def test_the_search_finds_a_question_that_does_stand_in_the_repository() -> None:
    known = _plain("Wann kommt mein Geld und wie viel ist es?")
    assert any(known in _plain(path.read_text(errors="replace")) for path in _files())


def _pushed(case: Case) -> set[str]:
    return {*case.document["household"]["fields"], *case.document["persons"][0]["fields"]}


def _verdict(document: Path, vkey: Path) -> "subprocess.CompletedProcess[str]":
    """In isolated mode and from elsewhere, saying on standard error what it imports."""
    return subprocess.run(
        [
            sys.executable,
            "-I",
            "-X",
            "importtime",
            ROOT / "demo" / "verify_receipt.py",
            document,
            vkey,
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )


def _imported(importtime: str) -> set[str]:
    """The packages at the top, of all that was imported."""
    return {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in importtime.splitlines()
        if line.startswith("import time:")
    }


def _files() -> Iterator[Path]:
    here = Path(__file__).resolve()
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [each for each in folders if each not in ELSEWHERE]
        for path in (Path(folder, name) for name in names):
            if path.is_file() and path != here:
                yield path


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
