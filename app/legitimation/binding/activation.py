"""Activation codes: sent by the office, by post or over the counter, to the person they are for.

80 random bits need no slow hash: whoever reads the table would have to try 2^80 codes, and at the
door there are five wrong tries an hour (`app.identity.limits.budgets`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from secrets import choice
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.legitimation.tables import ActivationCodeRow
from app.vocabulary.errors import Conflict, NotFound
from app.vocabulary.ids import CaseId, PersonId, TenantId, random_id


class Channel(StrEnum):
    """How the code reaches the person. At the counter it is used there and then."""

    POST = "post"
    COUNTER = "counter"


class State(StrEnum):
    UNUSED = "unused"
    USED = "used"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


LIFETIMES: Final = MappingProxyType(
    {Channel.POST: timedelta(days=14), Channel.COUNTER: timedelta(hours=1)}
)
# Crockford's letters: none that a person reading a letter takes for another.
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH: Final = 16  # 80 random bits
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


@dataclass(frozen=True, slots=True)
class Issued:
    """What the office may know of a code afterwards: not the code, and not who used it."""

    id: UUID
    channel: Channel
    issued_at: datetime
    expires_at: datetime
    state: State


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """Shown once to whoever sends the letter; only its hash is kept."""

    code: str
    about: Issued

    def __repr__(self) -> str:
        return "<IssuedCode>"


async def issue(  # noqa: PLR0913 - for whom, how and when
    tx: AsyncSession,
    tenant: TenantId,
    *,
    person: PersonId,
    case: CaseId | None,
    channel: Channel,
    now: datetime,
) -> IssuedCode:
    """A fresh code for this person; earlier ones that were not used are withdrawn."""
    await in_turn(tx, tenant, "activation", person.hex)
    earlier = col(ActivationCodeRow.person_id) == person
    await tx.execute(
        update(ActivationCodeRow).where(_open(tenant, now), earlier).values(withdrawn_at=now)
    )
    raw = "".join(choice(_ALPHABET) for _ in range(_LENGTH))
    about = Issued(random_id(), channel, now, now + LIFETIMES[channel], State.UNUSED)
    tx.add(
        ActivationCodeRow(
            tenant=tenant,
            code_hash=_digest(tenant, raw),
            id=about.id,
            channel=channel,
            person_id=person,
            case_id=case,
            issued_at=now,
            expires_at=about.expires_at,
            used_at=None,
        )
    )
    await tx.flush()
    return IssuedCode("-".join(raw[i : i + 4] for i in range(0, _LENGTH, 4)), about)


async def use_up(
    tx: AsyncSession, tenant: TenantId, code: str, *, now: datetime
) -> tuple[PersonId, CaseId | None]:
    """Whose code it is; of many who redeem it at once, one finds it unused.

    Raises NotFound for a code that is wrong, used, withdrawn, over or another tenant's, and does
    not tell which.
    """
    this = and_(_open(tenant, now), col(ActivationCodeRow.code_hash) == _digest(tenant, code))
    whose = select(col(ActivationCodeRow.person_id)).where(this)
    if (person := (await tx.execute(whose)).scalar_one_or_none()) is None:
        raise NotFound
    # In the order in which `issue` takes them, so that the two never wait for each other.
    await in_turn(tx, tenant, "activation", person.hex)
    used = await tx.execute(
        update(ActivationCodeRow)
        .where(this)
        .values(used_at=now)
        .returning(col(ActivationCodeRow.person_id), col(ActivationCodeRow.case_id))
    )
    if (row := used.one_or_none()) is None:
        raise NotFound
    return PersonId(row.person_id), None if row.case_id is None else CaseId(row.case_id)


async def of_person(
    tx: AsyncSession, tenant: TenantId, person: PersonId, *, now: datetime
) -> Sequence[Issued]:
    """All codes of this person, the newest first."""
    wanted = select(ActivationCodeRow).where(
        col(ActivationCodeRow.tenant) == tenant, col(ActivationCodeRow.person_id) == person
    )
    newest = wanted.order_by(col(ActivationCodeRow.issued_at).desc())
    return [_told(row, now) for row in (await tx.execute(newest)).scalars()]


async def find(tx: AsyncSession, tenant: TenantId, code: UUID, *, now: datetime) -> Issued:
    """Raises NotFound for one that is not there."""
    return _told(await _row(tx, tenant, code), now)


async def withdraw(
    tx: AsyncSession, tenant: TenantId, code: UUID, *, now: datetime
) -> tuple[PersonId, CaseId | None] | None:
    """Nobody is bound by it any more; None where it was of no use before.

    Raises Conflict for one that was used: what it led to is a binding, which is ended as such.
    """
    row = await _row(tx, tenant, code)
    await in_turn(tx, tenant, "activation", row.person_id.hex)
    this = col(ActivationCodeRow.id) == code
    ended = await tx.execute(
        update(ActivationCodeRow)
        .where(_open(tenant, now), this)
        .values(withdrawn_at=now)
        .returning(col(ActivationCodeRow.id))
    )
    if ended.one_or_none() is not None:
        return PersonId(row.person_id), None if row.case_id is None else CaseId(row.case_id)
    await tx.refresh(row)
    if row.used_at is not None:
        raise Conflict
    return None


async def _row(tx: AsyncSession, tenant: TenantId, code: UUID) -> ActivationCodeRow:
    wanted = select(ActivationCodeRow).where(
        col(ActivationCodeRow.tenant) == tenant, col(ActivationCodeRow.id) == code
    )
    if (row := (await tx.execute(wanted)).scalar_one_or_none()) is None:
        raise NotFound
    return row


def _open(tenant: TenantId, now: datetime) -> ColumnElement[bool]:
    return and_(
        col(ActivationCodeRow.tenant) == tenant,
        col(ActivationCodeRow.used_at).is_(None),
        col(ActivationCodeRow.withdrawn_at).is_(None),
        col(ActivationCodeRow.expires_at) > now,
    )


def _told(row: ActivationCodeRow, now: datetime) -> Issued:
    if row.used_at is not None:
        state = State.USED
    elif row.withdrawn_at is not None:
        state = State.WITHDRAWN
    else:
        state = State.EXPIRED if row.expires_at <= now else State.UNUSED
    return Issued(row.id, Channel(row.channel), row.issued_at, row.expires_at, state)


def _digest(tenant: TenantId, code: str) -> bytes:
    """The tenant keeps equal codes apart."""
    read = code.strip().upper().translate(_READ_AS)
    return sha256(
        b"klarfall activation code\x00" + tenant.encode() + b"\x00" + read.encode()
    ).digest()
