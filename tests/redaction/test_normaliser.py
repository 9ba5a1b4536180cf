"""One way of writing, and the way back to the original."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction.normaliser import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Müller", "Müller"),
        ("Mu\u0308ller", "Müller"),
        ("DE89\u00a03704", "DE89 3704"),
        ("DE89\u200b3704", "DE893704"),
        ("Mül\u00adler", "Müller"),
        ("ＤＥ８９", "DE89"),
        ("DЕ89", "DE89"),
        ("B0 98 07 48 Х, so", "B0 98 07 48 X, so"),
        ("ул. Мира 5 А. Петров", "ул. Мира 5 А. Петров"),
        ("٠١٢", "012"),
        ("𝟏𝟐𝟑", "123"),
        ("12‑34–56—78", "12-34-56-78"),
        ("Erika’s", "Erika's"),
        ("12⁄26", "12/26"),
        ("1O5 und 2l4", "105 und 214"),
        ("Oma und Iltis", "Oma und Iltis"),
        ("Оксана", "Оксана"),
        ("ﬁnden", "finden"),
        ("E\U000e0065rika", "Erika"),
        ("a\u2028b", "a b"),
        ("a\x00b", "ab"),
        ("", ""),
    ],
)
def test_what_can_be_written_in_many_ways_is_read_in_one(written: str, read: str) -> None:
    assert normalise(written).text == read


def test_a_range_leads_back_to_all_that_was_written() -> None:
    written = "IBAN D\u200bE89\u00a037"
    normalised = normalise(written)
    start = normalised.text.index("DE89")

    begin, end = normalised.original(start, start + 4)

    assert written[begin:end] == "D\u200bE89"


def test_a_ligature_leads_back_to_itself() -> None:
    assert normalise("aﬁb").original(2, 3) == (1, 2)


strange = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"]), st.sampled_from("Oo1l2ßﬁ\u0308\u200b\u00a0Е9")
    ),
    max_size=40,
)


@given(strange)
def test_every_range_lies_in_the_original_and_in_order(written: str) -> None:
    normalised = normalise(written)
    at = 0
    for index in range(len(normalised.text)):
        start, end = normalised.original(index, index + 1)
        assert at <= start < end <= len(written)
        at = start


@given(strange)
def test_normalising_twice_changes_nothing_more(written: str) -> None:
    once = normalise(written).text

    assert normalise(once).text == once


@given(st.text(alphabet="abcäöüß 0123.,-'Ol", max_size=60))
def test_the_short_way_for_plain_text_says_the_same(written: str) -> None:
    long_way = normalise(written + "\u200b")

    assert normalise(written).text == long_way.text
    assert all(long_way.original(i, i + 1) == (i, i + 1) for i in range(len(written)))
