"""DPoP on a caller's side: each request is signed with the key its token is bound to (RFC 9449)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from time import time
from typing import Final, final

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

SCHEME: Final = "DPoP "
PUBLIC: Final = ("kty", "crv", "x", "y")


@final
@dataclass
class Holder(httpx2.Auth):
    """Adds a proof to requests that carry a bound token, and leaves all others alone.

    `nonces` are those each server gave last, by origin; `seconds` is the clock. `known_as` is what
    the server calls itself, where it is not reached by that name.
    """

    key: ECKey
    seconds: Callable[[], float] = time
    known_as: str | None = None
    nonces: dict[str, str] = field(default_factory=dict)

    @property
    def thumbprint(self) -> str:
        return self.key.thumbprint()

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = request.headers.get("authorization", "")
        if not token.startswith(SCHEME) or "dpop" in request.headers:
            yield request
            return
        origin = self.known_as or f"{request.url.scheme}://{request.url.netloc.decode()}"
        url = origin + request.url.raw_path.decode().partition("?")[0]
        for _ in range(2):
            request.headers["dpop"] = self.proof(
                request.method,
                url,
                token=token.removeprefix(SCHEME),
                nonce=self.nonces.get(origin),
            )
            answer = yield request
            if "dpop-nonce" in answer.headers:
                self.nonces[origin] = answer.headers["dpop-nonce"]
            if 'error="use_dpop_nonce"' not in answer.headers.get("www-authenticate", ""):
                return

    def proof(self, method: str, url: str, *, token: str | None, nonce: str | None) -> str:
        """For one call. Without a token it is one for a token endpoint."""
        public = self.key.as_dict(private=False)
        claims: dict[str, object] = {
            "jti": token_urlsafe(16),
            "htm": method,
            "htu": url,
            "iat": int(self.seconds()),
        }
        if token is not None:
            digest = sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        if nonce is not None:
            claims["nonce"] = nonce
        header = {
            "typ": "dpop+jwt",
            "alg": "ES256",
            "jwk": {member: public[member] for member in PUBLIC},
        }
        return jwt.encode(header, claims, self.key, algorithms=["ES256"])
