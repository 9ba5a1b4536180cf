"""Who may act for me, and the one click against it."""

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.guards import Legitimation
from app.legitimation.kinds import Effect, MandateKind
from app.legitimation.objections import ActedFor
from app.vocabulary.errors import NotLegitimated
from app.vocabulary.ids import MandateId

router = APIRouter(prefix="/v1", tags=["citizens"])


class AboutMeBody(BaseModel):
    """`name` is what the office calls them. `objection` says what objecting would do.

    In `reserved` groups I need their consent to apply for anything (§ 1825 BGB).
    """

    id: UUID
    kind: MandateKind
    case_id: UUID
    name: str | None
    groups: list[str]
    actions: list[str]
    reserved: list[str]
    since: datetime
    until: datetime | None
    objection: Effect
    objected: bool

    @classmethod
    def of(cls, about: ActedFor, name: str | None) -> Self:
        return cls(
            id=about.id,
            kind=about.kind,
            case_id=about.case,
            name=name,
            groups=sorted(about.groups),
            actions=sorted(about.actions),
            reserved=sorted(about.reserved),
            since=about.valid_from,
            until=about.valid_to,
            objection=about.effect,
            objected=about.objected,
        )


class ObjectedBody(BaseModel):
    """`ended`: it holds no more. `passed_on`: the office is told; until it decides, it holds."""

    effect: Effect


@router.get("/me/mandates-about-me")
@does(CitizenAction.OBJECT)
async def mandates_about_me(person: SignedIn, desk: Legitimation) -> list[AboutMeBody]:
    """Who may act for me now, or will."""
    return [AboutMeBody.of(about, name) for about, name in await desk.about_me(person)]


@router.post("/mandates/{mandate_id}/objection")
@does(CitizenAction.OBJECT)
async def object_to(mandate_id: str, person: SignedIn, desk: Legitimation) -> ObjectedBody:
    """Says no to being represented. What only a court or the law can end is passed on."""
    objected = await desk.object_to(person, mandate_named(mandate_id))
    return ObjectedBody(effect=objected.effect)


def mandate_named(given: str) -> MandateId:
    """An id that is none is a mandate that is not there."""
    try:
        return MandateId(UUID(given))
    except ValueError:
        raise NotLegitimated from None
