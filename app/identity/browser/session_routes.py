"""My sessions over the API."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from app.catalogue.actions import CitizenAction
from app.identity.browser import own_sessions
from app.identity.browser.cookies import SESSION, clear
from app.identity.browser.own_sessions import OwnSession
from app.identity.declared import does
from app.identity.guards import Desk, SignedIn
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import SessionId

router = APIRouter(prefix="/v1/me/sessions", tags=["citizens"])


class SessionBody(BaseModel):
    """`expires_at`: when it ends unless it is used. `current`: asked from this very one."""

    id: UUID
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    assurance: Literal["basic", "low", "substantial", "high"]
    current: bool

    @classmethod
    def of(cls, session: OwnSession) -> Self:
        return cls(
            id=session.id,
            created_at=session.created_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.expires_at,
            assurance=session.assurance.word,
            current=session.current,
        )


class SessionsBody(BaseModel):
    sessions: list[SessionBody]


@router.get("")
@does(CitizenAction.SEE_SESSIONS)
async def list_sessions(person: SignedIn, identity: Desk) -> SessionsBody:
    """Where I am signed in now, the newest first."""
    found = await own_sessions.of(identity, person)
    return SessionsBody(sessions=[SessionBody.of(each) for each in found])


@router.delete("/{session_id}", status_code=204)
@does(CitizenAction.END_SESSIONS)
async def end_session(session_id: str, person: SignedIn, identity: Desk) -> Response:
    """Signs out there at once. Ending the one this is asked from signs out here."""
    ended = session_of(session_id)
    await own_sessions.end_one(identity, person, ended)
    response = Response(status_code=204)
    if ended == person.session:
        clear(response, SESSION)
    return response


@router.delete("", status_code=204)
@does(CitizenAction.END_SESSIONS)
async def end_other_sessions(person: SignedIn, identity: Desk) -> Response:
    """Signs out everywhere but here. By an access token, everywhere."""
    await own_sessions.end_others(identity, person)
    return Response(status_code=204)


def session_of(text: str) -> SessionId:
    """An id that is none is a session that is not there."""
    try:
        return SessionId(UUID(text))
    except ValueError:
        raise NotFound from None
