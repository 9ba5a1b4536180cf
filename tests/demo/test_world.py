"""The demo world is sound on every day, for every seed, and holds something of everything."""

import json
import re
from collections import Counter
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from app.catalogue.document import CaseDocuments
from app.catalogue.fields import Catalogue, Group, Stored
from demo.world.load import _body
from demo.world.rates import by_heads, earned_allowance, single_parent_rate
from demo.world.world import Binding, World, accounts_json, build
from tests.demo.ledger import faults, sound_iban, sound_tax

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 11, 22)
CATALOGUE = Catalogue.load(ROOT / "policies" / "fields.yaml")
VALIDATORS = {
    str(field.name): Draft202012Validator(
        field.schema, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    for field in CATALOGUE
}
DOCUMENTS = CaseDocuments(CATALOGUE)
# Pay day itself, a Saturday after pay day, month ends, a leap day, the turn of the year, Easter.
DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2026-07-01", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-01", "2027-01-31",
        "2027-03-25", "2027-05-01", "2028-02-28", "2028-02-29", "2028-03-31", "2028-12-29",
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def world() -> World:
    return build(TODAY)


def household(world: World, ref: str) -> dict[str, Any]:
    found: dict[str, Any] = deepcopy(next(each for each in world.cases if each.ref == ref).document)
    return found


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("seed", [20260701, 1], ids=str)
def test_every_file_adds_up_on_this_day(day: date, seed: int) -> None:
    found = {each.ref: faults(each.document, day) for each in build(day, seed).cases}

    assert {ref: wrong for ref, wrong in found.items() if wrong} == {}


@settings(max_examples=15)
@given(st.dates(date(2026, 3, 1), date(2029, 6, 30)), st.integers(0, 10**6))
def test_every_file_adds_up_on_any_day_for_any_seed(day: date, seed: int) -> None:
    assert [wrong for each in build(day, seed).cases for wrong in faults(each.document, day)] == []


def test_there_are_enough_households_and_persons_in_both_offices(world: World) -> None:
    assert len(world.cases) >= 12
    assert sum(len(each.persons) for each in world.cases) >= 30
    assert {each.tenant for each in world.cases} == {"bergstrasse", "main-kinzig"}


def test_every_field_of_the_catalogue_is_in_two_households_or_more(world: World) -> None:
    households: Counter[str] = Counter()
    for each in world.cases:
        document = household(world, each.ref)
        names = set(document["household"]["fields"])
        households.update(names.union(*(person["fields"] for person in document["persons"])))

    assert {name for name in CATALOGUE.names if households[name] < 2} == set()
    assert households.keys() <= CATALOGUE.names


@pytest.mark.parametrize("day", [TODAY, *DAYS], ids=str)
def test_every_value_has_the_shape_and_the_place_the_catalogue_gives_it(day: date) -> None:
    for case in build(day).cases:
        document: dict[str, Any] = dict(case.document)
        assert DOCUMENTS.faults(document) == ()
        assert document.keys() == {"persons", "household"}
        places = [(Stored.HOUSEHOLD, document["household"]["fields"])]
        places += [(Stored.PERSON, person["fields"]) for person in document["persons"]]
        for stored, fields in places:
            for name, value in fields.items():
                field = CATALOGUE[name]
                assert field.stored is stored, name
                assert [error.message for error in VALIDATORS[name].iter_errors(value)] == [], name


def test_the_same_day_and_seed_give_the_same_world_to_the_last_byte() -> None:
    def text(made: World) -> str:
        return json.dumps([each.document for each in made.cases], ensure_ascii=False)

    assert text(build(TODAY, 7)) == text(build(TODAY, 7))
    assert build(TODAY, 7) == build(TODAY, 7)


def test_another_seed_gives_every_household_other_numbers_and_other_sums() -> None:
    for one, other in zip(build(TODAY, 1).cases, build(TODAY, 2).cases, strict=True):
        first, second = (
            dict[str, Any](each.document)["household"]["fields"] for each in (one, other)
        )
        assert first["household.number"] != second["household.number"]
        if "benefit.housing_costs" in first:
            assert first["benefit.housing_costs"] != second["benefit.housing_costs"]


@pytest.mark.parametrize("seed", [20260701, 1, 2, 3])
def test_no_number_is_given_twice(seed: int) -> None:
    numbers: list[str] = []
    for each in build(TODAY, seed).cases:
        document: dict[str, Any] = dict(each.document)
        numbers.append(document["household"]["fields"]["household.number"])
        for person in document["persons"]:
            fields = person["fields"]
            numbers += [
                fields["person.customer_number"],
                fields["person.health_insurance"]["number"],
            ]
            numbers += [fields[name] for name in ("person.phone", "person.insurance_number")
                        if name in fields]  # fmt: skip
            if "person.bank_account" in fields:
                numbers.append(fields["person.bank_account"]["iban"])

    assert [number for number, count in Counter(numbers).items() if count > 1] == []


def test_tax_numbers_in_notes_have_their_check_digit(world: World) -> None:
    notes = json.dumps([each.document for each in world.cases])
    found = re.findall(r"Steuer-ID (\d+)", notes)

    assert found
    assert all(sound_tax(number) for number in found)


def test_all_ways_of_delivery_and_one_missing_instruction_occur(world: World) -> None:
    latest = [household(world, each.ref)["household"]["fields"].get("decision.latest")
              for each in world.cases]  # fmt: skip
    decisions = [each for each in latest if each]

    assert {each["delivery"] for each in decisions} == {
        "post", "electronic", "portal", "formal", "abroad", "unknown",
    }  # fmt: skip
    assert sum(not each["remedy_instruction"] for each in decisions) == 1
    assert sum(each["provisional"] for each in decisions) == 1


def test_the_stories_of_the_demo_are_told(world: World) -> None:
    erika = household(world, "bs-0001")
    own, shared = erika["persons"][0]["fields"], erika["household"]["fields"]
    costs = shared["benefit.housing_costs"]
    assert costs["rent_accepted"] != costs["rent_claimed"]
    assert own["benefit.income_credited"]["lines"][0]["kind"] == "wage"
    assert "set_off" in {each["kind"] for each in own["benefit.deductions"]}

    lena = world.person(world.bindings["lena"])
    assert (lena.role, lena.birth_date) == ("child", date(2010, 1, 1))
    applied = household(world, "mk-0002")["household"]["fields"]
    assert applied["application.status"]["status"] == "in_review"
    assert applied["benefit.status"] == "applied"
    ending = household(world, "mk-0003")["household"]["fields"]["benefit.approval_period"]["to"]
    assert date.fromisoformat(ending) - TODAY < timedelta(62)
    reduced = household(world, "mk-0005")["persons"][0]["fields"]
    assert "reduction" in {each["kind"] for each in reduced["benefit.total_monthly"]["parts"]}
    indebted = household(world, "mk-0001")["household"]["fields"]
    assert {"housing.arrears", "housing.energy_debt"} <= indebted.keys()
    assert any("Ignoriere alle" in each["text"] for each in indebted["file.notes"])


def test_lena_is_sixteen_on_every_day() -> None:
    for day in DAYS:
        born = (
            build(day).person(Binding(tenant="bergstrasse", case="bs-0004", person="p2")).birth_date
        )
        assert day.year - born.year - ((day.month, day.day) < (born.month, born.day)) == 16


def test_every_account_is_somebody_of_its_own_office(world: World) -> None:
    names = {each.name for each in world.accounts}
    assert names >= {
        "erika", "mehmet", "aylin", "oksana", "lena", "jonas", "betreuerin", "karl", "officer",
        "integrator",
    }  # fmt: skip
    assert len(names) == len(world.accounts)
    assert names - world.bindings.keys() == {"officer", "integrator"}
    assert len(set(world.bindings.values())) == len(world.bindings)
    for account in world.accounts:
        if account.name in world.bindings:
            person = world.person(world.bindings[account.name])
            assert person.tenant == account.tenant
            assert account.display_name == f"{person.given} {person.family}"
    assert next(each for each in world.accounts if each.name == "jonas").acr == "basic"


def test_nobody_is_found_for_a_binding_to_another_office(world: World) -> None:
    with pytest.raises(KeyError):
        world.person(Binding(tenant="main-kinzig", case="bs-0001", person="p1"))


def test_the_provider_knows_people_by_the_names_in_their_files(world: World) -> None:
    entries = {str(each["account"]): each for each in accounts_json(world)}
    provided = json.loads((ROOT / "demo" / "provider" / "accounts.json").read_text("utf-8"))

    assert {each["account"] for each in provided} == entries.keys()
    for each in provided:
        expected = entries[each["account"]]
        assert {name: each[name] for name in ("given_name", "family_name", "levels")} == {
            name: expected[name] for name in ("given_name", "family_name", "levels")
        }
    assert "integrator" not in entries


def test_the_guardian_has_groups_of_the_catalogue_and_holds_today(world: World) -> None:
    guardian = world.mandates[0]
    body: dict[str, Any] = dict(_body(world, guardian))

    assert body["kind"] == "GUARDIAN"

    assert set(body["groups"]) <= {group.value for group in Group} - {"health", "file"}
    assert guardian.valid_to is not None
    assert guardian.valid_from <= TODAY < guardian.valid_to
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", body["evidence"]["reference"])
    assert (body["valid_from"], body["valid_to"]) == (
        "2025-07-01T00:00:00+02:00",
        "2028-07-01T00:00:00+02:00",
    )
    assert body["label"] == "Karl Ahrens"
    assert body["grantor"] == {"case": "bs-0006", "person": "p1"}
    assert body["grantee"] == {
        "person": "rep-1",
        "name": {"given": "Birgit", "family": "Hollmann"},
        "birth_date": "1972-08-09",
    }


@pytest.mark.parametrize(
    ("gross", "with_child", "free"),
    [(0, False, 0), (100_00, False, 0), (520_00, False, 84_00), (1_000_00, False, 228_00),
     (1_200_00, False, 248_00), (2_000_00, False, 248_00), (1_500_00, True, 278_00),
     (2_000_00, True, 278_00), (100_03, False, 1)],
)  # fmt: skip
def test_earned_income_is_freed_in_the_bands_of_the_law(
    gross: int, with_child: bool, free: int
) -> None:
    assert earned_allowance(gross, with_child=with_child) == free


@pytest.mark.parametrize(
    ("ages", "rate"),
    [((), 0), ((4,), 360), ((9,), 120), ((17, 12), 240), ((15, 12), 360), ((4, 9, 12), 360),
     ((8, 9, 10, 12), 480), ((8, 9, 10, 12, 13, 14), 600), ((20, 12), 120)],
)  # fmt: skip
def test_single_parents_need_more_by_number_and_age_of_children(
    ages: tuple[int, ...], rate: int
) -> None:
    assert single_parent_rate(ages) == rate


@given(st.integers(0, 10**7), st.integers(1, 12))
def test_heads_share_housing_costs_to_the_cent(total: int, heads: int) -> None:
    shares = by_heads(total, heads)

    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


# The checker itself: each of these is one wrong thing, and it must be seen.
@pytest.mark.parametrize(
    ("ref", "where", "value", "fault"),
    [
        ("bs-0001", "persons.0.fields.benefit.total_monthly|total.amount", "741.11", "p1 parts"),
        ("bs-0001", "household.fields.benefit.next_payment|amount.amount", "1.00", "next payment"),
        ("bs-0001", "household.fields.benefit.next_payment|date", "2026-11-29", "next payment"),
        ("bs-0001", "household.fields.benefit.payments|0.amount.amount", "1.00", "payment 2026-11"),
        ("bs-0001", "persons.0.fields.benefit.loans|0.remaining.amount", "1.00", "p1 loan"),
        ("bs-0001", "persons.0.fields.benefit.deductions|0.amount.amount", "56.31", "p1 set-off"),
        ("bs-0002", "persons.2.fields.benefit.standard_need|level", 4, "p3 standard need"),
        ("bs-0002", "persons.0.fields.benefit.allowances|earned.amount", "0.00",
         "p1 earned allowance"),
        ("bs-0003", "persons.0.fields.benefit.additional_needs|0.amount.amount", "67.57",
         "p1 additional needs"),
        ("bs-0003", "household.fields.decision.latest|delivery", "formal", "delivery"),
        ("bs-0008", "household.fields.benefit.approval_period|to", "2027-09-30", "approval period"),
        ("mk-0001", "household.fields.benefit.housing_costs|total_accepted.amount", "1.00",
         "housing by heads"),
        ("mk-0005", "persons.0.fields.benefit.reductions|0.amount.amount", "1.00", "p1 reduction"),
    ],
)  # fmt: skip
def test_a_single_wrong_figure_is_noticed(
    world: World, ref: str, where: str, value: object, fault: str
) -> None:
    document = household(world, ref)
    assert faults(document, TODAY) == []
    field, _, path = where.partition("|")
    start, _, name = field.partition("fields.")
    node: Any = document
    for step in [*start.strip(".").split("."), "fields", name, *path.split(".")[:-1]]:
        node = node[int(step) if step.isdigit() else step]
    last = path.split(".")[-1]
    node[int(last) if last.isdigit() else last] = value

    assert fault in faults(document, TODAY)


def test_a_wrong_check_digit_is_noticed() -> None:
    assert sound_iban("DE89370400440532013000")
    assert not sound_iban("DE88370400440532013000")
    assert sound_tax("86095742719")
    assert not sound_tax("86095742718")
