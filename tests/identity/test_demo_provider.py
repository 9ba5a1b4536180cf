"""The whole flow against a provider of other people's code: npm `oidc-provider`, over sockets."""

import asyncio
import json
import os
import re
import stat
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_urlsafe
from socket import socket
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import uvicorn
from joserfc.jwk import ECKey

from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.identity.identity import Identity
from app.identity.provider.clients import assertion, client_key
from app.identity.provider.exchange import Grant, Question, authorization_url, exchange
from app.identity.provider.outbound import post
from app.identity.provider.profile import Profile
from app.identity.provider.providers import Peer, Provider
from app.identity.sign_in import login
from app.identity.sign_in.attempts import Wish
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.dates import system_clock
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance
from demo.keys import ensure_keys
from demo.processes import start
from demo.proofs import Holder
from demo.signin import (
    SignInFailed,
    _Browser,
    access_token,
    browser_session,
    machine_token,
)
from tests.allowances import limits_of
from tests.doubles.lying_provider import ACR, CLI, MACHINE, new_key
from tests.identity.conftest import RecordingJournal, make_app

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "demo" / "provider"
TENANTS = ("bergstrasse", "main-kinzig")
PROFILES = {"bergstrasse": Profile.FAPI2, "main-kinzig": Profile.PLAIN}

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
            profile=PROFILES[tenant],
            issuer=self.issuer,
            client_id=f"klarfall-web-{tenant}",
            key=client_key(self.keys / f"klarfall-web-{tenant}.json"),
            acr=ACR,
            redirect_uri=f"{self.base_url}/callback",
            after_logout=f"{self.base_url}/",
            audience=self.audience(tenant),
            bearer_clients=frozenset({CLI}),
            dpop_clients=frozenset({MACHINE}),
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
            "KLARFALL_TENANTS": "bergstrasse:fapi2,main-kinzig:plain",
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
async def identity(
    demo: Demo, own_database: Database, key_service: FileKeyService, rulebook: Rulebook
) -> AsyncIterator[Identity]:
    """The service, running at the address the provider knows."""
    peers = {TenantId(tenant): Peer(demo.provider(tenant), system_clock) for tenant in TENANTS}
    identity = Identity(
        database=own_database,
        peers=peers,
        journal=RecordingJournal(),
        clock=system_clock,
        origin=demo.base_url,
        actions=rulebook.actions,
        limits=limits_of(own_database, Vault(key_service), system_clock),
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


async def test_the_integrator_gets_in_as_itself_with_its_key_and_not_without(
    demo: Demo, browser: httpx2.AsyncClient
) -> None:
    key = demo.key("integrator")
    token = await machine_token(demo.issuer, key, tenant_audience=demo.audience("main-kinzig"))
    holder = Holder(ECKey.import_key({name: str(value) for name, value in key.items()}))
    bound = {"authorization": f"DPoP {token}"}
    pushed = await browser.put("/v1/integration", headers=bound, auth=holder)
    assert pushed.json() == "integrator@main-kinzig"
    assert (await browser.get("/v1/me", headers=bound, auth=holder)).status_code == 401
    bare = await browser.put("/v1/integration", headers={"authorization": f"Bearer {token}"})
    assert bare.status_code == 401


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


# FAPI 2.0: what this provider, which is not ours, makes of our client, and of one that does less.


async def returned(demo: Demo, url: str, account: str = "erika") -> login.Returned:
    """What the provider sends a browser back with that was sent to it with this address."""
    callback = f"{demo.base_url}/callback"
    async with _Browser() as browser:
        await browser.open(url, stop_at=callback)
        back = await browser.sign_in(account, "substantial", stop_at=callback)
    answer = {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}
    return login.Returned(state=answer["state"], iss=answer["iss"], code=answer["code"])


@pytest.mark.parametrize(
    ("tenant", "carried"),
    [
        ("bergstrasse", {"client_id", "request_uri"}),
        (
            "main-kinzig",
            {
                "client_id",
                "response_type",
                "redirect_uri",
                "scope",
                "state",
                "nonce",
                "code_challenge",
                "code_challenge_method",
            },
        ),
    ],
    ids=["fapi2", "plain"],
)
async def test_id_03_what_the_browser_carries_in_each_profile(
    browser: httpx2.AsyncClient, tenant: str, carried: set[str]
) -> None:
    begun = await browser.get(f"/login?tenant={tenant}")
    assert parse_qs(urlsplit(begun.headers["location"]).query).keys() == carried


async def test_id_03_a_request_that_was_not_pushed_is_refused_by_a_strict_provider(
    demo: Demo, identity: Identity
) -> None:
    tenant = TenantId("bergstrasse")
    lax = Peer(replace(demo.provider(tenant), profile=Profile.PLAIN), system_clock)
    peers = {**identity.peers, tenant: lax}
    begun = await login.begin(
        replace(identity, peers=peers), tenant, Wish(destination="/"), current=None
    )
    with pytest.raises(SignInFailed, match="refused before it asked"):
        await returned(demo, begun.url)
    await lax.close()
    begun = await login.begin(identity, tenant, Wish(destination="/"), current=None)
    assert (await returned(demo, begun.url)).code


async def test_the_code_is_good_for_the_key_of_its_own_sign_in_alone(
    demo: Demo, identity: Identity
) -> None:
    """RFC 9449, section 10: the verifier alone does not do."""
    peer = identity.peer(TenantId("bergstrasse"))
    metadata = await peer.metadata()
    for honest in (False, True):
        ticket = Ticket.issue(TenantId("bergstrasse"))
        question = Question(
            state=token_urlsafe(32),
            nonce=token_urlsafe(32),
            verifier=token_urlsafe(48),
            wish=Wish(destination="/"),
            ticket=ticket,
        )
        url = await authorization_url(peer, metadata, question, now=system_clock())
        back = await returned(demo, url)
        assert back.code is not None
        grant = Grant(
            code=back.code,
            verifier=question.verifier,
            ticket=ticket if honest else Ticket.issue(TenantId("bergstrasse")),
        )
        if honest:
            assert (await exchange(peer, metadata, grant, now=system_clock())).id_token
        else:
            with pytest.raises(Unauthenticated):
                await exchange(peer, metadata, grant, now=system_clock())


async def test_without_a_proof_a_strict_provider_gives_no_token(
    demo: Demo, identity: Identity
) -> None:
    tenant = TenantId("bergstrasse")
    begun = await login.begin(identity, tenant, Wish(destination="/"), current=None)
    back = await returned(demo, begun.url)
    lax = Peer(replace(demo.provider(tenant), profile=Profile.PLAIN), system_clock)
    with pytest.raises(Unauthenticated):
        await login.complete(
            replace(identity, peers={**identity.peers, tenant: lax}), begun.ticket, back
        )
    await lax.close()


@pytest.mark.parametrize(
    "audience",
    ["{issuer}/token", "{issuer}/request", "{issuer}/"],
    ids=["token endpoint", "endpoint for pushed requests", "a slash more"],
)
async def test_id_05_an_assertion_for_anybody_but_the_issuer_is_refused_by_a_strict_provider(
    demo: Demo, identity: Identity, audience: str
) -> None:
    """CVE-2025-27370: what one provider is given must be worth nothing elsewhere."""
    provider = demo.provider("bergstrasse")
    asked = {
        "client_id": provider.client_id,
        "response_type": "code",
        "redirect_uri": provider.redirect_uri,
        "scope": "openid",
        "code_challenge": "x" * 43,
        "code_challenge_method": "S256",
    }
    peer = identity.peer(TenantId("bergstrasse"))
    for aud, status in ((audience.format(issuer=demo.issuer), 401), (demo.issuer, 201)):
        proof = assertion(provider.client_id, provider.key, issuer=aud, now=system_clock())
        answer = await post(peer.transport, f"{demo.issuer}/request", asked | proof, headers={})
        assert answer.status == status, answer.content


async def test_the_nonce_of_the_provider_is_learnt_once_and_sent_along(
    demo: Demo, identity: Identity
) -> None:
    peer = identity.peer(TenantId("bergstrasse"))
    await browser_session(demo.base_url, "bergstrasse", "karl")
    assert peer.proof_nonce is not None
    peer.proof_nonce = "x" * 43
    await browser_session(demo.base_url, "bergstrasse", "karl")
    assert peer.proof_nonce != "x" * 43
    assert identity.peer(TenantId("main-kinzig")).proof_nonce is None


@pytest.mark.parametrize("tenant", TENANTS)
async def test_se_08_signing_out_at_the_provider_ends_the_session_here(
    demo: Demo, browser: httpx2.AsyncClient, tenant: str
) -> None:
    """By its notice on the back channel, which names the session it had with this browser."""
    callback = f"{demo.base_url}/callback"
    async with _Browser() as person:
        await person.open(f"{demo.base_url}/login?tenant={tenant}", stop_at=callback)
        await person.get(await person.sign_in("lena", "high", stop_at=callback))
        session = {"cookie": f"{SESSION}={person.cookies[SESSION]}"}
        assert (await browser.get("/v1/me", headers=session)).status_code == 200
        page = await person.get(f"{demo.issuer}/session/end?client_id=klarfall-web-{tenant}")
        secret = re.search(r'name="xsrf" value="([^"]+)"', page.text)
        assert secret is not None, page.text
        form = {"xsrf": secret[1], "logout": "yes"}
        out = await person.post(f"{demo.issuer}/session/end/confirm", form)
        assert out.has_redirect_location, out.text
    assert (await browser.get("/v1/me", headers=session)).status_code == 401


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
