"""Asking to be forgotten, over the API."""

from datetime import datetime
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from app.catalogue.actions import CitizenAction
from app.identity.declared import does
from app.identity.guards import SignedIn
from app.legitimation.protection.protection_routes import Named
from app.lifecycle.desk import ErasureDesk
from app.vocabulary.desks import Wanted
from app.vocabulary.erasures import AskedBy, Erasure, Refusal, State
from app.vocabulary.levels import Language

router = APIRouter(prefix="/v1/me", tags=["citizens"])

get_erasures: Final = Wanted[ErasureDesk]("get_erasures")
Erasing = Annotated[ErasureDesk, Depends(get_erasures)]


class ErasureBody(BaseModel):
    """`due_at`: by when the office must have answered. `why` and `law` of a refusal."""

    id: UUID
    asked_by: AskedBy
    state: State
    requested_at: datetime
    due_at: datetime
    overdue: bool
    decided_at: datetime | None
    refusal: Refusal | None
    why: str | None
    erased_at: datetime | None

    @classmethod
    def of(cls, erasure: Erasure, now: datetime, language: Language = Language.DE) -> Self:
        return cls(
            id=erasure.id,
            asked_by=erasure.asked_by,
            state=erasure.state,
            requested_at=erasure.requested_at,
            due_at=erasure.due_at,
            overdue=erasure.overdue(now),
            decided_at=erasure.decided_at,
            refusal=erasure.refusal,
            why=None if erasure.refusal is None else erasure.refusal.told(language),
            erased_at=erasure.erased_at,
        )


class ErasuresBody(BaseModel):
    requests: list[ErasureBody]

    @classmethod
    def of(
        cls, found: tuple[Erasure, ...], now: datetime, language: Language = Language.DE
    ) -> Self:
        return cls(requests=[ErasureBody.of(each, now, language) for each in found])


@router.get("/erasure-requests")
@does(CitizenAction.SEE_ERASURE)
async def read(
    person: SignedIn, named: Named, desk: Erasing, language: Language = Language.DE
) -> ErasuresBody:
    """What became of my requests, and by when the office must answer (Art. 12(3) GDPR)."""
    return ErasuresBody.of(await desk.mine(person, named=named), desk.eraser.clock(), language)


@router.post("/erasure-requests", status_code=202)
@does(CitizenAction.ASK_ERASURE)
async def ask(
    person: SignedIn, named: Named, desk: Erasing, language: Language = Language.DE
) -> ErasuresBody:
    """Asks to be erased (Art. 17 GDPR). The office examines it and answers within a month."""
    return ErasuresBody.of(await desk.ask(person, named=named), desk.eraser.clock(), language)
