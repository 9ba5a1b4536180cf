"""Days on which no period ends: weekends and the public holidays of Hesse.

Source: § 1 of the Hessian Holidays Act (HFeiertagsG). Easter and Whit Sunday are Sundays anyway.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final

_SATURDAY: Final = 5
_FIXED: Final = ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))
# Good Friday, Easter Monday, Ascension, Whit Monday, Corpus Christi, counted from Easter Sunday.
_MOVABLE: Final = (-2, 1, 39, 50, 60)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Butcher's rule)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leaps, leap_rest = divmod(century, 4)
    moon = (19 * golden + century - leaps - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * leap_rest + 2 * (rest // 4) - moon - rest % 4) % 7
    late = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=64)
def hesse(year: int) -> frozenset[date]:
    sunday = easter(year)
    fixed = {date(year, month, day) for month, day in _FIXED}
    return frozenset(fixed | {sunday + timedelta(days=offset) for offset in _MOVABLE})


def is_working_day(day: date) -> bool:
    """No Saturday, no Sunday, no holiday: what § 64(3) SGG calls a working day."""
    return day.weekday() < _SATURDAY and day not in hesse(day.year)


def next_working_day(day: date) -> date:
    """The day itself where it is a working day."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return day
