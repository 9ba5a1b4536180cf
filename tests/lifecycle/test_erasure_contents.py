"""An erasure does not make good again what somebody put back, and is not held up by it."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from tests.lifecycle_home import erase
from tests.parties import BERGSTRASSE
from tests.refuge import family
from tests.service import Whole

MEMBERS = "household.members"


def household(note: str) -> dict[str, Any]:  # Any: a case document
    document: dict[str, Any] = family()
    document["household"]["fields"][MEMBERS] = [
        {"person": ref, "role": role, "given": given, "family": "Berghaus"}
        for ref, role, given in (("p1", "applicant", "Alma"), ("p2", "partner", note))
    ]
    return document


async def cell(whole: Whole, case: str) -> str:
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        found = await tx.execute(
            text("SELECT to_jsonb(v) FROM case_values AS v WHERE subject = :case AND field = :f"),
            {"case": case, "f": MEMBERS},
        )
        return json.dumps(found.scalar_one())


async def put_in_place(whole: Whole, older: str) -> None:
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        await tx.execute(
            text(
                "UPDATE case_values AS v SET version = o.version, sealed = o.sealed "
                "FROM jsonb_populate_record(NULL::case_values, CAST(:older AS jsonb)) AS o "
                "WHERE v.subject = o.subject AND v.field = o.field"
            ),
            {"older": older},
        )


@pytest.mark.parametrize("put_back", [False, True])
async def test_what_was_put_back_goes_and_what_is_sound_stays(whole: Whole, put_back: bool) -> None:
    ref, ids = await whole.push(household("Bo"))
    one, other = await whole.bound(ref, "p1"), await whole.bound(ref, "p2")
    older = await cell(whole, ids["case"])
    path = f"/v1/integration/cases/{ref}"
    pushed = await whole.call("PUT", path, whole.machine(), household("Bodo"))
    assert pushed.status_code == 200, pushed.text
    if put_back:
        await put_in_place(whole, older)

    await erase(whole, one)

    exported = await whole.call(
        "GET", "/v1/me/export", whole.citizen(other) | {"accept": "application/json"}
    )
    assert exported.status_code == 200, exported.text
    shown = {each["field"]: each["value"] for each in exported.json()["file"][0]["fields"]}
    told = [each["given"] for each in shown.get(MEMBERS, [])]
    assert told == ([] if put_back else ["Bodo"])
