"""What knowing who is asking costs: signing in, a token with its proof, a session, signing out.

The service is put together in this process, on the demo's database and with the demo's provider,
so that what the provider takes can be told apart. Its logout is measured over HTTP, at the
service that serves. Nothing here waits: all of it together takes some ten seconds.
"""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from time import perf_counter
from typing import Final
from urllib.parse import urlencode, urljoin

import httpx2
import psycopg
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import text

from app.identity.browser import sessions
from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from app.identity.provider.outbound import CappedTransport
from app.identity.provider.providers import Peer
from app.identity.tokens import access_tokens, dpop
from app.identity.tokens.challenges import Challenge
from app.telemetry import logs
from app.vocabulary.ids import TenantId
from app.web.main import create_app
from app.web.settings import Settings
from demo.signin import PASSWORD
from demo.stack import Demo, service_environment

TENANT: Final = TenantId("bergstrasse")
ACCOUNT: Final = "erika"
MACHINE: Final = "integrator"
SIGN_INS: Final = 25
PROOFS: Final = 200
LOOK_UPS: Final = 300
LOGOUTS: Final = 8
STEPS: Final = 12
PATIENCE_SECONDS: Final = 5.0
BACK_CHANNEL: Final = "http://schemas.openid.net/event/backchannel-logout"
_SELECT_1: Final = text("SELECT 1")
_OVER: Final = re.compile(r"max-age=0\b|1970", re.IGNORECASE)


class NotMeasured(Exception):
    """A part did not do what was to be measured."""


@dataclass
class Timed(httpx2.AsyncBaseTransport):
    """The way to the provider, which keeps count of how long is waited for it."""

    inner: httpx2.AsyncBaseTransport
    spent: float = 0.0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        begun = perf_counter()
        try:
            response = await self.inner.handle_async_request(request)
            content = await response.aread()
        finally:
            self.spent += perf_counter() - begun
        return httpx2.Response(response.status_code, headers=response.headers, content=content)

    async def aclose(self) -> None:
        await self.inner.aclose()


