"""Given answers, kept as evidence of what was said."""

from datetime import datetime, time
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.answers.deadlines import months_after
from app.answers.tables import AnswerRow, FeedbackRow
from app.audit.receipts import Receipt
from app.database.statements import Statement
from app.identity.browser.sessions import ABSOLUTE
from app.identity.persons import Person
from app.legitimation import mandates
from app.policy.release import Release
from app.policy.tables import ReleaseRow
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.dates import BERLIN, today
from app.vocabulary.errors import NotFound, StepUpRequired
from app.vocabulary.ids import AnswerId, EntryId, TenantId
from app.vocabulary.levels import Assurance

COLUMN: Final = "answers.sealed"
_REASON_COLUMN: Final = "feedback.sealed_reason"
_INSERT: Final = Statement(insert(AnswerRow))


async def store(  # noqa: PLR0913  # an answer kept has this many parts, each named
    tx: AsyncSession,
    vault: Vault,
    *,
    release: Release,
    answer: AnswerId,
    entry: EntryId,
    document: bytes,
    outcome: Receipt,
    now: datetime,
    months: int,
) -> None:
    """Inserts the answer as it is sent, sealed with the key of the person it is about."""
    mandate = release.mandate
    tenant = mandate.person.tenant
    key = await vault.key(tx, tenant, mandate.grantor)
    await _INSERT.run(
        tx,
        {
            "tenant": tenant,
            "id": answer,
            "case_id": mandate.case,
            "subject": mandate.grantor,
            "actor": mandate.person.identity,
            "release_id": release.id,
            "entry_id": entry,
            "outcome_entry_id": outcome.entry,
            "sealed": key.seal(document, Address(tenant, COLUMN, answer, 1)),
            "answered_at": now,
            "delete_after": _last_moment(now, months),
        },
    )


def _last_moment(now: datetime, months: int) -> datetime:
    """The end, in Germany, of the day so many months on."""
    return datetime.combine(months_after(today(lambda: now), months), time.max, BERLIN)


async def find(tx: AsyncSession, person: Person, answer: AnswerId, *, now: datetime) -> AnswerRow:
    """An answer, for the one who asked, as long as they might ask again.

    They must still hold a mandate for that person and case, and be signed in as
    strongly as they were. Raises NotFound in every other case, StepUpRequired where
    only a stronger sign-in is wanting.
    """
    wanted = (
        select(AnswerRow, col(ReleaseRow.assurance))
        .join(
            ReleaseRow,
            and_(
                col(ReleaseRow.tenant) == col(AnswerRow.tenant),
                col(ReleaseRow.id) == col(AnswerRow.release_id),
            ),
        )
        .where(
            col(AnswerRow.tenant) == person.tenant,
            col(AnswerRow.id) == answer,
            col(AnswerRow.actor) == person.identity,
            col(AnswerRow.delete_after) > now,
        )
    )
    found = (await tx.execute(wanted)).one_or_none()
    if found is None:
        raise NotFound
    row, assurance = found
    held = await mandates.offers(tx, person, now=now)
    if not any((o.case, o.grantor) == (row.case_id, row.subject) for o in held):
        raise NotFound
    if person.assurance < assurance:
        raise StepUpRequired(tenant=person.tenant, assurance=Assurance(assurance), max_age=ABSOLUTE)
    return row


async def opened(tx: AsyncSession, vault: Vault, row: AnswerRow) -> bytes:
    """What was sent, byte for byte."""
    tenant = TenantId(row.tenant)
    key = await vault.key(tx, tenant, row.subject)
    return key.open(row.sealed, Address(tenant, COLUMN, row.id, 1))


async def take_feedback(  # noqa: PLR0913  # a word of feedback has this many parts, each named
    tx: AsyncSession,
    vault: Vault,
    *,
    row: AnswerRow,
    person: Person,
    useful: bool,
    reason: str | None,
    now: datetime,
) -> None:
    """The newest word of a person counts. What they write is sealed like the answer."""
    tenant = TenantId(row.tenant)
    sealed: bytes | None = None
    if reason:
        key = await vault.key(tx, tenant, row.subject)
        sealed = key.seal(reason.encode(), Address(tenant, _REASON_COLUMN, row.id, 1))
    write = insert(FeedbackRow).values(
        tenant=tenant,
        answer_id=row.id,
        actor=person.identity,
        useful=useful,
        sealed_reason=sealed,
        given_at=now,
    )
    await tx.execute(
        write.on_conflict_do_update(
            index_elements=["tenant", "answer_id", "actor"],
            set_={"useful": useful, "sealed_reason": sealed, "given_at": now},
        )
    )
