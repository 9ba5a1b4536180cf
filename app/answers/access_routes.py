"""Who used what of my file, over the API."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from app.answers.accesses import Access, AccessDesk, OfficerReading
from app.answers.answer import Composer, Status
from app.audit.events import Category, EventKind
from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.kinds import MandateKind
from app.legitimation.protection.protection_routes import Named
from app.vocabulary.desks import Wanted
from app.vocabulary.ids import ReleaseId
from app.vocabulary.levels import Form, Hosting, Purpose

router = APIRouter(prefix="/v1/me", tags=["citizens"])

get_accesses: Final = Wanted[AccessDesk]("get_accesses")


class ActingBody(BaseModel):
    """As whom: `SELF` is myself. `name` is the representative's, where the office recorded one.

    With `erased` that person was erased since, and so was their name.
    """

    kind: MandateKind | None
    mandate: UUID
    name: str | None
    erased: bool


class UsedFieldBody(BaseModel):
    subject: UUID
    field: str
    basis: str | None
    to_model: Form


class AccessBody(BaseModel):
    """`status`, `composer` and `receipt` are there where an answer was given."""

    id: UUID
    at: datetime
    acting: ActingBody
    purpose: Purpose
    used: list[UsedFieldBody]
    hosting: Hosting
    status: Status | None
    composer: Composer | None
    receipt: UUID | None
    policy: str

    @classmethod
    def of(cls, access: Access) -> Self:
        return cls(
            id=access.id,
            at=access.at,
            acting=ActingBody(
                kind=access.kind, mandate=access.mandate, name=access.name, erased=access.erased
            ),
            purpose=access.purpose,
            used=[
                UsedFieldBody(
                    subject=each.subject,
                    field=each.field,
                    basis=each.basis,
                    to_model=each.to_model,
                )
                for each in access.used
            ],
            hosting=access.hosting,
            status=access.status,
            composer=access.composer,
            receipt=access.receipt,
            policy=access.policy,
        )


class OfficerReadingBody(BaseModel):
    """A data protection officer saw so many entries of the log about me, and why. No name."""

    entry: UUID
    at: datetime
    event: EventKind
    category: Category
    entries: int

    @classmethod
    def of(cls, reading: OfficerReading) -> Self:
        return cls(
            entry=reading.entry,
            at=reading.at,
            event=reading.event,
            category=reading.category,
            entries=reading.entries,
        )


class AccessLogBody(BaseModel):
    """`next` goes into `after` for the page that follows; null at the end.

    `officers` are the newest readings of officers, on the first page alone.
    """

    accesses: list[AccessBody]
    officers: list[OfficerReadingBody]
    next: UUID | None


@router.get("/access-log")
@does(CitizenAction.READ_ACCESS_LOG)
async def access_log(
    person: SignedIn,
    named: Named,
    desk: Annotated[AccessDesk, Depends(get_accesses)],
    after: UUID | None = None,
    most: Annotated[int, Query(ge=1, le=100)] = 50,
) -> AccessLogBody:
    """Who and what used my data, when, why, which fields, on which law. Newest first."""
    read = await desk.read(
        person, named=named, after=None if after is None else ReleaseId(after), most=most
    )
    return AccessLogBody(
        accesses=[AccessBody.of(each) for each in read.found],
        officers=[OfficerReadingBody.of(each) for each in read.officers],
        next=read.next,
    )
