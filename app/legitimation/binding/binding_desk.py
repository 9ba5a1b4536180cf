"""Where somebody signed in is tied to a person of a case. Put together once by `app.web`."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, Event, EventKind, Outcome
from app.audit.log import Log
from app.database.engine import Database
from app.identity import persons
from app.identity.browser.tickets import Ticket
from app.identity.limits.budgets import Budget
from app.identity.limits.limits import Limits
from app.identity.persons import Person
from app.identity.sign_in import vouched
from app.legitimation.binding import activation, bindings, matching
from app.legitimation.binding.bindings import Bound, Ended, Proof
from app.legitimation.desk import actor_of
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Conflict, NotFound, StepUpRequired
from app.vocabulary.ids import SubjectId, TenantId
from app.vocabulary.levels import Assurance


class NotVouched(Conflict):
    """No name and date of birth came with this sign-in, or it is too long ago for them."""

    title_en = (
        "Your sign-in did not tell us your name and date of birth just now. "
        "Please sign in again, or use an activation code."
    )
    title_de = (
        "Ihre Anmeldung hat uns Name und Geburtsdatum nicht gerade eben mitgeteilt. "
        "Bitte melden Sie sich neu an, oder nehmen Sie einen Aktivierungscode."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BindingDesk:
    """`vouching` as `Identity` has it: where a match is offered, and from which assurance on."""

    database: Database
    vault: Vault
    log: Log
    limits: Limits
    clock: Clock
    vouching: Mapping[TenantId, Assurance]

    async def redeem(self, person: Person, code: str, *, address: str) -> Bound:
        """Ties the identity to the person the code was sent to. See `activation.use_up`, `bind`."""
        async with self._try(person, address):
            now = self.clock()
            async with self.database.transaction(person.tenant) as tx:
                await persons.still_signed_in(tx, person, now=now)
                to, case = await activation.use_up(tx, person.tenant, code, now=now)
                bound = await bindings.bind(
                    tx, person, to, case, proof=Proof.ACTIVATION_CODE, now=now
                )
                await self._record(tx, person, bound, now)
                return bound

    async def match(
        self, person: Person, ticket: Ticket, file_number: str, *, address: str
    ) -> Bound:
        """Ties the identity to the one person whom name, birthday and file number all fit.

        Raises NotVouched without attributes of this sign-in, StepUpRequired where the provider
        vouches for them at a higher assurance only; else as `redeem` does.
        """
        minimum = self.vouching.get(person.tenant)
        if minimum is None or person.session is None:
            raise NotVouched
        if person.assurance < minimum:
            raise StepUpRequired(tenant=person.tenant, assurance=minimum, max_age=vouched.LIFETIME)
        indexer = await self.vault.indexer(person.tenant)
        async with self._try(person, address):
            now = self.clock()
            async with self.database.transaction(person.tenant) as tx:
                await persons.still_signed_in(tx, person, now=now)
                found = await vouched.of_session(tx, ticket, person.session, now=now)
                if found is None:
                    raise NotVouched
                to, case = await matching.find(tx, indexer, person.tenant, found, file_number)
                bound = await bindings.bind(tx, person, to, case, proof=Proof.ATTRIBUTES, now=now)
                await self._record(tx, person, bound, now)
                return bound

    @asynccontextmanager
    async def _try(self, person: Person, address: str) -> AsyncIterator[None]:
        """Counts wrong tries, and those alone: counted first, and given back where it was none."""
        tried = {
            Budget.BINDING_TRIES: str(person.identity),
            Budget.BINDING_TRIES_OF_ADDRESS: address,
        }
        await self.limits.spend(person.tenant, tried)
        try:
            yield
        except (NotFound, Conflict):
            await self._record_refusal(person)
            raise
        except StepUpRequired:
            self.limits.restore(person.tenant, tried)
            await self._record_refusal(person)
            raise
        except BaseException:
            self.limits.restore(person.tenant, tried)
            raise
        self.limits.restore(person.tenant, tried)

    async def _record(self, tx: AsyncSession, person: Person, bound: Bound, now: datetime) -> None:
        created = Event(
            kind=EventKind.BINDING_CREATED,
            at=now,
            actor=actor_of(person),
            case=bound.case,
            subjects=(SubjectId(bound.person),),
            mandate=bound.mandate,
            mandate_version=None if bound.mandate is None else 1,
        )
        await self.log.record(tx, person.tenant, created)
        if bound.ended is not None:
            await self.log.record(
                tx, person.tenant, ended_event(bound.ended, actor=actor_of(person), now=now)
            )

    async def _record_refusal(self, person: Person) -> None:
        refused = Event(
            kind=EventKind.BINDING_REFUSED,
            at=self.clock(),
            actor=actor_of(person),
            outcome=Outcome.REFUSED,
        )
        async with self.database.transaction(person.tenant) as tx:
            await self.log.record(tx, person.tenant, refused)


def ended_event(ended: Ended, *, actor: Actor, now: datetime) -> Event:
    """`hits` are the sessions that ended with it."""
    return Event(
        kind=EventKind.BINDING_ENDED,
        at=now,
        actor=actor,
        subjects=(SubjectId(ended.person),),
        hits=ended.sessions,
        about=ended.id,
    )
