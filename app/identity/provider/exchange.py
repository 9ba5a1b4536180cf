"""The messages of the code flow: the way to the provider, and the tokens for a code.

In the profile FAPI2 the request is pushed on the back channel first (RFC 9126), so that the
browser carries our client's name and a reference and nothing else (ID-03), and the tokens are
asked for with a proof of the key they will be tied to (RFC 9449).

authlib writes the address, the challenge and our client's assertion. Its own client is not used:
it knows neither pushed requests nor proofs, would take signing algorithms from the provider's
metadata, lets 120 seconds pass on every clock, and accepts an answer without an ID token.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from app.identity.browser.tickets import Ticket
from app.identity.provider.clients import assertion
from app.identity.provider.outbound import Answer, answering, post
from app.identity.provider.profile import Profile
from app.identity.provider.proofs import ProofKey
from app.identity.provider.providers import Metadata, Peer
from app.identity.provider.refusals import no_answer
from app.identity.sign_in.attempts import Wish
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.levels import Assurance

SCOPES: Final = "openid profile"

# What a pushed request lives: long enough for a browser to follow a redirect (RFC 9126, section
# 2.2), and no longer than a sign-in may take.
SHORTEST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(seconds=600)

# What a provider says of a code that was used, expired or never given out (RFC 6749, 5.2).
_BAD_CODE: Final = "invalid_grant"
_NONCE_WANTED: Final = "use_dpop_nonce"
_TOKEN_TYPES: Final = {Profile.FAPI2: "dpop", Profile.PLAIN: "bearer"}
# A reference at the provider itself, and nothing that somebody would have to fetch.
_REFERENCE: Final = re.compile(
    r"urn:ietf:params:oauth:request_uri:[A-Za-z0-9._~:-]{16,512}", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a browser is sent to the provider with. `ticket` is what it will come back with."""

    state: str
    nonce: str
    verifier: str
    wish: Wish
    ticket: Ticket


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Grant:
    """What a browser came back with, and what we kept meanwhile."""

    code: str
    verifier: str
    ticket: Ticket


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Tokens:
    """Unverified, as they came."""

    id_token: str
    access_token: str
    said_at: datetime | None


async def authorization_url(
    peer: Peer, metadata: Metadata, question: Question, *, now: datetime
) -> str:
    """Where the browser is sent. The redirect address is the configured one, whoever asks.

    Raises Unavailable for a provider that does not take the request in properly.
    """
    asked = {
        "redirect_uri": peer.provider.redirect_uri,
        "scope": SCOPES,
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": str(create_s256_code_challenge(question.verifier)),
        "code_challenge_method": "S256",
        **_strength(peer, question.wish),
    }
    client_id, address = peer.provider.client_id, metadata.authorization_endpoint
    if metadata.pushing is None:
        return str(prepare_grant_uri(address, client_id, "code", **asked))
    pushed = {
        "client_id": client_id,
        "response_type": "code",
        "dpop_jkt": ProofKey.of(question.ticket, question.verifier).thumbprint,
        **asked,
    }
    reference = await _push(peer, metadata.pushing, pushed, now=now)
    return str(add_params_to_uri(address, [("client_id", client_id), ("request_uri", reference)]))


async def exchange(peer: Peer, metadata: Metadata, grant: Grant, *, now: datetime) -> Tokens:
    """The tokens for a code.

    Raises Unauthenticated for a code that does not hold and for an answer without an ID token
    (ID-17) or with tokens of another type than the profile's, Unavailable when the provider
    gives no proper answer.
    """
    profile = peer.provider.profile
    key = ProofKey.of(grant.ticket, grant.verifier) if profile is Profile.FAPI2 else None
    form = {
        "grant_type": "authorization_code",
        "code": grant.code,
        "redirect_uri": peer.provider.redirect_uri,
        "code_verifier": grant.verifier,
    }
    answer = await _send(peer, metadata.token_endpoint, form, key=key, now=now)
    if answer.refused_as(_BAD_CODE):
        raise Unauthenticated
    if answer.status != httpx2.codes.OK:
        raise no_answer(answer.said_at, now)
    match answer.content:
        case {"error": _}:
            raise Unauthenticated
        case {
            "id_token": str(id_token),
            "access_token": str(access_token),
            "token_type": str(kind),
        } if kind.lower() == _TOKEN_TYPES[profile]:
            return Tokens(id_token=id_token, access_token=access_token, said_at=answer.said_at)
        case _:
            raise Unauthenticated


async def _push(peer: Peer, url: str, asked: Mapping[str, str], *, now: datetime) -> str:
    answer = await _send(peer, url, asked, key=None, now=now)
    match answer.content:
        case {"request_uri": str(reference), "expires_in": int(seconds)} if (
            answer.status == httpx2.codes.CREATED
            and _REFERENCE.fullmatch(reference)
            and not isinstance(seconds, bool)
            and SHORTEST.total_seconds() <= seconds <= LONGEST.total_seconds()
        ):
            return reference
        case _:
            raise no_answer(answer.said_at, now)


async def _send(
    peer: Peer, url: str, form: Mapping[str, str], *, key: ProofKey | None, now: datetime
) -> Answer:
    """One request of our client's, all of it within five seconds.

    A proof carries the nonce the provider gave last. Where it asks for another it gets that one,
    once (RFC 9449, section 8); the code is not used up by being asked for a nonce.
    """
    async with answering():
        answer = await _signed(peer, url, form, key=key, now=now)
        if key is not None and answer.refused_as(_NONCE_WANTED) and answer.nonce is not None:
            answer = await _signed(peer, url, form, key=key, now=now)
        return answer


async def _signed(
    peer: Peer, url: str, form: Mapping[str, str], *, key: ProofKey | None, now: datetime
) -> Answer:
    provider = peer.provider
    proof = {} if key is None else {"dpop": key.proof(url, nonce=peer.proof_nonce, now=now)}
    ours = assertion(provider.client_id, provider.key, issuer=provider.issuer, now=now)
    own = {"client_id": provider.client_id, **ours}
    answer = await post(peer.transport, url, {**form, **own}, headers=proof)
    peer.proof_nonce = answer.nonce or peer.proof_nonce
    return answer


def _strength(peer: Peer, wish: Wish) -> dict[str, str]:
    """`acr_values`, weakest first, where not every level will do; `max_age` where it counts."""
    asked: dict[str, str] = {}
    if wish.floor > Assurance.BASIC:
        asked["acr_values"] = peer.provider.acr_values(wish.floor)
    if wish.max_age is not None:
        asked["max_age"] = str(int(wish.max_age.total_seconds()))
    return asked
