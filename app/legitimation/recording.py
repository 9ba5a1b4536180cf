"""Recording a mandate that the office has seen the proof of (§ 13(1) SGB X)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.legitimation.endings import EndedReason
from app.legitimation.kinds import TERMS, Action, MandateKind, Proof, Source
from app.legitimation.tables import MandateRow
from app.vault.sealing import Address, DataKey
from app.vocabulary.errors import Conflict
from app.vocabulary.ids import CaseId, MandateId, PersonId, TenantId, random_id
from app.vocabulary.levels import Assurance

LABEL_COLUMN: Final = "mandates.sealed_label"
GRANTEE_LABEL_COLUMN: Final = "mandates.sealed_grantee_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What the office saw. `reference` is where it keeps that; only a hash is stored here."""

    kind: Proof
    reference: str
    assurance: Assurance
    verified_by: str
    verified_at: datetime
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """`labels` are names, by column: who reads them is in `app.legitimation.tables`."""

    ref: str
    kind: MandateKind
    grantor: PersonId
    grantee: PersonId
    case: CaseId
    groups: frozenset[str]
    actions: frozenset[Action]
    reserved: frozenset[str]
    evidence: Evidence
    labels: Mapping[str, str | None]
    valid_from: datetime
    valid_to: datetime | None
    ended_reason: EndedReason | None
    ended_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class Recorded:
    id: MandateId
    version: int


async def record_mandate(
    tx: AsyncSession, tenant: TenantId, new: NewMandate, *, key: DataKey, now: datetime
) -> Recorded:
    """Adds a version: the first, or one more under the same reference. Nothing is overwritten.

    The caller has had the case's turn since before it judged what to record.
    Labels are sealed with `key`, the grantor's. Raises Conflict where the reference belongs to
    a mandate of other people or of another kind, and where that one has ended: who acts for
    whom never changes, and what ended does not come back because a system sent it again.
    """
    await in_turn(tx, tenant, "mandate", new.ref)
    newest = (
        select(MandateRow)
        .where(col(MandateRow.tenant) == tenant, col(MandateRow.ref) == new.ref)
        .order_by(col(MandateRow.version).desc())
        .limit(1)
    )
    there = (await tx.execute(newest)).scalar_one_or_none()
    if there is None:
        recorded = Recorded(MandateId(random_id()), 1)
    else:
        recorded = Recorded(MandateId(there.id), there.version + 1)
        parties = (there.kind, there.grantor, there.grantee, there.case_id)
        if parties != (new.kind, new.grantor, new.grantee, new.case):
            raise Conflict
        if there.ended_reason is not None and new.ended_reason is None:
            raise Conflict
    tx.add(_row(tenant, new, recorded, key, now))
    await tx.flush()
    return recorded


def _row(
    tenant: TenantId, new: NewMandate, recorded: Recorded, key: DataKey, now: datetime
) -> MandateRow:
    sealed = {
        column: None
        if label is None
        else key.seal(label.encode(), Address(tenant, column, recorded.id, recorded.version))
        for column, label in new.labels.items()
    }
    return MandateRow(
        tenant=tenant,
        id=recorded.id,
        version=recorded.version,
        recorded_at=now,
        ref=new.ref,
        kind=new.kind,
        grantor=new.grantor,
        grantee=new.grantee,
        case_id=new.case,
        groups=sorted(new.groups),
        actions=sorted(new.actions),
        reserved_groups=sorted(new.reserved),
        legal_basis=TERMS[new.kind].basis,
        evidence_kind=new.evidence.kind,
        evidence_hash=sha256(tenant.encode() + new.evidence.reference.encode()).digest(),
        evidence_assurance=new.evidence.assurance,
        verified_by=new.evidence.verified_by,
        verified_at=new.evidence.verified_at,
        source=new.evidence.source,
        sealed_label=sealed.get(LABEL_COLUMN),
        sealed_grantee_label=sealed.get(GRANTEE_LABEL_COLUMN),
        valid_from=new.valid_from,
        valid_to=new.valid_to,
        ended_received_at=new.ended_received_at,
        ended_reason=new.ended_reason,
    )
