"""The whole flow against a provider of other people's code: npm `oidc-provider`, over sockets."""

import asyncio
import json
import os
import stat
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from socket import socket
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn

from app.database.engine import Database
from app.identity import login
from app.identity.attempts import Wish
from app.identity.clients import client_key
from app.identity.cookies import SESSION
from app.identity.identity import Identity
from app.identity.providers import Peer, Provider
from app.vocabulary.dates import system_clock
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance
from demo.keys import ensure_keys
from demo.processes import start
from demo.signin import (
    SignInFailed,
    _Browser,
    access_token,
    browser_session,
    machine_token,
)
from tests.doubles.lying_provider import ACR, CLI, MACHINE, new_key
from tests.identity.conftest import RecordingJournal, make_app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "demo" / "provider"
TENANTS = ("bergstrasse", "main-kinzig")

pytestmark = [
    pytest.mark.provider,
    pytest.mark.skipif(
        not (FOLDER / "node_modules").is_dir() and "CI" not in os.environ,
        reason="the demo provider is not installed: npm ci in demo/provider",
    ),
]


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Demo:
    issuer: str
    base_url: str
    keys: Path

    def audience(self, tenant: str = "bergstrasse") -> str:
        return f"{self.base_url}/t/{tenant}"

    def key(self, client: str) -> dict[str, object]:
        return dict(json.loads((self.keys / f"{client}.json").read_text()))

    def provider(self, tenant: str) -> Provider:
        return Provider(
            tenant=TenantId(tenant),
            issuer=self.issuer,
            client_id=f"klarfall-web-{tenant}",
            key=client_key(self.keys / f"klarfall-web-{tenant}.json"),
            acr=ACR,
            redirect_uri=f"{self.base_url}/callback",
            after_logout=f"{self.base_url}/",
            audience=self.audience(tenant),
            bearer_clients=frozenset({CLI, MACHINE}),
            loopback=True,
        )


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The provider, running. Ready within two seconds on a machine that is not busy."""
    folder = tmp_path_factory.mktemp("provider")
    port, base_url = free_port(), f"http://127.0.0.1:{free_port()}"
    ensure_keys(folder / "keys")
    child = start(
        "identity provider",
        [Path(sys.executable).with_name("node"), "server.mjs"],
        log=folder / "log",
        folder=FOLDER,
        environment={
            "PATH": os.environ["PATH"],
            "KLARFALL_PROVIDER_PORT": str(port),
            "KLARFALL_PROVIDER_KEYS": str(folder / "keys"),
            "KLARFALL_PUBLIC_URL": base_url,
            "KLARFALL_TENANTS": ",".join(TENANTS),
        },
    )
    try:
        ready = json.dumps({"ready": f"http://127.0.0.1:{port}"}, separators=(",", ":"))
        deadline = time.monotonic() + 30
        while ready not in child.log.read_text():
            child.must_run()
            assert time.monotonic() < deadline, child.log.read_text()
            time.sleep(0.05)
        yield Demo(f"http://127.0.0.1:{port}", base_url, folder / "keys")
    finally:
        child.stop()


@pytest.fixture(scope="module")
async def identity(demo: Demo, own_database: Database) -> AsyncIterator[Identity]:
    """The service, running at the address the provider knows."""
    peers = {TenantId(tenant): Peer(demo.provider(tenant), system_clock) for tenant in TENANTS}
    identity = Identity(
        database=own_database,
        peers=peers,
        journal=RecordingJournal(),
        clock=system_clock,
        origin=demo.base_url,
    )
    port = urlsplit(demo.base_url).port
    assert port is not None
    server = uvicorn.Server(
        uvicorn.Config(make_app(identity), port=port, lifespan="off", ws="none", log_config=None)
    )
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(0.01)
    yield identity
    server.should_exit = True
    await running
    for peer in peers.values():
        await peer.close()


@pytest.fixture
async def browser(identity: Identity) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=identity.origin, trust_env=False) as client:
        yield client


async def me(browser: httpx2.AsyncClient, **headers: str) -> dict[str, str]:
    response = await browser.get("/v1/me", headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.parametrize("level", ["basic", "low", "substantial", "high"])
async def test_the_level_chosen_at_the_provider_is_the_assurance_here(
    demo: Demo, browser: httpx2.AsyncClient, level: str
) -> None:
    cookies = await browser_session(demo.base_url, "bergstrasse", "erika", level)
    assert set(cookies) == {SESSION}
    found = await me(browser, cookie=f"{SESSION}={cookies[SESSION]}")
    assert found["assurance"] == level
    assert found["name"] == "Erika Sommerfeld"
    assert found["tenant"] == "bergstrasse"


async def test_a_token_from_the_same_account_is_the_same_identity(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    cookies = await browser_session(demo.base_url, "bergstrasse", "mehmet")
    token = await access_token(demo.issuer, "mehmet", tenant_audience=demo.audience())
    by_cookie = await me(browser, cookie=f"{SESSION}={cookies[SESSION]}")
    by_token = await me(browser, authorization=f"Bearer {token}")
    assert by_cookie["identity"] == by_token["identity"]
    assert by_token["assurance"] == "substantial"
    assert by_token["client"] == CLI


async def test_each_tenant_has_its_own_client_and_its_own_audience(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    cookies = await browser_session(demo.base_url, "main-kinzig", "aylin", "high")
    token = await access_token(demo.issuer, "aylin", tenant_audience=demo.audience("main-kinzig"))
    assert (await me(browser, cookie=f"{SESSION}={cookies[SESSION]}"))["tenant"] == "main-kinzig"
    assert (await me(browser, authorization=f"Bearer {token}"))["tenant"] == "main-kinzig"


async def test_a_password_only_account_cannot_claim_more(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    with pytest.raises(SignInFailed, match="jonas cannot sign in at the level low"):
        await access_token(demo.issuer, "jonas", tenant_audience=demo.audience(), acr="low")
    token = await access_token(demo.issuer, "jonas", tenant_audience=demo.audience(), acr="basic")
    assert (await me(browser, authorization=f"Bearer {token}"))["assurance"] == "basic"


async def test_the_integrator_gets_in_as_itself(demo: Demo, browser: httpx2.AsyncClient) -> None:
    token = await machine_token(
        demo.issuer, demo.key("integrator"), tenant_audience=demo.audience("main-kinzig")
    )
    bearer = {"authorization": f"Bearer {token}"}
    pushed = await browser.put("/v1/integration", headers=bearer)
    assert pushed.json() == "integrator@main-kinzig"
    assert (await browser.get("/v1/me", headers=bearer)).status_code == 401


async def test_nobody_gets_a_token_for_an_audience_that_is_not_a_tenants(demo: Demo) -> None:
    with pytest.raises(SignInFailed, match="refused before it asked"):
        await access_token(demo.issuer, "erika", tenant_audience=f"{demo.base_url}/t/nowhere")
    with pytest.raises(SignInFailed):
        await machine_token(
            demo.issuer, demo.key("integrator"), tenant_audience="https://other.example"
        )


async def test_another_clients_key_gets_no_token(demo: Demo) -> None:
    with pytest.raises(SignInFailed):
        await machine_token(
            demo.issuer,
            demo.key("klarfall-web-bergstrasse") | {"kid": demo.key("integrator")["kid"]},
            tenant_audience=demo.audience(),
        )


async def test_a_client_with_another_key_cannot_finish_a_sign_in(
    demo: Demo, identity: Identity
) -> None:
    tenant, callback = TenantId("bergstrasse"), f"{demo.base_url}/callback"
    thief = Peer(
        replace(
            demo.provider(tenant), key=new_key(str(demo.key("klarfall-web-bergstrasse")["kid"]))
        ),
        system_clock,
    )
    begun = await login.begin(identity, tenant, Wish(destination="/"), current=None)
    async with _Browser() as browser:
        await browser.open(begun.url, stop_at=callback)
        back = await browser.sign_in("erika", "high", stop_at=callback)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    returned = login.Returned(state=answer["state"], iss=answer["iss"], code=answer["code"])
    robbed = replace(identity, peers={tenant: thief})
    with pytest.raises(Unavailable):
        await login.complete(robbed, begun.ticket, returned)
    await thief.close()


async def test_the_provider_asks_again_when_a_stronger_level_is_wanted(
    demo: Demo, identity: Identity
) -> None:
    tenant = TenantId("bergstrasse")
    callback = f"{demo.base_url}/callback"
    async with _Browser() as browser:
        first = await login.begin(identity, tenant, Wish(destination="/"), current=None)
        await browser.open(first.url, stop_at=callback)
        await browser.sign_in("erika", "low", stop_at=callback)

        wish = Wish(destination="/", floor=Assurance.SUBSTANTIAL)
        second = await login.begin(identity, tenant, wish, current=None)
        await browser.open(second.url, stop_at=callback)
        back = await browser.sign_in("erika", "substantial", stop_at=callback)

    answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    returned = login.Returned(state=answer["state"], iss=answer["iss"], code=answer["code"])
    completed = await login.complete(identity, second.ticket, returned)
    assert completed.person.assurance is Assurance.SUBSTANTIAL


async def test_cancelling_at_the_provider_leads_back_refused(
    demo: Demo, identity: Identity
) -> None:
    callback = f"{demo.base_url}/callback"
    begun = await login.begin(
        identity, TenantId("bergstrasse"), Wish(destination="/"), current=None
    )
    async with _Browser() as browser:
        await browser.open(begun.url, stop_at=callback)
        response = await browser.post(browser.page, {"cancel": "yes"})
        resumed = await browser.get(response.headers["location"])
    assert "error=access_denied" in resumed.headers["location"]


async def test_signing_out_leads_to_the_providers_own_sign_out(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    cookies = await browser_session(demo.base_url, "bergstrasse", "karl")
    cookie = {"cookie": f"{SESSION}={cookies[SESSION]}"}
    token = (await browser.get("/form", headers=cookie)).json()
    response = await browser.post(
        "/logout",
        data={"form_token": token},
        headers=cookie | {"origin": demo.base_url},
    )
    assert f"{demo.issuer}/session/end" in response.text
    assert (await browser.get("/v1/me", headers=cookie)).status_code == 401


async def test_a_provider_that_is_not_there_is_named_in_a_sentence() -> None:
    with pytest.raises(SignInFailed, match=r"Nothing answers at http://127.0.0.1:1\."):
        await access_token("http://127.0.0.1:1", "erika", tenant_audience="http://127.0.0.1:1/t/x")


async def test_every_account_the_demo_needs_is_there() -> None:
    accounts = {
        each["account"]: each for each in json.loads((FOLDER / "accounts.json").read_text())
    }
    needed = {
        "erika",
        "mehmet",
        "aylin",
        "oksana",
        "lena",
        "jonas",
        "betreuerin",
        "karl",
        "officer",
    }
    assert needed <= accounts.keys()
    assert accounts["jonas"]["levels"] == ["basic"]
    assert len({each["sub"] for each in accounts.values()}) == len(accounts)


async def test_the_lock_file_names_no_registry_and_checks_every_package() -> None:
    lock = json.loads((FOLDER / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 30
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-"), name


async def test_keys_are_readable_by_their_owner_only_and_kept(tmp_path: Path) -> None:
    ensure_keys(tmp_path / "keys")
    private = {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}
    assert {"provider.json", "integrator.json", "klarfall-web-bergstrasse.json"} <= private.keys()
    for path in (tmp_path / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert ("d" in json.loads(path.read_text())) == (not path.name.endswith("public.json"))
    ensure_keys(tmp_path / "keys")
    assert private == {path.name: path.read_text() for path in (tmp_path / "keys").iterdir()}


async def test_a_provider_without_its_settings_says_which_one_is_missing() -> None:
    ended = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("node"),
        "server.mjs",
        cwd=FOLDER,
        env={"PATH": os.environ["PATH"]},
        stderr=asyncio.subprocess.PIPE,
    )
    _, complaint = await ended.communicate()
    assert ended.returncode == 2
    assert b"needs KLARFALL_PROVIDER_PORT" in complaint
