"""Answers given before: read again, proven, judged."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.answers import archive
from app.answers.bodies import AnswerBody, ReceiptStateBody
from app.answers.tables import AnswerRow
from app.audit import proofs
from app.audit.events import Event, EventKind
from app.audit.log import Log
from app.audit.proofs import ReceiptDocument, State
from app.audit.sealing import Sealer
from app.database.engine import Database
from app.identity.persons import Person
from app.legitimation import mandates
from app.legitimation.desk import actor_of
from app.legitimation.kinds import MandateKind
from app.vault.keys import Vault
from app.vocabulary.dates import Clock
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import AnswerId, CaseId, EntryId, FieldName, SubjectId


@dataclass(frozen=True, slots=True)
class About:
    """Which case an answer is about, and for whom it was asked."""

    case: CaseId
    subject: SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDesk:
    """Everything here is for the one who asked; for anybody else there is no such answer."""

    database: Database
    vault: Vault
    sealer: Sealer
    log: Log
    clock: Clock
    locating: frozenset[FieldName]

    async def read(self, person: Person, answer: AnswerId) -> AnswerBody:
        async with self.database.transaction(person.tenant) as tx:
            row = await archive.find(tx, person, answer, now=self.clock())
            body = AnswerBody.model_validate_json(await archive.opened(tx, self.vault, row))
            await self._still_open(tx, person, row, body)
            await self.log.record(
                tx, person.tenant, self._event(row, person, EventKind.ANSWER_READ)
            )
            receipt = await proofs.document(
                tx, person.tenant, EntryId(row.entry_id), sealer=self.sealer
            )
        return body.model_copy(update={"receipt": state_of(receipt)})

    async def about(self, person: Person, answer: AnswerId) -> About:
        async with self.database.transaction(person.tenant) as tx:
            row = await archive.find(tx, person, answer, now=self.clock())
            return About(CaseId(row.case_id), SubjectId(row.subject))

    async def receipt(self, person: Person, answer: AnswerId) -> ReceiptDocument:
        """Logged once there is a proof to read; until then it is asked for again and again."""
        async with self.database.transaction(person.tenant) as tx:
            row = await archive.find(tx, person, answer, now=self.clock())
            document = await proofs.document(
                tx, person.tenant, EntryId(row.entry_id), sealer=self.sealer
            )
            if document.state is State.INCLUDED:
                event = self._event(row, person, EventKind.RECEIPT_READ)
                await self.log.record(tx, person.tenant, event)
            return document

    async def feedback(
        self, person: Person, answer: AnswerId, *, useful: bool, reason: str | None
    ) -> None:
        async with self.database.transaction(person.tenant) as tx:
            row = await archive.find(tx, person, answer, now=self.clock())
            await archive.take_feedback(
                tx,
                self.vault,
                row=row,
                person=person,
                useful=useful,
                reason=reason,
                now=self.clock(),
            )

    async def _still_open(
        self, tx: AsyncSession, person: Person, row: AnswerRow, body: AnswerBody
    ) -> None:
        """Raises NotFound where it leads to somebody who was protected since, as if it were over.

        Like every answer whose time is up: whoever asked is not told why.
        """
        led = {used.subject != row.subject for used in body.used if used.field in self.locating}
        held = await mandates.offers(tx, person, now=self.clock()) if led else ()
        for_this = [o for o in held if (o.case, o.grantor) == (row.case_id, row.subject)]
        if led and all(
            any(
                o.shield.hides(household=household, for_self=o.kind is MandateKind.SELF)
                for household in led
            )
            for o in for_this
        ):
            raise NotFound

    def _event(self, row: AnswerRow, person: Person, kind: EventKind) -> Event:
        return Event(
            kind=kind,
            at=self.clock(),
            actor=actor_of(person),
            case=CaseId(row.case_id),
            subjects=(SubjectId(row.subject),),
            about=row.id,
            hits=1,
        )


def state_of(document: ReceiptDocument) -> ReceiptStateBody:
    position = document.position
    if position is None:
        return ReceiptStateBody(entry=document.entry)
    return ReceiptStateBody(
        entry=document.entry,
        state="included",
        index=position.index,
        tree_size=position.size,
        checkpoint=position.proof.checkpoint,
    )
