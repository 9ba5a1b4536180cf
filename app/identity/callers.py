"""Whom a request says it comes from, as far as that shows without the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.catalogue.actions import Floor
from app.identity import floors, identities, machines, persons
from app.identity.browser import sessions
from app.identity.browser.tickets import Ticket
from app.identity.machines import Machine
from app.identity.persons import Person
from app.identity.tokens import replay
from app.identity.tokens.access_tokens import Access
from app.identity.tokens.challenges import Challenge, Fault
from app.identity.tokens.dpop import Proof
from app.telemetry.spans import Stage, stage
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId


@dataclass(frozen=True, slots=True)
class Caller:
    """A browser's ticket, or an access token that verified. Not yet a person.

    `proof` came with a token that is bound to a key. `needs` is the floor of what is called.
    `challenge` says how a token is refused that holds and is not for what is called.
    """

    tenant: TenantId
    shown: Ticket | Access
    proof: Proof | None = None
    needs: Floor | None = None
    challenge: Challenge | None = None

    async def person(self, tx: AsyncSession, *, now: datetime) -> Person:
        """Raises Unauthenticated when no live session or account of a person is behind it.

        Also for a proof that was used before. Raises StepUpRequired below the floor.
        In the caller's transaction, so that a token that is no person's leaves no identity.
        """
        with stage(Stage.IDENTITY):
            person = await self._shown_by(tx, now=now)
            if self.needs is not None:
                floors.require(person, self.needs, now=now)
            return person

    async def machine(self, tx: AsyncSession, *, now: datetime) -> Machine:
        """Raises Unauthenticated for whoever is no program, and for a proof used before."""
        with stage(Stage.IDENTITY):
            if isinstance(self.shown, Ticket):
                raise Unauthenticated
            if self.proof is not None:
                await replay.spend(tx, self.tenant, self.proof, now=now)
            with self._challenged():
                return machines.of_access(self.shown, tenant=self.tenant)

    async def _shown_by(self, tx: AsyncSession, *, now: datetime) -> Person:
        if isinstance(self.shown, Ticket):
            return persons.of_session(await sessions.establish(tx, self.shown, now=now))
        if self.proof is not None:
            await replay.spend(tx, self.tenant, self.proof, now=now)
        account = await identities.recognise(
            tx, self.tenant, issuer=self.shown.issuer, subject=self.shown.subject, now=now
        )
        with self._challenged():
            return persons.of_access(self.shown, tenant=self.tenant, identity=account)

    @contextmanager
    def _challenged(self) -> Iterator[None]:
        """Refuses like any other token that opens nothing (RS-05)."""
        try:
            yield
        except Unauthenticated:
            if self.challenge is None:
                raise
            raise self.challenge.refusal(Fault.ACCESS) from None
