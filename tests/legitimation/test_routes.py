"""Who I am here, for whom I may act, and choosing it, over HTTP."""

from secrets import token_hex

import pytest

from app.vocabulary.ids import random_id
from tests.service import OUR_CALL, Whole

CANARY = "Quittengelee"
SESSION = "__Host-klarfall"
QUESTIONS = "/v1/cases/{}/consents"


async def test_nobody_is_nobody(whole: Whole) -> None:
    for method, path in (
        ("GET", "/v1/me"),
        ("POST", "/v1/bindings"),
        ("POST", f"/v1/mandates/{random_id()}/activate"),
        ("GET", QUESTIONS.format(random_id())),
    ):
        response = await whole.call(method, path, None, {} if method == "POST" else None)
        assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
        assert response.headers["www-authenticate"].startswith("DPoP ")


async def test_somebody_without_a_case_is_told_who_the_provider_says_they_are(
    whole: Whole,
) -> None:
    me = (await whole.call("GET", "/v1/me", whole.citizen(token_hex(6), "high"))).json()

    assert (me["tenant"], me["assurance"], me["mandates"]) == ("bergstrasse", "high", [])
    assert me["signed_in_since"] < me["valid_until"]


async def test_a_code_ties_an_identity_to_its_case(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)

    (mandate,) = (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"]

    assert (mandate["kind"], mandate["case_id"]) == ("SELF", ids["case"])
    assert (mandate["subject"], mandate["acting_for"]) == (ids["p1"], None)
    assert mandate["active"] is True


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"activation_code": "0000-0000-0000-0000"}, 404),
        ({"activation_code": CANARY}, 404),
        ({"activation_code": "short"}, 422),
        ({"activation_code": CANARY * 4}, 422),
        ({"activation_code": 7}, 422),
        ({CANARY: "0000-0000-0000-0000"}, 422),
        ({}, 422),
    ],
)
async def test_a_code_that_is_none_binds_nobody(
    whole: Whole, body: dict[str, object], status: int
) -> None:
    who = token_hex(6)
    response = await whole.call("POST", "/v1/bindings", whole.citizen(who), body)

    assert response.status_code == status
    assert CANARY not in response.text + whole.logged.getvalue()
    assert (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"] == []


async def test_with_two_mandates_a_token_names_one_at_each_call(whole: Whole) -> None:
    first_ref, first = await whole.push()
    second_ref, second = await whole.push()
    who = await whole.bound(first_ref)
    await whole.bound(second_ref, who=who)
    mandates = (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"]
    by_case = {mandate["case_id"]: mandate["id"] for mandate in mandates}
    assert not any(mandate["active"] for mandate in mandates)

    async def read(case: str, named: str | None) -> tuple[int, str]:
        headers = whole.citizen(who) | ({} if named is None else {"klarfall-mandate": named})
        response = await whole.call("GET", QUESTIONS.format(case), headers)
        return response.status_code, response.json().get("code", "")

    one, two = first["case"], second["case"]
    assert await read(one, None) == (409, "mandate_required")
    assert await read(one, by_case[one]) == (200, "")
    assert await read(two, by_case[two]) == (200, "")
    for case, named in (
        (one, by_case[two]),
        (one, str(random_id())),
        (one, CANARY),
        (CANARY, by_case[one]),
    ):
        assert await read(case, named) == (404, "not_found")


async def test_a_browser_chooses_for_whom_to_act_and_gets_a_new_session(whole: Whole) -> None:
    first_ref, first = await whole.push()
    second_ref, second = await whole.push()
    who = await whole.bound(first_ref)
    await whole.bound(second_ref, who=who)
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        mandates = (await browser.get("/v1/me")).json()["mandates"]
        by_case = {mandate["case_id"]: mandate["id"] for mandate in mandates}
        unchosen = await browser.get(QUESTIONS.format(first["case"]))
        before = browser.cookies[SESSION]

        chosen = await browser.post(
            f"/v1/mandates/{by_case[first['case']]}/activate", headers=OUR_CALL
        )

        after = browser.cookies[SESSION]
        me = (await browser.get("/v1/me")).json()
        allowed = await browser.get(QUESTIONS.format(first["case"]))
        other = await browser.get(QUESTIONS.format(second["case"]))
        named = await browser.get(
            QUESTIONS.format(second["case"]),
            headers={"klarfall-mandate": by_case[second["case"]]},
        )
        same = await browser.get(
            QUESTIONS.format(first["case"]), headers={"klarfall-mandate": by_case[first["case"]]}
        )
    old = await whole.call("GET", "/v1/me", {"cookie": f"{SESSION}={before}"})

    assert unchosen.status_code == 409
    assert (chosen.status_code, chosen.content) == (204, b"")
    assert before != after
    assert old.status_code == 401
    assert [m["id"] for m in me["mandates"] if m["active"]] == [by_case[first["case"]]]
    assert me["name"] == "Erika Sommerfeld"
    assert (allowed.status_code, same.status_code) == (200, 200)
    assert (other.status_code, named.status_code) == (404, 404)


async def test_a_mandate_that_is_not_mine_cannot_be_chosen(whole: Whole) -> None:
    ref, _ = await whole.push()
    owner = await whole.bound(ref)
    (mandate,) = (await whole.call("GET", "/v1/me", whole.citizen(owner))).json()["mandates"]
    async with whole.browser() as browser:
        await whole.sign_in(browser, token_hex(6))
        before = browser.cookies[SESSION]
        for named in (mandate["id"], str(random_id()), CANARY):
            refused = await browser.post(f"/v1/mandates/{named}/activate", headers=OUR_CALL)
            assert refused.status_code == 404
            assert CANARY not in refused.text
        assert browser.cookies[SESSION] == before


async def test_another_sites_page_cannot_choose(whole: Whole) -> None:
    ref, _ = await whole.push()
    who = await whole.bound(ref)
    async with whole.browser() as browser:
        await whole.sign_in(browser, who)
        (mandate,) = (await browser.get("/v1/me")).json()["mandates"]
        for headers in (
            {},
            {"klarfall-request": "1"},
            OUR_CALL | {"origin": "https://evil.example"},
        ):
            refused = await browser.post(f"/v1/mandates/{mandate['id']}/activate", headers=headers)
            assert refused.status_code == 401


async def test_a_token_has_no_session_to_choose_in(whole: Whole) -> None:
    ref, _ = await whole.push()
    who = await whole.bound(ref)
    (mandate,) = (await whole.call("GET", "/v1/me", whole.citizen(who))).json()["mandates"]

    refused = await whole.call(
        "POST", f"/v1/mandates/{mandate['id']}/activate", whole.citizen(who), {}
    )

    assert refused.status_code == 401  # there is no ticket of a session


async def test_a_mandate_of_one_office_is_nothing_at_another(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    there = whole.citizen(who, aud="https://fall.example/t/main-kinzig")

    me = (await whole.call("GET", "/v1/me", there)).json()
    read = await whole.call("GET", QUESTIONS.format(ids["case"]), there)

    assert (me["tenant"], me["mandates"], read.status_code) == ("main-kinzig", [], 404)
