"""An export: complete, readable, for the person alone, and in the log before it is read."""

import io
import json
import zipfile
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.lifecycle.inventory import HOLDINGS
from app.lifecycle.readable import DATA_NAME
from app.vocabulary.json import Json
from tests.parties import BERGSTRASSE
from tests.refuge import asked, entrust, family, mandates, protect, trail
from tests.service import Whole

EXPORT = "/v1/me/export"
OWN, THEIRS = "Kanarienweg 12", "Zeisigstieg 7"


def household() -> dict[str, Json]:
    """Like the family, with a canary at each of the two adults."""
    document = family()
    persons = document["persons"]
    assert isinstance(persons, list)
    for person, street in zip(persons, (OWN, THEIRS), strict=False):
        assert isinstance(person, dict)
        fields = person["fields"]
        assert isinstance(fields, dict)
        fields["person.address"] = {"street": street, "postcode": "64625", "city": "Ort"}
    return document


@pytest.fixture
async def home(whole: Whole) -> tuple[str, dict[str, str], str, str]:
    """The reference, the ids, and who is bound to `p1` and `p2`."""
    ref, ids = await whole.push(household())
    return ref, ids, await whole.bound(ref, "p1"), await whole.bound(ref, "p2")


async def export(whole: Whole, who: str, acr: str = "substantial", **more: Any) -> httpx2.Response:
    headers = whole.citizen(who, acr) | {"accept": "application/json"}
    return await whole.call("GET", EXPORT, headers, **more)


