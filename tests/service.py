"""The whole service, in this process: real rooms, real database, a provider that may lie."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from secrets import token_urlsafe

import httpx2
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fastapi import FastAPI
from pydantic import AnyHttpUrl

from app.identity.limits.budgets import Budget
from app.telemetry import logs
from app.telemetry.logs import Message
from app.vault.services import FileKeyService
from app.vocabulary.json import Json
from app.web.main import create_app
from app.web.settings import Environment, Settings
from app.web.wiring import Service
from demo.proofs import Holder
from demo.state import write_private
from tests.allowances import MANY
from tests.doubles.lying_provider import CLI, CLIENT, ISSUER, MACHINE, ORIGIN, LyingProvider
from tests.fixtures import ROOT, MovableClock
from tests.parties import couple

# Looks after data protection at both offices.
OFFICER = "0ff1ce"
OUR_CALL = {"klarfall-request": "1", "origin": ORIGIN}

TENANT_FILE = """
name = "Jobcenter {id} (Test)"
languages = ["de", "en"]
model = "{model}"

[identity]
issuer = "{issuer}"
client_id = "{client}"
key_file = "{folder}/client.json"
profile = "plain"
bearer_clients = ["{cli}"]
dpop_clients = ["{machine}"]
officers = ["{officer}"]
acr = {{ basic = "basic", low = "low", substantial = "substantial", high = "high" }}
{matching}

[office]
hours = "Mo–Fr 8–12 Uhr"
telephone = "06252 0000000"
officer_contact = "datenschutz@office.example"
controller = "Jobcenter (Test)"

[log]
origin = "klarfall.example/log/{id}"
signing_key_file = "{folder}/log-{id}.pem"

[limits]
{limits}

[keys]
service = "file"
file = "{folder}/master.key"

[oversight]
min_assurance = "{oversee}"
"""


MATCHING = """
[identity.matching]
attributes = ["given_name", "family_name", "birthdate"]
"""


def write_tenant(
    folder: Path,
    name: str,
    *,
    model: str = "environment",
    client: str = "",
    limits: Mapping[Budget, int] | None = None,
) -> Path:
    """A tenant file with its keys beside it."""
    tenants = folder / "tenants"
    tenants.mkdir(exist_ok=True)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(folder / f"log-{name}.pem", pem)
    if not (folder / "master.key").exists():
        FileKeyService.create(folder / "master.key")
    path = tenants / f"{name}.toml"
    path.write_text(
        TENANT_FILE.format(
            id=name,
            model=model,
            issuer=ISSUER,
            client=client or f"klarfall-web-{name}",
            folder=folder,
            cli=CLI,
            machine=MACHINE,
            officer=OFFICER,
            limits="\n".join(f"{each} = {(limits or {}).get(each, MANY)}" for each in Budget),
            matching=MATCHING if name == "bergstrasse" else "",
            oversee="substantial" if name == "bergstrasse" else "high",
        )
    )
    return path


def settings_in(folder: Path, database_url: str, **more: object) -> Settings:
    given = {
        "environment": Environment.TESTING,
        "database_url": database_url,
        "public_url": AnyHttpUrl(ORIGIN),
        "tenants": folder / "tenants",
        "policies": ROOT / "policies",
        "pool_size": 4,
        "erasure_list": folder / "erased",
    }
    return Settings(**{**given, **more})  # type: ignore[arg-type]  # each is a setting, by name


def write_client_key(folder: Path, liar: LyingProvider) -> None:
    key = json.dumps(liar.client_key.as_dict(private=True))
    write_private(folder / "client.json", key.encode())


@dataclass(frozen=True, kw_only=True)
class Whole:
    """The service, seen from outside, and its log lines."""

    app: FastAPI
    liar: LyingProvider
    clock: MovableClock
    logged: io.StringIO
    folder: Path

    @property
    def parts(self) -> Service:
        service = self.app.state.service
        assert isinstance(service, Service)
        return service

    @cached_property
    def holder(self) -> Holder:
        """Of the integrator's key. It proves each call that `machine()` is the header of."""
        return Holder(self.liar.machine_key, lambda: self.clock().timestamp())

    def browser(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(self.app)
        return httpx2.AsyncClient(transport=transport, base_url=ORIGIN, auth=self.holder)

    def machine(self, **claims: object) -> dict[str, str]:
        return {"authorization": f"DPoP {self.liar.machine_token(**claims)}"}

    def citizen(self, who: str, acr: str = "substantial", **claims: object) -> dict[str, str]:
        """A token call of this person, signed in just now."""
        return bearer(self.liar.access_token(sub=who, acr=acr, **claims))

    def lines(self, message: Message) -> list[dict[str, object]]:
        """Of this message alone: what runs in the background, or a library, may speak as well."""
        said = [json.loads(line) for line in self.logged.getvalue().splitlines()]
        return [each for each in said if each["event"] == message]

    async def call(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        **more: object,
    ) -> httpx2.Response:
        async with self.browser() as browser:
            body = {} if json is None else {"json": json}
            return await browser.request(method, path, headers=headers, **body, **more)  # type: ignore[arg-type]  # handed on

    async def push(self, document: dict[str, Json] | None = None) -> tuple[str, dict[str, str]]:
        """A case from the office: its ref, and our ids of case and persons."""
        ref = f"r{token_urlsafe(9)}".replace("_", "x").replace("-", "y")
        pushed = await self.call(
            "PUT", f"/v1/integration/cases/{ref}", self.machine(), document or couple()
        )
        assert pushed.status_code == 201, pushed.text
        body = pushed.json()
        return ref, {"case": body["case_id"], **body["persons"]}

    async def bound(
        self, ref: str, person: str = "p1", who: str | None = None, acr: str = "substantial"
    ) -> str:
        """Somebody who redeemed the code for this person of this case."""
        issued = await self.call(
            "POST",
            "/v1/integration/activation-codes",
            self.machine(),
            {"case": ref, "person": person},
        )
        assert issued.status_code == 201, issued.text
        subject = who or token_urlsafe(9)
        code = {"activation_code": issued.json()["code"]}
        redeemed = await self.call("POST", "/v1/bindings", self.citizen(subject, acr), code)
        assert redeemed.status_code == 201, redeemed.text
        return subject

    async def sign_in(self, browser: httpx2.AsyncClient, who: str) -> None:
        """As a browser does it, by way of the provider."""
        self.liar.subject = who
        begun = await browser.get("/login", params={"tenant": "bergstrasse"})
        assert begun.status_code == 303, begun.text
        back = await browser.get(self.liar.authorize(begun.headers["location"]))
        assert back.status_code == 200, back.text


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(folder: Path, database_url: str, **settings: object) -> AsyncIterator[Whole]:
    """Two offices, started and stopped as a worker process does it."""
    clock = MovableClock()
    liar = LyingProvider(clock)
    write_client_key(folder, liar)
    write_tenant(folder, "bergstrasse", client=CLIENT)
    write_tenant(folder, "main-kinzig", model="none")
    app = create_app(settings_in(folder, database_url, **settings), clock, transport=liar)
    logged = io.StringIO()
    logs.configure(logged)
    async with app.router.lifespan_context(app):
        yield Whole(app=app, liar=liar, clock=clock, logged=logged, folder=folder)
