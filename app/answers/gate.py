"""The first and the last look: session, mandate and consents, read afresh (T1 and T3).

A consent, mandate or session that ended meanwhile holds from the next statement on.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Decided, Event, EventKind, Outcome
from app.audit.log import Log
from app.audit.receipts import Receipt
from app.database.engine import Database
from app.identity import persons
from app.intake.inquiry import Inquiry
from app.legitimation import mandates
from app.legitimation.desk import actor_of
from app.legitimation.mandates import Mandate
from app.policy import consent, register
from app.policy.consent import Consents
from app.policy.entities import Circumstances
from app.policy.release import Item, Needed, Policies, Release
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Conflict
from app.vocabulary.levels import Form, Hosting, Purpose, Recipient

_ORDER = tuple(Form)


class ReleaseChanged(Conflict):
    """What was released is not any more: a consent was withdrawn, a login grew old."""

    title_en = "What you allow changed while this was being answered. Please ask again."
    title_de = "Ihre Erlaubnis hat sich während der Antwort geändert. Bitte fragen Sie noch einmal."


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What decides about a release, besides the mandate."""

    needed: frozenset[Needed]
    purpose: Purpose
    hosting: Hosting
    special: bool

    @classmethod
    def of(cls, inquiry: Inquiry, purpose: Purpose, hosting: Hosting) -> "Asked":
        return cls(needed=inquiry.needed, purpose=purpose, hosting=hosting, special=inquiry.special)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    database: Database
    vault: Vault
    log: Log
    policies: Policies
    clock: Clock

    async def release(
        self, mandate: Mandate, asked: Asked, *, kind: EventKind = EventKind.RELEASED
    ) -> tuple[Release, Receipt]:
        """T1: check, decide, store, log, commit. Only then is there a receipt to read with."""
        async with self.database.transaction(mandate.person.tenant, by_key=True) as tx:
            release = await self.decide(tx, mandate, asked)
            await register.store(tx, self.vault, release)
            event = self.event(release, kind)
            receipt = await self.log.record(tx, mandate.person.tenant, event, release=release.id)
            if release.masking:
                masked = self._masked(release)
                await self.log.record(tx, mandate.person.tenant, masked, release=release.id)
        return release, receipt

    async def decide(
        self,
        tx: AsyncSession,
        mandate: Mandate,
        asked: Asked,
        *,
        before: Release | None = None,
    ) -> Release:
        """Raises Unauthenticated or NotLegitimated when session or mandate ended meanwhile."""
        now = self.clock()
        await persons.still_signed_in(tx, mandate.person, now=now)
        held = await mandates.confirm(tx, mandate, now=now)
        return self.policies.decide(
            mandate,
            asked.needed,
            Circumstances(
                purpose=asked.purpose,
                hosting=asked.hosting,
                special_question=asked.special,
                consents=await self._consents(tx, mandate, asked),
                shield=held.shield,
                now=now,
            ),
            before=before,
        )

    async def confirm(self, tx: AsyncSession, release: Release, asked: Asked) -> datetime:
        """Raises ReleaseChanged unless everything released is released still."""
        again = await self.decide(tx, release.mandate, asked, before=release)
        if not covers(again.items, release.items):
            raise ReleaseChanged
        return again.decided_at

    async def confirm_now(self, release: Release, asked: Asked) -> None:
        """Between two sentences of a stream."""
        async with self.database.transaction(release.mandate.person.tenant, by_key=True) as tx:
            await self.confirm(tx, release, asked)

    def event(
        self, release: Release, kind: EventKind, outcome: Outcome = Outcome.DONE, hits: int = 0
    ) -> Event:
        mandate = release.mandate
        recipients = (Recipient.PERSON, Recipient.MODEL)
        sent = any(item.to_model is not Form.NONE for item in release.items)
        return Event(
            kind=kind,
            at=self.clock(),
            actor=actor_of(mandate.person),
            outcome=outcome,
            case=mandate.case,
            subjects=(mandate.subject,),
            mandate=mandate.id,
            mandate_version=mandate.version,
            purpose=release.purpose,
            recipients=recipients if sent else recipients[:1],
            hosting=release.hosting,
            decisions=tuple(map(_decided, release.items)),
            hits=hits,
            policy=release.policy_digest,
        )

    def _masked(self, release: Release) -> Event:
        """The identifiers read for redaction alone: whose and how many. Nobody is shown them."""
        mandate = release.mandate
        return Event(
            kind=EventKind.KNOWN_VALUES_READ,
            at=self.clock(),
            actor=Actor(kind=ActorKind.SERVICE),
            case=mandate.case,
            subjects=tuple(sorted({subject for subject, _ in release.masking})),
            mandate=mandate.id,
            mandate_version=mandate.version,
            purpose=release.purpose,
            hits=len(release.masking),
            policy=release.policy_digest,
        )

    async def _consents(self, tx: AsyncSession, mandate: Mandate, asked: Asked) -> Consents:
        """Read only where the basis of a needed field is consent."""
        fields = {field for _, field in asked.needed}
        if not self.policies.rest_on_consent(fields, asked.purpose):
            return Consents({})
        return await consent.read(tx, mandate)


def covers(now: Iterable[Item], before: Iterable[Item]) -> bool:
    """Whether nothing released before is released less now."""
    current = {(i.subject, i.field): i for i in now}
    return all(
        (again := current.get((item.subject, item.field))) is not None
        and again.to_person >= item.to_person
        and _ORDER.index(again.to_model) >= _ORDER.index(item.to_model)
        for item in before
    )


def _decided(item: Item) -> Decided:
    return Decided(
        subject=item.subject,
        field=item.field,
        to_person=item.to_person,
        to_model=item.to_model,
        reason=item.reason,
        model_reason=item.model_reason,
        basis=item.basis,
    )
