"""Proofs of possession at the door: which of them let a bound token in (RFC 9449)."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import Final

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, RSAKey

from app.identity.tokens.dpop import normalised, token_hash
from app.identity.tokens.nonces import PERIOD, Nonces
from app.vocabulary.errors import Unauthenticated
from tests.doubles.lying_provider import ABSENT, ORIGIN, changed, new_key, part, signed, unsigned
from tests.identity.door import ME, SCHEMA, Door, behind_a_socket, shape
from tests.identity.forgeries import RSA, as_der, sealed
from tests.identity.test_forged_tokens import REFUSED
from tests.service import Whole

Change = dict[str, object]


@pytest.fixture(scope="module")
async def running(one_service: Whole) -> AsyncIterator[Door]:
    async with behind_a_socket(one_service) as door:
        yield door


@pytest.fixture
def door(running: Door, whole: Whole) -> Door:
    """With the provider honest."""
    assert running.whole is whole
    return running


@dataclass(frozen=True)
class Draft:
    """A proof that is right for `GET /v1/integration/schema`, before anything is done to it."""

    key: ECKey
    header: Change
    claims: Change

    @classmethod
    def of(cls, door: Door, token: str) -> "Draft":
        key = door.whole.liar.machine_key
        public = key.as_dict(private=False)
        now = door.whole.clock()
        nonces = door.whole.parts.identity.peer_for_audience(f"{ORIGIN}/t/bergstrasse").nonces
        return cls(
            key,
            {
                "typ": "dpop+jwt",
                "alg": "ES256",
                "jwk": {member: public[member] for member in ("kty", "crv", "x", "y")},
            },
            {
                "jti": token_urlsafe(12),
                "htm": "GET",
                "htu": f"{ORIGIN}{SCHEMA}",
                "iat": int(now.timestamp()),
                "ath": token_hash(token).decode(),
                "nonce": nonces.current(now),
            },
        )

    def signed(self, key: ECKey | RSAKey | bytes | None = None) -> str:
        return signed(self.header, json.dumps(self.claims).encode(), key or self.key)

    def with_claims(self, **change: object) -> "Draft":
        return Draft(self.key, self.header, changed(self.claims, change))

    def with_header(self, **change: object) -> "Draft":
        return Draft(self.key, changed(self.header, change), self.claims)

    def with_jwk(self, **change: object) -> "Draft":
        jwk = self.header["jwk"]
        assert isinstance(jwk, dict)
        return self.with_header(jwk=changed(jwk, change))

    def later(self, seconds: int) -> "Draft":
        issued_at = self.claims["iat"]
        assert isinstance(issued_at, int)
        return self.with_claims(iat=issued_at + seconds)


Forge = Callable[[Draft], str]


def claims(**change: object) -> Forge:
    return lambda draft: draft.with_claims(**change).signed()


def header(**change: object) -> Forge:
    return lambda draft: draft.with_header(**change).signed()


def jwk(**change: object) -> Forge:
    return lambda draft: draft.with_jwk(**change).signed()


def later(seconds: int) -> Forge:
    return lambda draft: draft.later(seconds).signed()


def payload_text(edit: Callable[[str], str]) -> Forge:
    def forge(draft: Draft) -> str:
        head = part(json.dumps(draft.header).encode())
        return sealed(f"{head}.{part(edit(json.dumps(draft.claims)).encode())}", draft.key)

    return forge


def header_text(edit: Callable[[str], str]) -> Forge:
    def forge(draft: Draft) -> str:
        head = part(edit(json.dumps(draft.header)).encode())
        return sealed(f"{head}.{part(json.dumps(draft.claims).encode())}", draft.key)

    return forge


def whole_text(edit: Callable[[str], str]) -> Forge:
    return lambda draft: edit(draft.signed())


def with_private_key(draft: Draft) -> str:
    return draft.with_jwk(d=draft.key.as_dict(private=True)["d"]).signed()


def of_another_key(draft: Draft) -> str:
    """Whole and sound, but of a key that the token is not bound to."""
    thief = new_key()
    public = thief.as_dict(private=False)
    own = {member: public[member] for member in ("kty", "crv", "x", "y")}
    return draft.with_header(jwk=own).signed(thief)


def of_rsa(draft: Draft) -> str:
    own = RSA.as_dict(private=False)
    return draft.with_header(alg="PS256", jwk=dict(own)).signed(RSA)


def of_hmac(draft: Draft) -> str:
    return draft.with_header(alg="HS256").signed(draft.key.as_pem(private=False))


def of_p384(draft: Draft) -> str:
    key = ECKey.generate_key("P-384")
    return draft.with_header(alg="ES384", jwk=dict(key.as_dict(private=False))).signed(key)


def off_the_curve(draft: Draft) -> str:
    return draft.with_jwk(y=part(bytes(31) + b"\x01")).signed()


def the_token_itself(draft: Draft) -> str:
    return draft.with_header(typ="at+jwt").signed()


PROOFS: Final[dict[str, Forge]] = {
    "no typ": header(typ=ABSENT),
    "typ JWT": header(typ="JWT"),
    "typ at+jwt": the_token_itself,
    "typ in capitals": header(typ="DPoP+JWT"),
    "alg none": lambda draft: unsigned(draft.header, draft.claims),
    "alg none with a signature": header_text(lambda text: text.replace("ES256", "none")),
    "alg HS256 with the public key": of_hmac,
    "alg PS256": of_rsa,
    "alg ES384": of_p384,
    "no jwk": header(jwk=ABSENT),
    "jwk null": header(jwk=None),
    "jwk a string": header(jwk="key"),
    "jwk with the private key": with_private_key,
    "jwk with a kid": jwk(kid="provider-key"),
    "jwk with x5u": jwk(x5u="https://evil.example/cert"),
    "jwk for encryption": jwk(use="enc"),
    "jwk for another algorithm": jwk(alg="ES384"),
    "jwk of a secret": jwk(kty="oct", k="AAAA", crv=ABSENT, x=ABSENT, y=ABSENT),
    "jwk off the curve": off_the_curve,
    "jwk with a short coordinate": jwk(x="AAAA"),
    "jwk with padding": lambda draft: draft.with_jwk(
        x=str(draft.key.as_dict(private=False)["x"]) + "="
    ).signed(),
    "kid": header(kid="key"),
    "x5c": header(x5c=["MIIB"]),
    "jku": header(jku="https://evil.example/jwks"),
    "crit": header(crit=["b64"], b64=False),
    "another key than the jwk": lambda draft: draft.signed(new_key()),
    "another key than the token's": of_another_key,
    "signature cut": whole_text(lambda text: text[:-4]),
    "signature padded": whole_text(lambda text: f"{text}=="),
    "signature as DER": whole_text(as_der),
    "two parts": whole_text(lambda text: text[: text.rindex(".")]),
    "two proofs in one header": whole_text(lambda text: f"{text}, {text}"),
    "nothing": lambda _: "",
    "not ASCII": lambda _: "\u00fc.\u00fc.\u00fc",
    "no htm": claims(htm=ABSENT),
    "htm POST": claims(htm="POST"),
    "htm in small letters": claims(htm="get"),
    "htm a list": claims(htm=["GET"]),
    "no htu": claims(htu=ABSENT),
    "htu of another path": claims(htu=f"{ORIGIN}{ME}"),
    "htu of another host": claims(htu=f"https://evil.example{SCHEMA}"),
    "htu without encryption": claims(htu=f"http://fall.example{SCHEMA}"),
    "htu of another port": claims(htu=f"https://fall.example:8443{SCHEMA}"),
    "htu of port 0": claims(htu=f"https://fall.example:0{SCHEMA}"),
    "htu with a query": claims(htu=f"{ORIGIN}{SCHEMA}?a=b"),
    "htu with an empty query": claims(htu=f"{ORIGIN}{SCHEMA}?"),
    "htu with a fragment": claims(htu=f"{ORIGIN}{SCHEMA}#a"),
    "htu with a user": claims(htu=f"https://fall.example@evil.example{SCHEMA}"),
    "htu with a slash more": claims(htu=f"{ORIGIN}{SCHEMA}/"),
    "htu only a path": claims(htu=SCHEMA),
    "htu a list": claims(htu=[f"{ORIGIN}{SCHEMA}"]),
    "htu with a port that is none": claims(htu=f"https://fall.example:x{SCHEMA}"),
    "htu with dots": claims(htu=f"{ORIGIN}/v1/integration/../integration/schema"),
    "no iat": claims(iat=ABSENT),
    "iat 6 seconds ahead": later(6),
    "iat 31 seconds old": later(-31),
    "iat true": claims(iat=True),
    "iat a string": lambda draft: draft.with_claims(iat=str(draft.claims["iat"])).signed(),
    "iat 1e20": claims(iat=1e20),
    "iat negative": claims(iat=-1),
    "no ath": claims(ath=ABSENT),
    "ath of another token": claims(ath=token_hash("another").decode()),
    "ath padded": lambda draft: draft.with_claims(ath=f"{draft.claims['ath']}=").signed(),
    "ath not ASCII": claims(ath="\u00fc"),
    "ath half a character": claims(ath="\ud800"),
    "no jti": claims(jti=ABSENT),
    "jti empty": claims(jti=""),
    "jti a number": claims(jti=1),
    "jti too long": claims(jti="j" * 256),
    "jti with a space": claims(jti="a b"),
    "htm twice": payload_text(lambda text: text[:-1] + ', "htm": "GET"}'),
    "jwk twice": header_text(lambda text: text[:-1] + ', "jwk": {}}'),
    "nine levels": payload_text(lambda text: text[:-1] + ', "x": ' + "[" * 9 + "]" * 9 + "}"),
    "over 4 KiB": claims(x="x" * 4096),
    "payload a list": payload_text(lambda text: f"[{text}]"),
    "payload not JSON": payload_text(lambda text: text[1:]),
}

NONCES: Final[dict[str, Forge]] = {
    "no nonce": claims(nonce=ABSENT),
    "nonce null": claims(nonce=None),
    "nonce of somebody else": claims(nonce=token_urlsafe(18)),
    "nonce not ASCII": claims(nonce="\u00fc"),
    "nonce half a character": claims(nonce="\ud800"),
    "nonce a list": claims(nonce=["a"]),
}


def test_rs_08_there_are_enough_forged_proofs() -> None:
    assert len(PROOFS | NONCES) >= 25


async def honest(door: Door, token: str) -> httpx2.Response:
    return await door.call(SCHEMA, f"DPoP {token}", Draft.of(door, token).signed())


@pytest.mark.parametrize("name", PROOFS | NONCES)
async def test_rs_08_a_forged_proof_is_refused_like_anything_else_and_its_honest_twin_is_not(
    door: Door, name: str
) -> None:
    """RS-08 RS-05."""
    token = door.machine.access_token()
    proof = (PROOFS | NONCES)[name](Draft.of(door, token))

    answer = await door.call(SCHEMA, f"DPoP {token}", proof)

    assert answer.status_code == 401, answer.text
    assert shape(answer) == REFUSED
    told = answer.headers["www-authenticate"]
    faults = {"use_dpop_nonce"} if name in NONCES else {"invalid_dpop_proof", "invalid_token"}
    assert any(f'error="{fault}"' in told for fault in faults)
    assert answer.headers["dpop-nonce"] == Draft.of(door, token).claims["nonce"]
    assert (await honest(door, token)).status_code == 200


@pytest.mark.parametrize("count", [0, 2, 3])
async def test_rs_08_there_is_one_proof_and_no_more(door: Door, count: int) -> None:
    token = door.machine.access_token()
    proofs = [Draft.of(door, token).signed() for _ in range(count)]

    answer = await door.call(SCHEMA, f"DPoP {token}", *proofs)

    assert answer.status_code == 401
    assert shape(answer) == REFUSED
    assert (await honest(door, token)).status_code == 200


async def test_rs_07_a_proof_beside_a_bare_token_is_refused(door: Door) -> None:
    token = door.bare.access_token()
    proof = Draft.of(door, token).with_claims(htu=f"{ORIGIN}{ME}").signed()

    assert (await door.call(ME, f"Bearer {token}", proof)).status_code == 401
    assert (await door.call(ME, f"DPoP {token}", proof)).status_code == 401
    assert (await door.call(ME, f"Bearer {token}")).status_code == 200


@pytest.mark.parametrize(
    "forge",
    [
        later(5),
        later(-30),
        claims(jti="j" * 255),
        claims(htu=f"HTTPS://FALL.example:443{SCHEMA}"),
        claims(htu=f"{ORIGIN}/v1/%69ntegration/schema"),
        claims(x={"more": 1}),
        jwk(use="sig", alg="ES256"),
    ],
    ids=[
        "iat +5",
        "iat -30",
        "jti of 255",
        "htu in capitals with port",
        "htu escaped",
        "a claim more",
        "jwk with use and alg",
    ],
)
async def test_rs_08_what_is_just_inside_the_rules_is_accepted(door: Door, forge: Forge) -> None:
    token = door.machine.access_token()
    answer = await door.call(SCHEMA, f"DPoP {token}", forge(Draft.of(door, token)))
    assert answer.status_code == 200, answer.headers


async def test_rs_08_the_host_that_a_request_names_is_not_what_counts(door: Door) -> None:
    """A proof for the address a thief's request names is none for ours."""
    token = door.machine.access_token()
    here = str(door.client.base_url).rstrip("/")
    proof = Draft.of(door, token).with_claims(htu=f"{here}{SCHEMA}").signed()
    assert (await door.call(SCHEMA, f"DPoP {token}", proof)).status_code == 401
    assert (await honest(door, token)).status_code == 200


