"""Who somebody is in the tables: their persons, accounts and cases."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.vocabulary.ids import TenantId

_FIND: Final = text("""
    SELECT ARRAY(SELECT DISTINCT b.identity_id FROM bindings AS b
                 WHERE b.tenant = :tenant AND b.person_id = ANY(:persons)) AS identities,
           ARRAY(SELECT DISTINCT m.case_id FROM memberships AS m
                 WHERE m.tenant = :tenant AND m.person_id = ANY(:persons)) AS cases
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Belongings:
    """What the conditions of `app.lifecycle.inventory` are asked with."""

    tenant: TenantId
    persons: tuple[UUID, ...]
    identities: tuple[UUID, ...]
    cases: tuple[UUID, ...]

    @property
    def named(self) -> Mapping[str, object]:
        return {
            "tenant": self.tenant,
            "persons": list(self.persons),
            "identities": list(self.identities),
            "cases": list(self.cases),
        }


async def of_persons(
    tx: AsyncSession, tenant: TenantId, persons: Iterable[UUID], also: Iterable[UUID] = ()
) -> Belongings:
    """With every account that was ever bound to them, and those that are `also` theirs."""
    whose = sorted(set(persons))
    row = (await tx.execute(_FIND, {"tenant": tenant, "persons": whose})).one()
    return Belongings(
        tenant=tenant,
        persons=tuple(whose),
        identities=tuple(sorted({*row.identities, *also})),
        cases=tuple(sorted(row.cases)),
    )
