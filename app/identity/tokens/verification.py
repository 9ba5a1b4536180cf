"""The steps every token goes through, and the only place that opens one.

The clock and the source of keys are passed in; nothing here reads the network, the wall
or a setting. Whatever goes wrong is `Unauthenticated`, without a word on what it was;
only `Unavailable` passes, for a provider whose keys cannot be had.

Every token of a provider, in this order:

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
11. `sub`, where present: 1 to 255 printable ASCII characters

Then `id_tokens`, `access_tokens` and `logout_tokens` go on with steps of their own. A DPoP proof
brings its key along and is no provider's: `self_signed` is steps 1, 3, 4, 6 and 7 for it.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol

from joserfc import jws
from joserfc.jwk import ECKey
from joserfc.util import urlsafe_b64decode

from app.identity.tokens.claims import moment, past, printable, require, text
from app.identity.tokens.strict_json import strict_object
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.levels import Assurance

ALGORITHM: Final = "ES256"
MAX_BYTES: Final = 4096
MAX_KEYS: Final = 32

_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_HEADER: Final = frozenset({"alg", "kid", "typ"})
_PROOF_HEADER: Final = frozenset({"alg", "jwk", "typ"})
_PROOF_KEY_USE: Final = {"use": "sig", "alg": ALGORITHM}
_COORDINATE_BYTES: Final = 32
_REMEMBERED_KEYS: Final = 256


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
    dpop_clients: frozenset[str] = frozenset()
    acr: Mapping[str, Assurance]
    leeway: timedelta = timedelta(seconds=5)

    @property
    def clients(self) -> frozenset[str]:
        """Names of programs, which no person's `sub` may be (RS-11)."""
        return self.bearer_clients | self.dpop_clients | {self.client_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What one kind of token must be, whoever issued it.

    `for_api`: its audience is our API at this tenant; otherwise it is our client at the provider.
    """

    types: frozenset[str | None]
    for_api: bool
    lifetime: timedelta
    age: timedelta


@dataclass(frozen=True, slots=True)
class SelfSigned:
    """What a token says that brought its own key along: the holder's word, and nobody else's."""

    claims: Mapping[str, object]
    thumbprint: str


class Denying:
    """A check that cannot be completed is a denial: whatever goes wrong inside is Unauthenticated.

    Unavailable alone passes through.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, Unauthenticated | Unavailable):
            raise Unauthenticated from None


DENYING: Final = Denying()


async def opened(
    token: str, *, kind: Kind, expected: Expected, keys: KeySource, now: datetime
) -> Mapping[str, object]:
    """What the token says, after steps 1 to 11."""
    audience = expected.audience if kind.for_api else expected.client_id
    leeway = expected.leeway
    payload = await signed_payload(token, types=kind.types, keys=keys)
    with DENYING:
        # 7
        claims = strict_object(payload)
        # 8
        require(claims.get("iss") == expected.issuer)
        # 9
        require(claims.get("aud") in (audience, [audience]))
        # 10
        issued_at = past(claims, "iat", now=now, leeway=leeway)
        expires_at = moment(claims, "exp")
        require(now - issued_at <= kind.age + leeway)
        require(now < expires_at + leeway)
        require(timedelta() < expires_at - issued_at <= kind.lifetime)
        if "nbf" in claims:
            past(claims, "nbf", now=now, leeway=leeway)
        # 11
        if "sub" in claims:
            printable(claims, "sub")
        return claims


async def signed_payload(token: str, *, types: frozenset[str | None], keys: KeySource) -> bytes:
    """What was signed, after steps 1 to 6."""
    with DENYING:
        # 1
        header_part, payload_part, _ = _parts(token)
        # 2
        header = strict_object(_decoded(header_part))
        require(header.keys() <= _HEADER)
        # 3
        require(header.get("alg") == ALGORITHM)
        # 4
        require(header.get("typ") in types)
        # 5
        key = await keys.key(text(header, "kid"))
        # 6
        _require_signature(token, key)
        return _decoded(payload_part)


def self_signed(token: str, *, typ: str) -> SelfSigned:
    """What a token says whose header holds its public key (RFC 9449, section 4.2)."""
    with DENYING:
        # 1
        header_part, payload_part, _ = _parts(token)
        header = strict_object(_decoded(header_part))
        require(header.keys() == _PROOF_HEADER)
        # 3
        require(header["alg"] == ALGORITHM)
        # 4
        require(header["typ"] == typ)
        x, y = _coordinates(header["jwk"])
        # 6
        _require_signature(token, _public_key(x, y))
        # 7
        claims = strict_object(_decoded(payload_part))
        return SelfSigned(claims, thumbprint=_thumbprint(x, y))


def unverified_claims(token: str) -> Mapping[str, object]:
    """What a token says of itself: good for choosing who checks it, for nothing else."""
    with DENYING:
        _, payload, _ = _parts(token)
        return strict_object(_decoded(payload))


def unverified_audience(token: str) -> str:
    """Whom a token claims to be for."""
    return text(unverified_claims(token), "aud")


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
                entry.get("use", "sig") == "sig"
                and entry.get("alg", ALGORITHM) == ALGORITHM
                and "verify" in entry.get("key_ops", ["verify"])
            ):
                if kid in keys:
                    raise ValueError("a kid twice")
                keys[kid] = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})
    if not keys:
        raise ValueError("no usable key")
    return keys


def _require_signature(token: str, key: ECKey) -> None:
    jws.deserialize_compact(token, key, algorithms=[ALGORITHM])


def _coordinates(jwk: object) -> tuple[str, str]:
    """Of a public P-256 key in its one spelling.

    A private member, or one that names another key, is refused like any that is not needed.
    """
    match jwk:
        case {"kty": "EC", "crv": "P-256", "x": str(x), "y": str(y), **others}:
            require(others.items() <= _PROOF_KEY_USE.items())
            require(all(len(_decoded(each)) == _COORDINATE_BYTES for each in (x, y)))
            return x, y
        case _:
            raise Unauthenticated


@lru_cache(maxsize=_REMEMBERED_KEYS)
def _public_key(x: str, y: str) -> ECKey:
    """Raises ValueError for a point that is not on the curve."""
    return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": x, "y": y})


def _thumbprint(x: str, y: str) -> str:
    """RFC 7638, section 3. Both coordinates are base64url by now, so no escape is needed."""
    members = f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'
    return urlsafe_b64encode(sha256(members.encode("ascii")).digest()).rstrip(b"=").decode()


def _parts(token: str) -> tuple[str, str, str]:
    require(len(token) <= MAX_BYTES and _COMPACT.fullmatch(token) is not None)
    header, payload, signature = token.split(".")
    return header, payload, signature


def _decoded(part: str) -> bytes:
    """Refuses padding and stray bits, so that a token has one spelling."""
    return urlsafe_b64decode(part.encode("ascii"))
