"""The whole service at one address, a lying provider for each profile at two others."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from secrets import token_urlsafe
from urllib.parse import urlencode, urlsplit

import httpx2
from pydantic import AnyHttpUrl
from sqlalchemy import text

from app.database.engine import Database
from app.identity.browser.cookies import SESSION
from app.identity.identity import Identity
from app.identity.provider.profile import Profile
from app.vocabulary.ids import TenantId
from app.web.main import create_app
from app.web.wiring import Service
from tests.doubles.lying_provider import ISSUER, LyingProvider, new_key
from tests.doubles.sockets import AtHome, Tab, free_port, listening
from tests.fixtures import MovableClock
from tests.service import settings_in, write_client_key, write_tenant

TENANTS = {Profile.FAPI2: "bergstrasse", Profile.PLAIN: "main-kinzig"}
# Long enough for the metadata and the keys we keep to be asked for again.
AFTER_ALL_CACHES = timedelta(minutes=11)


@dataclass(frozen=True, kw_only=True)
class Served:
    """`client` talks to the service as any stranger could."""

    url: str
    clock: MovableClock
    liars: Mapping[Profile, LyingProvider]
    client: httpx2.AsyncClient
    identity: Identity

    @property
    def database(self) -> Database:
        return self.identity.database

    def tab(self) -> Tab:
        return Tab(self.client)

    def begin(self, profile: Profile) -> "SignInUnderWay":
        """Somebody nobody knows yet, and a provider that is honest until told otherwise."""
        liar = self.liars[profile]
        make_honest(liar)
        liar.subject = token_urlsafe(12)
        return SignInUnderWay(self, profile, self.tab())

    async def count(self, profile: Profile, statement: str, **values: object) -> int:
        async with self.database.transaction(TenantId(TENANTS[profile])) as tx:
            return int((await tx.execute(text(statement), values)).scalar_one())


@dataclass
class SignInUnderWay:
    """One browser's way to the provider and back."""

    served: Served
    profile: Profile
    tab: Tab
    next: str = "/"
    # Of everybody, when this was begun.
    _before: int | None = None

    @property
    def liar(self) -> LyingProvider:
        return self.served.liars[self.profile]

    async def go(self) -> httpx2.Response:
        self._before = await self._everybodys_sessions()
        asked = {"tenant": TENANTS[self.profile], "next": self.next}
        return await self.tab.get(f"/login?{urlencode(asked)}")

    async def authorized(self, **lies: str | None) -> str:
        """The address the provider sends the browser back to, without the host."""
        begun = await self.go()
        assert begun.status_code == 303, begun.text
        back = urlsplit(self.liar.authorize(begun.headers["location"], **lies))
        return f"{back.path}?{back.query}"

    async def come_back(self, path: str) -> httpx2.Response:
        return await self.tab.get(path)

    async def whole(self) -> httpx2.Response:
        return await self.come_back(await self.authorized())

    async def sessions(self) -> int:
        """How many there are of this person, whatever their state."""
        return await self.served.count(
            self.profile,
            "SELECT count(*) FROM sessions s JOIN identities i ON i.id = s.identity_id "
            "WHERE i.subject = :subject",
            subject=self.liar.subject,
        )

    async def _everybodys_sessions(self) -> int:
        return sum(
            [await self.served.count(each, "SELECT count(*) FROM sessions") for each in TENANTS]
        )

    async def refused(self, response: httpx2.Response, status: int) -> None:
        """And nobody has a session by it: not this person, nor whoever else a lie may name."""
        assert response.status_code == status, (response.status_code, response.text)
        assert not any(
            given.startswith(f"{SESSION}=") for given in response.headers.get_list("set-cookie")
        )
        assert SESSION not in self.tab.cookies
        assert await self.sessions() == 0
        assert await self._everybodys_sessions() == self._before

    async def accepted(self, response: httpx2.Response) -> None:
        assert response.status_code == 200, (response.status_code, response.text)
        assert SESSION in self.tab.cookies
        assert await self.sessions() == 1
        assert (await self.tab.get("/v1/me")).status_code == 200


def make_honest(liar: LyingProvider) -> None:
    liar.claims, liar.header, liar.metadata, liar.answer, liar.pushed = {}, {}, {}, {}, {}
    liar.sign, liar.published, liar.acr = None, None, "substantial"
    liar.replies.clear()
    liar.proof_nonce = liar.proof_nonce or token_urlsafe(16)


@asynccontextmanager
async def serving_over_sockets(folder: Path, database_url: str) -> AsyncIterator[Served]:
    clock = MovableClock()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    client_key = new_key()
    liars = {
        profile: LyingProvider(
            clock,
            profile=profile,
            issuer=f"http://127.0.0.1:{free_port()}",
            client_id=f"klarfall-web-{tenant}",
            origin=url,
            client_key=client_key,
        )
        for profile, tenant in TENANTS.items()
    }
    for profile, liar in liars.items():
        write_client_key(folder, liar)
        path = write_tenant(folder, TENANTS[profile], client=liar.client_id)
        content = path.read_text().replace(ISSUER, liar.issuer)
        path.write_text(content.replace('profile = "plain"', f'profile = "{profile}"'))
    app = create_app(settings_in(folder, database_url, public_url=AnyHttpUrl(url)), clock)
    service = app.state.service
    assert isinstance(service, Service)
    async with AsyncExitStack() as running:
        for liar in liars.values():
            issued_at = urlsplit(liar.issuer).port
            assert issued_at is not None
            await running.enter_async_context(listening(AtHome(liar), issued_at))
        await running.enter_async_context(app.router.lifespan_context(app))
        await running.enter_async_context(listening(app, port))
        client = await running.enter_async_context(
            httpx2.AsyncClient(base_url=url, trust_env=False, timeout=15)
        )
        yield Served(url=url, clock=clock, liars=liars, client=client, identity=service.identity)
