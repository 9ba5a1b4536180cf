"""What persons asked for, as an officer sees it: with its deadline, and never a case."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.vocabulary.erasures import HoldGround, Refusal
from tests.lifecycle_home import decide, erase, request
from tests.oversight.conftest import Desk, Used
from tests.refuge import CANARIES, trail
from tests.service import Whole

EXPORT = "/v1/me/export"


async def asked_of(desk: Desk, **query: Any) -> dict[str, Any]:
    found = await desk.call("GET", "/requests", **query)
    assert found.status_code == 200, found.text
    body: dict[str, Any] = found.json()
    return body


async def erasures_of(desk: Desk, used: Used) -> list[dict[str, Any]]:
    body = await asked_of(desk, case=used.ref, person="p1")
    return list(body["erasures"])


async def test_an_open_request_is_there_with_its_deadline_and_overdue_after_it(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin()
    before = await erasures_of(desk, used)
    await request(whole, used.who)
    (asked,) = await erasures_of(desk, used)
    whole.clock.forward(timedelta(days=32))
    await desk.begin()
    (late,) = await erasures_of(desk, used)

    assert before == []
    assert (asked["state"], asked["asked_by"], asked["overdue"]) == ("requested", "person", False)
    assert asked["subject"] == used.ids["p1"]
    assert asked["due_at"] > asked["requested_at"]
    assert (late["id"], late["overdue"]) == (asked["id"], True)


async def test_a_legal_hold_is_named_while_it_stands(whole: Whole, desk: Desk, used: Used) -> None:
    await desk.begin()
    await request(whole, used.who)
    place = f"/v1/integration/cases/{used.ref}/persons/p1/legal-hold"
    ground = {"held": True, "ground": HoldGround.COURT_PROCEEDINGS}
    await whole.call("PUT", place, whole.machine(), ground)
    (held,) = await erasures_of(desk, used)
    await whole.call("PUT", place, whole.machine(), {"held": False})
    (free,) = await erasures_of(desk, used)

    assert (held["hold"], free["hold"]) == ("court_proceedings", None)


async def test_a_refused_one_is_told_with_its_reason_for_as_long_as_it_is_asked_for(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin()
    made = (await request(whole, used.who)).json()["requests"][0]["id"]
    refused = await decide(whole, made, decision="refused", reason=Refusal.OPEN_PROCEDURE)
    assert refused.status_code == 200, refused.text
    (told,) = await erasures_of(desk, used)
    later = await asked_of(
        desk,
        case=used.ref,
        person="p1",
        since=(whole.clock() + timedelta(days=1)).isoformat(),
        until=(whole.clock() + timedelta(days=2)).isoformat(),
    )

    assert (told["state"], told["refusal"], told["overdue"]) == ("refused", "open_procedure", False)
    assert later["erasures"] == []


async def test_of_who_is_erased_there_is_a_request_and_no_person(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin()
    made = await erase(whole, used.who)
    listed = (await asked_of(desk))["erasures"]
    (told,) = [each for each in listed if each["id"] == made["id"]]
    gone = await desk.call("GET", "/requests", case=used.ref, person="p1")

    assert (told["state"], told["subject"]) == ("erased", None)
    assert told["erased_at"] is not None
    assert used.ids["p1"] not in str(listed)
    assert gone.status_code == 404


async def test_a_copy_that_somebody_took_is_there_with_its_entry(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin()
    before = (await asked_of(desk, case=used.ref, person="p1"))["copies"]
    taken = await whole.call("GET", EXPORT, whole.citizen(used.who))
    assert taken.status_code == 200, taken.text
    await desk.settled()
    after = await asked_of(desk, case=used.ref, person="p1")
    other = await asked_of(desk, case=used.ref, person="p2")

    assert before["entries"] == other["copies"]["entries"] == []
    (copy,) = after["copies"]["entries"]
    assert (copy["payload"]["event"], copy["payload"]["subjects"]) == ("exported", [used.ids["p1"]])
    assert [canary for canary in CANARIES if canary in str(after)] == []


async def test_looking_is_logged_with_its_hits_and_on_the_persons_list(
    whole: Whole, desk: Desk, used: Used
) -> None:
    """AZ-10"""
    await desk.begin()
    await request(whole, used.who)
    await asked_of(desk, case=used.ref, person="p1")
    (read,) = await trail(whole, "oversight_requests_read", used.ids["p1"])
    own = (await whole.call("GET", "/v1/me/access-log", whole.citizen(used.who))).json()

    assert (read["hits"], read["category"]) == (1, "complaint")
    (told,) = own["officers"]
    assert (told["event"], told["entries"]) == ("oversight_requests_read", 1)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param(
            {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, id="turned"
        ),
        pytest.param({"most": 0}, id="none"),
        pytest.param({"state": "open"}, id="member"),
    ],
)
async def test_what_makes_no_sense_is_refused(desk: Desk, query: dict[str, Any]) -> None:
    await desk.begin()
    refused = await desk.call("GET", "/requests", **query)
    unknown = await desk.call("GET", "/requests", case=str(uuid4()), person="p1")
    plain = await desk.call("GET", "/requests")

    assert [refused.status_code, unknown.status_code, plain.status_code] == [422, 404, 200]
