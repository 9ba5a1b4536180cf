"""Every check of a token, and the only place that opens one.

The clock and the source of keys are passed in; nothing here reads the network, the wall
or a setting. Whatever goes wrong is `Unauthenticated`, without a word on what it was;
only `Unavailable` passes, for a provider whose keys cannot be had.

Every token, in this order:

1. at most 4 KiB, three parts of base64url (RFC 7515, section 7.1)
2. header: an object with `alg`, `kid`, `typ` and nothing else, so no `jwk`, `jku`, `x5c`, `crit`
3. `alg` is ES256, pinned here: no metadata widens it
4. `typ` is the one of this kind of token
5. the key named by `kid`, from the provider's own set
6. signature
7. payload: an object, no member twice, at most eight levels
8. `iss` is the configured issuer, byte for byte
9. `aud` is ours and nobody else's
10. `iat`, `exp`: whole numbers; issued neither long ago nor in the future, not over, not too long
11. `sub`: 1 to 255 printable ASCII characters

Then `id_token` and `access_token` go on with steps of their own.
"""

import re
from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, Protocol, final

from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from app.identity.claims import half_hash, moment, past, printable, require, text
from app.identity.strict_json import strict_object
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.levels import Assurance

ALGORITHM: Final = "ES256"
MAX_BYTES: Final = 4096
MAX_KEYS: Final = 32
ID_TOKEN_AGE: Final = timedelta(seconds=60)
ID_TOKEN_LIFETIME: Final = timedelta(minutes=10)
ACCESS_TOKEN_LIFETIME: Final = timedelta(minutes=5)
ID_TOKEN_TYPES: Final = frozenset({None, "JWT"})
ACCESS_TOKEN_TYPES: Final = frozenset({"at+jwt", "application/at+jwt"})

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_SEAL: Final = Seal()


class KeySource(Protocol):
    async def key(self, kid: str) -> ECKey:
        """Raises Unauthenticated for a kid the provider does not have, Unavailable without keys."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What a provider's tokens must say, from our own configuration."""

    issuer: str
    client_id: str
    audience: str
    bearer_clients: frozenset[str]
    acr: Mapping[str, Assurance]
    leeway: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What this very sign-in must come back with. `access_token` is the one beside the ID token."""

    nonce_hash: bytes
    access_token: str
    floor: Assurance = Assurance.BASIC
    max_age: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of token must be, whoever issued it."""

    types: frozenset[str | None]
    audience: str
    lifetime: timedelta
    age: timedelta


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SignIn(Evidence):
    """What an ID token vouches for: who, how sure, when."""

    issuer: str
    subject: str
    assurance: Assurance
    authenticated_at: datetime
    name: str | None
    provider_session: str | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a SignIn is minted by app.identity.verification alone")


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Access(Evidence):
    """What an access token grants. `of_machine`: no person is behind it."""

    issuer: str
    subject: str
    client_id: str
    scopes: frozenset[str]
    assurance: Assurance
    authenticated_at: datetime
    expires_at: datetime
    of_machine: bool
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Access is minted by app.identity.verification alone")


async def id_token(
    token: str, *, awaited: Awaited, expected: Expected, keys: KeySource, now: datetime
) -> SignIn:
    """The sign-in an ID token proves, or Unauthenticated (OIDC Core 3.1.3.7).

    After steps 1 to 11: (12) `azp`, where present, is our client; (13) `nonce` is the one of this
    sign-in; (14) `at_hash`, where present, fits the access token beside it; (15) `auth_time` is
    there, is past, and no older than `max_age`; (16) `acr` is in the tenant's table and not below
    the floor.
    """
    kind = Kind(ID_TOKEN_TYPES, expected.client_id, ID_TOKEN_LIFETIME, ID_TOKEN_AGE)
    try:
        claims = await _claims(token, kind, expected=expected, keys=keys, now=now)
        # 12
        require(claims.get("azp", expected.client_id) == expected.client_id)
        # 13
        nonce_hash = sha256(text(claims, "nonce").encode()).digest()
        require(compare_digest(nonce_hash, awaited.nonce_hash))
        # 14
        if "at_hash" in claims:
            require(text(claims, "at_hash") == half_hash(awaited.access_token))
        # 15
        authenticated_at = past(claims, "auth_time", now=now, leeway=expected.leeway)
        if awaited.max_age is not None:
            require(now - authenticated_at <= awaited.max_age + expected.leeway)
        # 16
        assurance = expected.acr[text(claims, "acr")]
        require(assurance >= awaited.floor)
        return SignIn(
            issuer=expected.issuer,
            subject=text(claims, "sub"),
            assurance=assurance,
            authenticated_at=authenticated_at,
            name=text(claims, "name") if "name" in claims else None,
            provider_session=text(claims, "sid") if "sid" in claims else None,
            seal=_SEAL,
        )
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - a check that cannot be completed is a denial
        raise Unauthenticated from None


