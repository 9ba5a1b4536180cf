"""What a provider may say of itself, how long its keys hold, and how far it may keep us waiting."""

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.identity.provider.clients import KeyUnfit, client_key
from app.identity.provider.keys import Keys
from app.identity.provider.outbound import CappedTransport, fetch
from app.identity.provider.providers import Peer, read_metadata
from app.identity.tokens.verification import key_set
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unauthenticated, Unavailable
from tests.doubles.lying_provider import (
    ABSENT,
    HONEST_METADATA,
    ISSUER,
    LyingProvider,
    changed,
    new_key,
    provider_of,
)
from tests.fixtures import MovableClock

ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint")


def test_honest_metadata_is_read(liar: LyingProvider) -> None:
    found = read_metadata(HONEST_METADATA, provider_of(liar))
    assert found.token_endpoint == f"{ISSUER}/token"


@pytest.mark.parametrize(
    "lie",
    [
        {"issuer": "https://evil.example"},
        {"issuer": f"{ISSUER}/"},
        {"issuer": ABSENT},
        {"code_challenge_methods_supported": ["plain"]},
        {"code_challenge_methods_supported": ABSENT},
        {"code_challenge_methods_supported": "S256"},
        {"response_types_supported": ["id_token"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
        {"id_token_signing_alg_values_supported": ["none", "RS256"]},
        {"authorization_response_iss_parameter_supported": ABSENT},
        {"authorization_response_iss_parameter_supported": "true"},
    ]
    + [{name: ABSENT} for name in ENDPOINTS[:3]]
    + [{name: 7} for name in ENDPOINTS]
    + [{name: "https://evil.example/x"} for name in ENDPOINTS]
    + [{name: ISSUER.replace("https", "http") + "/x"} for name in ENDPOINTS]
    + [{name: f"{ISSUER}@evil.example/x"} for name in ENDPOINTS]
    + [{name: f"{ISSUER}/x#y"} for name in ENDPOINTS],
    ids=str,
)
def test_id_02_id_10_metadata_that_lies_or_offers_too_little_is_refused(
    liar: LyingProvider, lie: dict[str, object]
) -> None:
    with pytest.raises((ValueError, TypeError)):
        read_metadata(changed(HONEST_METADATA, lie), provider_of(liar))


@pytest.mark.parametrize("document", [None, [], "x", 1])
def test_metadata_that_is_no_object_is_refused(liar: LyingProvider, document: object) -> None:
    with pytest.raises(ValueError, match="another issuer"):
        read_metadata(document, provider_of(liar))


@pytest.mark.parametrize(
    ("issuer", "loopback", "accepted"),
    [
        ("http://127.0.0.1:8100", True, True),
        ("http://[::1]:8100", True, True),
        ("http://127.0.0.1:8100", False, False),
        ("http://id.example", True, False),
        ("http://127.0.0.1.evil.example", True, False),
    ],
)
def test_id_10_plain_http_is_for_loopback_and_only_where_that_is_allowed(
    liar: LyingProvider, issuer: str, loopback: bool, accepted: bool
) -> None:
    document = json.loads(json.dumps(HONEST_METADATA).replace(ISSUER, issuer))
    provider = replace(provider_of(liar), issuer=issuer, loopback=loopback)
    if accepted:
        assert read_metadata(document, provider).jwks_uri == f"{issuer}/jwks"
    else:
        with pytest.raises(ValueError, match="not https"):
            read_metadata(document, provider)


async def test_metadata_is_kept_ten_minutes(
    liar: LyingProvider, movable_clock: MovableClock
) -> None:
    peer = Peer(provider_of(liar), movable_clock, liar)
    for _ in range(3):
        await peer.metadata()
    movable_clock.forward(timedelta(minutes=10))
    await peer.metadata()
    assert len(liar.seen) == 2
    await peer.close()


async def test_metadata_that_could_not_be_had_is_asked_for_again_after_five_seconds(
    liar: LyingProvider, movable_clock: MovableClock
) -> None:
    peer = Peer(provider_of(liar), movable_clock, liar)
    liar.metadata = {"issuer": "https://evil.example"}
    for _ in range(3):
        with pytest.raises(Unavailable):
            await peer.metadata()
    assert len(liar.seen) == 1
    liar.metadata = {}
    movable_clock.forward(timedelta(seconds=5))
    await peer.metadata()


@pytest.mark.parametrize(
    "jwk",
    [
        json.dumps(new_key("k").as_dict(private=False)),
        json.dumps(
            {
                name: value
                for name, value in new_key().as_dict(private=True).items()
                if name != "kid"
            }
        ),
        json.dumps(RSAKey.generate_key(2048).as_dict(private=True)),
        json.dumps({}),
        json.dumps([]),
        "not JSON",
    ],
    ids=["public", "no kid", "RSA", "empty", "a list", "not JSON"],
)
def test_a_client_key_that_will_not_do_stops_the_start(tmp_path: Path, jwk: str) -> None:
    file = tmp_path / "client.json"
    file.write_text(jwk)
    file.chmod(0o600)
    with pytest.raises(ValueError):  # noqa: PT011 - one of several sentences
        client_key(file)


def test_a_client_key_is_kept_from_others(tmp_path: Path) -> None:
    file = tmp_path / "client.json"
    with pytest.raises(KeyUnfit, match=r"client\.json cannot be read"):
        client_key(file)
    file.write_text(json.dumps(new_key("ours").as_dict(private=True)))
    file.chmod(0o644)
    with pytest.raises(KeyUnfit, match="others"):
        client_key(file)
    file.chmod(0o600)
    assert client_key(file).kid == "ours"


# Keys.


def test_a_key_set_gives_the_keys_we_can_use() -> None:
    ours, other = new_key("ours"), new_key("other")
    entries = [
        ours.as_dict(private=False),
        other.as_dict(private=False) | {"use": "enc"},
        other.as_dict(private=False) | {"alg": "ES384"},
        RSAKey.generate_key(2048).as_dict(private=False),
        {"kty": "EC"},
        "not even an object",
    ]
    assert set(key_set({"keys": entries})) == {"ours"}


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"keys": {}},
        {"keys": []},
        {"keys": [new_key("a").as_dict(private=True)]},
        {"keys": [OctKey.generate_key(256).as_dict(), new_key("a").as_dict(private=False)]},
        {"keys": [new_key("a").as_dict(private=False), new_key("a").as_dict(private=False)]},
        {"keys": [new_key(str(n)).as_dict(private=False) for n in range(33)]},
    ],
    ids=["none", "empty", "no list", "no key", "private", "secret", "kid twice", "too many"],
)
def test_a_key_set_that_cannot_be_right_is_refused(document: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - one of several sentences
        key_set(document)


class Source:
    """A key set that can change, be away, and counts who asks."""

    def __init__(self, *kids: str) -> None:
        self.keys = {kid: new_key(kid) for kid in kids}
        self.away = False
        self.asked = 0

    async def __call__(self) -> dict[str, ECKey]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("provider")
        return dict(self.keys)


async def test_id_28_a_new_key_works_after_one_look(movable_clock: MovableClock) -> None:
    source = Source("old")
    keys = Keys(source, movable_clock)
    await keys.key("old")
    source.keys["new"] = new_key("new")
    movable_clock.forward(timedelta(seconds=5))
    assert await keys.key("new") is source.keys["new"]
    assert source.asked == 2


async def test_id_28_a_removed_key_is_dead_after_five_minutes(movable_clock: MovableClock) -> None:
    source = Source("old", "new")
    keys = Keys(source, movable_clock)
    await keys.key("old")
    del source.keys["old"]
    movable_clock.forward(timedelta(seconds=299))
    await keys.key("old")
    movable_clock.forward(timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        await keys.key("old")


async def test_id_28_a_flood_of_unknown_kids_asks_once_in_five_seconds(
    movable_clock: MovableClock,
) -> None:
    source = Source("known")
    keys = Keys(source, movable_clock)
    for number in range(100):
        with pytest.raises(Unauthenticated):
            await keys.key(f"unknown-{number}")
    assert source.asked == 1
    movable_clock.forward(timedelta(seconds=5))
    with pytest.raises(Unauthenticated):
        await keys.key("unknown")
    assert source.asked == 2


async def test_many_who_wait_for_keys_ask_once(clock: Clock) -> None:
    source = Source("known")
    keys = Keys(source, clock)
    await asyncio.gather(*(keys.key("known") for _ in range(50)))
    assert source.asked == 1


async def test_known_keys_hold_ten_minutes_while_the_provider_is_away(
    movable_clock: MovableClock,
) -> None:
    source = Source("known")
    keys = Keys(source, movable_clock)
    await keys.key("known")
    source.away = True
    movable_clock.forward(timedelta(seconds=599))
    await keys.key("known")
    with pytest.raises(Unavailable):
        await keys.key("unknown")
    movable_clock.forward(timedelta(seconds=1))
    with pytest.raises(Unavailable):
        await keys.key("known")
    source.away = False
    movable_clock.forward(timedelta(seconds=5))
    await keys.key("known")


# The way out, over a real socket.

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            await talk(reader, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    finally:
        server.close()


def says(body: bytes, *, status: str = "200 OK", headers: str = "") -> Talk:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n"
        writer.write(head.encode() + body)

    return talk


async def trickles(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def hangs_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n1")


async def got(talk: Talk) -> bytes:
    transport = CappedTransport()
    try:
        async with listening(talk) as url:
            return await fetch(transport, url)
    finally:
        await transport.aclose()


async def test_a_document_is_fetched() -> None:
    assert await got(says(b"{}")) == b"{}"
    assert len(await got(says(b"x" * 64 * 1024))) == 64 * 1024


@pytest.mark.parametrize(
    "talk",
    [
        says(b"x" * (64 * 1024 + 1)),
        says(b"{}", status="302 Found", headers="location: http://127.0.0.1:1/\r\n"),
        says(gzip.compress(b"x" * 10**7), headers="content-encoding: gzip\r\n"),
        says(b"no", status="500 Oops"),
        hangs_up,
    ],
    ids=["64 KiB and one", "redirect", "compressed", "500", "hangs up"],
)
async def test_id_25_a_document_that_is_not_right_is_unavailable(talk: Talk) -> None:
    with pytest.raises(Unavailable):
        await got(talk)


async def test_id_25_a_provider_that_trickles_is_given_five_seconds() -> None:
    begun = time.monotonic()
    with pytest.raises(Unavailable):
        await got(trickles)
    assert 4.5 < time.monotonic() - begun < 7


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert await got(says(b"{}")) == b"{}"
