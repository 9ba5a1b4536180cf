"""What holds when: birthdays to the second, and what happens to people, kind by kind."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.legitimation import ages
from app.legitimation.holding import Facts, Version, actions_at, ends_at, groups_of, holds
from app.legitimation.kinds import TERMS, Action, MandateKind

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADULT = Facts(
    fifteen_at=datetime(2000, 1, 1, tzinfo=UTC), eighteen_at=datetime(2003, 1, 1, tzinfo=UTC)
)


def version(kind: MandateKind, *, ended: bool = False, until: datetime | None = None) -> Version:
    return Version(
        kind=kind,
        groups=frozenset({"*", "benefit"}),
        actions=frozenset(Action),
        valid_from=NOW - timedelta(days=1),
        valid_to=until,
        ended=ended,
    )


@pytest.mark.parametrize(
    ("born", "years", "moment"),
    [
        (date(2008, 7, 1), 18, "2026-06-30T22:00:00+00:00"),
        (date(2008, 1, 1), 18, "2025-12-31T23:00:00+00:00"),
        (date(2008, 2, 29), 15, "2023-02-28T23:00:00+00:00"),
        (date(2008, 2, 29), 18, "2026-02-28T23:00:00+00:00"),
        (date(2008, 2, 29), 20, "2028-02-28T23:00:00+00:00"),
        (date(2008, 2, 28), 18, "2026-02-27T23:00:00+00:00"),
        (date(2011, 3, 29), 15, "2026-03-28T23:00:00+00:00"),
        (date(2011, 3, 30), 15, "2026-03-29T22:00:00+00:00"),
        (date(2008, 10, 25), 18, "2026-10-24T22:00:00+00:00"),
        (date(2008, 10, 26), 18, "2026-10-25T23:00:00+00:00"),
        (date(9990, 1, 1), 18, "9998-12-31T23:00:00+00:00"),
    ],
    ids=str,
)
def test_a_year_of_life_is_over_at_midnight_in_germany(born: date, years: int, moment: str) -> None:
    """§§ 187(2), 188(2) BGB; for somebody born on 29 February the 28th is the last day."""
    assert ages.completed(born, years) == datetime.fromisoformat(moment)


@pytest.mark.parametrize("born", [date(2008, 2, 29), date(2009, 7, 1), date(2010, 12, 31)], ids=str)
def test_az_07_at_fifteen_ones_own_mandate_begins_to_the_second(born: date) -> None:
    midnight = ages.completed(born, 15)
    young = Facts(fifteen_at=midnight, eighteen_at=ages.completed(born, 18))
    own = Version(
        kind=MandateKind.SELF,
        groups=frozenset("*"),
        actions=frozenset(Action),
        valid_from=midnight - timedelta(days=900),
        valid_to=None,
        ended=False,
    )

    assert not holds(own, grantor=young, grantee=young, now=midnight - SECOND)
    assert holds(own, grantor=young, grantee=young, now=midnight)


@pytest.mark.parametrize("born", [date(2008, 2, 29), date(2009, 7, 1), date(2010, 12, 31)], ids=str)
def test_az_07_at_eighteen_a_parents_mandate_ends_to_the_second(born: date) -> None:
    midnight = ages.completed(born, 18)
    child = Facts(fifteen_at=ages.completed(born, 15), eighteen_at=midnight)
    parent = Version(
        kind=MandateKind.PARENT,
        groups=frozenset("*"),
        actions=frozenset(Action),
        valid_from=midnight - timedelta(days=6000),
        valid_to=midnight + timedelta(days=9),
        ended=False,
    )

    assert holds(parent, grantor=child, grantee=ADULT, now=midnight - SECOND)
    assert not holds(parent, grantor=child, grantee=ADULT, now=midnight)
    assert ends_at(parent, child) == midnight
    beside = ages.completed(born, 15)
    assert holds(parent, grantor=child, grantee=ADULT, now=beside)


@pytest.mark.parametrize("kind", list(MandateKind))
def test_a_mandate_holds_between_its_days_and_not_once_it_ended(kind: MandateKind) -> None:
    minor = Facts(eighteen_at=NOW + timedelta(days=900))
    over = NOW + timedelta(days=1)

    def held(row: Version, now: datetime = NOW) -> bool:
        return holds(row, grantor=minor, grantee=ADULT, now=now)

    assert held(version(kind, until=over))
    assert not held(version(kind, until=over), over)
    assert held(version(kind, until=over), over - SECOND)
    assert not held(version(kind), NOW - timedelta(days=1, seconds=1))
    assert not held(version(kind, ended=True))


SURVIVES_DEATH = {MandateKind.PROXY, MandateKind.LEGAL_COUNSEL}


@pytest.mark.parametrize("kind", [kind for kind in MandateKind if kind is not MandateKind.SELF])
def test_death_of_the_grantor_ends_all_but_what_was_given_in_their_own_name(
    kind: MandateKind,
) -> None:
    """§ 13(2) SGB X; a guardian's office ends with the ward (§ 1870 BGB)."""
    minor = Facts(eighteen_at=NOW + timedelta(days=900))
    dead = Facts(eighteen_at=NOW + timedelta(days=900), died_at=NOW)

    assert holds(version(kind), grantor=minor, grantee=ADULT, now=NOW)
    after = holds(version(kind), grantor=dead, grantee=ADULT, now=NOW)
    assert after is (kind in SURVIVES_DEATH)


