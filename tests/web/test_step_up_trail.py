"""What the trail says of a step-up, in the transaction that does what it says (docs/step-up.md)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from secrets import token_urlsafe
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Event, EventKind
from app.identity.browser.cookies import login_cookie
from app.identity.browser.tickets import Ticket
from app.identity.sign_in import login
from app.identity.sign_in.login import Returned
from app.identity.sign_in.step_up import StepUpUnfinished
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from tests.service import OUR_CALL
from tests.web.detours import Detour, Row


def told(trail: Sequence[Row]) -> list[object]:
    return [each["event"] for each in trail]


def actor(identity: str | None, assurance: str | None = None) -> dict[str, str | None]:
    kind = "service" if identity is None else "person"
    return {
        "kind": kind,
        "identity": identity,
        "person": None,
        "client": None,
        "assurance": assurance,
    }


async def test_a_step_up_is_told_with_the_session_it_made_its_level_and_its_mandate(
    detour: Detour,
) -> None:
    """SU-05, SE-15"""
    me = (await detour.client.get("/v1/me")).json()
    (mandate,) = [each["id"] for each in me["mandates"]]
    chosen = await detour.client.post(f"/v1/mandates/{mandate}/activate", headers=OUR_CALL)
    assert chosen.status_code == 204
    detour.whole.clock.forward(timedelta(seconds=1))
    begun = detour.whole.clock()

    await detour.anew("high")

    made = await detour.session()
    assert made is not None
    (said,) = await detour.trail(begun)
    assert said["event"] == "stepped_up"
    assert said["outcome"] == "done"
    assert said["actor"] == actor(await detour.identity(), "high")
    assert (said["about"], said["mandate"]) == (str(made["id"]), mandate)
    assert said["written"] == await detour.written(made["id"])


@pytest.mark.parametrize("how", ["lower", "cancelled"])
async def test_a_refused_one_is_told_of_the_session_that_stays(detour: Detour, how: str) -> None:
    before = await detour.session()
    assert before is not None
    begun = detour.whole.clock()
    url = await detour.leave()
    detour.liar.acr = "low" if how == "lower" else "substantial"

    await detour.come_back(
        url, **({"code": None, "error": "access_denied"} if how == "cancelled" else {})
    )

    (said,) = await detour.trail(begun)
    assert (said["event"], said["outcome"]) == ("step_up_refused", "refused")
    assert said["actor"] == actor(await detour.identity())
    assert said["about"] == str(before["id"])
    (kept,) = await detour.kept()
    assert kept["state"] == "refused"
    assert said["written"] == kept["written"]


async def test_somebody_else_is_told_of_as_the_end_of_the_session_and_is_not_named(
    detour: Detour,
) -> None:
    """ID-21"""
    before = await detour.session()
    assert before is not None
    begun = detour.whole.clock()
    url = await detour.leave()
    detour.liar.subject = stranger = token_urlsafe(12)

    await detour.come_back(url)

    told = {str(each["event"]): each for each in await detour.trail(begun)}
    assert told.keys() == {"step_up_refused", "session_ended"}
    refused, ended = told["step_up_refused"], told["session_ended"]
    assert (refused["outcome"], ended["outcome"]) == ("refused", "done")
    for said in (refused, ended):
        assert said["actor"] == actor(await detour.identity())
        assert said["about"] == str(before["id"])
        assert await detour.identity(stranger) not in str(said)
    assert refused["written"] == ended["written"]
    assert await detour.session() is None
    assert await detour.kept() == []


async def test_a_session_that_is_over_is_not_said_to_end_once_more(detour: Detour) -> None:
    """ID-21: the twin of the one above, in which nobody was signed in any more."""
    url = await detour.leave()
    await detour.sign_out()
    begun = detour.whole.clock()
    detour.liar.subject = token_urlsafe(12)

    back = await detour.come_back(url)

    assert back.status_code == 401
    assert told(await detour.trail(begun)) == ["step_up_refused"]
    assert await detour.kept() == []


@pytest.mark.parametrize("acr", ["low", "substantial"])
async def test_where_the_session_ended_meanwhile_it_is_told_as_a_sign_in_like_any_other(
    detour: Detour, acr: str
) -> None:
    """And at its own level, as nobody asked for more: the question is not put."""
    url = await detour.leave()
    await detour.sign_out()
    begun = detour.whole.clock()
    detour.liar.acr = acr

    await detour.come_back(url)

    (said,) = await detour.trail(begun)
    assert said["event"] == "signed_in"
    assert said["actor"] == actor(await detour.identity(), acr)
    assert (await detour.get("/step-up")).headers["location"] == "/ask"


class Deaf:
    """A log that takes no word of one kind."""

    def __init__(self, kind: EventKind) -> None:
        self.kind = kind

    async def record(self, tx: AsyncSession, tenant: TenantId, event: Event, /) -> object:
        if event.kind is self.kind:
            raise Unavailable("audit")
        return None


@pytest.mark.parametrize(
    ("kind", "acr", "stranger"),
    [
        (EventKind.STEPPED_UP, "substantial", False),
        (EventKind.STEP_UP_REFUSED, "low", False),
        (EventKind.STEP_UP_REFUSED, "substantial", True),
        (EventKind.SESSION_ENDED, "substantial", True),
    ],
    ids=["stepped up", "refused", "somebody else", "session ended"],
)
async def test_what_cannot_be_told_does_not_happen(
    detour: Detour, kind: EventKind, acr: str, *, stranger: bool
) -> None:
    """Record, then act: with one commit, so neither is there without the other."""
    before = await detour.session()
    url = await detour.leave()
    detour.liar.acr = acr
    if stranger:
        detour.liar.subject = str(uuid4())
    back = {k: v[0] for k, v in parse_qs(urlsplit(detour.liar.authorize(url)).query).items()}
    ticket = Ticket.read(str(detour.client.cookies[login_cookie(back["state"])]))
    returned = Returned(state=back["state"], iss=back["iss"], code=back["code"])
    begun: datetime = detour.whole.clock()

    with pytest.raises((StepUpUnfinished, Unavailable)):
        await login.complete(
            replace(detour.whole.parts.identity, journal=Deaf(kind)), ticket, returned
        )

    assert await detour.session() == before
    assert [each["state"] for each in await detour.kept()] == ["away"]
    assert told(await detour.trail(begun)) == []
