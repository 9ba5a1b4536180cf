"""A part is taken away while the product runs, and given back: refused, named, and well again."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx2
import pytest

from demo.postgres import free_port
from demo.signin import SignInFailed
from tests.doubles.model_server import ModelServer
from tests.system.callers import Browser, Citizen, Integrator
from tests.system.running import System

QUESTION = "Wann kommt mein Geld?"
SENTENCE = "Ein Dienst, den wir brauchen, antwortet nicht."
WELL_AGAIN_SECONDS = 40


@pytest.fixture
def erika(citizen: Callable[..., Citizen]) -> Citizen:
    """Signed in before anything is away."""
    found = citizen("erika")
    assert found.ask(QUESTION)["status"] == "answered"
    return found


def refused(response: httpx2.Response) -> None:
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "unavailable"
    assert response.json()["title"].startswith(SENTENCE)
    assert int(response.headers["retry-after"]) > 0


def ask(who: Citizen) -> httpx2.Response:
    return who.call("POST", f"{who.case}/questions", {"question": QUESTION}, headers=who.named())


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + WELL_AGAIN_SECONDS
    while not holds():
        assert time.monotonic() < end, "not well again in time"
        time.sleep(0.3)


def well(system: System) -> bool:
    return system.ready()[0] == 200


@contextmanager
def without_database(system: System) -> Iterator[None]:
    system.stop_database()
    try:
        yield
    finally:
        system.start_database()


@contextmanager
def without_provider(system: System) -> Iterator[None]:
    system.stop_provider()
    try:
        yield
    finally:
        system.start_provider()


@contextmanager
def without_key(system: System) -> Iterator[None]:
    away = system.master_key.with_suffix(".away")
    system.master_key.rename(away)
    try:
        yield
    finally:
        away.rename(system.master_key)


def test_without_its_database_it_refuses_and_is_well_again_by_itself(
    system: System, erika: Citizen, office: Integrator
) -> None:
    """AP-14."""
    office.authorization()
    with without_database(system):
        refused(ask(erika))
        refused(erika.call("GET", "/v1/me"))
        refused(
            office.call("POST", "/v1/integration/activation-codes", {"case": "a", "person": "b"})
        )
        status, parts = system.ready()
        assert (status, parts["database"]) == (503, "away")
        assert httpx2.get(f"{system.url}/healthz", trust_env=False).status_code == 200
        public = erika.call(
            "POST",
            "/v1/questions",
            {"tenant": "bergstrasse", "question": "Was ist ein Bewilligungszeitraum?"},
            anonymous=True,
        )
        assert public.status_code == 200

    eventually(lambda: well(system))
    eventually(lambda: ask(erika).status_code == 200)
    assert erika.receipt(erika.ask(QUESTION))


def test_without_the_key_no_field_is_opened_and_nothing_is_lost(
    system: System, erika: Citizen
) -> None:
    """AP-14."""
    before = erika.ask(QUESTION)["text"]
    with without_key(system):
        refused(ask(erika))
        status, parts = system.ready()
        assert (status, parts["keys"], parts["database"]) == (503, "away", "ready")

    eventually(lambda: well(system))
    assert erika.ask(QUESTION)["text"] == before


def test_without_the_key_a_case_is_not_taken_in(system: System, office: Integrator) -> None:
    """AP-14."""
    document = {
        "persons": [{"ref": "p1", "role": "applicant", "fields": {"person.phone": "06251 1"}}],
        "household": {"fields": {}},
    }
    with without_key(system):
        refused(office.call("PUT", "/v1/integration/cases/keyless", document))

    eventually(lambda: well(system))
    filed = office.push("keyless", document)
    assert (filed["version"], filed["changed"]) == (1, True)


def test_without_the_provider_nobody_signs_in_and_who_is_in_goes_on(
    system: System, erika: Citizen
) -> None:
    """AP-14."""
    browser = Browser.signed_in(system, "erika")
    with without_provider(system):
        eventually(lambda: system.ready()[1]["provider"] == "away")
        status, parts = system.ready()
        assert (status, parts["database"], parts["keys"]) == (503, "ready", "ready")
        with pytest.raises(SignInFailed):
            Browser.signed_in(system, "mehmet")
        assert browser.call("GET", "/v1/me").status_code == 200
        assert ask(erika).status_code in {200, 503}

    eventually(lambda: well(system))
    assert Browser.signed_in(system, "mehmet").call("GET", "/v1/me").status_code == 200
    assert ask(erika).status_code == 200


def test_without_the_model_the_rules_answer(
    system: System, citizen: Callable[..., Citizen]
) -> None:
    port = free_port()
    environment = {
        "KLARFALL_MODEL_URL": f"http://127.0.0.1:{port}/v1",
        "KLARFALL_MODEL_NAME": "double",
        "KLARFALL_MODEL_HOSTING": "on_premises",
        "KLARFALL_MODEL_SECONDS": "5",
    }
    with system.another("model-away", environment) as url:
        erika = citizen("erika", url=url)
        assert system.ready(url) == (200, {**system.ready(url)[1], "model": "away"})
        whole, pieces = erika.ask(QUESTION), erika.stream(QUESTION)
        assert (whole["status"], whole["composer"]) == ("answered", "rules")
        assert (pieces[-1][1]["status"], pieces[-1][1]["composer"]) == ("answered", "rules")

        with ModelServer(port=port) as model:
            assert urlsplit(model.url).port == port
            assert system.ready(url)[1]["model"] == "ready"
            assert erika.ask(QUESTION)["composer"] == "model"
            assert len(model.sent) == 1

        assert system.ready(url)[1]["model"] == "away"
        assert erika.ask(QUESTION)["composer"] == "rules"


def test_logs_of_an_outage_hold_nothing_personal(system: System, erika: Citizen) -> None:
    with without_key(system):
        refused(ask(erika))
    eventually(lambda: well(system))
    logs = system.logs()
    assert "part unavailable" in logs
    for word in (
        "Sommerfeld",
        "Erika",
        QUESTION,
        "Traceback",
        erika.subject,
        system.database.app_url(),
    ):
        assert word not in logs