async def exported(whole: Whole, who: str) -> dict[str, Any]:
    answer = await export(whole, who)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_everything_of_the_person_is_in_it_with_labels_law_and_proof(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    _, ids, who, _ = home
    own = (await mandates(whole, who))["SELF", ids["p1"]]
    answer = (await asked(whole, who, ids["case"], own)).json()
    said = {"useful": False, "reason": "Das stimmt nicht"}
    await whole.call("POST", f"/v1/answers/{answer['id']}/feedback", whole.citizen(who), said)
    at = f"/v1/cases/{ids['case']}/consents"
    choice = (await whole.call("GET", at, whole.citizen(who))).json()["choices"][0]
    decided = {"decision": "granted", "notice": choice["notice"]}
    place = f"{at}/{choice['field']}/{choice['purpose']}"
    consented = await whole.call("PUT", place, whole.citizen(who), decided)

    document = await exported(whole, who)

    (file,) = document["file"]
    fields = {each["field"]: each for each in file["fields"]}
    assert fields["person.address"]["value"]["street"] == OWN
    assert fields["person.address"]["label"] == "Anschrift"
    assert "§ 83 SGB X" in fields["person.address"]["law"]
    assert "health.diagnoses" in fields or "health.diagnoses" in {
        each["field"] for each in file["withheld"]
    }
    records = document["records"]
    assert [each["id"] for each in records["persons"]] == [ids["p1"]]
    assert {each["identity_id"] for each in records["bindings"]} == {
        each["id"] for each in records["identities"]
    }
    assert [each["kind"] for each in records["mandates"]] == ["SELF"]
    laws = {item["law"] for each in records["releases"] for item in each["shown"]}
    assert any(str(law).startswith("Art. 15 DSGVO") for law in laws)
    assert not [law for law in laws if "GDPR" in str(law)]
    given = {each["id"]: each for each in records["answers"]}[answer["id"]]
    assert given["answer"]["text"] == answer["text"]
    assert [each["reason"] for each in records["feedback"]] == ["Das stimmt nicht"]
    assert consented.status_code < 300, consented.text
    (consent,) = records["consents"]
    assert consent["decision"] == "granted"
    assert consent["text_shown"] == choice["text"]
    assert {"released", "answered", "case_pushed", "exported"} <= {
        each["event"] for each in document["log"]
    }
    assert any(each["recipient"] == "person" for each in document["recipients"])
    assert {each["category"] for each in document["retention"]} >= {"answers", "log_of_use"}
    assert all(each["reason"] for each in document["not_included"])


async def test_every_table_with_rows_of_the_person_is_told(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    _, ids, who, _ = home
    own = (await mandates(whole, who))["SELF", ids["p1"]]
    await asked(whole, who, ids["case"], own)

    document = await exported(whole, who)

    told = {name for name, each in HOLDINGS.items() if each.whose is not None and each.told}
    assert document["records"].keys() == told
    for name, found in document["records"].items():
        for row in found:
            assert set(HOLDINGS[name].told) <= row.keys(), name


async def test_az_02_nothing_of_another_member_is_in_it(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    """AZ-02: neither a value, nor an answer, nor whom they act for, nor their sign-in."""
    ref, ids, who, other = home
    await entrust(whole, ref, kind="PROXY", grantor="p2", grantee="p1")
    theirs = (await mandates(whole, other))["SELF", ids["p2"]]
    answer = (await asked(whole, other, ids["case"], theirs)).json()
    held = (await mandates(whole, who))["PROXY", ids["p2"]]
    for_them = (await asked(whole, who, ids["case"], held)).json()
    own = (await mandates(whole, who))["SELF", ids["p1"]]

    named = await whole.call(
        "GET",
        EXPORT,
        whole.citizen(who) | {"accept": "application/json", "klarfall-mandate": own},
    )

    assert named.status_code == 200, named.text
    document = named.json()
    whole_text = json.dumps(document, ensure_ascii=False)
    assert OWN in whole_text
    for foreign in (THEIRS, answer["id"], answer["text"], ids["p3"], other):
        assert foreign not in whole_text
    acted = [each for each in document["records"]["answers"] if each["id"] == for_them["id"]]
    assert [(each["by_me"], each["about_me"], "answer" in each) for each in acted] == [
        (True, False, False)
    ]


async def test_az_02_whoever_acts_for_another_exports_nothing_of_theirs(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    """AZ-02"""
    ref, ids, _, other = home
    await entrust(whole, ref, kind="PROXY", grantor="p1", grantee="p2")
    held = (await mandates(whole, other))["PROXY", ids["p1"]]
    own = (await mandates(whole, other))["SELF", ids["p2"]]

    refused = await whole.call("GET", EXPORT, whole.citizen(other) | {"klarfall-mandate": held})
    allowed = await whole.call("GET", EXPORT, whole.citizen(other) | {"klarfall-mandate": own})

    assert (refused.status_code, allowed.status_code) == (404, 200)


@pytest.mark.parametrize(("acr", "status"), [("low", 401), ("substantial", 200)])
async def test_su_01_it_takes_a_strong_sign_in(
    whole: Whole, home: tuple[str, dict[str, str], str, str], acr: str, status: int
) -> None:
    """SU-01: and the way on says which."""
    answer = await export(whole, home[2], acr)

    assert answer.status_code == status
    if status == 401:
        assert answer.json()["needed"] == {"assurance": "substantial", "max_age": 3600}


async def test_ap_11_the_log_has_it_before_a_value_is_read(
    whole: Whole, home: tuple[str, dict[str, str], str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """AP-11: also where the reading then fails."""

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(whole.parts.lifecycle.exports.file), "read", fail)
    assert (await export(whole, home[2])).status_code == 500

    (entry,) = await trail(whole, "exported", home[1]["p1"])
    decisions = entry["decisions"]
    assert isinstance(decisions, list)
    assert len(decisions) > 50


async def test_that_somebody_is_protected_is_not_told_to_those_they_live_with(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    ref, _, _, other = home
    before = await exported(whole, other)
    await protect(whole, ref, "p1", ground="shelter")

    after = await exported(whole, other)

    assert "protected" not in json.dumps(after["file"])
    assert "shelter" not in json.dumps(after)
    assert after["records"]["protections"] == before["records"]["protections"] == []
    assert "protection_changed" not in {each["event"] for each in after["log"]}


async def test_the_archive_holds_a_page_to_read_and_the_same_as_data(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    answer = await whole.call("GET", EXPORT, whole.citizen(home[2]), params={"language": "en"})

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archived:
        assert set(archived.namelist()) == {DATA_NAME, "read.html"}
        document = json.loads(archived.read(DATA_NAME))
        page = archived.read("read.html").decode()
    assert document["format"] == "klarfall-export-v1"
    for shown in (OWN, "Address", "Who used your data", "calendar year", "Art. 77 GDPR"):
        assert shown in page
    assert "<script" not in page


async def test_markup_in_a_value_stays_text(whole: Whole) -> None:
    document = household()
    persons = document["persons"]
    assert isinstance(persons, list)
    first = persons[0]
    assert isinstance(first, dict)
    fields = first["fields"]
    assert isinstance(fields, dict)
    fields["person.address"] = {"street": "<b>1</b>", "postcode": "64625", "city": "Ort"}
    ref, _ = await whole.push(document)
    who = await whole.bound(ref)

    answer = await whole.call("GET", EXPORT, whole.citizen(who))

    with zipfile.ZipFile(io.BytesIO(answer.content)) as archived:
        page = archived.read("lesen.html").decode()
    assert "&lt;b&gt;1&lt;/b&gt;" in page
    assert "<b>1</b>" not in page


async def test_a_value_is_told_as_it_is_stored(
    whole: Whole, home: tuple[str, dict[str, str], str, str]
) -> None:
    """Every value row of the person that is released is told, or withheld with a reason."""
    _, ids, who, _ = home
    document = await exported(whole, who)
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        stored = await tx.execute(
            text("SELECT field FROM case_values WHERE subject = ANY(:whose)"),
            {"whose": [ids["p1"], ids["case"]]},
        )
        names = set(stored.scalars())

    (file,) = document["file"]
    told = {each["field"] for each in file["fields"]}
    withheld = {each["field"]: each["reason"] for each in file["withheld"]}
    assert names <= told | withheld.keys()
    assert all(withheld.values())
