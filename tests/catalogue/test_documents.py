"""The case document: what is accepted, what is refused, and that a refusal repeats nothing."""

import json
from copy import deepcopy
from time import perf_counter

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.conformity import Fault, Flaw, compiled
from app.catalogue.document import CaseDocuments, FieldValues, case_schema
from app.catalogue.rulebook import Rulebook
from app.catalogue.shapes import FieldType, expand, kind_of
from tests.catalogue.conftest import POLICIES

RULEBOOK = Rulebook.load(POLICIES)
DOCUMENTS = CaseDocuments(RULEBOOK.catalogue)
EURO = {"amount": "563.00", "currency": "EUR"}
SOUND: dict[str, object] = {
    "persons": [
        {
            "ref": "p1",
            "role": "applicant",
            "fields": {
                "person.name": {"given": "Ida", "family": "Probst"},
                "person.birth_date": "1984-02-29",
                "benefit.standard_need": {"amount": EURO, "level": 1},
                "appointment.next": {
                    "starts_at": "2026-12-01T09:30:00+01:00",
                    "place": "Zimmer 12",
                    "topic": "Planung",
                },
                "health.work_capacity": {"capable": True, "hours_per_day": 6},
            },
        },
        {"ref": "p2", "role": "child", "fields": {}},
    ],
    "household": {
        "fields": {
            "household.members": [
                {"person": "p1", "role": "applicant", "given": "Ida", "family": "Probst"},
                {"person": "p2", "role": "child", "given": "Tom", "family": "Probst"},
            ],
            "household.representative": {"person": "p1", "given": "Ida", "family": "Probst"},
            "benefit.next_payment": {
                "date": "2026-11-30",
                "amount": EURO,
                "account": "DE** **** **** **** 1234",
            },
            "benefit.payments": [{"date": "2026-10-30", "amount": EURO, "month": "2026-11"}],
        }
    },
}


def changed(path: str, value: object) -> dict[str, object]:
    document = deepcopy(SOUND)
    *way, last = path.strip("/").split("/")
    place: object = document
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]  # type: ignore[index]  # walks plain JSON
    place[int(last) if isinstance(place, list) else last] = value  # type: ignore[index]  # likewise
    return document


def test_a_sound_document_has_no_fault() -> None:
    assert DOCUMENTS.faults(SOUND) == ()


def test_the_schema_is_a_schema_and_accepts_what_we_accept() -> None:
    schema = case_schema(RULEBOOK.catalogue)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(SOUND, schema)


P1, HOUSE = "/persons/0/fields", "/household/fields"


