"""Every lie a provider can tell in a sign-in, by the place where it is told.

A lie is a function that makes a `LyingProvider` lie in one thing. Its name begins with the
requirement it goes against.
"""

import gzip
import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe

import httpx2
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc.jwk import ECKey, OctKey, RSAKey

from app.identity.provider.profile import Profile
from tests.doubles.lying_provider import (
    ABSENT,
    Change,
    Json,
    LyingProvider,
    new_key,
    part,
    signed,
    unsigned,
)

Tell = Callable[[LyingProvider], None]
REFERENCE = "urn:ietf:params:oauth:request_uri:"
ELSEWHERE = "https://evil.example"
BOTH = (Profile.FAPI2, Profile.PLAIN)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})


@dataclass(frozen=True)
class Lie:
    """`status` is what the browser sees; 503 where the provider gave no proper answer at all."""

    tell: Tell
    status: int = 401
    profiles: tuple[Profile, ...] = BOTH


def raw(claims: Change) -> bytes:
    return json.dumps(claims).encode()


# In the ID token.


def claim(name: str, value: Json) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.claims = {name: value}

    return lie


def claim_of(name: str, make: Callable[[LyingProvider], Json]) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.claims = {name: make(liar)}

    return lie


def times(**seconds: int) -> Tell:
    def lie(liar: LyingProvider) -> None:
        now = int(liar.clock().timestamp())
        liar.claims = {name: now + later for name, later in seconds.items()}

    return lie


def head(name: str, value: Json) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.header = {name: value}

    return lie


def by_stranger(liar: LyingProvider) -> None:
    thief = new_key(liar.key.kid)
    liar.sign = lambda header, claims: signed(header, raw(claims), thief)


def by_unknown_kid(liar: LyingProvider) -> None:
    stranger = new_key("stranger")
    liar.sign = lambda header, claims: signed({**header, "kid": "stranger"}, raw(claims), stranger)


def unsigned_and_advertised(liar: LyingProvider) -> None:
    liar.metadata = {"id_token_signing_alg_values_supported": ["ES256", "none"]}
    liar.sign = unsigned


def with_the_public_key_as_secret(liar: LyingProvider) -> None:
    secret = liar.key.as_pem(private=False)
    liar.sign = lambda header, claims: signed({**header, "alg": "HS256"}, raw(claims), secret)


def by_rsa(liar: LyingProvider) -> None:
    liar.sign = lambda header, claims: signed(
        {**header, "alg": "RS256", "kid": "rsa"}, raw(claims), RSA
    )


def by_rsa_badly(liar: LyingProvider) -> None:
    other = RSAKey.generate_key(2048, {"kid": "rsa"})
    liar.sign = lambda header, claims: signed(
        {**header, "alg": "RS256", "kid": "rsa"}, raw(claims), other
    )


def spoilt(change: Callable[[str], str]) -> Tell:
    """Signed as it should be, and changed afterwards."""

    def lie(liar: LyingProvider) -> None:
        liar.sign = lambda header, claims: change(signed(header, raw(claims), liar.key))

    return lie


def signature(make: Callable[[str], str]) -> Tell:
    def change(token: str) -> str:
        text, _, sig = token.rpartition(".")
        return f"{text}.{make(sig)}"

    return spoilt(change)


def der(sig: str) -> str:
    """As OpenSSL writes a signature, not as RFC 7518 does."""
    both = urlsafe_b64decode(sig + "==")
    return part(encode_dss_signature(int.from_bytes(both[:32]), int.from_bytes(both[32:])))


def payload(make: Callable[[Change], bytes]) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.sign = lambda header, claims: signed(header, make(claims), liar.key)

    return lie


def of_another_sign_in(liar: LyingProvider) -> None:
    """A token that was good once, with the access token it came with."""
    access_token = token_urlsafe(24)
    stolen = liar.id_token(token_urlsafe(32), access_token)
    liar.answer = {"id_token": stolen, "access_token": access_token}


