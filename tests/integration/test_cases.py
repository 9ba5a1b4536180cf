"""A case pushed over HTTP: stored whole or not at all, and told without an echo."""

import asyncio
import json
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text

from app.vault.sealing import Unopenable
from app.vocabulary.ids import CaseId, FieldName, SubjectId, TenantId
from app.vocabulary.json import Json
from tests.parties import couple, eur
from tests.service import Whole

CANARY = "Quittengelee"
PROBLEM = "application/problem+json"
Spoil = Callable[[dict[str, Json]], None]


def path(ref: str) -> str:
    return f"/v1/integration/cases/{ref}"


async def stored(whole: Whole, ref: str) -> int:
    """How many values the file under this reference holds."""
    async with whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        found = await tx.execute(
            text(
                "SELECT count(*) FROM case_values v JOIN cases c ON c.id = v.case_id "
                "WHERE c.ref = :ref"
            ),
            {"ref": ref},
        )
        return int(found.scalar_one())


async def test_a_first_push_creates_and_a_second_of_the_same_changes_nothing(whole: Whole) -> None:
    first = await whole.call("PUT", path("twice"), whole.machine(), couple())
    second = await whole.call("PUT", path("twice"), whole.machine(), couple())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["etag"] == second.headers["etag"] == '"1"'
    assert first.json() == {**second.json(), "changed": True}
    assert second.json()["changed"] is False
    assert await stored(whole, "twice") == 10


async def test_a_changed_document_is_a_new_version(whole: Whole) -> None:
    ref, ids = await whole.push()
    document = couple()
    document["household"] = {"fields": {"household.number": "12345//0001234"}}

    again = await whole.call("PUT", path(ref), whole.machine() | {"if-match": '"1"'}, document)

    assert (again.status_code, again.headers["etag"]) == (200, '"2"')
    assert again.json()["case_id"] == ids["case"]
    assert await stored(whole, ref) == 9


async def test_a_file_that_did_not_open_is_written_anew_by_the_very_same_document(
    whole: Whole,
) -> None:
    """Until somebody asks nobody knows: so the first push still finds nothing to do."""
    ref, ids = await whole.push()
    tenant, need = TenantId("bergstrasse"), FieldName("benefit.standard_need")
    wanted = (SubjectId(UUID(ids["p1"])), need)
    async with whole.parts.database.transaction(tenant) as tx:
        spoilt = await tx.execute(
            text("UPDATE case_values SET version = version + 1 WHERE subject = :subject"),
            {"subject": wanted[0]},
        )
        assert spoilt.rowcount == 4  # type: ignore[attr-defined]  # an UPDATE has one

    async def pushed() -> bool:
        again = await whole.call("PUT", path(ref), whole.machine(), couple())
        assert again.status_code == 200
        return again.json()["changed"] is True

    assert not await pushed()
    file = whole.parts.pipeline.file
    case = CaseId(UUID(ids["case"]))
    with pytest.raises(Unopenable):
        await file.read(tenant, case, frozenset({wanted}))

    assert await pushed()
    assert not await pushed()
    found = await file.read(tenant, case, frozenset({wanted}))
    assert found == {wanted: fields(couple())[need]}


@pytest.mark.parametrize(
    ("if_match", "status"), [('"7"', 409), ('"0"', 409), ("1", 422), ('W/"1"', 422), ("*", 422)]
)
async def test_a_push_over_another_version_stores_nothing(
    whole: Whole, if_match: str, status: int
) -> None:
    ref, _ = await whole.push()
    document = couple()
    document["household"] = {"fields": {}}

    refused = await whole.call("PUT", path(ref), whole.machine() | {"if-match": if_match}, document)

    assert refused.status_code == status
    assert await stored(whole, ref) == 10


async def test_if_match_zero_stands_for_a_case_that_is_not_there_yet(whole: Whole) -> None:
    made = await whole.call("PUT", path("fresh"), whole.machine() | {"if-match": '"0"'}, couple())

    assert made.status_code == 201


async def test_two_first_pushes_at_once_make_one_case(whole: Whole) -> None:
    headers = whole.machine()
    both = await asyncio.gather(
        *(whole.call("PUT", path("at-once"), headers, couple()) for _ in range(4))
    )

    assert sorted(each.status_code for each in both) == [200, 200, 200, 201]
    assert len({each.json()["case_id"] for each in both}) == 1


def person(document: dict[str, Json], number: int = 0) -> dict[str, Json]:
    persons = document["persons"]
    assert isinstance(persons, list)
    found = persons[number]
    assert isinstance(found, dict)
    return found


def fields(document: dict[str, Json]) -> dict[str, Json]:
    found = person(document)["fields"]
    assert isinstance(found, dict)
    return found


