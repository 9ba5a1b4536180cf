"""Asking to be forgotten, deciding it, and looking for what is left."""

from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import text

from tests.parties import BERGSTRASSE
from tests.service import Whole

REQUESTS = "/v1/me/erasure-requests"
OFFICE = "/v1/integration/erasure-requests"


async def request(whole: Whole, who: str, acr: str = "substantial") -> httpx2.Response:
    return await whole.call("POST", REQUESTS, whole.citizen(who, acr))


async def decide(whole: Whole, request_id: str, **body: Any) -> httpx2.Response:
    return await whole.call("PUT", f"{OFFICE}/{request_id}/decision", whole.machine(), body)


async def asked_for(whole: Whole, who: str) -> str:
    answer = await request(whole, who)
    assert answer.status_code == 202, answer.text
    (found,) = answer.json()["requests"]
    return str(found["id"])


async def erase(whole: Whole, who: str) -> dict[str, Any]:
    answer = await decide(whole, await asked_for(whole, who), decision="approved")
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["state"] == "erased"
    return body


async def rows_of(whole: Whole, person: str) -> dict[str, int]:
    """How many rows each table has of this person, wherever their id stands."""
    found = {}
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        columns = await tx.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns "
                "WHERE table_schema = 'public' AND data_type = 'uuid'"
            )
        )
        for table, column in columns.all():
            counted = text(f'SELECT count(*) FROM "{table}" WHERE "{column}" = :person')  # noqa: S608  # the catalogue's own names
            count = (await tx.execute(counted, {"person": UUID(person)})).scalar_one()
            if count:
                found[f"{table}.{column}"] = count
    return found
