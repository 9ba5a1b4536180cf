"""What a program sends to be let in: a token, and where that is bound to a key, a proof of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import Request

from app.identity.callers import Caller
from app.identity.identity import Identity
from app.identity.provider.providers import Peer
from app.identity.tokens import access_tokens, dpop
from app.identity.tokens.challenges import PLAIN, Challenge, Challenged, Fault, metadata_address
from app.identity.tokens.dpop import Call, Proof
from app.identity.tokens.verification import unverified_audience
from app.vocabulary.errors import Unauthenticated

PROOF_HEADER: Final = "dpop"


class Scheme(StrEnum):
    BEARER = "bearer"
    DPOP = "dpop"


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """Of the one `Authorization` header, nothing verified."""

    scheme: Scheme
    token: str


def shown(request: Request) -> Shown | None:
    """None without an `Authorization` header.

    Raises Unauthenticated for two of them, and for any scheme but `DPoP` and `Bearer`.
    """
    match request.headers.getlist("authorization"):
        case []:
            return None
        case [given]:
            scheme, _, token = given.partition(" ")
            if scheme.lower() not in set(Scheme) or not token:
                raise Unauthenticated
            return Shown(Scheme(scheme.lower()), token)
        case _:
            raise Unauthenticated


async def caller(request: Request, identity: Identity, given: Shown) -> Caller:
    """Whom the token says. Raises Challenged for one that does not hold.

    1. the audience a token names says which tenant's provider must have signed it
    2. with `DPoP` there is one proof, with `Bearer` none
    3. the proof is for this call and this token
    4. the token holds, and is bound to the proof's key or to none
    """
    # 1
    try:
        peer = identity.peer_for_audience(unverified_audience(given.token))
    except Unauthenticated:
        raise Challenged({"WWW-Authenticate": f'{PLAIN}, error="{Fault.ACCESS}"'}) from None
    challenge = Challenge(
        metadata_address(peer.provider.audience), peer.nonces.current(identity.clock())
    )
    # 2, 3
    proof = _proof(request, identity, given, peer, challenge)
    # 4
    try:
        access = await access_tokens.access_token(
            given.token,
            expected=peer.provider.expected,
            keys=peer.keys,
            now=identity.clock(),
            shown_by=None if proof is None else proof.thumbprint,
        )
    except Unauthenticated:
        raise challenge.refusal(Fault.ACCESS) from None
    return Caller(peer.provider.tenant, access, proof, challenge=challenge)


def _proof(
    request: Request, identity: Identity, given: Shown, peer: Peer, challenge: Challenge
) -> Proof | None:
    """The address is our configured one: what the request says of its host is not looked at."""
    match given.scheme, request.headers.getlist(PROOF_HEADER):
        case Scheme.BEARER, []:
            return None
        case Scheme.DPOP, [header]:
            return dpop.proof(
                header,
                call=Call(request.method, identity.origin + _path(request), given.token),
                nonces=peer.nonces,
                challenge=challenge,
                now=identity.clock(),
            )
        case _:
            raise challenge.refusal(Fault.PROOF)


def _path(request: Request) -> str:
    """As it was sent, escapes and all. What is no address is refused as one, not here."""
    raw: bytes = request.scope.get("raw_path") or request.scope["path"].encode()
    return raw.decode("latin-1")
