"""Time. Every stage is handed a clock; none reads the wall by itself."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

BERLIN: Final = ZoneInfo("Europe/Berlin")

# Now, in UTC and aware.
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(UTC)


def today(clock: Clock) -> date:
    """The calendar day in Germany, which is what deadlines count by."""
    return clock().astimezone(BERLIN).date()


def spoken_date(day: date, language: str) -> str:
    """`1. Dezember 2026`, `1 December 2026`."""
    locale = {"en": "en_GB"}.get(language, language)
    return format_date(day, format="d. MMMM y" if language == "de" else "d MMMM y", locale=locale)


def spoken_moment(moment: datetime, language: str) -> str:
    """`1. Dezember 2026, 09:30 Uhr` in German local time."""
    local = moment.astimezone(BERLIN)
    clock_time = format_datetime(local, format="HH:mm", locale=language, tzinfo=BERLIN)
    tail = f"{clock_time} Uhr" if language == "de" else clock_time
    return f"{spoken_date(local.date(), language)}, {tail}"
