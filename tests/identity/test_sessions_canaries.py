"""SE-01: what a browser is ever given, byte for byte, and what the database keeps of it."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import quote

import httpx2
import pytest
from sqlalchemy import create_engine, text

from app.identity.browser.cookies import SESSION
from app.identity.browser.tickets import Ticket
from tests.doubles.lying_provider import ORIGIN, Change, at_hash, signed
from tests.service import OUR_CALL, Whole

QUESTION = "Wann kommt mein Geld?"


@dataclass
class Watched:
    """A browser, all it was ever sent, and the tokens that must not be among it."""

    whole: Whole
    browser: httpx2.AsyncClient
    bytes: list[bytes] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)

    async def go(self, method: str, path: str, **more: object) -> httpx2.Response:
        answer = await self.browser.request(method, path, **more)  # type: ignore[arg-type]  # handed on
        head = [name + b": " + value for name, value in answer.headers.raw]
        self.bytes += [*head, answer.content]
        return answer

    def found(self) -> list[str]:
        everything = b"\n".join(self.bytes)
        return [
            spelled
            for token in self.tokens
            for spelled in spellings(token)
            if spelled.encode() in everything
        ]


def spellings(token: str) -> set[str]:
    """As it is, in other dress, and the parts of it that would do."""
    raw = token.encode()
    return {
        token,
        quote(token, safe=""),
        raw.hex(),
        b64encode(raw).decode().rstrip("="),
        urlsafe_b64encode(raw).decode().rstrip("="),
        *(part for part in token.split(".") if len(part) > 30),
    }


@pytest.fixture
async def watched(whole: Whole) -> AsyncIterator[Watched]:
    """A provider whose tokens can be told apart from everything else."""
    ref, _ = await whole.push()
    whole.liar.subject = await whole.bound(ref)
    access, refresh = (f"canary-{name}-{token_urlsafe(24)}" for name in ("access", "refresh"))
    async with whole.browser() as browser:
        seen = Watched(whole, browser, tokens=[access, refresh])

        def sign(header: Change, claims: Change) -> str:
            token = signed(header, json.dumps(claims).encode(), whole.liar.key)
            seen.tokens.append(token)
            return token

        liar = whole.liar
        liar.answer = {"access_token": access, "refresh_token": refresh}
        liar.claims, liar.sign = {"at_hash": at_hash(access)}, sign
        yield seen
        liar.answer, liar.claims, liar.sign = {}, {}, None


async def everything_a_person_does(watched: Watched) -> None:
    begun = await watched.go("GET", "/login?tenant=bergstrasse&next=/ask")
    address = watched.whole.liar.authorize(begun.headers["location"])
    back = await watched.go("GET", address)
    assert back.status_code == 200, back.text
    html = {"accept": "text/html"}
    for path in ("/", "/ask", "/fields", "/consents", "/session", "/mandates"):
        assert (await watched.go("GET", path, headers=html)).status_code == 200, path
    me = await watched.go("GET", "/v1/me")
    (mandate,) = me.json()["mandates"]
    assert (await watched.go("GET", "/v1/me/sessions")).status_code == 200
    asked = f"/v1/cases/{mandate['case_id']}/questions"
    for accept, part in (
        ("application/json", b'"status"'),
        ("text/event-stream", b"event: answer"),
    ):
        answer = await watched.go(
            "POST", asked, json={"question": QUESTION}, headers={**OUR_CALL, "accept": accept}
        )
        assert answer.status_code == 200, answer.text
        assert part in answer.content
    refused = await watched.go("GET", f"{address}&x=1")
    assert refused.status_code == 401
    shown = await watched.go("GET", "/session", headers=html)
    token = re.search(r'name="form_token" value="(\w+)"', shown.text)
    assert token is not None
    form = {"form_token": token[1]}
    out = await watched.go("POST", "/logout", data=form, headers={"origin": ORIGIN})
    assert "session/end" in out.text


class TestBrowser:
    async def test_se_01_no_token_is_in_any_byte_a_browser_gets(self, watched: Watched) -> None:
        """SE-01: pages, JSON, the stream, headers and cookies, from signing in to signing out."""
        await everything_a_person_does(watched)

        assert len(watched.tokens) >= 3  # access, refresh and the ID token
        assert watched.whole.liar.token_requests
        assert len(watched.bytes) > 100
        assert watched.found() == []
        watched.bytes.append(watched.tokens[-1].encode())
        assert watched.found() != []  # it would have been seen

    async def test_se_01_nor_the_secrets_of_the_sign_in(self, watched: Watched) -> None:
        """ID-08: the verifier and our assertion go to the provider alone."""
        await everything_a_person_does(watched)
        sent = watched.whole.liar.token_requests[-1]
        watched.tokens = [sent["code_verifier"], sent["client_assertion"]]
        assert watched.found() == []

    async def test_id_26_nor_do_any_reach_the_log_lines(self, watched: Watched) -> None:
        """ID-26, AP-11"""
        await everything_a_person_does(watched)
        watched.bytes = [watched.whole.logged.getvalue().encode()]
        sent = watched.whole.liar.token_requests[-1]
        watched.tokens += [sent["code"], sent["code_verifier"], sent["client_assertion"]]
        assert watched.found() == []

    async def test_ap_07_nothing_a_signed_in_browser_gets_is_kept_by_a_cache(
        self, watched: Watched
    ) -> None:
        """AP-07: and no address it is sent to says who or what it is about."""
        await everything_a_person_does(watched)
        lines = [line.lower() for line in watched.bytes]
        assert lines.count(b"cache-control: no-store") >= 14
        assert not [each for each in lines if each.startswith((b"etag:", b"last-modified:"))]


async def test_se_03_a_copy_of_the_whole_database_opens_no_session(
    whole: Whole, superuser_dump: "Dump"
) -> None:
    """SE-03: of the cookie it holds a SHA-256 and nothing that leads back."""
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_urlsafe(9))
        ticket = Ticket.read(browser.cookies[SESSION])

    rows = superuser_dump()

    assert sha256(ticket.secret.encode()).hexdigest() in rows
    for secret in (ticket.secret, ticket.form_token(), ticket.derived("klarfall session name v1")):
        raw = secret if isinstance(secret, bytes) else secret.encode()
        assert raw.hex() not in rows
        assert raw.decode("latin-1") not in rows


class Dump:
    """Every row of every table, as the owner of the server reads them."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self) -> str:
        engine = create_engine(self._url, isolation_level="REPEATABLE READ")
        with engine.connect() as connection:
            tables = connection.execute(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            rows = [
                str(row)
                for (table,) in tables.all()
                for row in connection.execute(text(f'SELECT t::text FROM "{table}" t')).scalars()  # noqa: S608 - our own tables
            ]
        engine.dispose()
        return "\n".join(rows)


@pytest.fixture
def superuser_dump(whole: Whole, superuser_url: str) -> Dump:
    """Of the database this service is on, which is not the one other tests share."""
    name = whole.parts.database._engine.url.database
    return Dump(superuser_url.rpartition("/")[0] + f"/{name}")