@dataclass
class Jar:
    """Cookies by hand: they are Secure, which no client but a browser sends to http://127.0.0.1."""

    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def headers(self) -> dict[str, str]:
        return {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def keep(self, response: httpx2.Response) -> httpx2.Response:
        for given in response.headers.get_list("set-cookie"):
            name, _, rest = given.partition("=")
            value, _, attributes = rest.partition(";")
            if value and not _OVER.search(attributes):
                self.cookies[name] = value.strip('"')
            else:
                self.cookies.pop(name, None)
        return response


@dataclass
class Bench:
    """The service in this process, its way to the provider, and the service that serves."""

    app: FastAPI
    timed: Timed
    demo: Demo
    provider_key: ECKey

    @property
    def url(self) -> str:
        return self.demo.place.url

    @property
    def peer(self) -> Peer:
        peer = self.app.state.service.identity.peers[TENANT]
        if not isinstance(peer, Peer):
            raise NotMeasured("the service has no such provider")
        return peer

    def here(self, number: int = 1) -> httpx2.AsyncClient:
        """As one of many: sign-ins are limited for each address."""
        transport = httpx2.ASGITransport(
            self.app, client=(f"10.1.{number // 250}.{number % 250}", 1)
        )
        return httpx2.AsyncClient(transport=transport, base_url=self.url)

    def signed(self, header: dict[str, object], claims: dict[str, object]) -> str:
        """As the provider signs."""
        head = {"alg": "ES256", "kid": self.provider_key.kid, **header}
        return jwt.encode(head, claims, self.provider_key)


Figure = Callable[..., None]


def measure(demo: Demo, folder: Path, *, figure: Figure) -> None:
    """Prints through `figure`, as every other part of the bench does."""
    asyncio.run(_measure(demo, folder, figure))


async def _measure(demo: Demo, folder: Path, figure: Figure) -> None:
    async with _started(demo, folder) as bench:
        spent, jars = await sign_ins(bench)
        told(figure, "login without the provider", spent, target=30)
        told(figure, "access token and DPoP proof", await proofs(bench), target=1)
        looked_up, bare = await look_ups(bench, jars[-1])
        told(figure, "session look-up", looked_up, target=1)
        told(figure, "baseline: SELECT 1", bare)
        ended = await logouts(bench, jars)
        told(figure, "back-channel logout to effect", ended, target=1000)


def told(figure: Figure, name: str, spent: list[float], **more: int) -> None:
    ranked = sorted(spent)
    figure(f"{name} p50", ranked[len(ranked) // 2], "ms", count=len(ranked), **more)
    figure(f"{name} worst", ranked[-1], "ms", count=len(ranked))


@asynccontextmanager
async def _started(demo: Demo, folder: Path) -> AsyncIterator[Bench]:
    os.environ.update(service_environment(folder, demo.place, demo.database.app_url()))
    timed = Timed(CappedTransport())
    app = create_app(Settings(), transport=timed)
    logs.configure(sys.stderr)
    key = ECKey.import_key(json.loads((folder / "keys" / "provider.json").read_text()))
    async with app.router.lifespan_context(app):
        yield Bench(app, timed, demo, key)


@contextmanager
def _milliseconds(into: list[float]) -> Iterator[None]:
    begun = perf_counter()
    yield
    into.append((perf_counter() - begun) * 1000)


async def sign_ins(bench: Bench) -> tuple[list[float], list[Jar]]:
    """/login and /callback, less the time between asking the provider and its answer."""
    spent, jars = [], []
    for number in range(SIGN_INS + 2):
        took, jar = await _sign_in(bench, number)
        spent.append(took)
        jars.append(jar)
    # The first ask for metadata and keys.
    return spent[2:], jars


async def _sign_in(bench: Bench, number: int) -> tuple[float, Jar]:
    jar, ours = Jar(), list[float]()
    before = bench.timed.spent
    async with bench.here(number) as browser:
        with _milliseconds(ours):
            begun = jar.keep(await browser.get(f"/login?{urlencode({'tenant': TENANT})}"))
        if not begun.has_redirect_location:
            raise NotMeasured(f"/login answered {begun.status_code}")
        back = await _at_the_provider(begun.headers["location"], bench.url)
        with _milliseconds(ours):
            done = jar.keep(await browser.get(back, headers=jar.headers))
    if not done.is_success:
        raise NotMeasured(f"/callback answered {done.status_code}")
    return sum(ours) - (bench.timed.spent - before) * 1000, jar


async def _at_the_provider(url: str, ours: str) -> str:
    """Through its pages and back to the address of ours, which is not opened."""
    jar = Jar()
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        form: dict[str, str] | None = None
        for _ in range(STEPS):
            method = "GET" if form is None else "POST"
            response = jar.keep(await browser.request(method, url, data=form, headers=jar.headers))
            if response.has_redirect_location:
                url, form = urljoin(url, response.headers["location"]), None
                if url.startswith(f"{ours}/callback"):
                    return url
            else:
                form = {"account": ACCOUNT, "means": "substantial", "password": PASSWORD}
    raise NotMeasured("the provider led nowhere")


async def proofs(bench: Bench) -> list[float]:
    """The proof, then the token that it is for: all checks but that of a first use."""
    holder = ECKey.generate_key("P-256")
    token = bench.signed({"typ": "at+jwt"}, _machine_claims(bench.peer, holder))
    address = f"{bench.url}/v1/integration/schema"
    call = dpop.Call(method="GET", url=address, token=token)
    spent: list[float] = []
    for _ in range(PROOFS):
        now = datetime.now(UTC)
        nonce = bench.peer.nonces.current(now)
        challenge = Challenge(metadata=address, nonce=nonce)
        header = _proof(holder, call, nonce)
        with _milliseconds(spent):
            shown = dpop.proof(
                header, call=call, nonces=bench.peer.nonces, challenge=challenge, now=now
            )
            await access_tokens.access_token(
                token,
                expected=bench.peer.provider.expected,
                keys=bench.peer.keys,
                now=now,
                shown_by=shown.thumbprint,
            )
    return spent


def _machine_claims(peer: Peer, holder: ECKey) -> dict[str, object]:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": peer.provider.issuer,
        "sub": MACHINE,
        "aud": peer.provider.audience,
        "client_id": MACHINE,
        "jti": token_urlsafe(12),
        "iat": now,
        "exp": now + 300,
        "scope": "integration",
        "cnf": {"jkt": holder.thumbprint()},
    }


def _proof(holder: ECKey, call: dpop.Call, nonce: str) -> str:
    public = holder.as_dict(private=False)
    jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
    claims = {
        "htm": call.method,
        "htu": call.url,
        "iat": int(datetime.now(UTC).timestamp()),
        "jti": token_urlsafe(12),
        "ath": dpop.token_hash(call.token).decode(),
        "nonce": nonce,
    }
    return jwt.encode({"alg": "ES256", "typ": dpop.TYPE, "jwk": jwk}, claims, holder)


async def look_ups(bench: Bench, jar: Jar) -> tuple[list[float], list[float]]:
    """The statement that finds a live session, and the shortest there is, turn by turn."""
    ticket = Ticket.read(jar.cookies[SESSION])
    database = bench.app.state.service.database
    found: list[float] = []
    bare: list[float] = []
    async with database.transaction(TENANT) as tx:
        once: Callable[[], Awaitable[object]] = partial(tx.execute, _SELECT_1)
        for _ in range(LOOK_UPS):
            with _milliseconds(bare):
                await once()
            with _milliseconds(found):
                await sessions.establish(tx, ticket, now=datetime.now(UTC))
    return found, bare


async def logouts(bench: Bench, jars: list[Jar]) -> list[float]:
    """From the provider's word to the first call that is refused, at the service that serves."""
    spent: list[float] = []
    async with httpx2.AsyncClient(base_url=bench.url, trust_env=False, timeout=10) as client:
        for jar in jars[:LOGOUTS]:
            before = await client.get("/v1/me", headers=jar.headers)
            if not before.is_success:
                raise NotMeasured(f"a session just begun was answered {before.status_code}")
            token = bench.signed({"typ": "logout+jwt"}, _logout_claims(bench, jar))
            with _milliseconds(spent):
                done = await client.post("/backchannel-logout", data={"logout_token": token})
                if not done.is_success:
                    raise NotMeasured(f"/backchannel-logout answered {done.status_code}")
                until = perf_counter() + PATIENCE_SECONDS
                while (
                    await client.get("/v1/me", headers=jar.headers)
                ).status_code != httpx2.codes.UNAUTHORIZED:
                    if perf_counter() > until:
                        raise NotMeasured("a session goes on after its logout")
    return spent


def _logout_claims(bench: Bench, jar: Jar) -> dict[str, object]:
    now = int(datetime.now(UTC).timestamp())
    return {
        "iss": bench.peer.provider.issuer,
        "aud": bench.peer.provider.client_id,
        "iat": now,
        "exp": now + 120,
        "jti": token_urlsafe(12),
        "sid": _provider_session(bench, jar),
        "events": {BACK_CHANNEL: {}},
    }


def _provider_session(bench: Bench, jar: Jar) -> str:
    """What only provider and service know of a session. Read as who may read everything."""
    with psycopg.connect(bench.demo.database.superuser_url()) as connection:
        row = connection.execute(
            "SELECT provider_session FROM sessions WHERE secret_hash = %s",
            [Ticket.read(jar.cookies[SESSION]).digest],
        ).fetchone()
    if row is None or row[0] is None:
        raise NotMeasured("a session without its name at the provider")
    return str(row[0])
