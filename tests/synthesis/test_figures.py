"""A figure that was shown may come back in German or English, and as nothing else."""

import pytest

from app.synthesis.figures import Figure
from app.vocabulary.ids import FieldName

FIELD = FieldName("benefit.total_monthly")


@pytest.mark.parametrize(
    "written",
    ["1.563,50 Euro", "1563,50 €", "€1,563.50", "EUR 1563.50", "1563.50 EUR", "1.563,50 €"],
)
def test_an_amount_may_be_written_in_either_language(written: str) -> None:
    assert Figure(FIELD, "1563.50 EUR").pattern.search(f"Es sind {written} im Monat")


@pytest.mark.parametrize(
    "written",
    ["1563 Euro", "11.563,50 Euro", "1563,50", "1563,50 Tage", "-1563,50 Euro", "1563,50 Euros0"],
)
def test_any_other_amount_is_not_it(written: str) -> None:
    assert not Figure(FIELD, "1563.50 EUR").pattern.search(f"Es sind {written} im Monat")


def test_a_round_amount_needs_no_cents() -> None:
    assert Figure(FIELD, "1563.00 EUR").pattern.search("1.563 Euro")


@pytest.mark.parametrize(
    "written", ["1. Dezember 2026", "1 December 2026", "01.12.2026", "1.12.2026", "2026-12-01"]
)
def test_a_day_may_be_written_in_either_language(written: str) -> None:
    assert Figure(FIELD, "2026-12-01").pattern.fullmatch(written)


@pytest.mark.parametrize("written", ["21.12.2026", "01.12.20261", "11. Dezember 2026"])
def test_any_other_day_is_not_it(written: str) -> None:
    assert not Figure(FIELD, "2026-12-01").pattern.search(written)


def test_anything_else_comes_back_letter_by_letter() -> None:
    shown = Figure(FIELD, "between 300 and 600 EUR")

    assert shown.pattern.fullmatch("between 300 and 600 EUR")
    assert not shown.pattern.search("between 300 and 6000 EUR")
    assert not shown.pattern.search("300 EUR")
