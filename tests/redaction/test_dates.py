"""Dates as people write them."""

import pytest

from app.redaction.dates import written_dates


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("am 12.03.1985 um", {"1985-03-12", "1985-12-03"}),
        ("1.2.85", {"1985-02-01", "1985-01-02", "2085-02-01", "2085-01-02"}),
        ("31.12.1999", {"1999-12-31"}),
        ("1999-12-31", {"1999-12-31"}),
        ("31121999", {"1999-12-31"}),
        ("3. Jänner 2001", {"2001-01-03"}),
        ("December 31st, 1999", {"1999-12-31"}),
        ("31st of December 1999", {"1999-12-31"}),
        ("5 KASIM 1990", {"1990-11-05"}),
        ("5 Ekim 1990, 6 EKİM 1990", {"1990-10-05", "1990-10-06"}),
        ("Vertrag vom 3.4.2001 bis zum 5. Mai 2002", {"2001-04-03", "2001-03-04", "2002-05-05"}),
        ("31.02.1999", set()),
        ("12.03.19851", set()),
        ("12 Monate", set()),
        ("Maier 3, 1999", set()),
    ],
)
def test_a_date_is_read_in_every_way_it_may_be_meant(text: str, days: set[str]) -> None:
    assert {day for day, *_ in written_dates(text)} == days
