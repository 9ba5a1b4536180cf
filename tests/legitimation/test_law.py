"""Every course of events, against the law as the oracle reads it."""

import os
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Final, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.fixtures import MovableClock
from tests.legitimation.law import BEYOND, EVERYTHING, WITHIN, Granted, Happened, Law
from tests.legitimation.registers import Memory, Register, Stored
from tests.parties import Office

T = TypeVar("T")
Allowed: TypeAlias = dict[int, frozenset[str]]
Own: TypeAlias = dict[tuple[str, str], frozenset[str]]

ROLES: Final = {"mother": "applicant", "father": "partner", "teen": "child"}
PEOPLE: Final = (*ROLES, "friend", "lawyer")
KINDS: Final = ("PARENT", "GUARDIAN", "PROXY", "LEGAL_COUNSEL", "PRESUMED_38", "INSTITUTION")
ACTIONS: Final = (
    EVERYTHING,
    frozenset({"read"}),
    frozenset({"submit"}),
    frozenset({"read", "explain"}),
)
EVENTS: Final = (
    *("died", "death_corrected", "capacity_lost", "capacity_regained"),
    *("submit_restricted", "restriction_lifted", "left"),
)
LEAPS: Final = (
    timedelta(seconds=1),
    timedelta(hours=7),
    timedelta(days=40),
    timedelta(days=400),
)
# 29 February, the day before, and days at either change of the clocks.
BIRTHDAYS: Final = (
    date(2012, 2, 29),
    date(2008, 2, 29),
    date(2009, 2, 28),
    date(2009, 3, 1),
    date(2011, 3, 27),
    date(2010, 10, 31),
    date(2008, 12, 31),
)
START: Final = datetime(2026, 2, 27, 22, 59, 59, tzinfo=UTC)
THOROUGH: Final = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"


Usual: TypeAlias = tuple[str, str, str, frozenset[str]] | tuple[str, str, str, frozenset[str], bool]
USUAL: Final[tuple[Usual, ...]] = (
    ("PARENT", "teen", "mother", EVERYTHING),
    ("PARENT", "teen", "father", EVERYTHING),
    ("GUARDIAN", "father", "friend", EVERYTHING),
    ("GUARDIAN", "mother", "lawyer", EVERYTHING, True),
    ("PROXY", "mother", "friend", EVERYTHING),
    ("PROXY", "father", "mother", frozenset({"read"})),
    ("LEGAL_COUNSEL", "mother", "lawyer", EVERYTHING),
    ("INSTITUTION", "father", "lawyer", frozenset({"read", "explain"})),
    ("PRESUMED_38", "father", "mother", frozenset({"submit"})),
    ("PRESUMED_38", "teen", "father", frozenset({"submit"})),
)


def usual(which: Usual, now: datetime) -> Granted:
    """One as offices record them every day, so that most courses have some that hold."""
    kind, grantor, grantee, actions, *reserved = which
    since = now - timedelta(days=1)
    return Granted(kind, grantor, grantee, actions, since, None, reserved=bool(reserved))


def born(teen: date, friend: date | None) -> dict[str, date | None]:
    known = {"mother": date(1984, 5, 6), "father": date(1981, 2, 28), "teen": teen}
    return {**known, "friend": friend, "lawyer": None}


