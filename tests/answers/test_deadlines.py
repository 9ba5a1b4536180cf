from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answers.deadlines import (
    Delivery,
    LastDay,
    Notice,
    Undated,
    last_day_to_object,
    months_after,
)
from app.answers.holidays import easter, hesse, is_working_day, next_working_day
from tests.answers import second_opinion


def day(text: str) -> date:
    return date.fromisoformat(text)


def dated(notice: Notice) -> LastDay:
    found = last_day_to_object(notice)
    assert isinstance(found, LastDay)
    return found


# Worked out by hand with a calendar: sent on, counts as notified on, last day, and why.
BY_POST = [
    ("2026-11-02", "2026-11-06", "2026-12-07", "6 December is a Sunday"),
    ("2026-11-03", "2026-11-07", "2026-12-07", "the fourth day is a Saturday and stays one"),
    ("2026-01-27", "2026-01-31", "2026-03-02", "28 February is a Saturday"),
    ("2027-01-27", "2027-01-31", "2027-03-01", "28 February is a Sunday"),
    ("2028-01-27", "2028-01-31", "2028-02-29", "a leap year has a 29th"),
    ("2026-02-24", "2026-02-28", "2026-03-30", "28 March is a Saturday"),
    ("2025-11-21", "2025-11-25", "2025-12-29", "Christmas on Thursday and Friday, then a weekend"),
    ("2026-11-20", "2026-11-24", "2026-12-24", "Christmas Eve is a working day"),
    ("2025-11-27", "2025-12-01", "2026-01-02", "New Year's Day"),
    ("2026-02-27", "2026-03-03", "2026-04-07", "Good Friday to Easter Monday"),
    ("2026-03-27", "2026-03-31", "2026-04-30", "April has no 31st"),
    ("2026-03-28", "2026-04-01", "2026-05-04", "1 May is a Friday"),
    ("2026-04-10", "2026-04-14", "2026-05-15", "Ascension Day"),
    ("2026-04-20", "2026-04-24", "2026-05-26", "a Sunday, then Whit Monday"),
    ("2026-04-30", "2026-05-04", "2026-06-05", "Corpus Christi is a holiday in Hesse"),
    ("2026-08-30", "2026-09-03", "2026-10-05", "3 October is a Saturday"),
    ("2026-09-27", "2026-10-01", "2026-11-02", "1 November is a Sunday"),
    ("2027-09-28", "2027-10-02", "2027-11-02", "All Saints' Day is none in Hesse"),
    ("2028-09-26", "2028-09-30", "2028-10-30", "the same number, though October has a 31st"),
    ("2028-09-27", "2028-10-01", "2028-11-01", "All Saints' Day again, a Wednesday"),
]


@pytest.mark.parametrize(("sent", "notified", "last", "why"), BY_POST)
def test_a_letter_can_be_objected_to_for_a_month_from_the_fourth_day(
    sent: str, notified: str, last: str, why: str
) -> None:
    found = dated(Notice(delivery=Delivery.POST, instructed=True, sent_on=day(sent)))

    assert (found.notified, found.day) == (day(notified), day(last)), why


# Way, instruction given, sent, notified, fetched | counts from, last day, start, period, disputed.
EVERY_WAY = """
electronic yes 2026-11-04 -          -          2026-11-08 2026-12-08 fourth_day month        yes
electronic no  2026-11-04 -          -          2026-11-08 2027-11-08 fourth_day year         yes
post       no  2024-02-25 -          -          2024-02-29 2025-02-28 fourth_day year         no
post       yes 2026-11-09 2026-11-20 -          2026-11-13 2026-12-14 fourth_day month        no
post       yes 2026-11-09 2026-11-10 -          2026-11-13 2026-12-14 fourth_day month        no
post       yes -          2026-11-10 -          2026-11-10 2026-12-10 on_record  month        no
portal     yes 2026-11-09 -          -          2026-11-13 2026-12-14 fourth_day month        no
portal     yes 2026-11-09 -          2026-11-25 2026-11-13 2026-12-14 fourth_day month        no
portal     yes 2026-11-09 -          2026-11-10 2026-11-10 2026-12-10 retrieved  month        yes
portal     no  2026-11-09 -          2026-11-10 2026-11-10 2027-11-10 retrieved  year         yes
formal     yes 2026-11-01 2026-11-14 -          2026-11-14 2026-12-14 on_record  month        no
formal     no  -          2026-11-14 -          2026-11-14 2027-11-15 on_record  year         no
abroad     yes 2026-11-01 2026-11-14 -          2026-11-14 2027-02-15 on_record  three_months no
abroad     yes -          2026-11-30 -          2026-11-30 2027-03-01 on_record  three_months no
abroad     no  -          2026-11-30 -          2026-11-30 2027-11-30 on_record  year         no
"""


