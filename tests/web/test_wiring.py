"""What stops the start, and what is put together when nothing does."""

from pathlib import Path

import pytest
from pydantic import AnyHttpUrl

from app.identity.provider.clients import KeyUnfit
from app.vault.services import FileKeyService
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Hosting
from app.web.settings import Environment
from app.web.tenants import TenantUnfit
from app.web.wiring import Service, build
from tests.doubles.lying_provider import CLIENT, ORIGIN, LyingProvider
from tests.fixtures import MovableClock
from tests.service import settings_in, write_client_key, write_tenant

NOWHERE = "postgresql+psycopg://nobody:none@127.0.0.1:9/none"
MODEL = {
    "model_url": AnyHttpUrl("http://127.0.0.1:9/v1"),
    "model_name": "some-model",
    "model_hosting": Hosting.EU_PROCESSOR,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_client_key(tmp_path, LyingProvider(MovableClock()))
    write_tenant(tmp_path, "bergstrasse", client=CLIENT)
    write_tenant(tmp_path, "main-kinzig", model="none")
    return tmp_path


def built(folder: Path, **settings: object) -> Service:
    return build(settings_in(folder, NOWHERE, **settings), MovableClock())


async def test_without_a_model_the_rules_answer_everywhere(folder: Path) -> None:
    service = built(folder)

    assert service.model is None
    assert {t.hosting for t in service.pipeline.terms.values()} == {Hosting.NO_MODEL}
    assert {t.model for t in service.pipeline.terms.values()} == {None}
    await service.close()


async def test_a_model_is_for_the_tenants_that_chose_it(folder: Path) -> None:
    service = built(folder, **MODEL)
    with_model, without = (
        service.pipeline.terms[TenantId(name)] for name in ("bergstrasse", "main-kinzig")
    )

    assert with_model.hosting is Hosting.EU_PROCESSOR
    assert with_model.model is not None
    assert (without.hosting, without.model) == (Hosting.NO_MODEL, None)
    await service.close()


async def test_a_models_key_is_read_from_its_file_and_shown_nowhere(folder: Path) -> None:
    """AP-15."""
    (folder / "model.key").write_text("Quittengelee\n")
    service = built(folder, **MODEL, model_key_file=folder / "model.key")

    assert service.model is not None
    assert service.model._settings.api_key == "Quittengelee"
    assert "Quittengelee" not in repr(service.model._settings)
    await service.close()


@pytest.mark.parametrize("missing", MODEL)
def test_half_a_model_stops_the_start(folder: Path, missing: str) -> None:
    given = {name: value for name, value in MODEL.items() if name != missing}

    with pytest.raises(ValueError, match="KLARFALL_MODEL_URL"):
        built(folder, **given)


def test_two_key_files_stop_the_start(folder: Path) -> None:
    FileKeyService.create(folder / "other.key")
    path = folder / "tenants" / "main-kinzig.toml"
    path.write_text(path.read_text().replace("master.key", "other.key"))

    with pytest.raises(ValueError, match="share one key file"):
        built(folder)


def test_a_clients_key_open_to_others_stops_the_start(folder: Path) -> None:
    """AP-15."""
    (folder / "client.json").chmod(0o644)

    with pytest.raises(KeyUnfit, match="client"):
        built(folder)


def test_production_starts_with_no_part_of_the_demo(folder: Path) -> None:
    with pytest.raises(TenantUnfit, match="not for production"):
        built(
            folder,
            environment=Environment.PRODUCTION,
            security_contact="mailto:sicherheit@office.example",
        )


@pytest.mark.parametrize(
    ("environment", "loopback"), [(Environment.TESTING, True), (Environment.DEMO, True)]
)
async def test_each_tenant_has_a_provider_client_and_audience_of_its_own(
    folder: Path, environment: Environment, loopback: bool
) -> None:
    service = built(folder, environment=environment)
    providers = {name: peer.provider for name, peer in service.identity.peers.items()}

    assert {p.audience for p in providers.values()} == {
        f"{ORIGIN}/t/bergstrasse",
        f"{ORIGIN}/t/main-kinzig",
    }
    assert providers[TenantId("bergstrasse")].client_id == CLIENT
    assert {p.redirect_uri for p in providers.values()} == {f"{ORIGIN}/callback"}
    assert {p.loopback for p in providers.values()} == {loopback}
    await service.close()
