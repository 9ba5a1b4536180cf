import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.cleaning import LONGEST, clean
from app.vocabulary.errors import InvalidBody


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Wann\tkommt\r\nmein Geld? ", "Wann kommt mein Geld?"),
        ("Wann\u202e kommt\u2066 Geld\u200b?", "Wann kommt Geld?"),
        ("Geld\U000e0041\U000e0042", "Geld"),
        ("Gru\u0308\u00dfe", "Grüße"),
        ("a\u0000b\u001bc", "abc"),
        ("Wann \u27e6PERSON-1\u27e7 kommt", "Wann PERSON-1 kommt"),
    ],
)
def test_what_cannot_be_seen_does_not_get_in(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b\u202e", "?!…", "\u27e6\u27e7"])
def test_a_question_without_a_word_is_refused(nothing: str) -> None:
    with pytest.raises(InvalidBody):
        clean(nothing)


def test_the_length_counts_after_cleaning() -> None:
    assert len(clean("a" * LONGEST + "\u200b" * 50)) == LONGEST
    with pytest.raises(InvalidBody):
        clean("a" * (LONGEST + 1))


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_and_leaves_no_control_character(typed: str) -> None:
    try:
        once = clean(typed)
    except InvalidBody:
        return
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(c).startswith("C") for c in once)