async def test_rs_08_a_proof_says_nothing_of_the_query(door: Door) -> None:
    token = door.machine.access_token()
    proof = Draft.of(door, token).signed()
    assert (await door.call(f"{SCHEMA}?a=b", f"DPoP {token}", proof)).status_code == 200


async def test_rs_08_a_client_learns_the_nonce_from_its_first_refusal(door: Door) -> None:
    token = door.machine.access_token()
    first = await door.call(SCHEMA, f"DPoP {token}", claims(nonce=ABSENT)(Draft.of(door, token)))
    assert 'error="use_dpop_nonce"' in first.headers["www-authenticate"]
    given_out = first.headers["dpop-nonce"]
    second = Draft.of(door, token).with_claims(nonce=given_out).signed()
    assert (await door.call(SCHEMA, f"DPoP {token}", second)).status_code == 200


async def test_rs_08_a_nonce_holds_for_its_period_and_the_next(door: Door) -> None:
    nonce = Draft.of(door, "").claims["nonce"]
    found = []
    for _ in range(3):
        token = door.machine.access_token()
        proof = Draft.of(door, token).with_claims(nonce=nonce).signed()
        found.append((await door.call(SCHEMA, f"DPoP {token}", proof)).status_code)
        door.whole.clock.forward(PERIOD)
    assert found == [200, 200, 401]


def test_rs_08_every_worker_knows_the_nonces_of_the_others_and_nobody_else_does() -> None:
    now = datetime(2026, 11, 22, 10, 7, tzinfo=UTC)
    one, other, stranger = Nonces(b"secret"), Nonces(b"secret"), Nonces(b"another")
    assert other.accepts(one.current(now), now)
    assert not stranger.accepts(one.current(now), now)
    assert not other.accepts("", now)


@given(st.text(max_size=60))
def test_rs_08_an_address_is_normalised_once_and_for_all_or_refused(text: str) -> None:
    url = f"https://fall.example/{text}"
    try:
        scheme, host, port, path = normalised(url)
    except (Unauthenticated, ValueError):
        return
    again = f"{scheme}://{host}:{port}{path}"
    assert normalised(again) == (scheme, host, port, path)
