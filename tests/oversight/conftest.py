"""An officer in front of the whole service, and a person whose file was used."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.audit.events import Event
from app.vocabulary.ids import EntryId, TenantId
from tests.parties import BERGSTRASSE
from tests.refuge import asked, family, mandates
from tests.service import OFFICER, Whole

REASON = {"category": "complaint", "reason": "Beschwerde einer Person vom Montag"}


@dataclass
class Desk:
    """The API of the officer's desk, with an access token and a stated reason."""

    whole: Whole
    session: str | None = None

    def headers(self) -> dict[str, str]:
        named = {} if self.session is None else {"klarfall-oversight": self.session}
        return self.whole.citizen(OFFICER) | named

    async def call(
        self, method: str, path: str, json: object = None, **query: Any
    ) -> httpx2.Response:
        return await self.whole.call(
            method, f"/v1/oversight{path}", self.headers(), json, params=query
        )

    async def begin(self, **reason: str) -> "Desk":
        begun = await self.call("POST", "/sessions", REASON | reason)
        assert begun.status_code == 201, begun.text
        self.session = begun.json()["id"]
        return self

    async def entries(self, **query: Any) -> dict[str, Any]:
        found = await self.call("GET", "/entries", **query)
        assert found.status_code == 200, found.text
        body: dict[str, Any] = found.json()
        return body

    async def settled(self) -> None:
        await settled(self.whole)

    async def planted(self, *events: Event, tenant: TenantId = BERGSTRASSE) -> list[EntryId]:
        """Written past all desks, as who has the database and the key might."""
        log = self.whole.parts.oversight.log
        async with self.whole.parts.database.transaction(tenant) as tx:
            written = [await log.record(tx, tenant, each) for each in events]
        await self.settled()
        return [each.entry for each in written]


async def settled(whole: Whole) -> None:
    """Everything written so far is in the tree, whoever moved it there."""
    left = text("SELECT count(*) FROM audit_queue WHERE tenant = :tenant")
    while True:
        await whole.parts.sequencer.drain(BERGSTRASSE)
        async with whole.parts.database.transaction(BERGSTRASSE) as tx:
            if not (await tx.execute(left, {"tenant": BERGSTRASSE})).scalar_one():
                return


def payloads(body: dict[str, Any]) -> Sequence[dict[str, Any]]:
    return [each["payload"] for each in body["entries"]]


@dataclass
class Used:
    """`p1` of a new case, who asked one question."""

    ref: str
    ids: dict[str, str]
    who: str
    mandate: str
    answer: dict[str, Any]


@pytest.fixture
def desk(whole: Whole) -> Desk:
    # Apart from what other tests did an hour ago by the service's clock.
    whole.clock.forward(timedelta(seconds=1))
    return Desk(whole)


@pytest.fixture
async def used(whole: Whole, desk: Desk) -> Used:
    ref, ids = await whole.push(family())
    who = await whole.bound(ref, "p1")
    mandate = (await mandates(whole, who))["SELF", ids["p1"]]
    answer = await asked(whole, who, ids["case"], mandate)
    assert answer.status_code == 200, answer.text
    await desk.settled()
    return Used(ref, ids, who, mandate, answer.json())
