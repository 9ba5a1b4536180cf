"""DPoP proofs: that who sends a token holds the key it is bound to (RFC 9449, section 4.3)."""

import re
from base64 import urlsafe_b64encode
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, final
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from app.identity.tokens.challenges import Challenge, Fault
from app.identity.tokens.claims import past, printable, require, text
from app.identity.tokens.nonces import Nonces
from app.identity.tokens.verification import DENYING, self_signed
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import random_id

TYPE: Final = "dpop+jwt"
AHEAD: Final = timedelta(seconds=5)
AGE: Final = timedelta(seconds=30)

_SECOND: Final = timedelta(seconds=1)  # `iat` tells whole ones
_PORTS: Final = {"https": 443, "http": 80}
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_SEAL: Final = Seal()


@dataclass(frozen=True, slots=True)
class Call:
    """What a proof must be for. `url` is our configured origin with the path that was called."""

    method: str
    url: str
    token: str


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Proof(Evidence):
    """That the holder of a key meant this call. Whether for the first time, `replay` knows.

    `use` is the one call it came with; it is too old anyway after `until`.
    """

    thumbprint: str
    jti: str
    use: UUID
    until: datetime
    challenge: Challenge
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Proof is minted by app.identity.tokens.dpop alone")


def proof(header: str, *, call: Call, nonces: Nonces, challenge: Challenge, now: datetime) -> Proof:
    """The proof in a `DPoP` header, or Challenged.

    1. a JWS of at most 4 KiB whose header is `typ` dpop+jwt, `alg` ES256 and a public P-256 `jwk`,
       and nothing else; the payload an object, no member twice, at most eight levels
    2. the signature is of that key
    3. `htm` is the method
    4. `htu` is the address, without query and fragment, normalised (RFC 3986, 6.2.2 and 6.2.3)
    5. `iat` is at most 5 seconds ahead and 30 old
    6. `ath` is the hash of the token
    7. `jti` is 1 to 255 printable ASCII characters
    8. `nonce` is one of ours, of this period or the one before; asked for where all else is right
    """
    try:
        with DENYING:
            # 1, 2
            said = self_signed(header, typ=TYPE)
            # 3
            require(text(said.claims, "htm") == call.method)
            # 4
            require(normalised(text(said.claims, "htu")) == normalised(call.url))
            # 5
            issued_at = past(said.claims, "iat", now=now, leeway=AHEAD)
            require(now - issued_at < AGE + _SECOND)
            # 6
            require(compare_digest(text(said.claims, "ath").encode(), token_hash(call.token)))
            # 7
            jti = printable(said.claims, "jti")
    except Unauthenticated:
        raise challenge.refusal(Fault.PROOF) from None
    # 8
    nonce = said.claims.get("nonce")
    if not isinstance(nonce, str) or not _fits(nonce, nonces, now):
        raise challenge.refusal(Fault.NONCE)
    return Proof(
        thumbprint=said.thumbprint,
        jti=jti,
        use=random_id(),
        until=issued_at + AGE + AHEAD,
        challenge=challenge,
        seal=_SEAL,
    )


def token_hash(token: str) -> bytes:
    """What `ath` must be, as its ASCII characters."""
    return urlsafe_b64encode(sha256(token.encode("ascii")).digest()).rstrip(b"=")


def normalised(url: str) -> tuple[str, str, int | None, str]:
    """Scheme, host, port and path of an address in its one form.

    Raises Unauthenticated for one with a query, a fragment or a user's name, and ValueError for
    one that is none.
    """
    require(url.isascii() and url.isprintable() and not {"?", "#", "\\", " "} & set(url))
    parts: SplitResult = urlsplit(url)
    require(parts.hostname is not None and "@" not in parts.netloc)
    scheme = parts.scheme.lower()
    port = _PORTS.get(scheme) if parts.port is None else parts.port
    return scheme, parts.hostname or "", port, _ESCAPE.sub(_unescaped, parts.path) or "/"


def _unescaped(escape: re.Match[str]) -> str:
    """RFC 3986, 6.2.2.1 and 6.2.2.2: what needs no escape has none, others are in capitals."""
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.fullmatch(character) else escape[0].upper()


def _fits(nonce: str, nonces: Nonces, now: datetime) -> bool:
    """No text that cannot be one of ours reaches the comparison (a lone surrogate has no bytes)."""
    return nonce.isascii() and nonces.accepts(nonce, now)
