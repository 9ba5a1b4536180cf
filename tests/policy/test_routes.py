"""Consents over HTTP."""

import pytest

from app.vocabulary.ids import random_id
from tests.service import Whole

CANARY = "Quittengelee"
HERE = "health.severe_disability/answer_own_question"
GRANT = {"decision": "granted", "notice": "special_to_model"}


async def consents(whole: Whole, case: str, who: str, language: str = "de") -> dict[str, object]:
    path = f"/v1/cases/{case}/consents?language={language}"
    response = await whole.call("GET", path, whole.citizen(who))
    assert response.status_code == 200, response.text
    body = response.json()
    assert isinstance(body, dict)
    return body


async def state(whole: Whole, case: str, who: str) -> str:
    body = await consents(whole, case, who)
    (choice,) = [
        c
        for c in body["choices"]  # type: ignore[attr-defined]  # a list, by contract
        if f"{c['field']}/{c['purpose']}" == HERE
    ]
    return str(choice["state"])


async def test_a_consent_is_given_refused_and_taken_back(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    path = f"/v1/cases/{ids['case']}/consents/{HERE}"
    assert await state(whole, ids["case"], who) == "missing"

    given = await whole.call("PUT", path, whole.citizen(who), GRANT)
    assert (given.status_code, given.content) == (204, b"")
    assert await state(whole, ids["case"], who) == "granted"

    await whole.call("PUT", path, whole.citizen(who), GRANT | {"decision": "refused"})
    assert await state(whole, ids["case"], who) == "refused"

    withdrawn = await whole.call("DELETE", path, whole.citizen(who))
    assert withdrawn.status_code == 204
    assert await state(whole, ids["case"], who) == "missing"

    history = (await consents(whole, ids["case"], who))["history"]
    assert [event["decision"] for event in history] == ["granted", "refused", "withdrawn"]  # type: ignore[attr-defined]  # a list, by contract


async def test_each_choice_comes_with_its_text_in_the_language_asked_for(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    german = await consents(whole, ids["case"], who)
    english = await consents(whole, ids["case"], who, "en")

    texts = [[c["text"] for c in body["choices"]] for body in (german, english)]  # type: ignore[attr-defined]  # lists, by contract
    assert len(texts[0]) == len(texts[1]) > 10
    assert any("freiwillig" in text for text in texts[0])
    assert any("voluntary" in text for text in texts[1])


@pytest.mark.parametrize(
    ("place", "body", "status"),
    [
        ("benefit.next_payment/answer_own_question", GRANT, 409),
        (f"{CANARY}/answer_own_question", GRANT, 404),
        (f"health.severe_disability/{CANARY}", GRANT, 404),
        (HERE, GRANT | {"notice": CANARY}, 409),
        (HERE, GRANT | {"decision": "withdrawn"}, 422),
        (HERE, GRANT | {"decision": CANARY}, 422),
        (HERE, GRANT | {CANARY: 1}, 422),
        (HERE, {"decision": "granted"}, 422),
        (HERE, GRANT | {"notice": ""}, 422),
    ],
)
async def test_what_is_not_a_decision_is_none_and_is_not_repeated(
    whole: Whole, place: str, body: dict[str, object], status: int
) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)

    refused = await whole.call(
        "PUT", f"/v1/cases/{ids['case']}/consents/{place}", whole.citizen(who), body
    )

    assert refused.status_code == status
    assert CANARY not in refused.text + whole.logged.getvalue()
    assert (await consents(whole, ids["case"], who))["history"] == []


async def test_nobody_decides_in_anothers_case(whole: Whole) -> None:
    ref, ids = await whole.push()
    await whole.bound(ref)
    stranger = await whole.bound((await whole.push())[0])

    for case in (ids["case"], str(random_id()), "none"):
        path = f"/v1/cases/{case}/consents"
        read = await whole.call("GET", path, whole.citizen(stranger))
        wrote = await whole.call("PUT", f"{path}/{HERE}", whole.citizen(stranger), GRANT)
        assert (read.status_code, wrote.status_code) == (404, 404)
        assert read.json()["code"] == "not_found"