@pytest.mark.parametrize("line", EVERY_WAY.strip().splitlines())
def test_every_way_of_delivery_has_its_own_start_and_period(line: str) -> None:
    way, instructed, sent, notified_on, fetched, *expected = line.split()

    found = dated(
        Notice(
            delivery=Delivery(way),
            instructed=instructed == "yes",
            sent_on=None if sent == "-" else day(sent),
            notified_on=None if notified_on == "-" else day(notified_on),
            retrieved_on=None if fetched == "-" else day(fetched),
        )
    )

    counted = [found.notified.isoformat(), found.day.isoformat()]
    assert [*counted, found.start, found.period, "yes" if found.disputed else "no"] == expected


NO_DATE = [
    ("unknown", {"sent_on", "notified_on", "retrieved_on"}, Undated.DELIVERY_UNKNOWN),
    ("post", {"retrieved_on"}, Undated.SENT_ON_MISSING),
    ("electronic", set(), Undated.SENT_ON_MISSING),
    ("portal", {"retrieved_on", "notified_on"}, Undated.SENT_ON_MISSING),
    ("formal", {"sent_on", "retrieved_on"}, Undated.NOTIFIED_ON_MISSING),
    ("abroad", {"sent_on", "retrieved_on"}, Undated.NOTIFIED_ON_MISSING),
]


@pytest.mark.parametrize(("delivery", "known", "why"), NO_DATE)
@pytest.mark.parametrize("instructed", [True, False])
def test_where_the_start_is_not_on_record_no_date_is_given(
    delivery: str, known: set[str], why: Undated, instructed: bool
) -> None:
    found = last_day_to_object(
        Notice(
            delivery=Delivery(delivery),
            instructed=instructed,
            sent_on=day("2026-11-09") if "sent_on" in known else None,
            notified_on=day("2026-11-09") if "notified_on" in known else None,
            retrieved_on=day("2026-11-09") if "retrieved_on" in known else None,
        )
    )

    assert found is why


@st.composite
def notices(draw: st.DrawFn) -> dict[str, object]:
    days = st.none() | st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(date.isoformat)
    return {
        "delivery": draw(st.sampled_from(sorted(Delivery))),
        "remedy_instruction": draw(st.booleans()),
        "sent_on": draw(days),
        "notified_on": draw(days),
        "retrieved_on": draw(days),
    }


@given(notices())
def test_a_second_reckoning_day_by_day_comes_to_the_same_result(value: dict[str, object]) -> None:
    def known(name: str) -> date | None:
        return None if value[name] is None else day(str(value[name]))

    found = last_day_to_object(
        Notice(
            delivery=Delivery(str(value["delivery"])),
            instructed=bool(value["remedy_instruction"]),
            sent_on=known("sent_on"),
            notified_on=known("notified_on"),
            retrieved_on=known("retrieved_on"),
        )
    )
    expected = second_opinion.last_day(value)

    if expected is None:
        assert isinstance(found, Undated)
        return
    assert isinstance(found, LastDay)
    assert (found.notified, found.moved_from or found.day, found.day) == expected


def test_every_sending_day_of_four_years_agrees_with_the_second_reckoning() -> None:
    sent = date(2024, 1, 1)
    while sent < date(2028, 1, 1):
        value: dict[str, object] = {
            "delivery": "post",
            "remedy_instruction": True,
            "sent_on": sent.isoformat(),
        }
        found = dated(Notice(delivery=Delivery.POST, instructed=True, sent_on=sent))
        assert (found.notified, found.moved_from or found.day, found.day) == (
            second_opinion.last_day(value)
        )
        sent += timedelta(days=1)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2026-08-31", 1, "2026-09-30"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-12-15", 12, "2027-12-15"),
    ],
)
def test_a_month_without_the_number_ends_on_its_last_day(start: str, months: int, end: str) -> None:
    assert months_after(day(start), months) == day(end)


# From the almanac, the earliest and the latest possible among them.
EASTERS = [
    *("1818-03-22", "1943-04-25", "1954-04-18", "1981-04-19", "2000-04-23", "2008-03-23"),
    *("2011-04-24", "2019-04-21", "2023-04-09", "2024-03-31", "2025-04-20", "2026-04-05"),
    *("2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2035-03-25", "2038-04-25"),
]


@pytest.mark.parametrize("sunday", EASTERS)
def test_easter_falls_where_the_almanac_has_it(sunday: str) -> None:
    assert easter(day(sunday).year) == day(sunday)


@pytest.mark.parametrize("year", sorted(second_opinion.MOVABLE))
def test_hesse_rests_on_ten_days(year: int) -> None:
    fixed = {day(f"{year}-{part}") for part in second_opinion.FIXED}

    assert hesse(year) == fixed | {day(text) for text in second_opinion.MOVABLE[year]}
    assert len(hesse(year)) == len(second_opinion.FIXED) + len(second_opinion.MOVABLE[year])


def test_a_working_day_is_its_own_next_working_day() -> None:
    assert next_working_day(day("2026-11-23")) == day("2026-11-23")
    assert next_working_day(day("2026-12-25")) == day("2026-12-28")
    assert not is_working_day(day("2026-11-22"))
