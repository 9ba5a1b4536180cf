"""Slots name values; only code fills them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.synthesis.slots import field_of, fill, slots
from app.vocabulary.errors import Ungrounded


def test_slots_are_filled_with_their_values() -> None:
    text = "Am ⟦benefit.next_payment.date⟧: ⟦benefit.payments.0.amount@2⟧ ⟦PERSON-1⟧"
    values = {"benefit.next_payment.date": "1. Dezember 2026", "benefit.payments.0.amount@2": "5 €"}

    assert fill(text, values) == "Am 1. Dezember 2026: 5 € ⟦PERSON-1⟧"


def test_a_slot_without_a_value_is_ungrounded() -> None:
    with pytest.raises(Ungrounded):
        fill("⟦benefit.next_payment.date⟧", {})


@given(st.text())
def test_a_value_is_never_read_for_slots(value: str) -> None:
    sly = f"⟦benefit.next_payment.date⟧{value}"

    assert fill("⟦a.b⟧", {"a.b": sly}) == sly


def test_a_slot_belongs_to_the_field_it_starts_with() -> None:
    assert field_of("benefit.payments.0.amount@2") == "benefit.payments"
    assert slots("⟦benefit.payments.0.amount⟧⟦PERSON-1⟧⟦a⟧") == ("benefit.payments.0.amount",)


@pytest.mark.parametrize("name", ["", "benefit", "benefit.Next", "a.b⟧⟦c.d", "a.b@x"])
def test_what_is_no_slot_belongs_to_no_field(name: str) -> None:
    with pytest.raises(Ungrounded):
        field_of(name)
