"""Identifiers. Opaque outside the room that issues them."""

from secrets import token_bytes
from typing import NewType
from uuid import UUID

TenantId = NewType("TenantId", str)
IdentityId = NewType("IdentityId", UUID)
SessionId = NewType("SessionId", UUID)
PersonId = NewType("PersonId", UUID)
CaseId = NewType("CaseId", UUID)
MandateId = NewType("MandateId", UUID)
ReleaseId = NewType("ReleaseId", UUID)
EntryId = NewType("EntryId", UUID)
AnswerId = NewType("AnswerId", UUID)
FieldName = NewType("FieldName", str)

# Whose row it is: a person's id, or the case's own id for what belongs to the household.
SubjectId = NewType("SubjectId", UUID)


def random_id() -> UUID:
    """128 random bits. Not a version 4 UUID, which would have 122."""
    return UUID(bytes=token_bytes(16))
