"""The last day on which to object to a decision notice.

1. The day of notification. Letters posted in Germany and electronic notices count as notified
   on the fourth day after they were sent (§ 37(2) SGB X), notices to be fetched from a portal on
   the fourth day after the message about them (§ 37(2a) SGB X). Formal service and service abroad
   count from the day that is on record; without one there is no date.
2. The period: one month, three when notified abroad (§ 84(1) SGG), one year where the instruction
   on remedies is missing (§ 66(2) SGG).
3. Its end: the day of the same number (§ 64(2) SGG, as § 188(2) and (3) BGB), moved to the next
   working day (§ 64(3) SGG).

Where opinions differ, the earlier day is given: it is safe whoever is right. So the fourth day
never moves with a weekend (as BSG, B 14 AS 12/09 R), and fetching a notice early counts early.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from app.answers.holidays import is_working_day, next_working_day

_FICTION: Final = timedelta(days=4)


class Delivery(StrEnum):
    POST = "post"
    ELECTRONIC = "electronic"
    PORTAL = "portal"
    FORMAL = "formal"
    ABROAD = "abroad"
    UNKNOWN = "unknown"


class Undated(StrEnum):
    """Why no last day can be given."""

    DELIVERY_UNKNOWN = "delivery_unknown"
    SENT_ON_MISSING = "sent_on_missing"
    NOTIFIED_ON_MISSING = "notified_on_missing"


class Start(StrEnum):
    """What the day of notification rests on."""

    FOURTH_DAY = "fourth_day"
    RETRIEVED = "retrieved"
    ON_RECORD = "on_record"


class Period(StrEnum):
    MONTH = "month"
    THREE_MONTHS = "three_months"
    YEAR = "year"

    @property
    def months(self) -> int:
        return {Period.MONTH: 1, Period.THREE_MONTHS: 3, Period.YEAR: 12}[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A decision notice, as far as the period depends on it."""

    delivery: Delivery
    instructed: bool
    sent_on: date | None = None
    notified_on: date | None = None
    retrieved_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDay:
    """`day` is the last day. `disputed`: some would let the period begin, and so end, later."""

    day: date
    notified: date
    start: Start
    period: Period
    moved_from: date | None
    disputed: bool


def last_day_to_object(notice: Notice) -> LastDay | Undated:
    notified = _notified(notice)
    if isinstance(notified, Undated):
        return notified
    day, start = notified
    period = _period(notice)
    end = months_after(day, period.months)
    last = next_working_day(end)
    return LastDay(
        day=last,
        notified=day,
        start=start,
        period=period,
        moved_from=end if last != end else None,
        disputed=start is Start.RETRIEVED
        or (start is Start.FOURTH_DAY and not is_working_day(day)),
    )


def months_after(day: date, months: int) -> date:
    """The day of the same number, or the month's last where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _period(notice: Notice) -> Period:
    if not notice.instructed:
        return Period.YEAR
    return Period.THREE_MONTHS if notice.delivery is Delivery.ABROAD else Period.MONTH


def _notified(notice: Notice) -> tuple[date, Start] | Undated:
    match notice.delivery:
        case Delivery.POST | Delivery.ELECTRONIC:
            if notice.sent_on is not None:
                return notice.sent_on + _FICTION, Start.FOURTH_DAY
            return _on_record(notice, otherwise=Undated.SENT_ON_MISSING)
        case Delivery.PORTAL:
            return _portal(notice)
        case Delivery.FORMAL | Delivery.ABROAD:
            return _on_record(notice, otherwise=Undated.NOTIFIED_ON_MISSING)
        case Delivery.UNKNOWN:
            return Undated.DELIVERY_UNKNOWN


def _portal(notice: Notice) -> tuple[date, Start] | Undated:
    """Retrieval alone gives no date: the fourth day may have come and gone before it."""
    if notice.sent_on is None:
        return Undated.SENT_ON_MISSING
    fourth = notice.sent_on + _FICTION
    if notice.retrieved_on is not None and notice.retrieved_on < fourth:
        return notice.retrieved_on, Start.RETRIEVED
    return fourth, Start.FOURTH_DAY


def _on_record(notice: Notice, *, otherwise: Undated) -> tuple[date, Start] | Undated:
    return otherwise if notice.notified_on is None else (notice.notified_on, Start.ON_RECORD)
