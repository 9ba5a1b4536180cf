"""Wrong bindings, sent over HTTP: by code and by match, each beside the one that is taken."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from secrets import token_hex

import httpx2
import pytest

from tests.legitimation.test_bindings_by_attributes import (
    Somebody,
    browser,
    matched,
    signed_in,
)
from tests.legitimation.test_kinds import QUESTION, Stage, stage
from tests.service import Whole

__all__ = ["browser", "stage"]

CODES = "/v1/integration/activation-codes"
THERE = "https://fall.example/t/main-kinzig"


async def ordered(stage: Stage, person: str = "p1") -> dict[str, str]:
    """A code as the office gets it for its letter."""
    issued = await stage.whole.call("POST", CODES, stage.whole.machine(), stage.place(person))
    assert issued.status_code == 201, issued.text
    found: dict[str, str] = issued.json()
    return found


async def redeemed(
    whole: Whole, code: str, who: str, acr: str = "substantial", **claims: object
) -> httpx2.Response:
    body = {"activation_code": code}
    return await whole.call("POST", "/v1/bindings", whole.citizen(who, acr, **claims), body)


async def held(stage: Stage, who: str) -> list[str]:
    return [each["kind"] for each in await stage.mandates(who)]


async def _wrong(stage: Stage) -> str:
    code = (await ordered(stage))["code"]
    return code[:-1] + ("A" if code[-1] != "A" else "B")


async def _used(stage: Stage) -> str:
    code = (await ordered(stage))["code"]
    assert (await redeemed(stage.whole, code, token_hex(8))).status_code == 201
    return code


async def _withdrawn(stage: Stage) -> str:
    issued = await ordered(stage)
    path = f"{CODES}/{issued['id']}"
    assert (await stage.whole.call("DELETE", path, stage.whole.machine())).status_code == 204
    return issued["code"]


async def _replaced(stage: Stage) -> str:
    code = (await ordered(stage))["code"]
    await ordered(stage)
    return code


async def _of_the_dead(stage: Stage) -> str:
    code = (await ordered(stage))["code"]
    assert (await stage.told("p1", "died")).status_code == 200
    return code


async def _of_a_child(stage: Stage) -> str:
    return (await ordered(stage, "p3"))["code"]


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(_wrong, id="wrong"),
        pytest.param(_used, id="used"),
        pytest.param(_withdrawn, id="withdrawn"),
        pytest.param(_replaced, id="replaced"),
        pytest.param(_of_the_dead, id="of somebody dead"),
        pytest.param(_of_a_child, id="of a child"),
    ],
)
async def test_id_20_every_code_that_binds_nobody_is_refused_in_the_same_words(
    stage: Stage, made: Callable[[Stage], Awaitable[str]]
) -> None:
    """ID-20: as one that never was. A good code for another member is the twin."""
    who = token_hex(8)
    never = await redeemed(stage.whole, "0000-0000-0000-0000", who)

    refused = await redeemed(stage.whole, await made(stage), who)

    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    assert {**refused.json(), "request": ""} == {**never.json(), "request": ""}
    assert await held(stage, who) == []
    assert (await redeemed(stage.whole, (await ordered(stage, "p2"))["code"], who)).is_success
    assert await held(stage, who) == ["SELF"]


async def test_id_20_an_expired_code_is_refused_and_was_good_a_second_before(stage: Stage) -> None:
    """ID-20: of the counter, which lives an hour."""
    place = {**stage.place("p1"), "channel": "counter"}
    codes = []
    for age in (timedelta(hours=1), timedelta(minutes=59, seconds=59)):
        issued = await stage.whole.call("POST", CODES, stage.whole.machine(), place)
        stage.whole.clock.forward(age)
        codes.append((await redeemed(stage.whole, issued.json()["code"], token_hex(8))).status_code)

    assert codes == [404, 201]


async def test_id_20_a_code_of_one_office_is_nothing_at_another(stage: Stage) -> None:
    """ID-20: and is not used up there."""
    code, who = (await ordered(stage))["code"], token_hex(8)

    there = await redeemed(stage.whole, code, who, aud=THERE)

    assert (there.status_code, there.json()["code"]) == (404, "not_found")
    assert (await redeemed(stage.whole, code, who)).status_code == 201


async def test_one_account_is_not_two_people_of_a_household(stage: Stage) -> None:
    """The partner's letter, opened and typed in: refused, and good for the partner still."""
    who = await stage.bound("p1")
    code = (await ordered(stage, "p2"))["code"]

    refused = await redeemed(stage.whole, code, who)

    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    assert await held(stage, who) == ["SELF"]
    assert (await redeemed(stage.whole, code, token_hex(8))).status_code == 201


