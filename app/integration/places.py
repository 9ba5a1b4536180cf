"""Whom the office speaks of, in its own words."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from app.legitimation import register
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import CaseId, PersonId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A person as the integrator knows them: in a case, or as a representative without one."""

    case: str | None
    person: str


async def find(tx: AsyncSession, tenant: TenantId, place: Place) -> tuple[CaseId | None, PersonId]:
    """Our ids of the two. Raises NotFound for a person or a case that is not there."""
    if place.case is not None:
        return await register.find_member(tx, tenant, case_ref=place.case, person_ref=place.person)
    person = await register.find_representative(tx, tenant, place.person)
    if person is None:
        raise NotFound
    return None, person
