"""The catalogue as it applies to one person: never a value."""

from typing import Final

import pytest
from sqlalchemy import text

from app.vocabulary.ids import random_id
from tests.parties import BERGSTRASSE, couple
from tests.service import Whole

VALUES: Final = ("Berghaus", "506.00", "1402.00", "Asthma", "12345//0001234", "1988-03-04")


async def listed(
    whole: Whole, case: str, who: str, acr: str = "substantial", **query: str
) -> dict[str, dict[str, object]]:
    response = await whole.call(
        "GET", f"/v1/cases/{case}/fields", whole.citizen(who, acr), params=query
    )
    assert response.status_code == 200, response.text
    for value in VALUES:
        assert value not in response.text
    return {each["field"]: each for each in response.json()["fields"]}


async def test_every_field_is_listed_with_what_would_be_shown(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)

    fields = await listed(whole, ids["case"], who)

    assert fields.keys() == {str(f.name) for f in whole.parts.rulebook.catalogue}
    need = fields["benefit.standard_need"]
    assert (need["shown"], need["present"], need["subject"]) == (True, True, ids["p1"])
    assert "§" in str(need["basis"])
    payment = fields["benefit.next_payment"]
    assert (payment["subject"], payment["present"]) == (ids["case"], True)
    assert fields["integration.plan"]["present"] is False


@pytest.mark.parametrize("acr", ["basic", "low"])
async def test_whether_a_withheld_field_is_there_is_not_told(whole: Whole, acr: str) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)

    fields = await listed(whole, ids["case"], who, acr)

    diagnoses = fields["health.diagnoses"]
    assert diagnoses["shown"] is False
    assert diagnoses["reason"] == "assurance_too_low"
    assert "present" not in diagnoses
    assert all(("present" in f) == f["shown"] for f in fields.values())


async def test_a_consent_is_shown_where_it_can_decide(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    before = await listed(whole, ids["case"], who)
    await whole.call(
        "PUT",
        f"/v1/cases/{ids['case']}/consents/health.severe_disability/answer_own_question",
        whole.citizen(who),
        {"decision": "refused", "notice": "special_to_model"},
    )
    after = await listed(whole, ids["case"], who)

    assert before["health.severe_disability"]["consent"] == "missing"
    assert after["health.severe_disability"]["consent"] == "refused"
    assert "consent" not in before["benefit.next_payment"]


async def test_labels_are_in_the_language_asked_for(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    german = await listed(whole, ids["case"], who)
    english = await listed(whole, ids["case"], who, language="en")

    assert german["benefit.next_payment"]["label"] == "Nächste Zahlung"
    assert english["benefit.next_payment"]["label"] == "Next payment"


async def test_a_look_at_the_list_is_decided_and_logged_like_a_question(whole: Whole) -> None:
    ref, ids = await whole.push()
    who = await whole.bound(ref)
    count = text("SELECT count(*) FROM releases WHERE case_id = :case")

    await listed(whole, ids["case"], who)

    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        assert (await tx.execute(count, {"case": ids["case"]})).scalar_one() == 1


async def test_an_empty_file_holds_nothing(whole: Whole) -> None:
    document = couple()
    document["household"] = {"fields": {}}
    ref, ids = await whole.push(document)
    who = await whole.bound(ref)

    fields = await listed(whole, ids["case"], who)

    assert fields["benefit.next_payment"]["present"] is False


async def test_a_strangers_list_is_not_found(whole: Whole) -> None:
    _, ids = await whole.push()
    stranger = await whole.bound((await whole.push())[0])

    for case in (ids["case"], str(random_id())):
        response = await whole.call("GET", f"/v1/cases/{case}/fields", whole.citizen(stranger))
        assert response.status_code == 404
