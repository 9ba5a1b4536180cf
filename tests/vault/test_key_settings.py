"""Which key service is used, and what stops the start."""

import asyncio
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import AnyHttpUrl
from typer.testing import CliRunner

from app.vault.hardware import HardwareKeyService
from app.vault.moving import Both
from app.vault.openbao import OpenBaoKeyService
from app.vault.services import FileKeyService
from app.web.cli import program
from app.web.key_services import key_service
from app.web.settings import Environment, KeyServiceKind
from app.web.tenants import load_all
from app.web.wiring import build
from tests.doubles.lying_provider import CLIENT, LyingProvider
from tests.fixtures import MovableClock, Urls
from tests.service import serving, settings_in, write_client_key, write_tenant
from tests.vault.services import InOpenBao, backend

NOWHERE = "postgresql+psycopg://nobody:none@127.0.0.1:9/none"
CANARY = "Quittengelee"
RUN = CliRunner()


def without_demo_parts(folder: Path) -> None:
    """As an operator writes tenant files: no key in a file, no client with a bare token."""
    for path in (folder / "tenants").glob("*.toml"):
        text = re.sub(r"\[keys\]\n(?:(?!\[).*\n?)*", "", path.read_text())
        text = re.sub(r"bearer_clients = .*\n", "", text)
        path.write_text(re.sub(r'issuer = "http:', 'issuer = "https:', text))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_client_key(tmp_path, LyingProvider(MovableClock()))
    write_tenant(tmp_path, "bergstrasse", client=CLIENT)
    write_tenant(tmp_path, "main-kinzig", model="none")
    for name in ("module.so", "pin", "token"):
        (tmp_path / name).write_text(CANARY)
        (tmp_path / name).chmod(0o600)
    return tmp_path


def pkcs11(folder: Path) -> dict[str, object]:
    return {
        "key_service": KeyServiceKind.PKCS11,
        "pkcs11_module": folder / "module.so",
        "pkcs11_token": CANARY,
        "pkcs11_pin_file": folder / "pin",
    }


def openbao(folder: Path) -> dict[str, object]:
    return {
        "key_service": KeyServiceKind.OPENBAO,
        "openbao_url": AnyHttpUrl("https://bao.example:8200"),
        "openbao_token_file": folder / "token",
    }


def chosen(folder: Path, **settings: object) -> object:
    given = settings_in(folder, NOWHERE, **settings)
    return key_service(given, load_all(given.tenants, given.environment))


def test_a_file_is_the_default_and_the_others_are_named(folder: Path) -> None:
    assert isinstance(chosen(folder), FileKeyService)
    without_demo_parts(folder)
    assert isinstance(chosen(folder, **pkcs11(folder)), HardwareKeyService)
    assert isinstance(chosen(folder, **openbao(folder)), OpenBaoKeyService)


@pytest.mark.parametrize("kind", [pkcs11, openbao])
def test_production_starts_with_a_real_key_service_and_refuses_a_file(
    folder: Path, kind: Callable[[Path], dict[str, object]]
) -> None:
    """AP-15."""
    without_demo_parts(folder)
    production: dict[str, object] = {
        "environment": Environment.PRODUCTION,
        "security_contact": "mailto:sicherheit@office.example",
        "public_url": AnyHttpUrl("https://fall.example"),
        "erasure_list": folder / "erased",
    }

    service = build(settings_in(folder, NOWHERE, **production, **kind(folder)), MovableClock())
    assert service.settings.key_service is not KeyServiceKind.FILE
    asyncio.run(service.close())
    with pytest.raises(ValueError, match="must be pkcs11 or openbao in production"):
        build(settings_in(folder, NOWHERE, **production), MovableClock())


@pytest.mark.parametrize(
    "missing",
    ["pkcs11_module", "pkcs11_token", "pkcs11_pin_file", "openbao_url", "openbao_token_file"],
)
def test_half_a_key_service_stops_the_start_and_echoes_nothing(folder: Path, missing: str) -> None:
    without_demo_parts(folder)
    whole = pkcs11(folder) if missing.startswith("pkcs11") else openbao(folder)
    half = {name: value for name, value in whole.items() if name != missing}

    chosen(folder, **whole)
    with pytest.raises(ValueError, match=f"KLARFALL_{missing.upper()}") as refusal:
        chosen(folder, **half)
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("gone", ["module.so", "pin", "token"])
def test_a_file_that_is_not_there_stops_the_start(folder: Path, gone: str) -> None:
    without_demo_parts(folder)
    given = openbao(folder) if gone == "token" else pkcs11(folder)
    (folder / gone).unlink()

    with pytest.raises(ValueError, match="there is no file where KLARFALL_") as refusal:
        chosen(folder, **given)
    assert str(folder) not in str(refusal.value)


