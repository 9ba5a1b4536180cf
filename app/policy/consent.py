"""The consent ledger: one row per event, the newest counts (Art. 7 GDPR).

A consent row is consulted only where the legal basis is consent. Asking for one where a statute
applies is refused (recital 43 GDPR): it would promise a choice that there is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.legitimation.mandates import Mandate
from app.policy.tables import ConsentRow
from app.vocabulary.ids import FieldName, MandateId, SubjectId
from app.vocabulary.levels import Language, Purpose

ConsentKey = tuple[SubjectId, FieldName, Purpose]


class ConsentDecision(StrEnum):
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ConsentState(StrEnum):
    """What counts now. A withdrawal leaves nothing standing: the consent is missing."""

    GRANTED = "granted"
    REFUSED = "refused"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Notice:
    """The very text that was shown, kept by hash and language."""

    id: str
    language: Language
    text: str

    @property
    def digest(self) -> bytes:
        return sha256(self.text.encode()).digest()


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    subject: SubjectId
    field: FieldName
    purpose: Purpose
    decision: ConsentDecision
    notice_id: str
    notice_digest: str
    notice_language: str
    mandate: MandateId
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Consents:
    """The state of each consent of these subjects at the moment of reading."""

    newest: Mapping[ConsentKey, ConsentDecision]

    def state(self, subject: SubjectId, field: FieldName, purpose: Purpose) -> ConsentState:
        match self.newest.get((subject, field, purpose)):
            case ConsentDecision.GRANTED:
                return ConsentState.GRANTED
            case ConsentDecision.REFUSED:
                return ConsentState.REFUSED
            case ConsentDecision.WITHDRAWN | None:
                return ConsentState.MISSING


async def read(tx: AsyncSession, mandate: Mandate) -> Consents:
    """All consents of the mandate's subject and of its household, read afresh."""
    return Consents(
        {(e.subject, e.field, e.purpose): e.decision for e in await history(tx, mandate)}
    )


async def history(tx: AsyncSession, mandate: Mandate) -> tuple[ConsentEvent, ...]:
    """Every event, oldest first."""
    events = (
        select(ConsentRow)
        .where(
            col(ConsentRow.tenant) == mandate.person.tenant,
            col(ConsentRow.subject).in_([mandate.subject, mandate.household]),
        )
        .order_by(col(ConsentRow.number))
    )
    return tuple(_event(row) for row in (await tx.execute(events)).scalars())


async def record(  # noqa: PLR0913  # an event has this many parts, each named
    tx: AsyncSession,
    mandate: Mandate,
    *,
    subject: SubjectId,
    field: FieldName,
    purpose: Purpose,
    decision: ConsentDecision,
    notice: Notice,
    now: datetime,
) -> None:
    tx.add(
        ConsentRow(
            tenant=mandate.person.tenant,
            subject=subject,
            field=field,
            purpose=purpose,
            decision=decision,
            notice_id=notice.id,
            notice_hash=notice.digest,
            notice_language=notice.language,
            actor=mandate.person.identity,
            mandate_id=mandate.id,
            recorded_at=now,
        )
    )
    await tx.flush()


def _event(row: ConsentRow) -> ConsentEvent:
    return ConsentEvent(
        subject=SubjectId(row.subject),
        field=FieldName(row.field),
        purpose=Purpose(row.purpose),
        decision=ConsentDecision(row.decision),
        notice_id=row.notice_id,
        notice_digest=row.notice_hash.hex(),
        notice_language=row.notice_language,
        mandate=MandateId(row.mandate_id),
        recorded_at=row.recorded_at,
    )
