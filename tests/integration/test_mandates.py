"""Mandates and activation codes over HTTP, as the office records them."""

import asyncio
from datetime import timedelta
from secrets import token_hex

import pytest

from tests.parties import couple
from tests.service import Whole

CANARY = "Quittengelee"


def order(whole: Whole, ref: str, **changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "kind": "PROXY",
        "grantor": {"case": ref, "person": "p1"},
        "grantee": {
            "person": f"rep-{ref}",
            "name": {"given": "Rita", "family": "Roth"},
            "birth_date": "1970-02-03",
        },
        "label": "Alma B.",
        "groups": ["benefit"],
        "actions": ["read", "explain"],
        "evidence": {"kind": "power_of_attorney", "reference": "Bl. 17"},
        "valid_from": (whole.clock() - timedelta(days=1)).isoformat(),
        "valid_to": (whole.clock() + timedelta(days=9)).isoformat(),
    }
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


def path(ref: str) -> str:
    return f"/v1/integration/mandates/m-{ref}"


async def test_a_mandate_recorded_again_is_one_more_version(whole: Whole) -> None:
    ref, _ = await whole.push()

    first = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref))
    second = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref, valid_to=None))

    assert (first.status_code, first.json()["version"]) == (200, 1)
    assert second.json() == {"id": first.json()["id"], "version": 2}


async def test_a_mandate_recorded_twice_at_once_is_one_mandate(whole: Whole) -> None:
    ref, _ = await whole.push()
    headers = whole.machine()
    both = await asyncio.gather(
        *(
            whole.call(
                "PUT",
                path(ref),
                headers,
                order(whole, ref, grantee={"case": ref, "person": "p2"}),
            )
            for _ in range(3)
        )
    )

    assert sorted(each.json()["version"] for each in both) == [1, 2, 3]
    assert len({each.json()["id"] for each in both}) == 1


async def test_a_representative_acts_for_the_grantor_under_the_name_the_office_gave(
    whole: Whole,
) -> None:
    ref, ids = await whole.push()
    recorded = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref))
    place = {"person": f"rep-{ref}"}
    issued = await whole.call("POST", "/v1/integration/activation-codes", whole.machine(), place)
    who = token_hex(6)
    bound = await whole.call(
        "POST", "/v1/bindings", whole.citizen(who), {"activation_code": issued.json()["code"]}
    )

    me = (await whole.call("GET", "/v1/me", whole.citizen(who))).json()

    assert bound.json()["case_id"] is None
    (mandate,) = me["mandates"]
    assert mandate["id"] == recorded.json()["id"]
    assert (mandate["kind"], mandate["acting_for"]) == ("PROXY", "Alma B.")
    assert (mandate["case_id"], mandate["subject"]) == (ids["case"], ids["p1"])
    assert mandate["active"] is True


async def test_a_representative_without_a_name_is_one_all_the_same(whole: Whole) -> None:
    ref, _ = await whole.push()
    body = order(whole, ref, grantee={"person": f"rep-{ref}"}, label=None)

    recorded = await whole.call("PUT", path(ref), whole.machine(), body)

    assert recorded.status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "SELF"},
        {"kind": CANARY},
        {"groups": []},
        {"groups": [CANARY]},
        {"actions": []},
        {"actions": [CANARY]},
        {"evidence": {"kind": CANARY, "reference": "x"}},
        {"evidence": {"kind": "other", "reference": ""}},
        {"valid_from": "2026-01-01T00:00:00"},
        {"valid_to": "2020-01-01T00:00:00+00:00"},
        {"ended_reason": CANARY},
        {"label": ""},
        {"label": "x" * 201},
        {"grantee": {"person": CANARY, "name": {"given": CANARY}}},
        {"grantee": {"person": "rep", "birth_date": "31.12.1970"}},
        {"grantor": {"person": "p1"}},
        {"grantor": {"case": "../..", "person": "p1"}},
        {CANARY: True},
        {"version": 3},
    ],
    ids=str,
)
async def test_a_mandate_that_does_not_fit_is_refused_without_an_echo(
    whole: Whole, changes: dict[str, object]
) -> None:
    ref, _ = await whole.push()

    refused = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref, **changes))

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_body")
    assert CANARY not in refused.text
    assert CANARY not in whole.logged.getvalue()
    recorded = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref))
    assert recorded.json()["version"] == 1


@pytest.mark.parametrize(
    "grantor", [{"case": "unknown", "person": "p1"}, {"case": "REF", "person": "p9"}]
)
async def test_a_mandate_of_nobody_is_not_found(whole: Whole, grantor: dict[str, str]) -> None:
    ref, _ = await whole.push()
    named = {**grantor, "case": grantor["case"].replace("REF", ref)}

    refused = await whole.call("PUT", path(ref), whole.machine(), order(whole, ref, grantor=named))

    assert refused.status_code == 404


async def test_a_code_is_shown_once_and_nowhere_else(whole: Whole) -> None:
    ref, _ = await whole.push()
    place = {"case": ref, "person": "p1"}

    issued = await whole.call("POST", "/v1/integration/activation-codes", whole.machine(), place)

    assert issued.status_code == 201
    code = issued.json()["code"]
    assert len(code) == 19
    assert code not in whole.logged.getvalue()
    assert issued.headers["cache-control"] == "no-store"


async def test_no_code_is_issued_for_somebody_who_is_not_there(whole: Whole) -> None:
    ref, _ = await whole.push()

    for place in ({"case": ref, "person": "p9"}, {"person": CANARY}):
        refused = await whole.call(
            "POST", "/v1/integration/activation-codes", whole.machine(), place
        )
        assert refused.status_code == 404
        assert CANARY not in refused.text


async def test_one_offices_machine_records_nothing_in_anothers_case(whole: Whole) -> None:
    ref, _ = await whole.push()
    theirs = whole.machine(aud="https://fall.example/t/main-kinzig")

    refused = await whole.call("PUT", path(ref), theirs, order(whole, ref))
    no_code = await whole.call(
        "POST", "/v1/integration/activation-codes", theirs, {"case": ref, "person": "p1"}
    )

    assert (refused.status_code, no_code.status_code) == (404, 404)


async def test_somebody_who_left_may_come_back(whole: Whole) -> None:
    ref, ids = await whole.push()
    document = couple()
    persons = document["persons"]
    assert isinstance(persons, list)
    document["persons"] = persons[:2]
    left = await whole.call("PUT", f"/v1/integration/cases/{ref}", whole.machine(), document)
    back = await whole.call("PUT", f"/v1/integration/cases/{ref}", whole.machine(), couple())

    assert left.json()["persons"] == {"p1": ids["p1"], "p2": ids["p2"]}
    assert back.json()["persons"].keys() == {"p1", "p2", "p3"}