@dataclass(slots=True)
class Course:
    """One course of events, told to the law and to a register, and compared after each."""

    law: Law
    register: Register
    now: datetime
    granted: list[int] = field(default_factory=list)
    decided: dict[datetime, tuple[Allowed, Own]] = field(default_factory=dict)

    async def grant(self, wanted: Granted) -> None:
        number = len(self.law.granted)
        lawful = self.law.recordable(wanted, self.now)
        assert await self.register.grant(number, wanted, self.now) == lawful, wanted
        self.law.granted.append(wanted)
        if lawful:
            self.law.history.append(Happened("granted", mandate=number))
            self.granted.append(number)

    async def again(self, number: int) -> None:
        """The office's system sends it once more, unchanged."""
        wanted = self.law.granted[number]
        lawful = not self.law.over(number) and self.law.recordable(wanted, self.now)
        assert await self.register.again(number, self.now) == lawful, wanted

    async def revoke(self, number: int) -> None:
        await self.register.revoke(number, self.now)
        self.law.history.append(Happened("revoked", mandate=number))

    async def object(self, number: int) -> None:
        may = self.law.may_object(number, self.now)
        assert await self.register.object(number, self.now) == may
        if may:
            self.law.history.append(Happened("objected", mandate=number))

    async def happened(self, who: str, what: str) -> None:
        await self.register.happened(who, what, self.now)
        self.law.history.append(Happened(what, who))

    def birthday(self, who: str, years: int, seconds: int) -> datetime | None:
        """So many seconds from the midnight of that birthday, where that is yet to come."""
        if (day := self.law.born[who]) is None:
            return None
        try:
            there = day.replace(year=day.year + years)
        except ValueError:
            there = date(day.year + years, 3, 1)
        midnight = datetime(there.year, there.month, there.day, tzinfo=ZoneInfo("Europe/Berlin"))
        moment = midnight.astimezone(UTC) + timedelta(seconds=seconds)
        return moment if moment > self.now else None

    async def compare(self) -> None:
        expected = {number: self.law.allowed(number, self.now) for number in self.granted}
        assert await self.register.allowed(self.now) == expected
        own = {
            (who, group): self.law.oneself(who, group, self.now)
            for who in ROLES
            for group in (WITHIN, BEYOND)
        }
        assert await self.register.oneself(self.now) == own
        self.decided[self.now] = (expected, own)


def done(step: Coroutine[object, object, T]) -> T:
    """Runs to its end what waits for nothing."""
    try:
        step.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise AssertionError("it waits")


class Courses(RuleBasedStateMachine):
    """AZ-07"""

    @initialize(teen=st.sampled_from(BIRTHDAYS), friend=st.sampled_from([None, *BIRTHDAYS[:2]]))
    def begin(self, teen: date, friend: date | None) -> None:
        people = born(teen, friend)
        self.course = Course(Law(people, ROLES), Memory(people, ROLES), START)

    @rule(
        kind=st.sampled_from(KINDS),
        grantor=st.sampled_from(tuple(ROLES)),
        grantee=st.sampled_from(PEOPLE),
        actions=st.sampled_from(ACTIONS),
        begins=st.sampled_from([-1, 0, 30]),
        lasts=st.sampled_from([None, 1, 90, 700, 3000]),
        reserved=st.sampled_from([False, False, False, True]),
    )
    def grant(  # noqa: PLR0917  # the parts of a mandate
        self,
        kind: str,
        grantor: str,
        grantee: str,
        actions: frozenset[str],
        begins: int,
        lasts: int | None,
        reserved: bool,  # Hypothesis gives it by name
    ) -> None:
        since = self.course.now + timedelta(days=begins)
        until = None if lasts is None else since + timedelta(days=lasts)
        done(self.course.grant(Granted(kind, grantor, grantee, actions, since, until, reserved)))

    @rule(which=st.sampled_from(USUAL))
    def grant_a_usual_one(self, which: Usual) -> None:
        done(self.course.grant(usual(which, self.course.now)))

    def _one(self, pick: int) -> int:
        return self.course.granted[pick % len(self.course.granted)]

    @precondition(lambda self: self.course.granted)
    @rule(pick=st.integers(0, 40))
    def send_again(self, pick: int) -> None:
        done(self.course.again(self._one(pick)))

    @precondition(lambda self: self.course.granted)
    @rule(pick=st.integers(0, 40))
    def revoke(self, pick: int) -> None:
        done(self.course.revoke(self._one(pick)))

    @precondition(lambda self: self.course.granted)
    @rule(pick=st.integers(0, 40))
    def object(self, pick: int) -> None:
        done(self.course.object(self._one(pick)))

    @rule(who=st.sampled_from(PEOPLE), what=st.sampled_from(EVENTS))
    def happens(self, who: str, what: str) -> None:
        if what != "left" or who in ROLES:
            done(self.course.happened(who, what))

    @rule(by=st.sampled_from(LEAPS))
    def time_passes(self, by: timedelta) -> None:
        self.course.now += by

    @rule(
        who=st.sampled_from(PEOPLE),
        years=st.sampled_from([15, 18]),
        seconds=st.sampled_from([-1, 0]),
    )
    def a_birthday_comes(self, who: str, years: int, seconds: int) -> None:
        self.course.now = self.course.birthday(who, years, seconds) or self.course.now

    @invariant()
    def the_law_is_kept(self) -> None:
        if hasattr(self, "course"):
            done(self.course.compare())


