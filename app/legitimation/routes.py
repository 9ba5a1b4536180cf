"""Who I am here, and for whom I may act."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from app.audit.events import Event, EventKind
from app.catalogue.actions import CitizenAction
from app.identity.browser import sessions
from app.identity.browser.cookies import set_session
from app.identity.browser.tickets import Ticket
from app.identity.declared import does
from app.identity.guards import SignedIn, session_ticket
from app.legitimation.desk import actor_of
from app.legitimation.guards import Legitimation
from app.legitimation.kinds import MandateKind
from app.legitimation.mandates import Offer
from app.vocabulary.errors import Conflict, NotLegitimated
from app.vocabulary.ids import MandateId, SubjectId

router = APIRouter(prefix="/v1", tags=["citizens"])


class MandateBody(BaseModel):
    """`acting_for` is the name the office recorded for the one acted for; null for oneself."""

    id: UUID
    kind: MandateKind
    case_id: UUID
    subject: UUID
    acting_for: str | None
    valid_to: datetime | None
    active: bool

    @classmethod
    def of(cls, offer: Offer, label: str | None, *, active: bool) -> Self:
        return cls(
            id=offer.id,
            kind=offer.kind,
            case_id=offer.case,
            subject=offer.grantor,
            acting_for=None if offer.kind is MandateKind.SELF else label,
            valid_to=offer.valid_to,
            active=active,
        )


class MeBody(BaseModel):
    name: str | None
    tenant: str
    assurance: Literal["basic", "low", "substantial", "high"]
    signed_in_since: datetime
    valid_until: datetime
    mandates: list[MandateBody]


@router.get("/me")
@does(CitizenAction.SEE_MYSELF)
async def me(person: SignedIn, desk: Legitimation) -> MeBody:
    """Who the provider says I am, how sure it is, and for whom I may act."""
    found = await desk.offers(person)
    implied = found[0][0].id if len(found) == 1 else person.active_mandate
    return MeBody(
        name=person.name,
        tenant=person.tenant,
        assurance=person.assurance.word,
        signed_in_since=person.authenticated_at,
        valid_until=person.valid_until,
        mandates=[MandateBody.of(o, label, active=o.id == implied) for o, label in found],
    )


@router.post("/mandates/{mandate_id}/activate", status_code=204)
@does(CitizenAction.CHOOSE_MANDATE)
async def activate(
    mandate_id: str,
    person: SignedIn,
    desk: Legitimation,
    ticket: Annotated[Ticket, Depends(session_ticket)],
) -> Response:
    """Chooses for whom to act from here on. The session gets a new id."""
    try:
        chosen = MandateId(UUID(mandate_id))
    except ValueError:
        raise NotLegitimated from None
    if person.session is None:
        raise Conflict
    now = desk.clock()
    async with desk.database.transaction(person.tenant) as tx:
        offer = await desk.require_offer(tx, person, chosen)
        session = await sessions.establish(tx, ticket, now=now)
        renewed = await sessions.act_under(tx, session, chosen, now=now)
        event = Event(
            kind=EventKind.MANDATE_ACTIVATED,
            at=now,
            actor=actor_of(person),
            case=offer.case,
            subjects=(SubjectId(offer.grantor),),
            mandate=offer.id,
            mandate_version=offer.version,
        )
        await desk.log.record(tx, person.tenant, event)
    response = Response(status_code=204)
    set_session(response, renewed)
    return response