async def access_token(token: str, *, expected: Expected, keys: KeySource, now: datetime) -> Access:
    """What the token grants at this tenant's audience, or Unauthenticated (RFC 9068, section 4).

    After steps 1 to 11: (12) `jti` and `client_id` are there; (13) the client is one that may use
    a bearer token, and the token is bound to no key (`cnf`), so a stolen bound token is not
    taken as a plain one; (14) `scope` is words with single spaces; (15) a token whose `sub` is a
    client's is that client's own and says nothing of a sign-in; (16) a person's `acr` is in the
    table and `auth_time` is past; where either is missing the assurance is `basic`.
    """
    kind = Kind(ACCESS_TOKEN_TYPES, expected.audience, ACCESS_TOKEN_LIFETIME, ACCESS_TOKEN_LIFETIME)
    try:
        claims = await _claims(token, kind, expected=expected, keys=keys, now=now)
        # 12
        client_id = text(claims, "client_id")
        printable(claims, "jti")
        # 13
        require(client_id in expected.bearer_clients and "cnf" not in claims)
        # 14
        scopes = text(claims, "scope").split(" ")
        require(all(scopes))
        # 15
        subject = text(claims, "sub")
        of_machine = subject == client_id
        require(of_machine or subject not in expected.bearer_clients | {expected.client_id})
        # 16
        assurance, authenticated_at = Assurance.BASIC, moment(claims, "iat")
        if of_machine:
            require("acr" not in claims and "auth_time" not in claims)
        elif "acr" in claims and "auth_time" in claims:
            assurance = expected.acr[text(claims, "acr")]
            authenticated_at = past(claims, "auth_time", now=now, leeway=expected.leeway)
        return Access(
            issuer=expected.issuer,
            subject=subject,
            client_id=client_id,
            scopes=frozenset(scopes),
            assurance=assurance,
            authenticated_at=authenticated_at,
            expires_at=moment(claims, "exp"),
            of_machine=of_machine,
            seal=_SEAL,
        )
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - a check that cannot be completed is a denial
        raise Unauthenticated from None


def unverified_audience(token: str) -> str:
    """Whom a token claims to be for: good for choosing who checks it, for nothing else."""
    try:
        _, payload, _ = _parts(token)
        return text(strict_object(_decoded(payload)), "aud")
    except Exception:  # noqa: BLE001 - a check that cannot be completed is a denial
        raise Unauthenticated from None


def key_set(document: object) -> Mapping[str, ECKey]:
    """The signing keys of a JWKS that we can use, by kid. Raises ValueError without any.

    Keys of other kinds are passed over; a private key, or a kid twice, spoils the whole set.
    """
    keys: dict[str, ECKey] = {}
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list) or len(entries) > MAX_KEYS:
        raise ValueError("not a key set")
    for entry in entries:
        match entry:
            case {"d": _} | {"k": _}:
                raise ValueError("a secret key in a public set")
            case {"kty": "EC", "crv": "P-256", "kid": str(kid), "x": str(x), "y": str(y)} if (
                entry.get("use", "sig") == "sig" and entry.get("alg", ALGORITHM) == ALGORITHM
            ):
                if kid in keys:
                    raise ValueError("a kid twice")
                keys[kid] = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    if not keys:
        raise ValueError("no usable key")
    return keys


async def _claims(
    token: str, kind: Kind, *, expected: Expected, keys: KeySource, now: datetime
) -> Mapping[str, object]:
    """Steps 1 to 11."""
    # 1
    header_part, payload_part, _ = _parts(token)
    # 2
    header = strict_object(_decoded(header_part))
    require(header.keys() <= _HEADER)
    # 3
    require(header.get("alg") == ALGORITHM)
    # 4
    require(header.get("typ") in kind.types)
    # 5
    key = await keys.key(text(header, "kid"))
    # 6
    jws.deserialize_compact(token, key, algorithms=[ALGORITHM])
    # 7
    claims = strict_object(_decoded(payload_part))
    # 8
    require(claims.get("iss") == expected.issuer)
    # 9
    require(claims.get("aud") in (kind.audience, [kind.audience]))
    # 10
    issued_at = past(claims, "iat", now=now, leeway=expected.leeway)
    expires_at = moment(claims, "exp")
    require(now - issued_at <= kind.age + expected.leeway)
    require(now < expires_at + expected.leeway)
    require(timedelta() < expires_at - issued_at <= kind.lifetime)
    if "nbf" in claims:
        past(claims, "nbf", now=now, leeway=expected.leeway)
    # 11
    printable(claims, "sub")
    return claims


def _parts(token: str) -> tuple[str, str, str]:
    require(len(token) <= MAX_BYTES and _COMPACT.fullmatch(token) is not None)
    header, payload, signature = token.split(".")
    return header, payload, signature


def _decoded(part: str) -> bytes:
    """Refuses padding and stray bits, so that a token has one spelling."""
    return urlsafe_b64decode(part.encode("ascii"))
