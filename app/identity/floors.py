"""Holding somebody to how surely and how lately they signed in (RFC 9470)."""

from datetime import datetime

from app.catalogue.actions import Floor
from app.identity.persons import Person
from app.vocabulary.errors import StepUpRequired


def require(person: Person, floor: Floor, *, now: datetime) -> None:
    """Raises StepUpRequired, which says what would do."""
    if not reaches(person, floor, now=now):
        raise StepUpRequired(tenant=person.tenant, assurance=floor.assurance, max_age=floor.max_age)


def reaches(person: Person, floor: Floor, *, now: datetime) -> bool:
    return floor.reached(person.assurance, now - person.authenticated_at)
