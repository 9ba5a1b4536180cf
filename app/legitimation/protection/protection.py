"""Safe at home: who must not be found through this service, and from whom that keeps what.

A flag is set by the office (separation, shelter, a block of the population register under § 51
BMG) or by the person. Rows are final; the newest of each source counts, so that neither lifts
what the other set. What follows is in `shield`; docs/safe-at-home.md says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.database.turns import in_turn
from app.legitimation.tables import ProtectionRow
from app.vault.sealing import Address, DataKey
from app.vocabulary.ids import PersonId, TenantId

GROUND_COLUMN: Final = "protections.sealed_ground"

# Who may see what belongs to the household, and so is hidden by what hides the household.
_ADULTS: Final = frozenset({"applicant", "partner"})


class SetBy(StrEnum):
    """Who set a flag. Only the same one lifts it."""

    OFFICE = "office"
    PERSON = "person"

    @property
    def weight(self) -> int:
        """The office has looked at proof; a person's word stands for themselves."""
        return 2 if self is SetBy.OFFICE else 1


class ProtectionGround(StrEnum):
    """Why the office set it. Sealed with the person's key; no call gives it back."""

    SEPARATION = "separation"
    SHELTER = "shelter"
    REGISTER_BLOCK = "register_block"  # Auskunftssperre, § 51 BMG
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Flag:
    """Somebody of a household, or of a mandate for one of it, who must not be found."""

    person: PersonId
    source: SetBy
    adult: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Shield:
    """What of a mandate would lead to somebody protected, and is for nobody else.

    `subject`: the locating fields of the one acted for, unless that is oneself. `household`:
    those of the household. `parties`: grantor or grantee is protected from the other.
    """

    subject: bool
    household: bool
    parties: bool

    def hides(self, *, household: bool, for_self: bool) -> bool:
        """Whether a locating field is hidden: of the household, or of the one acted for.

        For what was answered before; of a new release Cedar decides (`safe-at-home`).
        """
        return self.household if household else self.subject and not for_self


NOBODY_PROTECTED: Final = Shield(subject=False, household=False, parties=False)

# A column for a query over `mandates AS m`: whoever is protected of the household, the grantor
# and the grantee. NULL where nobody is. Read in the same statement as the mandate, so that a
# flag holds from the next look on, and costs none of its own.
FLAGS: Final = """(
    SELECT json_agg(json_build_array(s.person_id, s.role, p.source))
    FROM (
        SELECT k.person_id, k.role FROM memberships AS k
        WHERE k.tenant = m.tenant AND k.case_id = m.case_id
        UNION ALL SELECT m.grantor, NULL
        UNION ALL SELECT m.grantee, NULL
    ) AS s
    JOIN protections AS p ON p.tenant = m.tenant AND p.person_id = s.person_id AND p.active
    WHERE NOT EXISTS (
        SELECT FROM protections AS n
        WHERE n.tenant = p.tenant AND n.person_id = p.person_id
          AND n.source = p.source AND n.version > p.version
    )
)"""
_Column: TypeAlias = list[list[Any]] | None  # Any: what json_agg gives


def flags(column: _Column) -> tuple[Flag, ...]:
    """What `FLAGS` found."""
    return tuple(
        Flag(PersonId(UUID(person)), SetBy(source), role in _ADULTS)
        for person, role, source in column or ()
    )


def shield(
    found: Iterable[Flag], *, for_self: bool, grantor: PersonId, grantee: PersonId
) -> Shield:
    """What must be kept from whoever holds this mandate.

    One person's address is that of all who live with them: a father who may act for a child
    would find its mother. So whoever acts for another is kept from it when anybody of the
    household other than themselves is protected. What belongs to the household is kept from
    an adult when another adult of it is; and a flag that somebody set for themselves never
    shows them more than before: only the office's outweighs another's.
    """
    there = tuple(found)
    others = [flag for flag in there if flag.person != grantee]
    adults = max((flag.source.weight for flag in others if flag.adult), default=0)
    own = [flag.source.weight for flag in there if flag.person == grantee]
    mine = max(own, default=0) if for_self else 0
    return Shield(
        subject=bool(others) or any(flag.person == grantor for flag in there),
        household=adults > 0 and adults >= mine,
        parties=any(flag.person in {grantor, grantee} for flag in there),
    )


async def set_by(tx: AsyncSession, tenant: TenantId, person: PersonId) -> frozenset[SetBy]:
    """Who protects this person now: nobody, one or both. The newest word of each counts."""
    history = (
        select(col(ProtectionRow.source), col(ProtectionRow.active))
        .where(col(ProtectionRow.tenant) == tenant, col(ProtectionRow.person_id) == person)
        .order_by(col(ProtectionRow.version))
    )
    newest = {SetBy(row.source): row.active for row in await tx.execute(history)}
    return frozenset(source for source, active in newest.items() if active)


async def ground_of(
    tx: AsyncSession, tenant: TenantId, person: PersonId, key: DataKey
) -> ProtectionGround | None:
    """The ground of the newest word of the office, opened to compare it with another."""
    newest = (
        select(col(ProtectionRow.version), col(ProtectionRow.sealed_ground))
        .where(
            col(ProtectionRow.tenant) == tenant,
            col(ProtectionRow.person_id) == person,
            col(ProtectionRow.source) == SetBy.OFFICE,
        )
        .order_by(col(ProtectionRow.version).desc())
        .limit(1)
    )
    row = (await tx.execute(newest)).one_or_none()
    if row is None or row.sealed_ground is None:
        return None
    address = Address(tenant, GROUND_COLUMN, person, row.version)
    return ProtectionGround(key.open(bytes(row.sealed_ground), address).decode())


async def record(  # noqa: PLR0913  # a row has this many parts, each named
    tx: AsyncSession,
    tenant: TenantId,
    person: PersonId,
    *,
    active: bool,
    source: SetBy,
    ground: ProtectionGround | None,
    key: DataKey | None,
    now: datetime,
) -> int:
    """Adds a version, whose number is returned. `key` is the person's, where there is a ground."""
    await in_turn(tx, tenant, "protection", person.hex)
    newest = (
        select(col(ProtectionRow.version))
        .where(col(ProtectionRow.tenant) == tenant, col(ProtectionRow.person_id) == person)
        .order_by(col(ProtectionRow.version).desc())
        .limit(1)
    )
    version = ((await tx.execute(newest)).scalar_one_or_none() or 0) + 1
    sealed: bytes | None = None
    if ground is not None and key is not None:
        sealed = key.seal(ground.encode(), Address(tenant, GROUND_COLUMN, person, version))
    await tx.execute(
        insert(ProtectionRow).values(
            tenant=tenant,
            person_id=person,
            version=version,
            recorded_at=now,
            active=active,
            source=source,
            sealed_ground=sealed,
        )
    )
    return version
