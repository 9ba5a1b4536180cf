"""The ways out: few, fixed by configuration, and none that an answer or a caller could choose."""

import ast
import json
import re
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_urlsafe
from threading import Thread

import httpx2
import pytest

from app.identity.provider.outbound import CappedTransport, fetch
from app.vocabulary.errors import Unavailable
from tests.fixtures import ROOT
from tests.service import Whole
from tests.sources import parsed

APP = ROOT / "app"
# Where anything of ours opens a connection to somebody else. Another place is a decision.
WAYS_OUT = {
    "app/audit/copies.py",  # a log somewhere, read by who runs the command
    "app/audit/witnessing.py",  # the witnesses that the tenant's file names
    "app/vault/openbao.py",  # the configured key service
    "app/identity/provider/outbound.py",  # the tenant's provider
    "app/identity/provider/exchange.py",
    "app/web/health.py",  # whether the configured model answers
    "app/web/commands/auditing.py",  # `klarfall audit verify URL`, asked by who runs it
    "app/synthesis/model.py",  # the configured model
}
OPENS = re.compile(r"^(Async)?(HTTP)?(Client|Transport|OAuth2Client|OpenAI)$|^AsyncHTTPTransport$")
MODULES = {"httpx", "httpx2", "requests", "aiohttp", "urllib.request", "http.client", "socket"}


def calls(path: Path) -> Iterator[ast.Call]:
    """Whatever makes a client or sends a request, by the library's own names."""
    for node in ast.walk(parsed(path.read_text())):
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Attribute(value=ast.Name(id="httpx2" | "httpx"), attr=name):
                    if OPENS.match(name) or name in {"get", "post", "request", "stream"}:
                        yield node
                case ast.Name(id=name) if OPENS.match(name):
                    yield node
                case _:
                    pass


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(parsed(path.read_text())):
        match node:
            case ast.Import(names=names):
                found |= {alias.name for alias in names}
            case ast.ImportFrom(module=str(module)):
                found |= {module}
            case _:
                pass
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_se_14_ap_09_connections_are_opened_in_few_places_and_no_caller_is_passed_on() -> None:
    """No route hands a request on to another server: whatever goes out is one of these."""
    opening = {named(path) for path in APP.rglob("*.py") if list(calls(path))}

    assert opening
    assert opening <= WAYS_OUT
    others = {named(p) for p in APP.rglob("*.py") if imported(p) & (MODULES - {"httpx2"})}
    assert others <= {"app/synthesis/model.py"}


def test_ap_09_every_way_out_ignores_proxies_of_the_environment_and_follows_nothing() -> None:
    seen = 0
    for path in sorted(APP.rglob("*.py")):
        for call in calls(path):
            given = {each.arg: each.value for each in call.keywords}
            where = f"{named(path)}:{call.lineno}"
            direct = given.get("trust_env")
            assert isinstance(direct, ast.Constant), where
            assert direct.value is False, where
            follows = given.get("follow_redirects", ast.Constant(value=False))
            assert isinstance(follows, ast.Constant), where
            assert follows.value is False, where
            seen += 1
    assert seen >= 3


def test_se_12_no_session_of_the_framework_is_used() -> None:
    """Its sessions live in a cookie that the client can read and that no server can end."""
    found = [
        named(path)
        for path in APP.rglob("*.py")
        if re.search(r"SessionMiddleware|middleware\.sessions|request\.session\b", path.read_text())
    ]
    assert found == []


async def test_se_12_what_stands_before_the_routes_is_ours(whole: Whole) -> None:
    before = [f"{each.cls}" for each in whole.app.user_middleware]

    assert before
    assert [each for each in before if "'app.web." not in each] == []


