"""A small service with our routes, and a provider that lies on request."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Event, EventKind
from app.catalogue.actions import CitizenAction
from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.identity import protected_resource
from app.identity.declared import does
from app.identity.guards import (
    FormToken,
    Integrator,
    SignedIn,
    SignedInByForm,
    Visitor,
    get_identity,
)
from app.identity.identity import Identity
from app.identity.provider.providers import Peer
from app.identity.sign_in.routes import router
from app.identity.tokens.challenges import Challenged
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.dates import Clock
from app.vocabulary.errors import KlarfallError
from app.vocabulary.ids import TenantId
from tests.allowances import limits_of
from tests.doubles.lying_provider import ORIGIN, LyingProvider, provider_of
from tests.fixtures import Urls
from tests.identity.served import Served, serving_over_sockets


@dataclass
class RecordingJournal:
    events: list[Event] = field(default_factory=list)

    async def record(self, tx: AsyncSession, tenant: TenantId, event: Event, /) -> None:
        self.events.append(event)

    @property
    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]


def make_app(identity: Identity) -> FastAPI:
    app = FastAPI()
    app.dependency_overrides[get_identity] = lambda: identity
    app.include_router(router)
    app.include_router(protected_resource.router)

    @app.exception_handler(KlarfallError)
    async def render(_: Request, error: KlarfallError) -> JSONResponse:
        headers = error.headers if isinstance(error, Challenged) else {}
        body = {"code": error.code, "title": error.title_en}
        return JSONResponse(body, error.status, headers=dict(headers))

    @app.get("/v1/me")
    @does(CitizenAction.SEE_MYSELF)
    async def me(person: SignedIn) -> dict[str, str | None]:
        return {
            "identity": str(person.identity),
            "assurance": person.assurance.word,
            "name": person.name,
            "tenant": person.tenant,
            "client": person.client_id,
        }

    @app.post("/v1/change")
    @does(CitizenAction.SEE_MYSELF)
    async def change(person: SignedIn) -> str:
        return str(person.identity)

    @app.put("/v1/integration")
    async def push(machine: Integrator) -> str:
        return f"{machine.client_id}@{machine.tenant}"

    @app.get("/form")
    async def page(token: FormToken) -> str:
        return token

    @app.post("/form")
    @does(CitizenAction.SEE_MYSELF)
    async def submit(person: SignedInByForm) -> str:
        return str(person.identity)

    @app.get("/")
    async def home(person: Visitor) -> str | None:
        return None if person is None else person.name

    return app


@dataclass
class Service:
    """The service under test, seen through one browser."""

    identity: Identity
    journal: RecordingJournal
    liar: LyingProvider
    browser: httpx2.AsyncClient

    def another_browser(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=self.browser._transport, base_url=ORIGIN)

    async def begin(self, browser: httpx2.AsyncClient | None = None, **query: str) -> str:
        asked = {"tenant": "bergstrasse", **query}
        response = await (browser or self.browser).get("/login", params=asked)
        assert response.status_code == 303, response.text
        return response.headers["location"]

    async def come_back(
        self, url: str, browser: httpx2.AsyncClient | None = None
    ) -> httpx2.Response:
        split = urlsplit(url)
        return await (browser or self.browser).get(f"{split.path}?{split.query}")

    async def sign_in(
        self, browser: httpx2.AsyncClient | None = None, **lies: str | None
    ) -> httpx2.Response:
        return await self.come_back(self.liar.authorize(await self.begin(browser), **lies), browser)

    async def sessions(self) -> int:
        """How many sessions this test's subject has, whatever their state."""
        return await self.count(
            "SELECT count(*) FROM sessions s JOIN identities i ON i.id = s.identity_id "
            "WHERE i.subject = :subject",
            subject=self.liar.subject,
        )

    async def count(self, statement: str, **values: object) -> int:
        async with self.identity.database.transaction(TenantId("bergstrasse")) as tx:
            found = await tx.execute(text(statement), values)
            return int(found.scalar_one())


@pytest.fixture
def liar(clock: Clock) -> LyingProvider:
    return LyingProvider(clock)


@pytest.fixture(scope="session")
async def own_database(
    new_database: Callable[..., Urls], migrated_template: str
) -> AsyncIterator[Database]:
    """Not the one everybody shares: a sign-in on a moved clock sweeps out what it finds dead."""
    opened = Database(new_database(migrated_template).app)
    yield opened
    await opened.close()


@pytest.fixture
async def service(
    *,
    own_database: Database,
    key_service: FileKeyService,
    liar: LyingProvider,
    clock: Clock,
    tenant: TenantId,
    rulebook: Rulebook,
) -> AsyncIterator[Service]:
    journal = RecordingJournal()
    identity = Identity(
        database=own_database,
        peers={tenant: Peer(provider_of(liar), clock, liar)},
        journal=journal,
        clock=clock,
        origin=ORIGIN,
        actions=rulebook.actions,
        limits=limits_of(own_database, Vault(key_service), clock),
        destinations=("/", "/ask", "/cases/{id}/ask"),
    )
    transport = httpx2.ASGITransport(make_app(identity))
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as browser:
        yield Service(identity, journal, liar, browser)


@pytest.fixture(scope="session")
async def served(
    new_database: Callable[..., Urls],
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Served]:
    """The whole service, and providers that lie on request, all of them over real sockets."""
    folder = tmp_path_factory.mktemp("served")
    async with serving_over_sockets(folder, new_database(migrated_template).app) as running:
        yield running
