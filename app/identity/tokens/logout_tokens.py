"""Logout tokens: a provider says that somebody signed out there (OIDC Back-Channel Logout 1.0)."""

from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from typing import Final, final

from app.identity.tokens.claims import moment, printable, require
from app.identity.tokens.verification import DENYING, Expected, KeySource, Kind, opened
from app.vocabulary.evidence import Evidence, Seal

# Section 2.4 recommends this type; we ask for it, so that no other token can pass for one.
KIND: Final = Kind(
    types=frozenset({"logout+jwt"}),
    for_api=False,
    lifetime=timedelta(minutes=5),
    age=timedelta(minutes=2),
)
EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"

_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class SignedOut(Evidence):
    """Who signed out at the provider: one session of theirs, or the person altogether.

    At least one of `subject` and `provider_session` is there. `jti` is good once, until
    `expires_at` and never after. `said_at` is the provider's time.
    """

    issuer: str
    subject: str | None
    provider_session: str | None
    jti: str
    said_at: datetime
    expires_at: datetime
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a SignedOut is minted by app.identity.tokens.logout_tokens alone")


async def logout_token(
    token: str, *, expected: Expected, keys: KeySource, now: datetime
) -> SignedOut:
    """Whom a logout token signs out, or Unauthenticated (section 2.6).

    After the steps of `verification.opened`, where `iat` is at most two minutes old: (12) `events`
    holds the logout event, as an empty object, and nothing else; (13) there is no `nonce`, so no ID
    token passes; (14) `jti` is there; (15) `sub`, `sid` or both say who. Whether `jti` was seen
    before is for the store to say.
    """
    with DENYING:
        claims = await opened(token, kind=KIND, expected=expected, keys=keys, now=now)
        # 12
        require(claims.get("events") == {EVENT: {}})
        # 13
        require("nonce" not in claims)
        # 14
        jti = printable(claims, "jti")
        # 15
        subject = printable(claims, "sub") if "sub" in claims else None
        session = printable(claims, "sid") if "sid" in claims else None
        require(subject is not None or session is not None)
        return SignedOut(
            issuer=expected.issuer,
            subject=subject,
            provider_session=session,
            jti=jti,
            said_at=moment(claims, "iat"),
            expires_at=moment(claims, "exp") + expected.leeway,
            seal=_SEAL,
        )