@pytest.mark.parametrize("kind", list(MandateKind))
def test_no_capacity_of_the_grantor_ends_nothing(kind: MandateKind) -> None:
    incapable = Facts(eighteen_at=NOW + timedelta(days=900), incapable_at=NOW)

    assert holds(version(kind), grantor=incapable, grantee=ADULT, now=NOW)


@pytest.mark.parametrize("kind", list(MandateKind))
def test_whoever_acts_is_alive_fifteen_and_for_others_of_capacity(kind: MandateKind) -> None:
    """§ 36(1) SGB I, §§ 11, 13 SGB X."""
    minor = Facts(eighteen_at=NOW + timedelta(days=900))

    def held(actor: Facts) -> bool:
        return holds(version(kind), grantor=minor, grantee=actor, now=NOW)

    assert held(ADULT)
    assert not held(Facts(died_at=NOW))
    assert not held(Facts(fifteen_at=NOW + SECOND))
    assert held(Facts(fifteen_at=NOW))
    assert held(Facts(incapable_at=NOW)) is (kind is MandateKind.SELF)


def test_a_parents_mandate_of_somebody_whose_age_is_unknown_does_not_hold() -> None:
    """A check that cannot be completed is a denial."""
    parent = version(MandateKind.PARENT)

    assert not holds(parent, grantor=Facts(), grantee=ADULT, now=NOW)


@pytest.mark.parametrize(
    ("grantor", "submit"),
    [
        (Facts(eighteen_at=NOW + SECOND), True),
        (Facts(eighteen_at=NOW + SECOND, restricted_at=NOW), False),
        (Facts(eighteen_at=NOW, restricted_at=NOW), True),
        (Facts(restricted_at=NOW), False),
        (Facts(eighteen_at=NOW, incapable_at=NOW), False),
    ],
    ids=["free", "restricted", "of age", "age unknown", "incapable"],
)
def test_a_restriction_takes_applying_from_a_minor_and_nothing_else(
    grantor: Facts, *, submit: bool
) -> None:
    """§ 36(2) SGB I; § 11(1) SGB X."""
    left = {Action.READ, Action.EXPLAIN, *([Action.SUBMIT] if submit else [])}

    assert actions_at(version(MandateKind.SELF), grantor, NOW) == left


def test_a_presumption_reads_nothing_whatever_was_recorded() -> None:
    """§ 38 SGB II; BSG, B 14 AS 2/13 R."""
    assert actions_at(version(MandateKind.PRESUMED_38), ADULT, NOW) == {Action.SUBMIT}


@pytest.mark.parametrize("kind", list(MandateKind))
def test_a_kind_limited_by_law_is_never_of_every_group(kind: MandateKind) -> None:
    every = "*" in groups_of(version(kind))

    assert every is (kind not in {MandateKind.GUARDIAN, MandateKind.INSTITUTION})


def test_every_kind_has_its_terms() -> None:
    assert TERMS.keys() == set(MandateKind)
    assert all(terms.proofs and terms.basis and terms.actions for terms in TERMS.values())
