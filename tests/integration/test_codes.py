"""Activation codes and bindings over HTTP, as the office's own system sees them."""

from secrets import token_hex

import pytest

from app.vocabulary.ids import random_id
from tests.service import Whole

CODES = "/v1/integration/activation-codes"
BINDINGS = "/v1/integration/bindings"
TOLD = {"id", "channel", "issued_at", "expires_at", "state"}


async def ordered(whole: Whole, ref: str, **more: str) -> dict[str, str]:
    body = {"case": ref, "person": "p1", **more}
    response = await whole.call("POST", CODES, whole.machine(), body)
    assert response.status_code == 201, response.text
    return dict(response.json())


async def states(whole: Whole, ref: str) -> list[str]:
    response = await whole.call("GET", f"{CODES}?case={ref}&person=p1", whole.machine())
    assert response.status_code == 200, response.text
    assert all(set(each) == TOLD for each in response.json())
    return [each["state"] for each in response.json()]


async def test_the_office_follows_a_code_and_is_never_told_it_again_or_who_used_it(
    whole: Whole,
) -> None:
    ref, ids = await whole.push()
    issued = await ordered(whole, ref, channel="counter")
    who = token_hex(8)
    assert await states(whole, ref) == ["unused"]

    redeemed = await whole.call(
        "POST", "/v1/bindings", whole.citizen(who), {"activation_code": issued["code"]}
    )
    one = await whole.call("GET", f"{CODES}/{issued['id']}", whole.machine())

    assert redeemed.json()["person"] == ids["p1"]
    assert (one.json()["state"], one.json()["channel"]) == ("used", "counter")
    assert who not in one.text
    assert issued["code"] not in one.text


async def test_a_code_asked_for_again_leaves_one_that_holds(whole: Whole) -> None:
    ref, _ = await whole.push()
    lost, kept = await ordered(whole, ref), await ordered(whole, ref)

    assert sorted(await states(whole, ref)) == ["unused", "withdrawn"]
    for code, status in ((lost["code"], 404), (kept["code"], 201)):
        body = {"activation_code": code}
        response = await whole.call("POST", "/v1/bindings", whole.citizen(token_hex(8)), body)
        assert response.status_code == status


async def test_a_withdrawn_code_binds_nobody_and_is_withdrawn_again_without_a_fuss(
    whole: Whole,
) -> None:
    ref, _ = await whole.push()
    issued = await ordered(whole, ref)
    for _ in range(2):
        gone = await whole.call("DELETE", f"{CODES}/{issued['id']}", whole.machine())
        assert gone.status_code == 204

    body = {"activation_code": issued["code"]}
    response = await whole.call("POST", "/v1/bindings", whole.citizen(token_hex(8)), body)

    assert response.status_code == 404
    assert await states(whole, ref) == ["withdrawn"]


async def test_a_used_code_cannot_be_withdrawn_and_its_binding_can_be_ended(whole: Whole) -> None:
    """AZ-07"""
    ref, ids = await whole.push()
    issued, who = await ordered(whole, ref), token_hex(8)
    body = {"activation_code": issued["code"]}
    await whole.call("POST", "/v1/bindings", whole.citizen(who), body)
    case = f"/v1/cases/{ids['case']}/consents"
    before = await whole.call("GET", case, whole.citizen(who))

    refused = await whole.call("DELETE", f"{CODES}/{issued['id']}", whole.machine())
    ended = await whole.call("DELETE", f"{BINDINGS}?case={ref}&person=p1", whole.machine())

    after = await whole.call("GET", case, whole.citizen(who))
    assert (before.status_code, after.status_code) == (200, 404)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert ended.status_code == 204
    assert (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"] == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "{codes}?case={ref}&person=p9"),
        ("GET", "{codes}?case=unknown&person=p1"),
        ("GET", "{codes}?person=unknown"),
        ("GET", "{codes}/{unknown}"),
        ("DELETE", "{codes}/{unknown}"),
        ("DELETE", "{bindings}?case={ref}&person=p1"),
        ("DELETE", "{bindings}?case={ref}&person=p9"),
    ],
)
async def test_what_is_not_there_is_not_found(whole: Whole, method: str, path: str) -> None:
    ref, _ = await whole.push()
    asked = path.format(codes=CODES, bindings=BINDINGS, ref=ref, unknown=random_id())

    response = await whole.call(method, asked, whole.machine())

    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_another_office_sees_and_ends_nothing(whole: Whole) -> None:
    ref, _ = await whole.push()
    issued = await ordered(whole, ref)
    who = await whole.bound(ref)
    for method, path in (
        ("GET", f"{CODES}/{issued['id']}"),
        ("DELETE", f"{CODES}/{issued['id']}"),
        ("GET", f"{CODES}?case={ref}&person=p1"),
        ("DELETE", f"{BINDINGS}?case={ref}&person=p1"),
    ):
        theirs = whole.machine(aud="https://fall.example/t/main-kinzig")
        response = await whole.call(method, path, theirs)
        assert response.status_code == 404
        citizen = await whole.call(method, path, whole.citizen(who))
        assert citizen.status_code == 401

    assert len((await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"]) == 1


@pytest.mark.parametrize("channel", ["fax", "", "POST", None])
async def test_a_way_nobody_sends_codes_is_refused(whole: Whole, channel: str | None) -> None:
    ref, _ = await whole.push()
    body = {"case": ref, "person": "p1", "channel": channel}

    response = await whole.call("POST", CODES, whole.machine(), body)

    assert (response.status_code, response.json()["code"]) == (422, "invalid_body")
    assert await states(whole, ref) == []