def test_az_07_no_course_of_events_is_decided_other_than_by_the_law() -> None:
    """10,000 courses of 50 steps in `make thorough`, a seeded share of them here."""
    runs = settings(
        max_examples=10_000 if THOROUGH else 60,
        stateful_step_count=50,
        deadline=None,
        derandomize=not THOROUGH,
    )
    run_state_machine_as_test(Courses, settings=runs)


@pytest.mark.parametrize("seed", range(20 if THOROUGH else 2))
async def test_az_07_nor_is_it_over_the_real_database(
    office: Office, movable_clock: MovableClock, seed: int
) -> None:
    """And what was decided at each moment is found again, from the rows, when all is over."""
    random = Random(seed)  # noqa: S311  # a course of events, no secret
    people = born(random.choice(BIRTHDAYS), random.choice([None, *BIRTHDAYS[:2]]))
    stored = await Stored.opened(office, movable_clock, people, ROLES)
    course = Course(Law(people, ROLES), stored, movable_clock())
    steps: tuple[Callable[[Course, Random], Coroutine[object, object, None]], ...] = (
        *(granting, granting_a_usual_one, granting_a_usual_one),
        *(living, passing, passing),
        *(sending_again, revoking, objecting),
    )
    for _ in range(50 if THOROUGH else 30):
        await random.choice(steps)(course, random)
        movable_clock.now = course.now
        await course.compare()

    assert len(course.granted) > 2
    assert len(course.decided) > 2
    for then, decided in course.decided.items():
        assert await stored.decided(then) == decided, then


async def granting_a_usual_one(course: Course, random: Random) -> None:
    await course.grant(usual(random.choice(USUAL), course.now))


async def granting(course: Course, random: Random) -> None:
    since = course.now + timedelta(days=random.choice([-1, -1, 30]))
    lasts = random.choice([None, 90, 700])
    until = None if lasts is None else since + timedelta(days=lasts)
    grantor, grantee = random.choice(tuple(ROLES)), random.choice(PEOPLE)
    actions, kind = random.choice(ACTIONS), random.choice(KINDS)
    reserved = kind == "GUARDIAN" and random.random() < 0.5
    await course.grant(Granted(kind, grantor, grantee, actions, since, until, reserved))


async def living(course: Course, random: Random) -> None:
    what = random.choice(EVENTS)
    await course.happened(random.choice(tuple(ROLES) if what == "left" else PEOPLE), what)


async def passing(course: Course, random: Random) -> None:
    who, years = random.choice(PEOPLE), random.choice([15, 18])
    moment = course.birthday(who, years, random.choice([-1, 0]))
    course.now = moment or course.now + random.choice(LEAPS)


async def sending_again(course: Course, random: Random) -> None:
    if course.granted:
        await course.again(random.choice(course.granted))


async def revoking(course: Course, random: Random) -> None:
    if course.granted:
        await course.revoke(random.choice(course.granted))


async def objecting(course: Course, random: Random) -> None:
    if course.granted:
        await course.object(random.choice(course.granted))