@pytest.mark.parametrize(
    ("path", "value", "location", "flaw"),
    [
        (f"{P1}/person.birth_date", "2026-02-30", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/person.birth_date", "1.2.1984", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/person.birth_date", 19840201, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/person.birth_date", None, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/person.shoe_size", 43, P1, Flaw.UNKNOWN_MEMBER),
        (f"{P1}/benefit.payments", [], P1, Flaw.UNKNOWN_MEMBER),
        (f"{P1}/person.name", {"given": "Ida"}, f"{P1}/person.name/family", Flaw.MISSING_MEMBER),
        (f"{P1}/person.name/given", " Ida", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/person.name/given", "Ida\n", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/person.name/given", "I\u0000a", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/person.name/given", "x" * 201, "=", Flaw.NOT_THIS_LENGTH),
        (f"{P1}/person.name", ["Ida"], "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/benefit.standard_need/level", 7, "=", Flaw.OUT_OF_RANGE),
        (f"{P1}/benefit.standard_need/level", True, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/benefit.standard_need/level", 1.5, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/benefit.standard_need/amount/amount", "563", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/benefit.standard_need/amount/currency", "USD", "=", Flaw.NOT_A_CHOICE),
        (f"{P1}/benefit.standard_need/amount/currency", 1, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/health.work_capacity/capable", 1, "=", Flaw.NOT_THIS_TYPE),
        (f"{P1}/appointment.next/starts_at", "2026-12-01T09:30:00", "=", Flaw.NOT_THIS_FORM),
        (f"{P1}/appointment.next/starts_at", "2026-02-30T09:30:00Z", "=", Flaw.NOT_THIS_FORM),
        (f"{HOUSE}/benefit.payments/0/month", "2026-13", "=", Flaw.NOT_THIS_FORM),
        (f"{HOUSE}/benefit.payments", {}, "=", Flaw.NOT_THIS_TYPE),
        (f"{HOUSE}/benefit.payments", [{}] * 501, "=", Flaw.NOT_THIS_LENGTH),
        (f"{HOUSE}/benefit.next_payment/account", "DE89 3704 0044 0532", "=", Flaw.NOT_THIS_FORM),
        (f"{HOUSE}/household.members/1/person", "p3", "=", Flaw.UNKNOWN_REF),
        (f"{HOUSE}/household.representative/person", "p3", "=", Flaw.UNKNOWN_REF),
        ("/persons/1/ref", "p1", "=", Flaw.REPEATED_REF),
        ("/persons/1/role", "cousin", "=", Flaw.NOT_A_CHOICE),
        ("/persons", [], "=", Flaw.NOT_THIS_LENGTH),
        ("/extra", 1, "", Flaw.UNKNOWN_MEMBER),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_located_and_named(
    path: str, value: object, location: str, flaw: Flaw
) -> None:
    """`=` stands for the place that was changed."""
    assert Fault(location.replace("=", path), flaw) in DOCUMENTS.faults(changed(path, value))


def test_a_fault_repeats_nothing_of_what_was_sent() -> None:
    canary = "Zebrafink"
    spoilt = {
        "persons": [{"ref": canary + "!", "role": canary, "fields": {canary: canary}}],
        canary: canary,
        "household": {"fields": {"household.number": [canary], "benefit.status": canary}},
    }
    faults = DOCUMENTS.faults(spoilt)
    assert len(faults) >= 5
    assert canary not in str(faults)


def test_at_most_twenty_faults_are_named() -> None:
    assert len(DOCUMENTS.faults(changed(HOUSE, {f"unknown{n}": n for n in range(500)}))) == 20


def test_what_is_no_document_at_all_is_refused() -> None:
    nothings: list[object] = [None, [], "x", 1, {}]
    assert all(DOCUMENTS.faults(nothing) for nothing in nothings)


def test_a_document_without_members_or_representative_may_be_stored() -> None:
    assert DOCUMENTS.faults(changed("/household", {"fields": {}})) == ()


def test_single_values_are_judged_alike() -> None:
    values = FieldValues(RULEBOOK.catalogue)
    field = RULEBOOK.catalogue["person.birth_date"]
    assert values.faults(field, "1984-02-29") == ()
    assert values.faults(field, "1985-02-29") == (Fault("", Flaw.NOT_THIS_FORM),)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5)
    | st.sampled_from(["applicant", "2026-10-01", "563.00", "EUR", "p1", "post"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)  # fmt: skip


@settings(deadline=None)
@given(value=JSON, place=st.integers(min_value=0))
def test_whatever_is_put_anywhere_we_judge_as_the_schema_does(value: object, place: int) -> None:
    """An independent validator is the oracle; calendar days and references are ours on top."""
    paths = list(_paths(SOUND, ""))
    document = changed(paths[place % len(paths)], value)
    validator = jsonschema.Draft202012Validator(case_schema(RULEBOOK.catalogue))
    ours = [fault for fault in DOCUMENTS.faults(document) if not fault.flaw.endswith("_ref")]
    assert bool(ours) == (not validator.is_valid(document))


def _paths(value: object, at: str) -> list[str]:
    children = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list)
        else ()
    )  # fmt: skip
    return [
        path for key, child in children for path in (f"{at}/{key}", *_paths(child, f"{at}/{key}"))
    ]


def test_a_large_document_is_judged_quickly() -> None:
    line = {"date": "2026-10-30", "amount": EURO, "month": "2026-11"}
    document = changed(f"{HOUSE}/benefit.payments", [line] * 500)
    document["persons"] = [
        {"ref": f"p{n}", "role": "child", "fields": {"decision.calculation": [
            {"month": "2026-11", "lines": [{"kind": "housing", "amount": EURO}] * 12, "total": EURO}
        ] * 20}}
        for n in range(1, 31)
    ]  # fmt: skip
    assert len(json.dumps(document)) > 500_000
    begun = perf_counter()
    assert DOCUMENTS.faults(document) == ()
    assert perf_counter() - begun < 5  # far above what it takes; a guard against quadratic work


def test_a_schema_with_a_keyword_nobody_checks_is_refused() -> None:
    for schema in ({"type": "string", "maxLength": 3, "contentEncoding": "x"}, {"type": "null"}):
        with pytest.raises(ValueError, match=r"not checked"):
            compiled(schema)


def test_the_type_of_a_field_follows_from_its_shape() -> None:
    assert kind_of(expand("[date]")) is FieldType.LIST
    assert kind_of(expand("{a?: date}")) is FieldType.RECORD
    assert kind_of(expand("date")) is FieldType.DATE
    assert kind_of(expand("a|b")) is FieldType.CHOICE
    assert kind_of(expand("name")) is FieldType.TEXT
    assert expand("{a?: date}")["required"] == []
