"""Rows of requests and legal holds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.database.turns import in_turn
from app.lifecycle.states import due
from app.vocabulary.erasures import AskedBy, Erasure, HoldGround, Refusal, State
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import TenantId, random_id

_Row: TypeAlias = Row[*tuple[Any, ...]]  # Any: textual SQL has no types
_COLUMNS: Final = (
    "id, person_id, whom, asked_by, state, requested_at, due_at, decided_at, refusal, erased_at"
)
_OPEN: Final = text(f"""
    SELECT {_COLUMNS} FROM erasures WHERE tenant = :tenant AND person_id = :person
    AND state IN ('requested', 'approved', 'erasing') LIMIT 1
""")  # noqa: S608  # put together from a constant
_INSERT: Final = text("""
    INSERT INTO erasures (tenant, id, person_id, whom, asked_by, state, requested_at, due_at)
    VALUES (:tenant, :id, :person, :whom, :asked_by, :state, :now, :due)
""")
_FIND: Final = text(f"SELECT {_COLUMNS} FROM erasures WHERE tenant = :tenant AND id = :id")  # noqa: S608  # put together from a constant
_OF_PERSONS: Final = text(f"""
    SELECT {_COLUMNS} FROM erasures WHERE tenant = :tenant AND person_id = ANY(:persons)
    ORDER BY requested_at DESC, id
""")  # noqa: S608  # put together from a constant
_OF_OFFICE: Final = text(f"""
    SELECT {_COLUMNS} FROM erasures WHERE tenant = :tenant
    ORDER BY state IN ('refused', 'erased'), due_at, id LIMIT 1000
""")  # noqa: S608  # put together from a constant
_DECIDE: Final = text("""
    UPDATE erasures SET state = :state, decided_at = :now, refusal = :refusal
    WHERE tenant = :tenant AND id = :id
""")
_HOLDING: Final = text("""
    SELECT id, ground FROM legal_holds
    WHERE tenant = :tenant AND person_id = :person AND lifted_at IS NULL LIMIT 1
""")
_HOLD: Final = text("""
    INSERT INTO legal_holds (tenant, id, person_id, ground, set_at)
    VALUES (:tenant, :id, :person, :ground, :now)
""")
_LIFT: Final = text("""
    UPDATE legal_holds SET lifted_at = :now
    WHERE tenant = :tenant AND person_id = :person AND lifted_at IS NULL
""")


async def ask(  # noqa: PLR0913  # a request has this many parts, each named
    tx: AsyncSession,
    tenant: TenantId,
    person: UUID,
    *,
    whom: bytes,
    by: AskedBy,
    state: State = State.REQUESTED,
    now: datetime,
) -> tuple[Erasure, bool]:
    """The open request of this person, made where there is none; and whether it was made."""
    await in_turn(tx, tenant, "erasure", person.hex)
    asked = {"tenant": tenant, "person": person}
    if (there := (await tx.execute(_OPEN, asked)).one_or_none()) is not None:
        return Erasure.of(there), False
    made = random_id()
    new = {"id": made, "whom": whom, "asked_by": by, "state": state, "now": now, "due": due(now)}
    await tx.execute(_INSERT, {**asked, **new})
    return Erasure.of(await find(tx, tenant, made)), True


async def find(tx: AsyncSession, tenant: TenantId, request: UUID) -> _Row:
    """The row, with whom it is about. Raises NotFound."""
    row = (await tx.execute(_FIND, {"tenant": tenant, "id": request})).one_or_none()
    if row is None:
        raise NotFound
    return row


async def of_persons(
    tx: AsyncSession, tenant: TenantId, persons: Iterable[UUID]
) -> tuple[Erasure, ...]:
    asked = {"tenant": tenant, "persons": list(persons)}
    return tuple(map(Erasure.of, (await tx.execute(_OF_PERSONS, asked)).all()))


async def of_office(tx: AsyncSession, tenant: TenantId) -> tuple[Erasure, ...]:
    """What is open comes first, the most urgent of it before the rest."""
    return tuple(
        Erasure.of(row) for row in (await tx.execute(_OF_OFFICE, {"tenant": tenant})).all()
    )


async def decide(
    tx: AsyncSession, tenant: TenantId, request: UUID, *, refusal: Refusal | None, now: datetime
) -> None:
    state = State.APPROVED if refusal is None else State.REFUSED
    asked = {"tenant": tenant, "id": request, "state": state, "refusal": refusal, "now": now}
    await tx.execute(_DECIDE, asked)


async def held(tx: AsyncSession, tenant: TenantId, person: UUID) -> HoldGround | None:
    row = (await tx.execute(_HOLDING, {"tenant": tenant, "person": person})).one_or_none()
    return None if row is None else HoldGround(row.ground)


async def hold(
    tx: AsyncSession, tenant: TenantId, person: UUID, *, ground: HoldGround | None, now: datetime
) -> bool:
    """Sets it, or lifts it where there is no ground. Whether that changed anything."""
    await in_turn(tx, tenant, "erasure", person.hex)
    if (await held(tx, tenant, person)) == ground:
        return False
    asked = {"tenant": tenant, "person": person, "now": now}
    await tx.execute(_LIFT, asked)
    if ground is not None:
        await tx.execute(_HOLD, {**asked, "id": random_id(), "ground": ground})
    return True
