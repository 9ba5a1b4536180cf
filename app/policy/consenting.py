"""Where consents are given, refused and withdrawn, with the very text that was shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.audit.events import Event, EventKind, Outcome
from app.audit.log import Log
from app.catalogue.bases import Ground
from app.catalogue.fields import Stored
from app.catalogue.rulebook import Rulebook
from app.database.engine import Database
from app.identity import persons
from app.legitimation import mandates
from app.legitimation.desk import actor_of
from app.legitimation.kinds import EVERY_GROUP, Action, MandateKind
from app.legitimation.mandates import Mandate
from app.policy import consent
from app.policy.consent import ConsentDecision, ConsentEvent, Notice
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Conflict, NotFound, NotLegitimated, StepUpRequired
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language, Purpose, Recipient

_OUTCOMES: Final[Mapping[ConsentDecision, Outcome]] = {
    ConsentDecision.GRANTED: Outcome.GRANTED,
    ConsentDecision.REFUSED: Outcome.REFUSED,
    ConsentDecision.WITHDRAWN: Outcome.WITHDRAWN,
}


class NoConsentNeeded(Conflict):
    """A statute applies: asking for consent would promise a choice there is not (recital 43)."""

    title_en = "This rests on a law and not on your consent, so there is nothing to agree to."
    title_de = "Das beruht auf einem Gesetz und nicht auf Ihrer Einwilligung."


class NoticeOutdated(Conflict):
    title_en = "The notice changed. Please read the current one first."
    title_de = "Der Hinweis hat sich geändert. Bitte lesen Sie erst den aktuellen."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDesk:
    database: Database
    log: Log
    rulebook: Rulebook
    clock: Clock

    async def history(self, mandate: Mandate) -> tuple[ConsentEvent, ...]:
        """Every event about a field that this mandate and this sign-in reach."""
        async with self.database.transaction(mandate.person.tenant) as tx:
            events = await consent.history(tx, mandate)
        return tuple(event for event in events if self._reaches(mandate, event.field))

    def choices(
        self, mandate: Mandate, language: Language
    ) -> tuple[tuple[FieldName, Purpose, Notice], ...]:
        """What of `notices` this mandate and this sign-in reach."""
        return tuple(each for each in self.notices(language) if self._reaches(mandate, each[0]))

    def notices(self, language: Language) -> tuple[tuple[FieldName, Purpose, Notice], ...]:
        """Every field and purpose that rests on consent, with the text to show."""
        return tuple(
            (field.name, purpose, notice)
            for field in self.rulebook.catalogue
            for purpose in Purpose
            if (notice := self._notice(field.name, purpose, language)) is not None
        )

    async def decide(  # noqa: PLR0913  # a decision has this many parts, each named
        self,
        mandate: Mandate,
        field: str,
        purpose: str,
        *,
        decision: ConsentDecision,
        notice: str | None,
        language: Language,
    ) -> None:
        """One more event. `notice` is the id of the text the person was shown.

        To say no for oneself takes no capacity to act (Art. 7(3) GDPR). Raises
        NotLegitimated for a mandate that only reads or does not cover the field,
        StepUpRequired for a sign-in too weak for it, NoConsentNeeded where the basis
        is another one, and NoticeOutdated for a notice that is not current.
        """
        says_no = decision is not ConsentDecision.GRANTED and mandate.kind is MandateKind.SELF
        if Action.SUBMIT not in mandate.actions and not says_no:
            raise NotLegitimated
        name, meant, current = self._place(field, purpose, language)
        if not says_no and not mandate.submits(self.rulebook.catalogue[name].group):
            raise NotLegitimated
        if not self._covered(mandate, name):
            raise NotLegitimated
        if not self._reaches(mandate, name):
            floor = self.rulebook.catalogue[name].floor
            raise StepUpRequired(
                tenant=mandate.person.tenant, assurance=floor.assurance, max_age=floor.max_age
            )
        if notice is not None and notice != current.id:
            raise NoticeOutdated
        subject = self.subject(mandate, name)
        now = self.clock()
        async with self.database.transaction(mandate.person.tenant) as tx:
            await persons.still_signed_in(tx, mandate.person, now=now)
            await mandates.confirm(tx, mandate, now=now)
            await consent.record(
                tx,
                mandate,
                subject=subject,
                field=name,
                purpose=meant,
                decision=decision,
                notice=current,
                now=now,
            )
            event = self._event(mandate, subject, meant, decision, now)
            await self.log.record(tx, mandate.person.tenant, event)

    def _covered(self, mandate: Mandate, field: FieldName) -> bool:
        group = self.rulebook.catalogue[field].group
        mine = mandate.party or self.subject(mandate, field) != mandate.household
        return mine and bool(mandate.groups & {EVERY_GROUP, group})

    def _reaches(self, mandate: Mandate, field: FieldName) -> bool:
        floor = self.rulebook.catalogue[field].min_assurance
        return self._covered(mandate, field) and mandate.person.assurance >= floor

    def _place(
        self, field: str, purpose: str, language: Language
    ) -> tuple[FieldName, Purpose, Notice]:
        if field not in self.rulebook.catalogue or purpose not in set(Purpose):
            raise NotFound
        name, meant = FieldName(field), Purpose(purpose)
        notice = self._notice(name, meant, language)
        if notice is None:
            raise NoConsentNeeded
        return name, meant, notice

    def _notice(self, field: FieldName, purpose: Purpose, language: Language) -> Notice | None:
        for recipient in Recipient:
            basis = self.rulebook.bases.of(field, purpose, recipient)
            if basis.ground is Ground.CONSENT and basis.notice is not None:
                text = self.rulebook.notices.text(basis.notice, language)
                return Notice(basis.notice, language, text)
        return None

    def subject(self, mandate: Mandate, field: FieldName) -> SubjectId:
        household = self.rulebook.catalogue[field].stored is Stored.HOUSEHOLD
        return mandate.household if household else mandate.subject

    def _event(
        self,
        mandate: Mandate,
        subject: SubjectId,
        purpose: Purpose,
        decision: ConsentDecision,
        now: datetime,
    ) -> Event:
        return Event(
            kind=EventKind.CONSENT_CHANGED,
            at=now,
            actor=actor_of(mandate.person),
            outcome=_OUTCOMES[decision],
            case=mandate.case,
            subjects=(subject,),
            mandate=mandate.id,
            mandate_version=mandate.version,
            purpose=purpose,
        )