ID_TOKEN: dict[str, Lie] = {
    "ID-12 signature of another key": Lie(by_stranger),
    "ID-28 key not in the set": Lie(by_unknown_kid),
    "ID-11 alg none, advertised": Lie(unsigned_and_advertised),
    "ID-11 HS256 with the public key": Lie(with_the_public_key_as_secret),
    "ID-11 RS256": Lie(by_rsa),
    "ID-11 alg ES256K": Lie(head("alg", "ES256K")),
    "ID-12 signature empty": Lie(signature(lambda _: "")),
    "ID-12 signature of zeros": Lie(signature(lambda _: part(bytes(64)))),
    "ID-12 signature in DER": Lie(signature(der)),
    "ID-12 signature cut": Lie(signature(lambda sig: sig[:-4])),
    "ID-12 base64 padded": Lie(spoilt(lambda token: f"{token}==")),
    "ID-12 five parts": Lie(spoilt(lambda token: f"{token}.AA.AA")),
    "ID-12 payload exchanged": Lie(
        spoilt(lambda token: token.replace(token.split(".")[1], part(b'{"sub":"x"}')))
    ),
    "ID-12 payload 5,000 deep": Lie(payload(lambda _: b'{"a":' + b"[" * 5000)),
    "ID-12 payload not JSON": Lie(payload(lambda _: b"\xff\xfe")),
    "ID-12 payload a list": Lie(payload(lambda claims: b"[" + raw(claims) + b"]")),
    "ID-12 a member twice": Lie(
        payload(lambda claims: b'{"sub":"somebody-else",' + raw(claims)[1:])
    ),
    "ID-12 larger than 4 KiB": Lie(claim("picture", "x" * 4096)),
    "ID-12 no kid": Lie(head("kid", ABSENT)),
    "ID-12 kid a path": Lie(head("kid", "../../dev/null")),
    "ID-12 a key in the header": Lie(head("jwk", {"kty": "EC"})),
    "ID-12 an address of keys in the header": Lie(head("jku", f"{ELSEWHERE}/jwks")),
    "ID-12 crit": Lie(head("crit", ["exp"])),
    "ID-12 b64 false": Lie(head("b64", False)),
    "ID-14 typ at+jwt": Lie(head("typ", "at+jwt")),
    "ID-14 typ logout+jwt": Lie(head("typ", "logout+jwt")),
    "ID-14 typ dpop+jwt": Lie(head("typ", "dpop+jwt")),
    "ID-12 iss of another": Lie(claim("iss", ELSEWHERE)),
    "ID-12 iss missing": Lie(claim("iss", ABSENT)),
    "ID-12 iss with a slash": Lie(claim_of("iss", lambda liar: f"{liar.issuer}/")),
    "ID-12 aud of another": Lie(claim("aud", "other")),
    "ID-12 aud missing": Lie(claim("aud", ABSENT)),
    "ID-12 aud of us and another": Lie(claim_of("aud", lambda liar: [liar.client_id, "other"])),
    "ID-12 aud empty": Lie(claim("aud", [])),
    "ID-13 azp of another": Lie(claim("azp", "other")),
    "ID-15 nonce wrong": Lie(claim("nonce", "wrong")),
    "ID-15 nonce missing": Lie(claim("nonce", ABSENT)),
    "ID-15 nonce_supported false and none": Lie(
        lambda liar: setattr(liar, "claims", {"nonce": ABSENT, "nonce_supported": False})
    ),
    "ID-15 the token of another sign-in": Lie(of_another_sign_in),
    "ID-12 expired": Lie(times(iat=-50, exp=-6)),
    "ID-12 exp missing": Lie(claim("exp", ABSENT)),
    "ID-12 exp in text": Lie(claim("exp", "4102444800")),
    "ID-12 exp beyond all bounds": Lie(claim("exp", 1e20)),
    "ID-12 living too long": Lie(times(exp=601)),
    "ID-12 iat in the future": Lie(times(iat=6)),
    "ID-12 iat old": Lie(times(iat=-66)),
    "ID-12 iat missing": Lie(claim("iat", ABSENT)),
    "ID-12 iat true": Lie(claim("iat", True)),
    "ID-12 nbf in the future": Lie(times(nbf=6)),
    "ID-12 sub missing": Lie(claim("sub", ABSENT)),
    "ID-12 sub empty": Lie(claim("sub", "")),
    "ID-12 sub not ASCII": Lie(claim("sub", "Ä" * 8)),
    "ID-12 sub with a line feed": Lie(claim("sub", "erika\nadmin")),
    "ID-12 sub of 256 characters": Lie(claim("sub", "x" * 256)),
    "ID-12 sub a number": Lie(claim("sub", 7)),
    "ID-16 at_hash of another token": Lie(claim("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")),
    "ID-18 acr unknown": Lie(claim("acr", "urn:example:gold")),
    "ID-18 acr with a space": Lie(claim("acr", "high ")),
    "ID-18 acr a list": Lie(claim("acr", ["high"])),
    "ID-18 acr missing": Lie(claim("acr", ABSENT)),
    "ID-18 acr null": Lie(claim("acr", None)),
    "ID-19 auth_time missing": Lie(claim("auth_time", ABSENT)),
    "ID-19 auth_time in the future": Lie(times(auth_time=6)),
}


