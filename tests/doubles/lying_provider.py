"""An OpenID provider that tells the truth until a test asks it to lie.

It answers in process, as the transport of a `Peer`. Each lie is one attribute; everything
else stays honest, so a refusal can have no other cause.
"""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from app.identity.providers import Provider
from app.vocabulary.dates import Clock
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance

ISSUER = "https://id.example"
ORIGIN = "https://fall.example"
AUDIENCE = f"{ORIGIN}/t/bergstrasse"
CLIENT = "klarfall-web-bergstrasse"
CLI = "klarfall-demo-cli"
MACHINE = "integrator"
ACR = {level.word: level for level in Assurance}

Json = object
Change = Mapping[str, Json]


class Left(Enum):
    OUT = "left out"


# A member of a `Change` that is to be left out. Of the same name in every test process.
ABSENT = Left.OUT


def new_key(kid: str | None = None) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid or token_urlsafe(8)})


def changed(document: Change, change: Change) -> dict[str, Json]:
    merged = {**document, **change}
    return {name: value for name, value in merged.items() if value is not ABSENT}


@dataclass
class Code:
    nonce: str
    challenge: str
    acr: str | None
    max_age: str | None


@dataclass
class LyingProvider(httpx2.AsyncBaseTransport):
    """`claims`, `header`, `metadata`, `answer` are merged over the honest ones."""

    clock: Clock
    key: ECKey = field(default_factory=new_key)
    client_key: ECKey = field(default_factory=new_key)
    subject: str = field(default_factory=lambda: token_urlsafe(12))
    acr: str = "substantial"
    claims: Change = field(default_factory=dict)
    header: Change = field(default_factory=dict)
    metadata: Change = field(default_factory=dict)
    answer: Change = field(default_factory=dict)
    published: list[ECKey] | None = None
    sign: Callable[[Change, Change], str] | None = None
    replies: dict[str, Callable[[], httpx2.Response]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    token_requests: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.seen.append(path)
        if path in self.replies:
            return self.replies[path]()
        match path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=changed(HONEST_METADATA, self.metadata))
            case "/jwks":
                keys = [self.key] if self.published is None else self.published
                return httpx2.Response(
                    200, json={"keys": [key.as_dict(private=False) for key in keys]}
                )
            case "/token":
                form = parse_qs((await request.aread()).decode())
                return self._token({name: values[0] for name, values in form.items()})
            case _:
                return httpx2.Response(404)

    def authorize(self, url: str, **lies: str | None) -> str:
        """What a browser is sent back to. `lies` replace parameters, or drop them with None."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = token_urlsafe(16)
        self.codes[code] = Code(
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            acr=asked.get("acr_values"),
            max_age=asked.get("max_age"),
        )
        query = {"code": code, "state": asked["state"], "iss": ISSUER, **lies}
        given = {name: value for name, value in query.items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(given)}"

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(self.clock().timestamp())
        return self._signed(
            {"alg": "ES256", "kid": self.key.kid},
            {
                "iss": ISSUER,
                "sub": self.subject,
                "aud": CLIENT,
                "iat": now,
                "exp": now + 300,
                "auth_time": now - 1,
                "nonce": nonce,
                "acr": self.acr,
                "at_hash": at_hash(access_token),
                "name": "Erika Sommerfeld",
                "sid": "provider-session",
            },
        )

    def access_token(self, **claims: Json) -> str:
        now = int(self.clock().timestamp())
        return self._signed(
            {"alg": "ES256", "typ": "at+jwt", "kid": self.key.kid},
            changed(
                {
                    "iss": ISSUER,
                    "sub": self.subject,
                    "aud": AUDIENCE,
                    "client_id": CLI,
                    "jti": token_urlsafe(12),
                    "iat": now,
                    "exp": now + 300,
                    "scope": "klarfall",
                    "acr": self.acr,
                    "auth_time": now - 1,
                },
                claims,
            ),
        )

    def machine_token(self, **claims: Json) -> str:
        own = {
            "sub": MACHINE,
            "client_id": MACHINE,
            "scope": "integration",
            "acr": ABSENT,
            "auth_time": ABSENT,
        }
        return self.access_token(**own | claims)

    def _signed(self, header: Change, claims: Change) -> str:
        header, claims = changed(header, self.header), changed(claims, self.claims)
        if self.sign is not None:
            return self.sign(header, claims)
        return signed(header, json.dumps(claims).encode(), self.key)

    def _token(self, form: dict[str, str]) -> httpx2.Response:
        self.token_requests.append(form)
        self._must_be_our_client(form)
        code = self.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest())
        if code is None or challenge.rstrip(b"=").decode() != code.challenge:
            return httpx2.Response(400, json={"error": "invalid_grant"})
        access_token = token_urlsafe(24)
        honest = {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": 300,
            "id_token": self.id_token(code.nonce, access_token),
        }
        return httpx2.Response(200, json=changed(honest, self.answer))

    def _must_be_our_client(self, form: dict[str, str]) -> None:
        """RFC 7523 and rfc7523bis, as strict as a provider may be (ID-04, ID-05)."""
        token = jwt.decode(form["client_assertion"], self.client_key, algorithms=["ES256"])
        assert token.header["kid"] == self.client_key.kid
        assert token.claims["iss"] == token.claims["sub"] == CLIENT
        assert token.claims["aud"] == ISSUER
        assert token.claims["exp"] - token.claims["iat"] <= 60
        assert token.claims["jti"] not in self.assertions
        self.assertions.add(token.claims["jti"])
        assert form["redirect_uri"] == f"{ORIGIN}/callback"


HONEST_METADATA: Change = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/jwks",
    "end_session_endpoint": f"{ISSUER}/session/end",
    "response_types_supported": ["code"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["private_key_jwt"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "authorization_response_iss_parameter_supported": True,
}


def provider_of(liar: LyingProvider) -> Provider:
    return Provider(
        tenant=TenantId("bergstrasse"),
        issuer=ISSUER,
        client_id=CLIENT,
        key=liar.client_key,
        acr=ACR,
        redirect_uri=f"{ORIGIN}/callback",
        after_logout=f"{ORIGIN}/",
        audience=AUDIENCE,
        bearer_clients=frozenset({CLI, MACHINE}),
    )


def at_hash(access_token: str) -> str:
    return urlsafe_b64encode(sha256(access_token.encode()).digest()[:16]).rstrip(b"=").decode()


def part(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(header: Change, payload: bytes, key: ECKey | RSAKey | bytes) -> str:
    """Signs whatever it is given: any header, any bytes. Bytes for a key make an HMAC."""
    head = f"{part(json.dumps(header).encode())}.{part(payload)}"
    if isinstance(key, bytes):
        return f"{head}.{part(hmac.digest(key, head.encode(), sha256))}"
    algorithm = jws.JWSRegistry.algorithms[str(header["alg"])]
    return f"{head}.{part(algorithm.sign(head.encode(), key))}"


def unsigned(header: Change, claims: Change) -> str:
    head = json.dumps({**header, "alg": "none"}).encode()
    return f"{part(head)}.{part(json.dumps(claims).encode())}."
