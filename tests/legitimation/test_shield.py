"""What protection keeps from whom: a pure function, against rules told once more in plain words."""

import re
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from app.catalogue.rulebook import Rulebook
from app.legitimation.protection.protection import Flag, SetBy, Shield, flags, shield
from app.vocabulary.ids import PersonId
from tests.fixtures import ROOT

MOTHER, FATHER, CHILD, REPRESENTATIVE = (PersonId(UUID(int=n)) for n in range(1, 5))
ADULTS = {MOTHER, FATHER}
STANDS = [frozenset(), frozenset({SetBy.PERSON}), frozenset({SetBy.OFFICE}), frozenset(SetBy)]
# Who acts for whom: oneself, the father for the mother (a proxy), each parent for the child, and
# somebody from outside for each.
PAIRS = [
    (MOTHER, MOTHER),
    (FATHER, FATHER),
    (CHILD, CHILD),
    (FATHER, MOTHER),
    (MOTHER, FATHER),
    (MOTHER, CHILD),
    (FATHER, CHILD),
    (REPRESENTATIVE, MOTHER),
    (REPRESENTATIVE, FATHER),
    (REPRESENTATIVE, CHILD),
]


@dataclass(frozen=True)
class Home:
    mother: frozenset[SetBy]
    father: frozenset[SetBy]
    child: frozenset[SetBy]

    def of(self, person: PersonId) -> frozenset[SetBy]:
        return {MOTHER: self.mother, FATHER: self.father, CHILD: self.child}.get(
            person, frozenset()
        )

    @property
    def flags(self) -> list[Flag]:
        return [
            Flag(person, source, person in ADULTS)
            for person in (MOTHER, FATHER, CHILD)
            for source in sorted(self.of(person))
        ]


HOMES = [Home(*stands) for stands in product(STANDS, STANDS, STANDS)]


def found(home: Home, grantee: PersonId, grantor: PersonId) -> Shield:
    return shield(home.flags, for_self=grantee == grantor, grantor=grantor, grantee=grantee)


def household_hidden(home: Home, grantee: PersonId, grantor: PersonId) -> bool:
    """In words: by another adult's flag, unless the office's is one's own and not the other's."""
    others = [home.of(person) for person in ADULTS - {grantee}]
    if not any(others):
        return False
    if grantee != grantor or SetBy.OFFICE not in home.of(grantee):
        return True
    return any(SetBy.OFFICE in stands for stands in others)


def subject_hidden(home: Home, grantee: PersonId, grantor: PersonId) -> bool:
    """In words: the one acted for is protected, or somebody who may live with them."""
    if home.of(grantor):
        return True
    return any(home.of(person) for person in {MOTHER, FATHER, CHILD} - {grantee})


@pytest.mark.parametrize(
    ("grantee", "grantor"), PAIRS, ids=[f"{a.int}for{b.int}" for a, b in PAIRS]
)
def test_every_small_household_is_shielded_as_the_words_say(
    grantee: PersonId, grantor: PersonId
) -> None:
    for home in HOMES:
        shielded = found(home, grantee, grantor)
        assert shielded.household is household_hidden(home, grantee, grantor), home
        assert shielded.subject is subject_hidden(home, grantee, grantor), home
        assert shielded.parties is bool(home.of(grantee) or home.of(grantor)), home


@pytest.mark.parametrize(
    ("grantee", "grantor"), PAIRS, ids=[f"{a.int}for{b.int}" for a, b in PAIRS]
)
def test_a_flag_of_ones_own_never_shows_anybody_more(grantee: PersonId, grantor: PersonId) -> None:
    """Whoever drives somebody out could press the button as well; it must gain them nothing."""
    compared = 0
    for home in HOMES:
        for who in ("mother", "father", "child"):
            stands = getattr(home, who)
            if SetBy.PERSON in stands:
                continue
            more = Home(**{**vars(home), who: stands | {SetBy.PERSON}})
            before, after = found(home, grantee, grantor), found(more, grantee, grantor)
            assert after.household >= before.household, (home, who)
            assert after.subject >= before.subject, (home, who)
            compared += 1
    assert compared == 3 * len(HOMES) / 2


def test_where_nobody_is_protected_nothing_is_hidden() -> None:
    nobody = Home(frozenset(), frozenset(), frozenset())

    for grantee, grantor in PAIRS:
        assert found(nobody, grantee, grantor) == Shield(
            subject=False, household=False, parties=False
        )


def test_a_father_who_acts_for_a_child_is_not_led_to_its_mother() -> None:
    """AZ-15: the child's address is where she lives."""
    home = Home(mother=frozenset({SetBy.PERSON}), father=frozenset(), child=frozenset())

    assert found(home, FATHER, CHILD).hides(household=False, for_self=False)
    assert not found(home, MOTHER, CHILD).hides(household=False, for_self=False)
    assert not found(home, MOTHER, MOTHER).hides(household=False, for_self=True)
    assert not found(home, MOTHER, MOTHER).hides(household=True, for_self=True)
    assert found(home, FATHER, FATHER).hides(household=True, for_self=True)
    assert not found(home, FATHER, FATHER).hides(household=False, for_self=True)


def test_what_the_database_tells_is_read_person_by_person() -> None:
    told: list[list[Any]] = [[str(MOTHER), "applicant", "office"], [str(MOTHER), None, "office"]]

    assert flags(None) == ()
    assert flags(told) == (
        Flag(MOTHER, SetBy.OFFICE, adult=True),
        Flag(MOTHER, SetBy.OFFICE, adult=False),
    )


def test_the_locating_fields_are_those_that_the_document_explains(rulebook: Rulebook) -> None:
    document = (ROOT / "docs" / "safe-at-home.md").read_text("utf-8")
    table = document.split("| locating field |")[1].split("\n\n")[0]
    explained = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([a-z]+\.[a-z_]+)`", line.split("|")[1] if "|" in line else "")
    }

    assert explained == rulebook.catalogue.locating
    assert len(explained) > 10
