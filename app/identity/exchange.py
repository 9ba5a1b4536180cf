"""The two messages of the code flow that authlib writes: the address and the token request.

authlib is asked for nothing else. It would take signing algorithms from the provider's
metadata, lets 120 seconds pass on every clock, and accepts an answer without an ID token.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oauth2.rfc7523 import PrivateKeyJWT

from app.identity.attempts import Wish
from app.identity.outbound import TIMEOUT, answering
from app.identity.providers import Metadata, Peer
from app.identity.verification import ALGORITHM
from app.vocabulary.errors import Unauthenticated, Unavailable
from app.vocabulary.levels import Assurance

SCOPES: Final = "openid profile"
ASSERTION_LIFETIME: Final = timedelta(seconds=60)

# What a provider says of a code that was used, expired or never given out (RFC 6749, 5.2).
_BAD_CODE: Final = "invalid_grant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    state: str
    nonce: str
    verifier: str
    wish: Wish


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tokens:
    """Unverified, as they came."""

    id_token: str
    access_token: str


def authorization_url(peer: Peer, metadata: Metadata, question: Question) -> str:
    """Where the browser is sent. The redirect address is the configured one, whoever asks."""
    url, _ = _client(peer).create_authorization_url(
        metadata.authorization_endpoint,
        state=question.state,
        nonce=question.nonce,
        code_verifier=question.verifier,
        **_strength(peer, question.wish),
    )
    return str(url)


async def exchange(
    peer: Peer, metadata: Metadata, *, code: str, verifier: str, now: datetime
) -> Tokens:
    """The tokens for a code.

    Raises Unauthenticated for a code that does not hold and for an answer without an ID
    token (ID-17), Unavailable when the provider gives no proper answer.
    """
    client = _client(peer)
    client.register_client_auth_method(_assertion(peer, now))
    try:
        async with answering():
            answer: object = await client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=verifier,
            )
    except OAuthError as refusal:
        if refusal.error == _BAD_CODE:
            raise Unauthenticated from None
        raise Unavailable("provider") from None
    match answer:
        case {
            "id_token": str(id_token),
            "access_token": str(access_token),
            "token_type": str(kind),
        }:
            if kind.lower() != "bearer":
                raise Unauthenticated
            return Tokens(id_token=id_token, access_token=access_token)
        case _:
            raise Unauthenticated


def _client(peer: Peer) -> AsyncOAuth2Client:
    return AsyncOAuth2Client(
        client_id=peer.provider.client_id,
        client_secret=peer.provider.key,
        token_endpoint_auth_method=PrivateKeyJWT.name,
        redirect_uri=peer.provider.redirect_uri,
        scope=SCOPES,
        code_challenge_method="S256",
        transport=peer.transport,
        timeout=TIMEOUT,
        trust_env=False,
        follow_redirects=False,
    )


def _assertion(peer: Peer, now: datetime) -> PrivateKeyJWT:
    """For the issuer alone (rfc7523bis) and for a minute.

    Made anew for each request: authlib would live an hour by itself, and writes the `jti` it
    draws into the claims it was given, so that a second use would repeat it.
    """
    issued_at = int(now.timestamp())
    return PrivateKeyJWT(
        peer.provider.issuer,
        claims={
            "iat": issued_at,
            "exp": issued_at + int(ASSERTION_LIFETIME.total_seconds()),
            "jti": token_urlsafe(16),
        },
        headers={"kid": peer.provider.key.kid},
        alg=ALGORITHM,
    )


def _strength(peer: Peer, wish: Wish) -> dict[str, str]:
    """`acr_values`, weakest first, where not every level will do; `max_age` where it counts."""
    asked: dict[str, str] = {}
    if wish.floor > Assurance.BASIC:
        levels = sorted(peer.provider.acr.items(), key=lambda item: item[1])
        asked["acr_values"] = " ".join(acr for acr, level in levels if level >= wish.floor)
    if wish.max_age is not None:
        asked["max_age"] = str(int(wish.max_age.total_seconds()))
    return asked
