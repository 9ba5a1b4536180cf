"""A plan, put on the calendar of one day."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from demo.world.days import (
    add_months,
    age_on,
    month_end,
    month_start,
    next_paid_month,
    working_day_from,
    working_day_until,
)
from demo.world.plans import Age, Home, NewYear, Plan, Someone
from demo.world.rates import Cents

_MOST_EXTRA_RENT: Cents = 20_00
_PAID_MONTHS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    ref: str
    who: Someone
    birth: date

    @property
    def adult(self) -> bool:
        """A party of the household, whatever the age of its children."""
        return self.who.role != "child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """`month` is the one to be paid next; offsets of the plan count from it."""

    plan: Plan
    today: date
    month: date
    home: Home
    members: tuple[Member, ...]

    @property
    def start(self) -> date:
        return add_months(self.month, -self.plan.since)

    @property
    def end(self) -> date:
        return month_end(add_months(self.start, self.plan.period - 1))

    @property
    def paid_months(self) -> tuple[date, ...]:
        """Months paid already under this approval, newest first."""
        count = min(self.plan.since, _PAID_MONTHS)
        return tuple(add_months(self.month, -back) for back in range(1, count + 1))

    @property
    def approved_on(self) -> date:
        return working_day_until(self.start - timedelta(24))

    def ages(self, month: date) -> tuple[int, ...]:
        return tuple(age_on(member.birth, month) for member in self.members)

    def before(self, days: int) -> date:
        """A working day that many days ago, or the one before it."""
        return working_day_until(self.today - timedelta(days))

    def ahead(self, days: int) -> date:
        return working_day_from(self.today + timedelta(days))


def settle(plan: Plan, *, today: date, rng: Random) -> Household:
    """The household on that day. The rent differs with the seed, so that every sum does."""
    members = tuple(
        Member(ref=f"p{index}", who=who, birth=_birth(who.birth, today=today))
        for index, who in enumerate(plan.persons, start=1)
    )
    home = replace(plan.home, rent=plan.home.rent + rng.randrange(_MOST_EXTRA_RENT))
    return Household(
        plan=plan, today=today, month=next_paid_month(today), home=home, members=members
    )


def _birth(birth: date | Age | NewYear, *, today: date) -> date:
    match birth:
        case Age(years, months, day):
            month = add_months(month_start(today), -(12 * years + months))
            return min(month.replace(day=min(day, 28)), today)
        case NewYear(years):
            return date(today.year - years, 1, 1)
        case date():
            return birth
