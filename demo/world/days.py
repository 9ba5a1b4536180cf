"""Days that count in Hesse: months, holidays, working days, office hours."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_BERLIN: Final = ZoneInfo("Europe/Berlin")
_FRIDAY: Final = 4


def month_start(day: date) -> date:
    return day.replace(day=1)


def add_months(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def age_on(birth: date, day: date) -> int:
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian method."""
    century, rest = divmod(year, 100)
    golden = year % 19
    correction = (century - (century + 8) // 25 + 1) // 3
    moon = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def holidays(year: int) -> frozenset[date]:
    """The public holidays of Hesse (§ 1 HFeiertagsG)."""
    moving = {easter(year) + timedelta(days) for days in (-2, 1, 39, 50, 60)}
    fixed = {date(year, month, day) for month, day in ((1, 1), (5, 1), (10, 3), (12, 25), (12, 26))}
    return frozenset(moving | fixed)


def is_working_day(day: date) -> bool:
    return day.weekday() <= _FRIDAY and day not in holidays(day.year)


def working_day_from(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(1)
    return day


def working_day_until(day: date) -> date:
    while not is_working_day(day):
        day -= timedelta(1)
    return day


def paid_on(month: date) -> date:
    """Money for a month comes on the last working day of the month before (§ 42(1) SGB II)."""
    return working_day_until(month_start(month) - timedelta(1))


def next_paid_month(today: date) -> date:
    """The first month whose money is still to come, today counting as still to come."""
    month = month_start(today)
    while paid_on(month) < today:
        month = add_months(month, 1)
    return month


def moment(day: date, clock: time) -> str:
    """RFC 3339 with the offset Germany has on that day."""
    return datetime.combine(day, clock, _BERLIN).isoformat()
