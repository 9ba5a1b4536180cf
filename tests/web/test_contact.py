"""Whom to tell of a weakness (RFC 9116)."""

from datetime import datetime, timedelta

import pytest

from app.web.contact import page
from tests.service import Whole

WHERE = "/.well-known/security.txt"


async def test_whom_to_tell_is_said_where_people_look(whole: Whole) -> None:
    told = await whole.call("GET", WHERE)

    assert told.status_code == 200
    assert told.headers["content-type"] == "text/plain; charset=utf-8"
    assert "no-store" not in told.headers.get("cache-control", "")
    lines = [line.partition(": ") for line in told.text.splitlines()]
    assert [name for name, _, _ in lines] == [
        "Contact",
        "Expires",
        "Preferred-Languages",
        "Canonical",
    ]
    fields = {name: value for name, _, value in lines}
    assert fields["Contact"] == "mailto:security@klarfall.example"
    assert fields["Preferred-Languages"] == "de, en"
    assert fields["Canonical"] == f"https://fall.example{WHERE}"


@pytest.mark.parametrize(
    "now", ["2026-11-22T00:00:00+00:00", "2026-12-31T23:59:59+01:00", "2028-02-29T12:00:00+00:00"]
)
def test_it_holds_for_some_time_and_less_than_a_year_whenever_it_is_read(
    whole: Whole, now: str
) -> None:
    read_at = datetime.fromisoformat(now)
    told = page(whole.parts.settings, now=read_at)

    (expires,) = [line[9:] for line in told.splitlines() if line.startswith("Expires: ")]
    assert timedelta(days=30) < datetime.fromisoformat(expires) - read_at < timedelta(days=365)
