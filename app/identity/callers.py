"""Whom a request says it comes from, as far as that shows without the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.identity import identities, persons, sessions
from app.identity.persons import Person
from app.identity.tickets import Ticket
from app.identity.verification import Access
from app.telemetry.spans import Stage, stage
from app.vocabulary.ids import TenantId


@dataclass(frozen=True, slots=True)
class Caller:
    """A browser's ticket, or an access token that verified. Not yet a person."""

    tenant: TenantId
    shown: Ticket | Access

    async def person(self, tx: AsyncSession, *, now: datetime) -> Person:
        """Raises Unauthenticated when no live session or account of a person is behind it.

        In the caller's transaction, so that a token that is no person's leaves no identity.
        """
        with stage(Stage.IDENTITY):
            if isinstance(self.shown, Ticket):
                return persons.of_session(await sessions.establish(tx, self.shown, now=now))
            account = await identities.recognise(
                tx, self.tenant, issuer=self.shown.issuer, subject=self.shown.subject, now=now
            )
            return persons.of_access(self.shown, tenant=self.tenant, identity=account)
