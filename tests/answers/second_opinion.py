"""The period to object once more, by walking the calendar day by day, on a table of holidays.

Written from the law and the printed calendar, and sharing no line with app/answers/deadlines.py.
"""

from datetime import date, timedelta

ONE = timedelta(days=1)

# Good Friday, Easter Monday, Ascension, Whit Monday, Corpus Christi, as printed.
MOVABLE = {
    2024: ("2024-03-29", "2024-04-01", "2024-05-09", "2024-05-20", "2024-05-30"),
    2025: ("2025-04-18", "2025-04-21", "2025-05-29", "2025-06-09", "2025-06-19"),
    2026: ("2026-04-03", "2026-04-06", "2026-05-14", "2026-05-25", "2026-06-04"),
    2027: ("2027-03-26", "2027-03-29", "2027-05-06", "2027-05-17", "2027-05-27"),
    2028: ("2028-04-14", "2028-04-17", "2028-05-25", "2028-06-05", "2028-06-15"),
    2029: ("2029-03-30", "2029-04-02", "2029-05-10", "2029-05-21", "2029-05-31"),
}
FIXED = ("01-01", "05-01", "10-03", "12-25", "12-26")


def rests(day: date) -> bool:
    return (
        day.strftime("%a") in {"Sat", "Sun"}
        or day.isoformat()[5:] in FIXED
        or day.isoformat() in MOVABLE[day.year]
    )


def same_number(start: date, months: int) -> date:
    """Walks until `months` firsts of a month have passed, then to the number or the month's end."""
    day = start
    while months:
        day += ONE
        months -= day.day == 1
    while day.day < start.day and (day + ONE).day != 1:
        day += ONE
    return day


def notified(value: dict[str, object]) -> date | None:
    days = {
        name: date.fromisoformat(str(value[name])) if value.get(name) else None
        for name in ("sent_on", "notified_on", "retrieved_on")
    }
    sent, known, fetched = days["sent_on"], days["notified_on"], days["retrieved_on"]
    fourth = sent + ONE + ONE + ONE + ONE if sent else None
    return {
        "post": fourth or known,
        "electronic": fourth or known,
        "portal": min(fourth, fetched or fourth) if fourth else None,
        "formal": known,
        "abroad": known,
        "unknown": None,
    }[str(value["delivery"])]


def last_day(value: dict[str, object]) -> tuple[date, date, date] | None:
    """The day of notification, the end by number, and the last day; None where there is no date."""
    start = notified(value)
    if start is None:
        return None
    months = 3 if value["delivery"] == "abroad" else 1
    end = same_number(start, months if value["remedy_instruction"] else 12)
    last = end
    while rests(last):
        last += ONE
    return start, end, last
