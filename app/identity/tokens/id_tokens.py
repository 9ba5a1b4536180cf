"""ID tokens: what a sign-in rests on (OIDC Core 3.1.3.7)."""

from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest
from typing import Final, final

from app.identity.tokens.attributes import Attributes
from app.identity.tokens.claims import half_hash, past, printable, require, text
from app.identity.tokens.verification import DENYING, Expected, KeySource, Kind, opened
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.levels import Assurance

KIND: Final = Kind(
    types=frozenset({None, "JWT"}),
    for_api=False,
    lifetime=timedelta(minutes=10),
    age=timedelta(seconds=60),
)

_SEAL: Final = Seal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What this very sign-in must come back with. `access_token` is the one beside the ID token.

    `begun_at` is when it began here. Without it, it counts as older than whatever else came.
    """

    nonce_hash: bytes
    access_token: str
    begun_at: datetime | None = None
    floor: Assurance = Assurance.BASIC
    max_age: timedelta | None = None


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SignIn(Evidence):
    """What an ID token vouches for: who, how sure, when. `begun_at` is not its word but ours."""

    issuer: str
    subject: str
    assurance: Assurance
    authenticated_at: datetime
    begun_at: datetime | None
    name: str | None
    provider_session: str | None
    attributes: Attributes | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a SignIn is minted by app.identity.tokens.id_tokens alone")


async def id_token(
    token: str, *, awaited: Awaited, expected: Expected, keys: KeySource, now: datetime
) -> SignIn:
    """The sign-in an ID token proves, or Unauthenticated.

    After the steps of `verification.opened`: (12) `sub` is there, and `azp`, where present, is our
    client; (13) `nonce` is the one of this sign-in; (14) `at_hash`, where present, fits the access
    token beside it; (15) `auth_time` is there, is past, and no older than `max_age`; (16) `acr` is
    in the tenant's table and not below the floor.
    """
    claims = await opened(token, kind=KIND, expected=expected, keys=keys, now=now)
    with DENYING:
        # 12
        subject = printable(claims, "sub")
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
            subject=subject,
            assurance=assurance,
            authenticated_at=authenticated_at,
            begun_at=awaited.begun_at,
            name=text(claims, "name") if "name" in claims else None,
            provider_session=text(claims, "sid") if "sid" in claims else None,
            attributes=Attributes.read(claims),
            seal=_SEAL,
        )