async def test_a_password_takes_nobodys_place(stage: Stage) -> None:
    """Somebody else's letter and a stolen password are not enough; the code is not used up."""
    rightful, thief = await stage.bound("p1"), token_hex(8)
    code = (await ordered(stage))["code"]

    refused = await redeemed(stage.whole, code, thief, "basic")

    assert (refused.status_code, refused.json()["code"]) == (401, "step_up_required")
    assert await held(stage, rightful) == ["SELF"]
    assert (await redeemed(stage.whole, code, thief, "low")).status_code == 201
    assert await held(stage, rightful) == []


async def test_az_07_after_a_new_card_the_old_account_has_nothing_left(stage: Stage) -> None:
    """AZ-07: neither its session nor its access token; the new one has what the old one had."""
    whole, after = stage.whole, token_hex(8)
    before = await stage.bound("p1")
    (own,) = await stage.mandates(before)
    questions = f"/v1/cases/{stage.ids['case']}/questions"
    token = whole.citizen(before, "high") | {"klarfall-mandate": own["id"]}
    async with whole.browser() as old:
        await whole.sign_in(old, before)
        assert (await old.get("/v1/me")).status_code == 200
        assert (await whole.call("POST", questions, token, QUESTION)).status_code == 200

        assert (await redeemed(whole, (await ordered(stage))["code"], after)).status_code == 201

        assert (await old.get("/v1/me")).status_code == 401
        assert (await whole.call("POST", questions, token, QUESTION)).status_code == 404
    assert await held(stage, after) == ["SELF"]


class TestByMatch:
    """The same rules at the end of the other way."""

    @pytest.mark.parametrize(
        ("event", "status"),
        [("died", 404), ("death_corrected", 201)],
        ids=["dead", "reported by mistake"],
    )
    async def test_id_20_nobody_is_matched_to_somebody_dead(
        self, whole: Whole, browser: httpx2.AsyncClient, event: str, status: int
    ) -> None:
        """ID-20"""
        one = Somebody()
        ref, ids = await whole.push(one.document())
        stage = Stage(whole=whole, ref=ref, ids=ids)
        for told in ("died", event):
            assert (await stage.told("p1", told)).status_code == 200
        await signed_in(whole, browser, one.claims())

        assert (await matched(browser, one.number)).status_code == status

    @pytest.mark.parametrize(("age", "status"), [(14, 404), (16, 201)], ids=["fourteen", "sixteen"])
    async def test_id_20_nobody_is_matched_to_a_child(
        self, whole: Whole, browser: httpx2.AsyncClient, age: int, status: int
    ) -> None:
        """§ 36(1) SGB I."""
        one = Somebody()
        one.born = f"{whole.clock().year - age}-01-01"
        await whole.push(one.document())
        await signed_in(whole, browser, one.claims())

        assert (await matched(browser, one.number)).status_code == status

    async def test_id_20_who_left_the_household_is_not_matched(
        self, whole: Whole, browser: httpx2.AsyncClient
    ) -> None:
        one = Somebody()
        document = one.document()
        people = document["persons"]
        assert isinstance(people, list)
        ref, _ = await whole.push(document)
        path = f"/v1/integration/cases/{ref}"
        without = {**document, "persons": [{**people[1], "role": "applicant"}]}  # type: ignore[dict-item]  # an object by construction
        assert (await whole.call("PUT", path, whole.machine(), without)).status_code == 200
        await signed_in(whole, browser, one.claims())

        gone = await matched(browser, one.number)
        assert (await whole.call("PUT", path, whole.machine(), document)).status_code == 200

        assert gone.status_code == 404
        assert (await matched(browser, one.number)).status_code == 201

    async def test_an_account_that_is_the_partner_already_is_not_matched(
        self, whole: Whole, browser: httpx2.AsyncClient
    ) -> None:
        """A provider that vouches for the wrong one of two: one account is one human being."""
        one = Somebody()
        ref, _ = await whole.push(one.document())
        await signed_in(whole, browser, one.claims())
        partner = await whole.bound(ref, "p2", who=whole.liar.subject)

        refused = await matched(browser, one.number)

        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert (
            len((await whole.call("GET", "/v1/me", whole.citizen(partner))).json()["mandates"]) == 1
        )
        await signed_in(whole, browser, one.claims())
        assert (await matched(browser, one.number)).status_code == 201