# At the token endpoint.


def answer(name: str, value: Json) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.answer = {name: value}

    return lie


def reply(path: str, make: Callable[[], httpx2.Response]) -> Tell:
    def lie(liar: LyingProvider) -> None:
        liar.replies[path] = make

    return lie


def says(text: str, *, status: int = 200, kind: str = "application/json") -> httpx2.Response:
    return httpx2.Response(status, text=text, headers={"content-type": kind})


def error(status: int, name: str) -> Callable[[], httpx2.Response]:
    return lambda: httpx2.Response(status, json={"error": name})


def asks_for_nonce(**headers: str) -> Callable[[], httpx2.Response]:
    return lambda: httpx2.Response(400, json={"error": "use_dpop_nonce"}, headers=headers)


# What a broken server of any kind says instead of what it was asked for.
OUT_OF_ORDER: dict[str, Callable[[], httpx2.Response]] = {
    "500": lambda: says("oops", status=500, kind="text/plain"),
    "HTML": lambda: says("<html>maintenance</html>", kind="text/html"),
    "a list": lambda: says("[]"),
    "JSON by another name": lambda: says("{}", kind="text/plain"),
    "nothing": lambda: says(""),
    "a member twice": lambda: says('{"issuer":"a","issuer":"b","a":1,"a":2}'),
    "50,000 deep": lambda: says("[" * 50_000),
    "64 KiB and one": lambda: says(json.dumps({"a": "x" * 64 * 1024})),
    "compressed": lambda: httpx2.Response(
        200,
        content=gzip.compress(b"{}"),
        headers={"content-encoding": "gzip", "content-type": "application/json"},
    ),
    "a redirect": lambda: httpx2.Response(307, headers={"location": f"{ELSEWHERE}/"}),
}

TOKEN_ENDPOINT: dict[str, Lie] = {
    "ID-17 no ID token": Lie(answer("id_token", ABSENT)),
    "ID-17 ID token not a string": Lie(answer("id_token", {"a": 1})),
    "ID-17 ID token empty": Lie(answer("id_token", "")),
    "ID-17 no access token": Lie(answer("access_token", ABSENT)),
    "ID-16 the other access token": Lie(answer("access_token", "swapped")),
    "RFC 6749 token type missing": Lie(answer("token_type", ABSENT)),
    "RFC 6749 token type mac": Lie(answer("token_type", "mac")),
    "RFC 9449 token type Bearer": Lie(answer("token_type", "Bearer"), profiles=(Profile.FAPI2,)),
    "RFC 6750 token type DPoP": Lie(answer("token_type", "DPoP"), profiles=(Profile.PLAIN,)),
    "RFC 6749 an error beside the tokens": Lie(answer("error", "invalid_request")),
    "ID-25 the code is unknown": Lie(reply("/token", error(400, "invalid_grant"))),
    "ID-25 our client is unknown": Lie(reply("/token", error(401, "invalid_client")), 503),
    "RFC 9449 a nonce wanted for ever": Lie(
        reply("/token", asks_for_nonce(**{"dpop-nonce": "again"})), 503
    ),
    "RFC 9449 a nonce wanted and none given": Lie(reply("/token", asks_for_nonce()), 503),
    "RFC 9449 a nonce with a space": Lie(
        reply("/token", asks_for_nonce(**{"dpop-nonce": "a b"})), 503
    ),
    "RFC 9449 a nonce of 8 KB": Lie(
        reply("/token", asks_for_nonce(**{"dpop-nonce": "x" * 8000})), 503
    ),
    **{
        f"ID-25 {way} at the token endpoint": Lie(reply("/token", make), 503)
        for way, make in OUT_OF_ORDER.items()
    },
}


