"""Settings from the environment, without a default where none is safe."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from app.vocabulary.levels import Hosting
from app.web import application
from app.web.settings import Environment, Settings
from tests.doubles.lying_provider import CLIENT, LyingProvider
from tests.fixtures import ROOT, MovableClock
from tests.service import write_client_key, write_tenant

CANARY = "Quittengelee"
NEEDED = {
    "KLARFALL_ENVIRONMENT": "testing",
    "KLARFALL_DATABASE_URL": f"postgresql+psycopg://app:{CANARY}@127.0.0.1:9/none",
    "KLARFALL_PUBLIC_URL": "https://fall.example",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in NEEDED.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_is_needed_is_enough(environment: pytest.MonkeyPatch) -> None:
    settings = Settings()

    assert settings.environment is Environment.TESTING
    assert settings.model_hosting is Hosting.NO_MODEL
    assert settings.model_url is None
    assert settings.origin == "https://fall.example"


@pytest.mark.parametrize("missing", NEEDED)
def test_what_is_needed_has_no_default(environment: pytest.MonkeyPatch, missing: str) -> None:
    environment.delenv(missing)

    with pytest.raises(ValidationError) as refusal:
        Settings()

    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KLARFALL_ENVIRONMENT", CANARY),
        ("KLARFALL_PUBLIC_URL", CANARY),
        ("KLARFALL_MODEL_HOSTING", CANARY),
        ("KLARFALL_MODEL_URL", CANARY),
        ("KLARFALL_MODEL_SECONDS", "0"),
        ("KLARFALL_MODEL_SECONDS", "121"),
        ("KLARFALL_POOL_SIZE", "1"),
        ("KLARFALL_POOL_SIZE", "65"),
    ],
)
def test_what_does_not_fit_is_refused_without_being_repeated(
    environment: pytest.MonkeyPatch, name: str, value: str
) -> None:
    environment.setenv(name, value)

    with pytest.raises(ValidationError) as refusal:
        Settings()

    assert CANARY not in str(refusal.value)


def test_the_way_to_the_database_is_not_shown(environment: pytest.MonkeyPatch) -> None:
    """AP-15."""
    settings = Settings()

    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)
    assert CANARY in settings.database_url


def test_what_was_read_stays_as_it_is(environment: pytest.MonkeyPatch) -> None:
    settings = Settings()

    with pytest.raises(ValidationError):
        settings.environment = Environment.DEMO  # type: ignore[misc]  # which is the point


def test_a_worker_is_made_from_the_environment_alone(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_client_key(tmp_path, LyingProvider(MovableClock()))
    write_tenant(tmp_path, "bergstrasse", client=CLIENT)
    environment.setenv("KLARFALL_TENANTS", str(tmp_path / "tenants"))
    environment.setenv("KLARFALL_POLICIES", str(ROOT / "policies"))

    made = application.application()

    assert made.state.service.tenants.keys() == {"bergstrasse"}


@pytest.mark.parametrize("kind", ["testing", "demo"])
def test_an_address_without_tls_is_refused_in_production_alone(
    environment: pytest.MonkeyPatch, kind: str
) -> None:
    environment.setenv("KLARFALL_PUBLIC_URL", "http://fall.example")
    environment.setenv("KLARFALL_ENVIRONMENT", kind)
    assert Settings().origin == "http://fall.example"

    environment.setenv("KLARFALL_ENVIRONMENT", "production")
    with pytest.raises(ValidationError, match="public_url must be https in production"):
        Settings()


@pytest.mark.parametrize(
    "contact", ["mailto:sicherheit@office.example", "https://office.example/melden", "tel:+49-6252"]
)
def test_a_way_to_tell_us_of_a_weakness_is_the_operators_own_in_production(
    environment: pytest.MonkeyPatch, contact: str
) -> None:
    environment.setenv("KLARFALL_ENVIRONMENT", "production")
    environment.setenv("KLARFALL_ERASURE_LIST", "/state/erased")
    with pytest.raises(ValidationError, match="security_contact must be the operator's own"):
        Settings()

    environment.setenv("KLARFALL_SECURITY_CONTACT", contact)
    assert Settings().security_contact == contact


def test_production_names_where_the_list_of_the_erased_lies(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("KLARFALL_ENVIRONMENT", "production")
    environment.setenv("KLARFALL_SECURITY_CONTACT", "tel:+49-6252")
    environment.delenv("KLARFALL_ERASURE_LIST", raising=False)
    with pytest.raises(ValidationError, match="erasure_list must be named in production"):
        Settings()

    environment.setenv("KLARFALL_ERASURE_LIST", "erased")
    assert str(Settings().erasure_list) == "erased"


@pytest.mark.parametrize(
    "contact", ["", "mailto:", "security@x.example", "http://x.example", "mailto:a\nExpires: 2099"]
)
def test_a_way_to_tell_us_that_is_none_is_refused(
    environment: pytest.MonkeyPatch, contact: str
) -> None:
    environment.setenv("KLARFALL_SECURITY_CONTACT", contact)
    with pytest.raises(ValidationError, match="security_contact"):
        Settings()
