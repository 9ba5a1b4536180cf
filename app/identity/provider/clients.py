"""Our client at a provider: the key it signs with, and the assertion that it is us (RFC 7523)."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe
from typing import Final

from authlib.oauth2.rfc7523 import private_key_jwt_sign
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.identity.tokens.verification import ALGORITHM

ASSERTION_LIFETIME: Final = timedelta(seconds=60)
ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_OPEN_TO_OTHERS: Final = 0o077


class KeyUnfit(ValueError):
    """Start-up stops here. Names the file and never its content."""


def client_key(path: Path) -> ECKey:
    """A private P-256 JWK with its `kid`, in a file only its owner may read."""
    try:
        open_to_others = path.stat().st_mode & _OPEN_TO_OTHERS
        key = ECKey.import_key(json.loads(path.read_text()))
    except (OSError, TypeError, ValueError, JoseError) as error:
        raise KeyUnfit(f"{path.name} cannot be read: {type(error).__name__}") from None
    if open_to_others:
        raise KeyUnfit(f"{path.name} may be read by others than its owner")
    if not key.is_private or key.kid is None or key.curve_name != "P-256":
        raise KeyUnfit(f"{path.name} needs a private P-256 key and a kid")
    return key


def assertion(client_id: str, key: ECKey, *, issuer: str, now: datetime) -> dict[str, str]:
    """What a request carries to prove that it is ours: a new one each time, for a minute.

    `aud` is the issuer and nothing else, never the endpoint it goes to (rfc7523bis): what one
    provider is given is worth nothing at another.
    """
    issued_at = int(now.timestamp())
    claims = {
        "jti": token_urlsafe(16),
        "iat": issued_at,
        "exp": issued_at + int(ASSERTION_LIFETIME.total_seconds()),
    }
    signed: str = private_key_jwt_sign(
        key, client_id, issuer, alg=ALGORITHM, claims=claims, header={"kid": key.kid}
    )
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
