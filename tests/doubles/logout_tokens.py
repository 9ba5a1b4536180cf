"""Logout tokens as a provider sends them, and as one would not."""

import json
from secrets import token_urlsafe

from joserfc.jwk import ECKey, RSAKey

from tests.doubles.lying_provider import ABSENT, Change, Json, LyingProvider, changed, signed

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def honest_claims(liar: LyingProvider) -> dict[str, Json]:
    now = int(liar.clock().timestamp())
    return {
        "iss": liar.issuer,
        "aud": liar.client_id,
        "sub": liar.subject,
        "iat": now,
        "exp": now + 120,
        "jti": token_urlsafe(12),
        "events": {EVENT: {}},
    }


def honest_header(liar: LyingProvider) -> dict[str, Json]:
    return {"alg": "ES256", "typ": "logout+jwt", "kid": liar.key.kid}


def logout_token(
    liar: LyingProvider,
    claims: Change | None = None,
    *,
    header: Change | None = None,
    key: ECKey | RSAKey | bytes | None = None,
    **more: Json,
) -> str:
    """Honest but for what is given; `ABSENT` leaves a member out."""
    told = changed(honest_claims(liar), {**(claims or {}), **more})
    payload = json.dumps(told).encode()
    return signed(changed(honest_header(liar), header or {}), payload, key or liar.key)


def by_session(liar: LyingProvider, sid: str, **claims: Json) -> str:
    """It names one session over there, and not whose."""
    return logout_token(liar, {"sub": ABSENT, "sid": sid, **claims})
