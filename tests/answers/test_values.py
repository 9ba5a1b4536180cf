from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.answers.values import Fact, Shape, Unreadable
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language

WHO = SubjectId(UUID(int=1))


def fact(value: object) -> Fact:
    return Fact(WHO, FieldName("benefit.payments"), value)


PAYMENTS = fact(
    [{"date": "2026-10-30", "amount": {"amount": "1563.10", "currency": "EUR"}, "month": "2026-11"}]
)


def test_a_leaf_is_cited_by_its_names_and_positions() -> None:
    leaf = PAYMENTS.items()[0].at("amount")

    assert leaf.cite == (WHO, "benefit.payments", "benefit.payments.0.amount")
    assert leaf.kind == "benefit.payments.amount"
    assert PAYMENTS.cite.locator == "benefit.payments"


@pytest.mark.parametrize(
    ("value", "shape", "german", "english"),
    [
        ({"amount": "1563.10", "currency": "EUR"}, Shape.MONEY, "1.563,10\xa0€", "€1,563.10"),
        ({"amount": "-200.00", "currency": "EUR"}, Shape.MONEY, "-200,00\xa0€", "-€200.00"),
        ({"amount": "-200.00", "currency": "EUR"}, Shape.POSITIVE, "200,00\xa0€", "€200.00"),
        ("2026-12-01", Shape.DATE, "1. Dezember 2026", "1 December 2026"),
        (
            *("2026-12-01T08:30:00Z", Shape.MOMENT),
            *("1. Dezember 2026, 09:30 Uhr", "1 December 2026, 09:30"),
        ),
        ("2026-03", Shape.MONTH, "März 2026", "March 2026"),
        (30, Shape.NUMBER, "30", "30"),
        (["G", "aG"], Shape.LIST, "G; aG", "G; aG"),
        ("Weg 1", Shape.TEXT, "Weg 1", "Weg 1"),
        ("Weg 1", Shape.WORD, "Weg 1", "Weg 1"),
        ("eine\r\n  Zeile ", Shape.TEXT, "eine Zeile", "eine Zeile"),
    ],
)
def test_a_value_is_spoken_as_the_language_writes_it(
    value: object, shape: Shape, german: str, english: str
) -> None:
    assert fact(value).spoken(shape, Language.DE) == german
    assert fact(value).spoken(shape, Language.EN) == english


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("563.00", Shape.MONEY),
        ({"amount": "563.00", "currency": "USD"}, Shape.MONEY),
        ({"amount": "much", "currency": "EUR"}, Shape.POSITIVE),
        ("2026-02-30", Shape.DATE),
        (20261201, Shape.DATE),
        ("2026-12-01T08:30:00", Shape.MOMENT),
        ("tomorrow", Shape.MOMENT),
        ("2026-13", Shape.MONTH),
        (True, Shape.NUMBER),
        ("30", Shape.NUMBER),
        ("G", Shape.LIST),
        ([1], Shape.LIST),
        (7, Shape.TEXT),
    ],
)
def test_a_value_of_another_shape_is_unreadable_and_not_repeated(
    value: object, shape: Shape
) -> None:
    with pytest.raises(Unreadable) as refusal:
        fact(value).spoken(shape, Language.DE)

    assert str(refusal.value) == "a value is not of its field's shape"


def test_readers_give_the_value_itself() -> None:
    assert fact("2026-12-01").day() == date(2026, 12, 1)
    assert fact("2026-12-01T08:30:00+00:00").moment() == datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    assert fact(False).flag() is False
    with pytest.raises(Unreadable):
        fact("false").flag()


def test_what_is_absent_is_found_to_be_none_and_refused_when_needed() -> None:
    record = fact({"given": "Erika", "birth_name": None})

    assert record.find("birth_name") is None
    assert record.find("family") is None
    assert record.find("family.first") is None
    assert record.find(".") is record
    with pytest.raises(Unreadable):
        record.at("family")
    with pytest.raises(Unreadable):
        record.find("given.first")