def test_openbao_is_called_with_tls_but_on_this_machine(folder: Path) -> None:
    without_demo_parts(folder)
    for url, fits in (("http://bao.example", False), ("http://127.0.0.1:8200", True)):
        given = openbao(folder) | {"openbao_url": AnyHttpUrl(url)}
        if fits:
            chosen(folder, **given)
        else:
            with pytest.raises(ValueError, match="KLARFALL_OPENBAO_URL must be https"):
                chosen(folder, **given)


def test_a_tenants_file_and_the_settings_must_name_the_same(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"keys\.service is not what"):
        chosen(folder, **openbao(folder))
    without_demo_parts(folder)
    with pytest.raises(ValueError, match=r"needs keys\.file"):
        chosen(folder)


def test_a_service_that_is_left_is_another_than_the_one_used_and_neither_is_a_new_file(
    folder: Path,
) -> None:
    left = {"key_service_before": KeyServiceKind.FILE}
    assert isinstance(chosen(folder, **openbao(folder), **left), Both)
    for used in ({"key_service": KeyServiceKind.FILE}, pkcs11(folder)):
        with pytest.raises(ValueError, match="KLARFALL_KEY_SERVICE_BEFORE must be another"):
            chosen(folder, **used, key_service_before=used["key_service"])
    with pytest.raises(ValueError, match="KLARFALL_KEY_SERVICE_BEFORE must be another"):
        chosen(folder, **pkcs11(folder) | {"key_service": KeyServiceKind.FILE}, **openbao_left())


def openbao_left() -> dict[str, object]:
    return {"key_service_before": KeyServiceKind.OPENBAO}


async def test_the_whole_service_runs_on_openbao_and_its_keys_are_renewed_from_the_command_line(
    folder: Path, migrated_database: Urls, monkeypatch: pytest.MonkeyPatch
) -> None:
    with backend("openbao", folder) as bao:
        assert isinstance(bao, InOpenBao)
        settings: dict[str, object] = openbao(folder) | {"openbao_url": AnyHttpUrl(bao.url)}
        environment = {
            "KLARFALL_ENVIRONMENT": "testing",
            "KLARFALL_DATABASE_URL": migrated_database.app,
            "KLARFALL_OWNER_URL": migrated_database.owner,
            "KLARFALL_PUBLIC_URL": "https://fall.example",
            "KLARFALL_TENANTS": str(folder / "tenants"),
            "KLARFALL_KEY_SERVICE": "openbao",
            "KLARFALL_OPENBAO_URL": bao.url,
            "KLARFALL_OPENBAO_TOKEN_FILE": str(folder / "token"),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

        async def keys(*words: str) -> tuple[int, str]:
            result = await asyncio.to_thread(RUN.invoke, program, ["keys", *words])
            return result.exit_code, result.output

        # Each service writes its tenants' files anew, as the demo has them.
        monkeypatch.setattr("tests.service.write_tenant", lambda *_args, **_more: None)
        without_demo_parts(folder)
        assert await keys("create") == (0, "The first keys are there.\n")
        assert (await keys("create"))[0] == 2
        async with serving(folder, migrated_database.app, **settings) as whole:
            await whole.push()
            before = await keys("status")
            rotated = await keys("rotate", "--level", "service")
            renewed = await keys("rotate", "--level", "tenant", "--tenant", "bergstrasse")
            ready = await whole.call("GET", "/readyz")
            await whole.push()

        assert (before[0], rotated[0], renewed[0]) == (0, 0, 0)
        assert "bergstrasse: service key 1; tenant key version 1" in before[1]
        assert "bergstrasse: service key 2; tenant key version 1" in rotated[1]
        assert "bergstrasse: service key 2; tenant key version 2" in renewed[1]
        assert "left to do 0" in renewed[1]
        assert ready.json()["parts"]["keys"] == "ready"
        assert (await keys("status", "--tenant", "nowhere"))[0] == 2


def test_without_the_owners_database_nothing_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KLARFALL_OWNER_URL", raising=False)

    result = RUN.invoke(program, ["keys", "rotate"])

    assert result.exit_code == 2
    assert "KLARFALL_OWNER_URL" in result.output