# At the endpoint for pushed requests.


def pushed(name: str, value: Json) -> Lie:
    def lie(liar: LyingProvider) -> None:
        liar.pushed = {name: value}

    return Lie(lie, 503, (Profile.FAPI2,))


PUSHING: dict[str, Lie] = {
    "ID-03 no request_uri": pushed("request_uri", ABSENT),
    "ID-03 request_uri empty": pushed("request_uri", ""),
    "ID-03 request_uri a number": pushed("request_uri", 7),
    "ID-03 request_uri to be fetched": pushed("request_uri", f"{ELSEWHERE}/request.jwt"),
    "ID-03 request_uri of another form": pushed("request_uri", f"urn:example:{'x' * 32}"),
    "ID-03 request_uri to be guessed": pushed("request_uri", f"{REFERENCE}1"),
    "ID-03 request_uri that goes on": pushed("request_uri", f"{REFERENCE}{'x' * 32}&state=evil"),
    "ID-03 request_uri of 8 KB": pushed("request_uri", f"{REFERENCE}{'x' * 8000}"),
    "ID-03 expires_in missing": pushed("expires_in", ABSENT),
    "ID-03 expires_in nothing": pushed("expires_in", 0),
    "ID-03 expires_in negative": pushed("expires_in", -60),
    "ID-03 expires_in a year": pushed("expires_in", 31_536_000),
    "ID-03 expires_in in text": pushed("expires_in", "60"),
    "ID-03 expires_in true": pushed("expires_in", True),
    "ID-03 expires_in a fraction": pushed("expires_in", 60.5),
    "ID-03 refused": Lie(reply("/par", error(400, "invalid_request")), 503, (Profile.FAPI2,)),
    "ID-03 not created": Lie(
        reply(
            "/par",
            lambda: httpx2.Response(
                200, json={"request_uri": f"{REFERENCE}{'x' * 32}", "expires_in": 60}
            ),
        ),
        503,
        (Profile.FAPI2,),
    ),
    **{
        f"ID-25 {way} at the endpoint for pushed requests": Lie(
            reply("/par", make), 503, (Profile.FAPI2,)
        )
        for way, make in OUT_OF_ORDER.items()
    },
}


# In the metadata.


def metadata(name: str, value: Json, *profiles: Profile) -> Lie:
    def lie(liar: LyingProvider) -> None:
        liar.metadata = {name: value}

    return Lie(lie, 503, profiles or BOTH)


def metadata_of(name: str, make: Callable[[LyingProvider], Json]) -> Lie:
    def lie(liar: LyingProvider) -> None:
        liar.metadata = {name: make(liar)}

    return Lie(lie, 503)


PUSHING_ENDPOINT = "pushed_authorization_request_endpoint"
METADATA: dict[str, Lie] = {
    "ID-10 issuer of another": metadata("issuer", ELSEWHERE),
    "ID-10 issuer with a slash": metadata_of("issuer", lambda liar: f"{liar.issuer}/"),
    "ID-10 issuer missing": metadata("issuer", ABSENT),
    "ID-10 sign-in page elsewhere": metadata("authorization_endpoint", f"{ELSEWHERE}/auth"),
    "ID-10 token endpoint elsewhere": metadata("token_endpoint", f"{ELSEWHERE}/token"),
    "ID-10 token endpoint behind a name": metadata_of(
        "token_endpoint", lambda liar: f"{liar.issuer}@evil.example/token"
    ),
    "ID-10 keys elsewhere": metadata("jwks_uri", f"{ELSEWHERE}/jwks"),
    "ID-10 sign-out elsewhere": metadata("end_session_endpoint", f"{ELSEWHERE}/out"),
    "ID-02 no S256": metadata("code_challenge_methods_supported", ["plain"]),
    "ID-01 no code flow": metadata("response_types_supported", ["id_token"]),
    "ID-04 shared secrets alone": metadata(
        "token_endpoint_auth_methods_supported", ["client_secret_basic"]
    ),
    "ID-11 none and RS256 alone": metadata(
        "id_token_signing_alg_values_supported", ["none", "RS256"]
    ),
    "ID-06 no iss in the callback": metadata(
        "authorization_response_iss_parameter_supported", False
    ),
    "ID-03 no place to push to": metadata(PUSHING_ENDPOINT, ABSENT, Profile.FAPI2),
    "ID-03 a place to push to elsewhere": metadata(
        PUSHING_ENDPOINT, f"{ELSEWHERE}/par", Profile.FAPI2
    ),
    "ID-03 only pushed requests, in text": metadata("require_pushed_authorization_requests", "no"),
    "ID-03 only pushed requests": metadata(
        "require_pushed_authorization_requests", True, Profile.PLAIN
    ),
    "RFC 9449 no proofs": metadata("dpop_signing_alg_values_supported", ABSENT, Profile.FAPI2),
    "RFC 9449 proofs with RS256 alone": metadata(
        "dpop_signing_alg_values_supported", ["RS256"], Profile.FAPI2
    ),
    **{
        f"ID-25 {way} for metadata": Lie(reply("/.well-known/openid-configuration", make), 503)
        for way, make in OUT_OF_ORDER.items()
    },
}