class Redirecting(BaseHTTPRequestHandler):
    """Leads whoever asks for /away to the address it was told, and answers everything else."""

    asked: list[str]
    target: str

    def do_GET(self) -> None:
        self.asked.append(self.path)
        away = self.path == "/away"
        self.send_response(302 if away else 200)
        if away:
            self.send_header("Location", self.target)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Nothing to say."""


@contextmanager
def answering(target: str = "") -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("Handler", (Redirecting,), {"asked": asked, "target": target})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


async def test_ap_09_ap_10_a_provider_that_leads_elsewhere_is_not_followed() -> None:
    transport = CappedTransport()
    with (
        answering() as (elsewhere, asked_there),
        answering(f"{elsewhere}/metadata") as (url, asked),
    ):
        assert await fetch(transport, f"{url}/metadata") == b"{}"
        with pytest.raises(Unavailable):
            await fetch(transport, f"{url}/away")
    await transport.aclose()

    assert asked == ["/metadata", "/away"]
    assert asked_there == []


def leading_to(*found: str) -> Callable[[str, int], Awaitable[list[str]]]:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(found)

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"),  # noqa: S104 - refused
        *("169.254.169.254", "fe80::1", "fe80::1%eth0", "224.0.0.1", "ff02::1", "240.0.0.1"),
        "255.255.255.255",
    ],
)
async def test_ap_09_a_name_that_leads_to_this_machine_or_its_link_is_not_called(
    address: str,
) -> None:
    """API7: also where another of its addresses is fit. Nothing is connected to."""
    for found in ([address], ["192.0.2.7", address]):
        transport = CappedTransport(leading_to(*found))
        with answering() as (url, asked), guarded() as seen:
            port = url.rpartition(":")[2]
            with pytest.raises(Unavailable):
                await fetch(transport, f"http://id.example:{port}/metadata")
        await transport.aclose()
        assert asked == []
        assert seen == []


@pytest.mark.parametrize(
    "address", ["10.1.2.3", "192.168.7.7", "fd00::7", "192.0.2.7", "2001:db8::7"]
)
async def test_ap_09_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(
    address: str,
) -> None:
    """A private network is fit, as a broker may be in the same house. The name goes along."""
    asked: list[str] = []
    given: list[httpx2.Request] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return [address] if len(asked) == 1 else ["127.0.0.1"]

    class Wire(CappedTransport):
        """Up to where the connection would be opened."""

        def __init__(self) -> None:
            super().__init__(resolve)
            self._transport = httpx2.MockTransport(self._answer)  # type: ignore[assignment]  # both send

        async def _answer(self, request: httpx2.Request) -> httpx2.Response:
            given.append(request)
            return httpx2.Response(200, stream=httpx2.ByteStream(b"{}"))

    assert await fetch(Wire(), "https://id.example/metadata") == b"{}"

    assert asked == ["id.example:443"]
    (request,) = given
    assert (request.url.host, request.url.path) == (address, "/metadata")
    assert request.headers["host"] == "id.example"
    assert request.extensions["sni_hostname"] == "id.example"


async def test_ap_09_the_next_address_is_tried_where_the_first_takes_no_connection() -> None:
    """And a name that leads nowhere is a provider that is away."""

    async def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError

    with answering() as (url, asked):
        transport = CappedTransport(nowhere)
        with pytest.raises(Unavailable):
            await fetch(transport, url.replace("127.0.0.1", "id.example"))
        assert await fetch(transport, f"{url}/metadata") == b"{}"  # an address of the configuration
        await transport.aclose()
    assert asked == ["/metadata"]


class Guard:
    """Every address that Python code connects to, while it is on."""

    def __init__(self) -> None:
        self.on = False
        self.seen: list[object] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.on and event in {"socket.connect", "socket.getaddrinfo", "urllib.Request"}:
            self.seen.append(arguments[1:])


GUARD = Guard()


@contextmanager
def guarded() -> Iterator[list[object]]:
    GUARD.seen.clear()
    GUARD.on = True
    try:
        yield GUARD.seen
    finally:
        GUARD.on = False


async def test_ap_09_a_whole_visit_opens_no_connection_but_to_provider_and_database(
    whole: Whole,
) -> None:
    """The provider answers in this process and the database speaks C: so none at all is seen."""
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    where = f"http://127.0.0.1:9/{token_urlsafe(4)}"
    with guarded() as seen:
        async with whole.browser() as browser:
            await whole.sign_in(browser, who)
            assert (await browser.get("/v1/me")).status_code == 200
        asked = await whole.call(
            "POST",
            f"/v1/cases/{ids['case']}/questions",
            whole.citizen(who),
            {"question": f"Was steht auf {where} und wann kommt mein Geld?"},
        )
        assert asked.status_code == 200
        for header in ({"jku": where}, {"x5u": where}):
            whole.liar.header = header
            try:
                forged = whole.citizen(who)
            finally:
                whole.liar.header = {}
            refused = await whole.call("GET", "/v1/me", forged)
            assert refused.status_code == 401
        lured = {"referer": where, "origin": where, "x-forwarded-host": "127.0.0.1:9"}
        assert (await whole.call("GET", "/", lured)).status_code == 200
    assert seen == []


async def test_ap_09_the_guard_sees_a_connection_that_is_opened() -> None:
    transport = CappedTransport()
    with answering() as (url, _), guarded() as seen:
        assert json.loads(await fetch(transport, f"{url}/metadata")) == {}
    await transport.aclose()

    assert seen
