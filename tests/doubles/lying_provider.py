"""An OpenID provider that tells the truth until a test asks it to lie.

It answers in process, as the transport of a `Peer`, or at an address of its own (sockets.py).
Each lie is one attribute; everything else stays honest, so a refusal can have no other cause.
"""

import asyncio
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey, RSAKey

from app.identity.provider.profile import Profile
from app.identity.provider.providers import Provider
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
    proof_key: str | None


@dataclass
class LyingProvider(httpx2.AsyncBaseTransport):
    """`claims`, `header`, `metadata`, `answer`, `pushed` are merged over the honest ones.

    In the profile FAPI2 it takes no request that was not pushed, and no token request without
    a proof of the key that the pushed one named, with the nonce it gave last (`proof_nonce`).
    """

    clock: Clock
    profile: Profile = Profile.PLAIN
    issuer: str = ISSUER
    client_id: str = CLIENT
    origin: str = ORIGIN
    key: ECKey = field(default_factory=new_key)
    client_key: ECKey = field(default_factory=new_key)
    machine_key: ECKey = field(default_factory=new_key)
    subject: str = field(default_factory=lambda: token_urlsafe(12))
    acr: str = "substantial"
    claims: Change = field(default_factory=dict)
    header: Change = field(default_factory=dict)
    metadata: Change = field(default_factory=dict)
    answer: Change = field(default_factory=dict)
    pushed: Change = field(default_factory=dict)
    proof_nonce: str | None = field(default_factory=lambda: token_urlsafe(16))
    published: list[ECKey] | None = None
    sign: Callable[[Change, Change], str] | None = None
    replies: dict[str, Callable[[], httpx2.Response]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    token_requests: list[dict[str, str]] = field(default_factory=list)
    pushes: list[dict[str, str]] = field(default_factory=list)
    references: dict[str, dict[str, str]] = field(default_factory=dict)
    proofs: list[Change] = field(default_factory=list)
    codes: dict[str, Code] = field(default_factory=dict)
    assertions: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        self.seen.append(path)
        await asyncio.sleep(self.delays.get(path, 0))
        if path in self.replies:
            return self.replies[path]()
        match path:
            case "/.well-known/openid-configuration":
                return httpx2.Response(200, json=changed(metadata_of(self.issuer), self.metadata))
            case "/jwks":
                keys = [self.key] if self.published is None else self.published
                return httpx2.Response(
                    200, json={"keys": [key.as_dict(private=False) for key in keys]}
                )
            case "/par":
                return self._push(single(parse_qs((await request.aread()).decode())))
            case "/token":
                form = single(parse_qs((await request.aread()).decode()))
                return self._token(form, request.headers.get_list("dpop"))
            case _:
                return httpx2.Response(404)

    def asked_for(self, url: str) -> dict[str, str]:
        """What a sign-in asks for, wherever it stands."""
        asked = single(parse_qs(urlsplit(url).query))
        if self.profile is Profile.FAPI2:
            assert asked.keys() == {"client_id", "request_uri"}
            assert asked["client_id"] == self.client_id
            return self.references.pop(asked["request_uri"])
        return asked

    def authorize(self, url: str, **lies: str | None) -> str:
        """What a browser is sent back to. `lies` replace parameters, or drop them with None."""
        asked = self.asked_for(url)
        assert asked["client_id"] == self.client_id
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = token_urlsafe(16)
        self.codes[code] = Code(
            nonce=asked["nonce"],
            challenge=asked["code_challenge"],
            acr=asked.get("acr_values"),
            max_age=asked.get("max_age"),
            proof_key=asked.get("dpop_jkt"),
        )
        query = {"code": code, "state": asked["state"], "iss": self.issuer, **lies}
        given = {name: value for name, value in query.items() if value is not None}
        return f"{asked['redirect_uri']}?{urlencode(given)}"

    def id_token(self, nonce: str, access_token: str) -> str:
        now = int(self.clock().timestamp())
        return self._signed(
            {"alg": "ES256", "kid": self.key.kid},
            {
                "iss": self.issuer,
                "sub": self.subject,
                "aud": self.client_id,
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
                    "iss": self.issuer,
                    "sub": self.subject,
                    "aud": f"{self.origin}/t/bergstrasse",
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
            "cnf": {"jkt": self.machine_key.thumbprint()},
        }
        return self.access_token(**own | claims)

    def _signed(self, header: Change, claims: Change) -> str:
        header, claims = changed(header, self.header), changed(claims, self.claims)
        if self.sign is not None:
            return self.sign(header, claims)
        return signed(header, json.dumps(claims).encode(), self.key)

    def _push(self, form: dict[str, str]) -> httpx2.Response:
        self.pushes.append(form)
        self._must_be_our_client(form)
        reference = f"urn:ietf:params:oauth:request_uri:{token_urlsafe(24)}"
        self.references[reference] = form
        honest = {"request_uri": reference, "expires_in": 60}
        return httpx2.Response(201, json=changed(honest, self.pushed))

    def _token(self, form: dict[str, str], proofs: list[str]) -> httpx2.Response:
        self.token_requests.append(form)
        self._must_be_our_client(form)
        thumbprint = None
        if self.profile is Profile.FAPI2:
            (proof,) = proofs
            thumbprint = self._proven(proof)
            if self.proof_nonce not in (None, self.proofs[-1].get("nonce")):
                wanted = {"dpop-nonce": str(self.proof_nonce)}
                return httpx2.Response(400, json={"error": "use_dpop_nonce"}, headers=wanted)
        code = self.codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest())
        if (
            code is None
            or challenge.rstrip(b"=").decode() != code.challenge
            or code.proof_key != thumbprint
        ):
            return httpx2.Response(400, json={"error": "invalid_grant"})
        access_token = token_urlsafe(24)
        honest = {
            "access_token": access_token,
            "token_type": "Bearer" if thumbprint is None else "DPoP",
            "expires_in": 300,
            "id_token": self.id_token(code.nonce, access_token),
        }
        return httpx2.Response(200, json=changed(honest, self.answer))

    def _must_be_our_client(self, form: dict[str, str]) -> None:
        """RFC 7523 and rfc7523bis, as strict as a provider may be (ID-04, ID-05)."""
        token = jwt.decode(form["client_assertion"], self.client_key, algorithms=["ES256"])
        assert token.header["kid"] == self.client_key.kid
        assert token.claims["iss"] == token.claims["sub"] == self.client_id == form["client_id"]
        assert token.claims["aud"] == self.issuer
        assert token.claims["exp"] - token.claims["iat"] <= 60
        assert token.claims["jti"] not in self.assertions
        self.assertions.add(token.claims["jti"])
        assert form["redirect_uri"] == f"{self.origin}/callback"

    def _proven(self, proof: str) -> str:
        """RFC 9449, section 4.3. The thumbprint of the key."""
        header = json.loads(urlsafe_b64decode(proof.split(".", maxsplit=1)[0] + "=="))
        assert header.keys() == {"typ", "alg", "jwk"}
        assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
        assert header["jwk"].keys() == {"kty", "crv", "x", "y"}
        key = ECKey.import_key(header["jwk"])
        registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
        claims = json.loads(jws.deserialize_compact(proof, key, registry=registry).payload)
        assert claims["htm"] == "POST"
        assert claims["htu"] == f"{self.issuer}/token"
        assert abs(claims["iat"] - self.clock().timestamp()) <= 1
        assert claims["jti"] not in {each["jti"] for each in self.proofs}
        self.proofs.append(claims)
        return key.thumbprint()


def single(form: Mapping[str, list[str]]) -> dict[str, str]:
    """Each parameter once."""
    assert all(len(values) == 1 for values in form.values())
    return {name: values[0] for name, values in form.items()}


def metadata_of(issuer: str) -> Change:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "jwks_uri": f"{issuer}/jwks",
        "end_session_endpoint": f"{issuer}/session/end",
        "pushed_authorization_request_endpoint": f"{issuer}/par",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "dpop_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": True,
    }


HONEST_METADATA: Change = metadata_of(ISSUER)


def provider_of(liar: LyingProvider) -> Provider:
    return Provider(
        tenant=TenantId("bergstrasse"),
        profile=liar.profile,
        issuer=liar.issuer,
        client_id=liar.client_id,
        key=liar.client_key,
        acr=ACR,
        redirect_uri=f"{liar.origin}/callback",
        after_logout=f"{liar.origin}/",
        audience=f"{liar.origin}/t/bergstrasse",
        bearer_clients=frozenset({CLI}),
        dpop_clients=frozenset({MACHINE}),
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
