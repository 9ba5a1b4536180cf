"""Tenant files: read whole, or not at all."""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance
from app.web.settings import Environment
from app.web.tenants import TenantUnfit, load, load_all
from demo.signin import CLI_CLIENT
from tests.fixtures import ROOT
from tests.service import write_tenant

CANARY = "Quittengelee"
Rewrite = Callable[[str], str]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_tenant(tmp_path, "bergstrasse")


def rewritten(path: Path, old: str, new: str) -> Path:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_a_tenant_is_named_by_its_file(path: Path) -> None:
    tenant = load(path, Environment.TESTING)

    assert tenant.tenant == "bergstrasse"
    assert tenant.retention.answers_months == 13
    assert tenant.identity.levels["high"] is Assurance.HIGH


def test_the_demos_own_files_are_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KLARFALL_STATE", "/state")
    monkeypatch.setenv("KLARFALL_DEMO_ISSUER", "http://127.0.0.1:9")

    tenants = load_all(ROOT / "tenants", Environment.DEMO)

    assert tenants.keys() == {"bergstrasse", "main-kinzig"}
    assert {str(t.keys.file) for t in tenants.values()} == {"/state/keys/master.key"}
    assert tenants[TenantId("bergstrasse")].identity.officers == {
        sha256(b"demo account officer").hexdigest()[:32]
    }
    assert tenants[TenantId("main-kinzig")].identity.officers == frozenset()


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('model = "environment"', 'model = "environment"\nmodell = "x"', "modell"),
        ('model = "environment"', f'model = "{CANARY}"', "model"),
        ('profile = "plain"', 'profile = "plain"\npkce = false', "identity.pkce"),
        ('profile = "plain"', f'profile = "{CANARY}"', "identity.profile"),
        ('basic = "basic"', f'basic = "{CANARY}"', "identity.acr.basic"),
        ('service = "file"', f'service = "{CANARY}"', "keys.service"),
        ('languages = ["de", "en"]', f'languages = ["{CANARY}"]', "languages.0"),
        ("[log]", "[retention]\nanswers_months = 0\n[log]", "retention.answers_months"),
        ("[log]", "[retention]\nanswers_months = 14\n[log]", "retention.answers_months"),
        ('name = "Jobcenter', 'id = "../x"\nname = "Jobcenter', "id"),
        ('hours = "Mo–Fr 8–12 Uhr"', "", "office.hours"),
        ('telephone = "06252 0000000"', 'telephone = ""', "office.telephone"),
    ],
)
def test_a_file_that_does_not_fit_stops_the_start_and_names_the_key(
    path: Path, old: str, new: str, where: str
) -> None:
    with pytest.raises(TenantUnfit) as refusal:
        load(rewritten(path, old, new), Environment.TESTING)

    assert str(refusal.value) == f"bergstrasse.toml does not fit at: {where}"
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("content", [b"[", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_stops_the_start(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(TenantUnfit, match=r"bergstrasse\.toml cannot be read: \w+$"):
        load(path, Environment.TESTING)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(TenantUnfit, match="cannot be read: FileNotFoundError"):
        load(tmp_path / "nowhere.toml", Environment.TESTING)


def test_no_tenant_at_all_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(TenantUnfit, match="no tenant file"):
        load_all(tmp_path, Environment.TESTING)


def test_two_files_with_one_id_stop_the_start(path: Path, tmp_path: Path) -> None:
    twin = rewritten(
        write_tenant(tmp_path, "twin"), 'name = "Jobcenter', 'id = "bergstrasse"\nname = "Jobcenter'
    )
    assert load(twin, Environment.TESTING).id == "bergstrasse"

    with pytest.raises(TenantUnfit, match="same id"):
        load_all(path.parent, Environment.TESTING)


def test_a_value_may_come_from_our_part_of_the_environment(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KLARFALL_HOTLINE", "06252 1111111")
    monkeypatch.setenv("HOME_LINE", CANARY)
    rewritten(path, "06252 0000000", "${KLARFALL_HOTLINE} ${HOME_LINE}")

    tenant = load(path, Environment.TESTING)

    assert tenant.office.telephone == "06252 1111111 ${HOME_LINE}"


def test_a_value_the_environment_has_not_stops_the_start(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KLARFALL_HOTLINE", raising=False)
    rewritten(path, "06252 0000000", "${KLARFALL_HOTLINE}")

    with pytest.raises(TenantUnfit, match="KLARFALL_HOTLINE"):
        load(path, Environment.TESTING)


class TestProduction:
    """What is for the demo alone is refused by name."""

    def test_a_key_in_a_file(self, path: Path) -> None:
        with pytest.raises(TenantUnfit, match=r"keys\.service = file"):
            load(path, Environment.PRODUCTION)

    @pytest.fixture
    def real_keys(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """As though there were another key service already, so that the next check is reached."""
        field = "service"
        monkeypatch.setattr("app.web.tenants.refuse_demo_parts", _but_for(field))
        return path

    def test_an_issuer_without_tls(self, real_keys: Path) -> None:
        rewritten(real_keys, "https://id.example", "http://id.example")

        with pytest.raises(TenantUnfit, match=r"identity\.issuer must be https"):
            load(real_keys, Environment.PRODUCTION)

    def test_clients_that_hold_a_bare_token(self, real_keys: Path) -> None:
        rewritten(real_keys, CLI_CLIENT, "another-client")

        with pytest.raises(TenantUnfit, match=r"identity\.bearer_clients"):
            load(real_keys, Environment.PRODUCTION)

    def test_the_demos_own_client_by_name(self, real_keys: Path) -> None:
        text = real_keys.read_text()
        start = text.index("bearer_clients")
        without = text[:start] + text[text.index("\n", start) + 1 :]

        for unfit in (
            text[:start]
            + f'bearer_clients = ["other", "{CLI_CLIENT}"]'
            + text[text.index("\n", start) :],
            re.sub(r'client_id = "[^"]+"', f'client_id = "{CLI_CLIENT}"', without),
        ):
            real_keys.write_text(unfit)
            with pytest.raises(TenantUnfit, match=f"the client {CLI_CLIENT}"):
                load(real_keys, Environment.PRODUCTION)

    def test_nothing_else(self, real_keys: Path) -> None:
        text = real_keys.read_text()
        start = text.index("bearer_clients")
        real_keys.write_text(text[:start] + text[text.index("\n", start) + 1 :])

        assert load(real_keys, Environment.PRODUCTION).id == "bergstrasse"


def _but_for(field: str) -> Callable[..., None]:
    from app.web import tenants  # noqa: PLC0415 - the function as it is before it is replaced

    judge = tenants.refuse_demo_parts

    def judged(tenant: tenants.Tenant, name: str) -> None:
        keys = tenant.keys.model_copy(update={field: "elsewhere"})
        judge(tenant.model_copy(update={"keys": keys}), name)

    return judged