# In the set of keys, which is asked for when a token names a new one.


def keys(make: Callable[[ECKey], list[Mapping[str, object]]]) -> Tell:
    def lie(liar: LyingProvider) -> None:
        entries = make(liar.key)
        liar.replies["/jwks"] = lambda: httpx2.Response(200, json={"keys": entries})

    return lie


def public(key: ECKey) -> dict[str, object]:
    return dict(key.as_dict(private=False))


KEYS: dict[str, Lie] = {
    "ID-28 no key": Lie(keys(lambda _: []), 503),
    "ID-28 the private key as well": Lie(keys(lambda key: [key.as_dict(private=True)]), 503),
    "ID-28 a secret among them": Lie(
        keys(lambda key: [public(key), OctKey.generate_key(256).as_dict()]), 503
    ),
    "ID-28 one kid for two keys": Lie(
        keys(lambda key: [public(key), public(new_key(key.kid))]), 503
    ),
    "ID-28 33 keys": Lie(
        keys(lambda key: [public(key), *(public(new_key()) for _ in range(32))]), 503
    ),
    "ID-28 another key alone": Lie(keys(lambda _: [public(new_key("other"))])),
    "ID-28 a key for encryption": Lie(
        keys(lambda key: [public(key) | {"use": "enc"}, public(new_key("other"))])
    ),
    "ID-28 a key for another algorithm": Lie(
        keys(lambda key: [public(key) | {"alg": "ES384"}, public(new_key("other"))])
    ),
    "ID-28 a point that is not on the curve": Lie(
        keys(lambda key: [public(key) | {"x": "AA", "y": "AA"}]), 503
    ),
    **{
        f"ID-25 {way} for keys": Lie(reply("/jwks", make), 503)
        for way, make in OUT_OF_ORDER.items()
    },
}


# In the browser, on the way back.


@dataclass(frozen=True)
class Detour:
    """`lies` replace parameters of the way back, or drop them; `more` is put behind it."""

    lies: dict[str, str | None] = field(default_factory=dict)
    more: str = ""
    to_the_token_endpoint: bool = False


CALLBACK: dict[str, Detour] = {
    "ID-06 iss missing": Detour({"iss": None}),
    "ID-06 iss empty": Detour({"iss": ""}),
    "ID-06 iss of another": Detour({"iss": ELSEWHERE}),
    "ID-06 iss twice": Detour(more="&iss=x"),
    "ID-07 state missing": Detour({"state": None}),
    "ID-07 state empty": Detour({"state": ""}),
    "ID-07 state of another": Detour({"state": "x" * 43}),
    "ID-07 state twice": Detour(more="&state=x"),
    "RFC 6749 code missing": Detour({"code": None}),
    "RFC 6749 code twice": Detour(more="&code=x"),
    "RFC 6749 an error": Detour({"code": None, "error": "access_denied"}),
    "RFC 6749 an error beside the code": Detour({"error": "access_denied"}),
    "ID-16 a code nobody gave out": Detour({"code": "invented"}, to_the_token_endpoint=True),
}
