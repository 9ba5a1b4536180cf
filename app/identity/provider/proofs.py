"""The key that a sign-in's tokens are tied to, and the proofs that it is ours (RFC 9449)."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from app.identity.browser.tickets import Ticket
from app.identity.tokens.verification import ALGORITHM

# SEC 2, section 2.4.2: how many private keys P-256 has, and one.
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@dataclass(frozen=True, slots=True, repr=False)
class ProofKey:
    """One for each sign-in, the same on the way out and back, and kept nowhere.

    It is made again from the ticket, which the browser keeps, and the verifier, which we keep:
    neither the browser nor a copy of the database has it. Any worker can finish the sign-in.
    """

    key: ECKey

    @classmethod
    def of(cls, ticket: Ticket, verifier: str) -> Self:
        seed = int.from_bytes(ticket.derived(f"klarfall proof key v1 {verifier}"))
        private = ec.derive_private_key(seed % (_ORDER - 1) + 1, ec.SECP256R1())
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return cls(ECKey.import_key(pem))

    @property
    def thumbprint(self) -> str:
        """`dpop_jkt`: the code is good for this key alone (RFC 9449, section 10)."""
        return self.key.thumbprint()

    def proof(self, url: str, *, nonce: str | None, now: datetime) -> str:
        """For one POST to this address (RFC 9449, section 4.2)."""
        claims: dict[str, object] = {
            "jti": token_urlsafe(16),
            "htm": "POST",
            "htu": urlunsplit(urlsplit(url)._replace(query="", fragment="")),
            "iat": int(now.timestamp()),
        }
        if nonce is not None:
            claims["nonce"] = nonce
        public = self.key.as_dict(private=False)
        header = {
            "typ": "dpop+jwt",
            "alg": ALGORITHM,
            "jwk": {name: public[name] for name in ("kty", "crv", "x", "y")},
        }
        return jwt.encode(header, claims, self.key, algorithms=[ALGORITHM])