SPOILT: dict[str, tuple[Spoil, str]] = {
    "an unknown field": (lambda d: fields(d).update({f"person.{CANARY}": 1}), "unknown_member"),
    "an unknown member": (lambda d: d.update({CANARY: 1}), "unknown_member"),
    "a name that is a number": (lambda d: fields(d).update({"person.name": 7}), "not_this_type"),
    "a role nobody has": (lambda d: person(d).update({"role": CANARY}), "not_a_choice"),
    "another currency": (
        lambda d: fields(d).update(
            {
                "benefit.standard_need": {
                    "amount": {"amount": "1.00", "currency": CANARY},
                    "level": 1,
                }
            }
        ),
        "not_a_choice",
    ),
    "an amount without cents": (
        lambda d: fields(d).update({"benefit.standard_need": {"amount": eur("1"), "level": 1}}),
        "not_this_form",
    ),
    "a day that is none": (
        lambda d: fields(d).update({"person.birth_date": "2026-02-30"}),
        "not_this_form",
    ),
    "a household field at a person": (
        lambda d: fields(d).update({"household.number": CANARY}),
        "unknown_member",
    ),
    "a ref that is there twice": (lambda d: person(d, 1).update({"ref": "p1"}), "repeated_ref"),
    "nobody": (lambda d: d.update({"persons": []}), "not_this_length"),
    "no household": (lambda d: (d.pop("household"), None)[1], "missing_member"),
}


@pytest.mark.parametrize("case", SPOILT)
async def test_what_does_not_fit_is_told_by_place_and_kind_and_never_repeated(
    whole: Whole, case: str
) -> None:
    spoil, flaw = SPOILT[case]
    document = couple()
    spoil(document)

    refused = await whole.call("PUT", path("spoilt"), whole.machine(), document)

    assert refused.status_code == 422
    assert refused.headers["content-type"] == PROBLEM
    assert flaw in {error["type"] for error in refused.json()["errors"]}
    assert CANARY not in refused.text
    assert CANARY not in whole.logged.getvalue()
    assert await stored(whole, "spoilt") == 0


async def test_a_document_that_is_no_object_is_refused(whole: Whole) -> None:
    for document in ([], "x", 1, [couple()]):
        refused = await whole.call("PUT", path("spoilt"), whole.machine(), document)
        assert refused.status_code == 422


async def test_a_case_may_be_a_mebibyte_and_no_more(whole: Whole) -> None:
    """AP-02."""
    headers = whole.machine() | {"content-type": "application/json"}
    fits = json.dumps(couple()).encode().ljust(1024 * 1024)

    stored = await whole.call("PUT", path("large"), headers, content=fits)
    refused = await whole.call("PUT", path("large"), headers, content=fits + b" ")

    assert stored.status_code == 201
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("ref", ["-x", "a b", "x" * 101, "ä", ".hidden"])
async def test_a_reference_has_one_form(whole: Whole, ref: str) -> None:
    refused = await whole.call("PUT", path(ref), whole.machine(), couple())

    assert refused.status_code in {404, 422}
    assert ref not in refused.text


async def test_a_person_may_not_push(whole: Whole) -> None:
    refused = await whole.call("PUT", path("mine"), whole.citizen("anybody"), couple())

    assert refused.status_code == 401
    assert await stored(whole, "mine") == 0


async def test_another_tenants_machine_pushes_into_its_own_office(whole: Whole) -> None:
    ref, ids = await whole.push()
    theirs = whole.machine(aud="https://fall.example/t/main-kinzig")

    other = await whole.call("PUT", path(ref), theirs, couple())

    assert other.status_code == 201
    assert other.json()["case_id"] != ids["case"]


async def test_no_value_lies_in_clear_in_the_database(whole: Whole) -> None:
    document = couple()
    fields(document)["health.diagnoses"] = [CANARY]
    ref, _ = await whole.push(document)

    async with whole.parts.database.transaction(TenantId("bergstrasse")) as tx:
        rows = (await tx.execute(text("SELECT CAST(v AS text) FROM case_values v"))).scalars().all()
        everyone = (await tx.execute(text("SELECT CAST(p AS text) FROM persons p"))).scalars().all()

    assert await stored(whole, ref) == 10
    for hidden in (CANARY, CANARY.encode().hex(), "Berghaus", b"Berghaus".hex()):
        assert not any(hidden in row for row in [*rows, *everyone])


async def test_the_schema_is_the_catalogues(whole: Whole) -> None:
    schema = await whole.call("GET", "/v1/integration/schema", whole.machine())

    assert schema.headers["content-type"] == "application/schema+json"
    household = schema.json()["properties"]["household"]["properties"]["fields"]["properties"]
    assert "benefit.next_payment" in household
    assert (await whole.call("GET", "/v1/integration/schema")).status_code == 401
