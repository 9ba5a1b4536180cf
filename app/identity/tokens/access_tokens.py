"""Access tokens: what a program may do here, for a person or for itself (RFC 9068, section 4)."""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final, final

from app.identity.tokens.claims import moment, past, printable, require, text
from app.identity.tokens.verification import DENYING, Expected, KeySource, Kind, opened
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.levels import Assurance

KIND: Final = Kind(
    types=frozenset({"at+jwt", "application/at+jwt"}),
    for_api=True,
    lifetime=timedelta(minutes=5),
    age=timedelta(minutes=5),
)

_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Access(Evidence):
    """What an access token grants. `of_machine`: no person is behind it."""

    issuer: str
    subject: str
    client_id: str
    scopes: frozenset[str]
    assurance: Assurance
    authenticated_at: datetime
    expires_at: datetime
    of_machine: bool
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("an Access is minted by app.identity.tokens.access_tokens alone")


async def access_token(
    token: str,
    *,
    expected: Expected,
    keys: KeySource,
    now: datetime,
    shown_by: str | None = None,
) -> Access:
    """What the token grants at this tenant's audience, or Unauthenticated.

    `shown_by` is the thumbprint of the key that a DPoP proof was signed with, None for a token
    sent as a bearer's. After the steps of `verification.opened`: (12) `sub`, `jti` and `client_id`
    are there; (13) the client is one of ours and the token is bound to the key that showed it, or
    bound to none and of a client that may send bare tokens: neither passes for the other;
    (14) `scope` is words with single spaces; (15) a token whose `sub` is a client's is that
    client's own and says nothing of a sign-in; (16) a person's `acr` is in the table and
    `auth_time` is past; where either is missing the assurance is `basic`.
    """
    claims = await opened(token, kind=KIND, expected=expected, keys=keys, now=now)
    with DENYING:
        # 12
        subject = printable(claims, "sub")
        client_id = text(claims, "client_id")
        printable(claims, "jti")
        # 13
        _require_holder(claims, client_id, expected, shown_by)
        # 14
        scopes = text(claims, "scope").split(" ")
        require(all(scopes))
        # 15
        of_machine = subject == client_id
        require(of_machine or subject not in expected.clients)
        # 16
        assurance, authenticated_at = Assurance.BASIC, moment(claims, "iat")
        if of_machine:
            require("acr" not in claims and "auth_time" not in claims)
        elif "acr" in claims and "auth_time" in claims:
            assurance = expected.acr[text(claims, "acr")]
            authenticated_at = past(claims, "auth_time", now=now, leeway=expected.leeway)
        return Access(
            issuer=expected.issuer,
            subject=subject,
            client_id=client_id,
            scopes=frozenset(scopes),
            assurance=assurance,
            authenticated_at=authenticated_at,
            expires_at=moment(claims, "exp"),
            of_machine=of_machine,
            seal=_SEAL,
        )


def _require_holder(
    claims: Mapping[str, object], client_id: str, expected: Expected, shown_by: str | None
) -> None:
    """RFC 9449, sections 6.1 and 7.2: `cnf` holds `jkt` and nothing else, or is not there.

    A program's own token is never taken bare (RS-07).
    """
    if shown_by is None:
        require(client_id in expected.bearer_clients and "cnf" not in claims)
        require(claims["sub"] != client_id)
        return
    require(client_id in expected.bearer_clients | expected.dpop_clients)
    match claims.get("cnf"):
        case {"jkt": str(jkt), **others} if not others:
            require(compare_digest(jkt.encode(), shown_by.encode()))
        case _:
            raise Unauthenticated
