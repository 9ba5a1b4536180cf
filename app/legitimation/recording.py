"""Recording a mandate that the office has seen the proof of (§ 13(1) SGB X)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.legitimation.mandates import Action, MandateKind
from app.legitimation.tables import MandateRow
from app.vault.sealing import Address, DataKey
from app.vocabulary.errors import Conflict
from app.vocabulary.ids import CaseId, MandateId, PersonId, TenantId, random_id

LABEL_COLUMN: Final = "mandates.sealed_label"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMandate:
    """`evidence_reference` is where the office keeps the proof; only its hash is stored here."""

    ref: str
    kind: MandateKind
    grantor: PersonId
    grantee: PersonId
    case: CaseId
    groups: frozenset[str]
    actions: frozenset[Action]
    evidence_kind: str
    evidence_reference: str
    valid_from: datetime
    valid_to: datetime | None
    ended_reason: str | None


@dataclass(frozen=True, slots=True)
class Recorded:
    id: MandateId
    version: int


async def record_mandate(  # noqa: PLR0913  # a row has this many parts, each named
    tx: AsyncSession,
    tenant: TenantId,
    new: NewMandate,
    *,
    label: str | None,
    key: DataKey,
    now: datetime,
) -> Recorded:
    """Adds a version: the first, or one more under the same reference. Nothing is overwritten.

    `label`, the name the grantee sees, is sealed with `key`, the grantor's. Raises
    Conflict where the reference belongs to a mandate of other people: who acts for
    whom never changes, it ends and another begins.
    """
    await in_turn(tx, tenant, "mandate", new.ref)
    newest = (
        select(
            col(MandateRow.id),
            col(MandateRow.version),
            col(MandateRow.grantor),
            col(MandateRow.grantee),
            col(MandateRow.case_id),
        )
        .where(col(MandateRow.tenant) == tenant, col(MandateRow.ref) == new.ref)
        .order_by(col(MandateRow.version).desc())
        .limit(1)
    )
    there = (await tx.execute(newest)).one_or_none()
    parties = (new.grantor, new.grantee, new.case)
    if there is not None and (there.grantor, there.grantee, there.case_id) != parties:
        raise Conflict
    recorded = (
        Recorded(MandateId(random_id()), 1)
        if there is None
        else Recorded(MandateId(there.id), there.version + 1)
    )
    tx.add(
        MandateRow(
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
            evidence_kind=new.evidence_kind,
            evidence_hash=sha256(tenant.encode() + new.evidence_reference.encode()).digest(),
            sealed_label=_sealed(key, tenant, recorded, label),
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            ended_reason=new.ended_reason,
        )
    )
    await tx.flush()
    return recorded


def _sealed(key: DataKey, tenant: TenantId, recorded: Recorded, label: str | None) -> bytes | None:
    if label is None:
        return None
    return key.seal(label.encode(), Address(tenant, LABEL_COLUMN, recorded.id, recorded.version))
