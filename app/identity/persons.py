"""Who is asking."""

from dataclasses import InitVar, dataclass
from datetime import datetime
from typing import Final, final

from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.browser import sessions
from app.identity.browser.sessions import Session
from app.identity.tokens.access_tokens import Access
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import IdentityId, MandateId, SessionId, TenantId
from app.vocabulary.levels import Assurance

SCOPE: Final = "klarfall"

_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Person(Evidence):
    """Somebody a provider vouched for, by a live session or by an access token.

    Exactly one of `session` and `client_id` is there. `valid_until` is the end of the session or
    of the token; `name` is what the provider says and proves nothing.
    """

    tenant: TenantId
    identity: IdentityId
    assurance: Assurance
    authenticated_at: datetime
    valid_until: datetime
    session: SessionId | None
    client_id: str | None
    name: str | None
    active_mandate: MandateId | None
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Person is minted by app.identity.persons alone")


def of_session(session: Session) -> Person:
    return Person(
        tenant=session.tenant,
        identity=session.identity,
        assurance=session.assurance,
        authenticated_at=session.authenticated_at,
        valid_until=session.expires_at,
        session=session.id,
        client_id=None,
        name=session.name,
        active_mandate=session.active_mandate,
        seal=_SEAL,
    )


def of_access(access: Access, *, tenant: TenantId, identity: IdentityId) -> Person:
    """Raises Unauthenticated for a machine's token and for one without our scope."""
    if access.of_machine or SCOPE not in access.scopes:
        raise Unauthenticated
    return Person(
        tenant=tenant,
        identity=identity,
        assurance=access.assurance,
        authenticated_at=access.authenticated_at,
        valid_until=access.expires_at,
        session=None,
        client_id=access.client_id,
        name=None,
        active_mandate=None,
        seal=_SEAL,
    )


async def still_signed_in(tx: AsyncSession, person: Person, *, now: datetime) -> None:
    """Raises Unauthenticated when the session ended or the token expired since the first look."""
    if now >= person.valid_until:
        raise Unauthenticated
    if person.session is not None:
        await sessions.confirm(tx, person.tenant, person.session, now=now)
