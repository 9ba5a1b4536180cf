"""Tying an identity to a person of a case, with a code that came by post or at the counter."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import choice
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.identity.persons import Person
from app.legitimation.mandates import EVERY_GROUP, Action, MandateKind
from app.legitimation.tables import ActivationCodeRow, BindingRow, MandateRow
from app.vocabulary.errors import NotFound, StepUpRequired
from app.vocabulary.ids import CaseId, MandateId, PersonId, TenantId, random_id
from app.vocabulary.levels import Assurance

LIFETIME: Final = timedelta(days=14)
# Crockford's letters: none that a person reading a letter takes for another.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 16  # 80 random bits
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """Shown once to whoever sends the letter; only its hash is kept."""

    code: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "<IssuedCode>"


@dataclass(frozen=True, slots=True)
class Bound:
    person: PersonId
    case: CaseId | None
    mandate: MandateId | None


async def issue(
    tx: AsyncSession,
    tenant: TenantId,
    *,
    person: PersonId,
    case: CaseId | None,
    now: datetime,
) -> IssuedCode:
    """A fresh code for this person; earlier ones that were not used end here."""
    await in_turn(tx, tenant, "activation", person.hex)
    await tx.execute(
        update(ActivationCodeRow)
        .where(
            col(ActivationCodeRow.tenant) == tenant,
            col(ActivationCodeRow.person_id) == person,
            col(ActivationCodeRow.used_at).is_(None),
            col(ActivationCodeRow.expires_at) > now,
        )
        .values(expires_at=now)
    )
    raw = "".join(choice(_ALPHABET) for _ in range(_LENGTH))
    tx.add(
        ActivationCodeRow(
            tenant=tenant,
            code_hash=_digest(tenant, raw),
            person_id=person,
            case_id=case,
            issued_at=now,
            expires_at=now + LIFETIME,
            used_at=None,
        )
    )
    await tx.flush()
    return IssuedCode("-".join(raw[i : i + 4] for i in range(0, _LENGTH, 4)), now + LIFETIME)


async def redeem(tx: AsyncSession, person: Person, code: str, *, now: datetime) -> Bound:
    """Binds the identity, and makes the SELF mandate where the person has a case.

    Raises NotFound for a code that is wrong, used, over or another tenant's, and does
    not tell which; StepUpRequired where a password alone would take the place of
    somebody who is bound already. Where nobody is, it may: it sees no field anyway,
    and a stronger sign-in takes its place. The code is used up in neither case.
    """
    used = await tx.execute(
        update(ActivationCodeRow)
        .where(
            col(ActivationCodeRow.tenant) == person.tenant,
            col(ActivationCodeRow.code_hash) == _digest(person.tenant, code),
            col(ActivationCodeRow.used_at).is_(None),
            col(ActivationCodeRow.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(ActivationCodeRow.person_id), col(ActivationCodeRow.case_id))
    )
    if (row := used.one_or_none()) is None:
        raise NotFound
    bound_to = PersonId(row.person_id)
    await in_turn(tx, person.tenant, "activation", bound_to.hex)
    if person.assurance is Assurance.BASIC and await _is_bound(tx, person, bound_to):
        raise StepUpRequired
    await _bind(tx, person, bound_to, now)
    if row.case_id is None:
        return Bound(bound_to, None, None)
    case = CaseId(row.case_id)
    return Bound(bound_to, case, await _own_mandate(tx, person.tenant, bound_to, case, now))


async def _is_bound(tx: AsyncSession, person: Person, bound_to: PersonId) -> bool:
    """Whether somebody else is this person now."""
    found = select(col(BindingRow.id)).where(
        col(BindingRow.tenant) == person.tenant,
        col(BindingRow.person_id) == bound_to,
        col(BindingRow.identity_id) != person.identity,
        col(BindingRow.valid_to).is_(None),
    )
    return (await tx.execute(found.limit(1))).scalar_one_or_none() is not None


async def _bind(tx: AsyncSession, person: Person, bound_to: PersonId, now: datetime) -> None:
    """A person is one identity's at a time: an earlier binding ends here."""
    await tx.execute(
        update(BindingRow)
        .where(
            col(BindingRow.tenant) == person.tenant,
            col(BindingRow.person_id) == bound_to,
            col(BindingRow.valid_to).is_(None),
        )
        .values(valid_to=now)
    )
    tx.add(
        BindingRow(
            tenant=person.tenant,
            id=random_id(),
            identity_id=person.identity,
            person_id=bound_to,
            evidence="activation_code",
            valid_from=now,
            valid_to=None,
        )
    )
    await tx.flush()


async def _own_mandate(
    tx: AsyncSession, tenant: TenantId, person: PersonId, case: CaseId, now: datetime
) -> MandateId:
    """The SELF mandate for this case: the one that holds, or a new one."""
    known = select(col(MandateRow.id)).where(
        col(MandateRow.tenant) == tenant,
        col(MandateRow.kind) == MandateKind.SELF,
        col(MandateRow.grantor) == person,
        col(MandateRow.grantee) == person,
        col(MandateRow.case_id) == case,
        col(MandateRow.ended_reason).is_(None),
        col(MandateRow.valid_to).is_(None),
    )
    if (there := (await tx.execute(known.limit(1))).scalar_one_or_none()) is not None:
        return MandateId(there)
    made = MandateId(random_id())
    tx.add(
        MandateRow(
            tenant=tenant,
            id=made,
            version=1,
            recorded_at=now,
            kind=MandateKind.SELF,
            grantor=person,
            grantee=person,
            case_id=case,
            groups=[EVERY_GROUP],
            actions=list(Action),
            evidence_kind="activation_code",
            evidence_hash=sha256(b"activation_code").digest(),
            valid_from=now,
            valid_to=None,
        )
    )
    await tx.flush()
    return made


def _digest(tenant: TenantId, code: str) -> bytes:
    """80 random bits need no slow hash; the tenant keeps equal codes apart."""
    read = code.strip().upper().translate(_READ_AS)
    return sha256(
        b"klarfall activation code\x00" + tenant.encode() + b"\x00" + read.encode()
    ).digest()
