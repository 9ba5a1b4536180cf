"""Why an officer looks, said before they look. It holds for an hour, and is in the log itself.

The reason in words and the file number are sealed with the key of the tenant's log; the log has
the category alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import canonical, parsed
from app.audit.events import Category, end_of_following_year
from app.identity.officers import Officer
from app.vault.columns import LOG_KEY_OWNER, Sealed
from app.vault.keys import Vault
from app.vault.sealing import Address
from app.vocabulary.errors import Conflict, NotFound
from app.vocabulary.ids import TenantId, random_id

LASTS: Final = timedelta(hours=1)

_OPEN: Final = text("""
    INSERT INTO oversight_sessions
        (tenant, id, identity_id, session_id, category, sealed_reason, opened_at, expires_at,
         delete_after)
    VALUES (:tenant, :id, :identity, :session, :category, :sealed, :now, :expires, :delete_after)
""")
_OVER: Final = text("""
    DELETE FROM oversight_sessions WHERE tenant = :tenant AND delete_after < :today
""")
_READINGS_OVER: Final = text("""
    DELETE FROM oversight_readings WHERE tenant = :tenant AND delete_after < :today
""")
# Of this account and this sign-in alone. With a token, `session` is NULL and the id is asked for.
_LIVE: Final = text("""
    SELECT id, category, opened_at, expires_at FROM oversight_sessions
    WHERE tenant = :tenant AND identity_id = :identity
      AND session_id IS NOT DISTINCT FROM CAST(:session AS uuid)
      AND (CAST(:id AS uuid) IS NULL OR id = :id)
      AND ended_at IS NULL AND expires_at > :now
    ORDER BY opened_at DESC, id LIMIT 1
""")
_END: Final = text("""
    UPDATE oversight_sessions SET ended_at = :now WHERE tenant = :tenant AND id = :id
""")
_SEALED: Final = text("""
    SELECT sealed_reason FROM oversight_sessions WHERE tenant = :tenant AND id = :id
""")


class ReasonWanted(Conflict):
    """Nothing of the log is shown before somebody has said why they look."""

    title_en = "Please say first why you look into the log. A stated reason holds for one hour."
    title_de = (
        "Bitte sagen Sie zuerst, warum Sie in das Protokoll sehen. Ein genannter Grund gilt eine "
        "Stunde."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why. Both texts stay sealed."""

    category: Category
    words: str
    file_number: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An officer who said why, and until when that holds."""

    id: UUID
    officer: Officer
    category: Category
    opened_at: datetime
    expires_at: datetime

    @property
    def tenant(self) -> TenantId:
        return self.officer.tenant


async def begin(
    tx: AsyncSession, vault: Vault, officer: Officer, reason: Reason, *, now: datetime
) -> Reading:
    """Rows whose time is up go at the same time."""
    reading = Reading(
        id=random_id(),
        officer=officer,
        category=reason.category,
        opened_at=now,
        expires_at=now + LASTS,
    )
    at = {"tenant": officer.tenant, "today": now.date()}
    await tx.execute(_OVER, at)
    await tx.execute(_READINGS_OVER, at)
    key = await vault.key(tx, officer.tenant, LOG_KEY_OWNER)
    told = canonical({"reason": reason.words, "file_number": reason.file_number})
    await tx.execute(
        _OPEN,
        {
            "tenant": officer.tenant,
            "id": reading.id,
            "identity": officer.identity,
            "session": officer.session,
            "category": reading.category.value,
            "sealed": key.seal(told, _address(reading)),
            "now": now,
            "expires": reading.expires_at,
            "delete_after": end_of_following_year(now),
        },
    )
    return reading


async def live(tx: AsyncSession, officer: Officer, named: UUID | None, *, now: datetime) -> Reading:
    """Raises ReasonWanted without one that holds. With an access token it must be named."""
    found = None
    if officer.session is not None or named is not None:
        asked = {
            "tenant": officer.tenant,
            "identity": officer.identity,
            "session": officer.session,
            "id": named,
            "now": now,
        }
        found = (await tx.execute(_LIVE, asked)).one_or_none()
    if found is None:
        raise ReasonWanted
    return Reading(
        id=found.id,
        officer=officer,
        category=Category(found.category),
        opened_at=found.opened_at,
        expires_at=found.expires_at,
    )


async def finish(tx: AsyncSession, reading: Reading, *, now: datetime) -> None:
    await tx.execute(_END, {"tenant": reading.tenant, "id": reading.id, "now": now})


async def reason_of(tx: AsyncSession, vault: Vault, reading: Reading) -> Reason:
    """In words, for the officer who gave it."""
    asked = {"tenant": reading.tenant, "id": reading.id}
    sealed = (await tx.execute(_SEALED, asked)).scalar_one_or_none()
    if sealed is None:
        raise NotFound
    key = await vault.key(tx, reading.tenant, LOG_KEY_OWNER)
    told = parsed(key.open(bytes(sealed), _address(reading)))
    number = told["file_number"]
    return Reason(
        category=reading.category,
        words=str(told["reason"]),
        file_number=None if number is None else str(number),
    )


def _address(reading: Reading) -> Address:
    return Address(reading.tenant, Sealed.OVERSIGHT_REASONS, reading.id, 1)
