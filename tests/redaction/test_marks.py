"""What is read as a token, what is not, and what is left of one that came from outside."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.redaction.kinds import WORDS, Kind
from app.redaction.marks import MARKS, written
from app.redaction.stream import RevealingStream
from app.redaction.text import Pseudonymiser, Pseudonyms, Span, neutralise, reveal
from app.vocabulary.errors import NotRedacted

# Everything a token may be bent with, and what is close to it and is none.
SHARDS = st.sampled_from(
    [
        *("⟦", "⟧", "⟦⟦", "[", "]", "[[", "\\[", "\\]", "{{", "}}", "【", "】", "〚", "〛"),
        *("［", "］"),
        *("PERSON", "person", "Ｐerson", "PER", "SON", "IBAN", "kişi", "KİŞİ", "Особа", "Person"),
        *("-", "‑", "－", "_", " ", "\u00a0", "\u200b", "\u00ad", "\n", "...", "…", ":", "#", "*"),
        *("1", "01", "2", "9", "１", "١", "①", "1O1", "s", "'s", "’", ".", ",", "a.b", "x"),
        *("PERSON-1", "⟦PERSON-1⟧", "⟦a.b⟧", "[PERSON[PERSON-1]1]", "ß", "e\u0301", "İ", "ﬁ"),
    ]
)  # fmt: skip
TEXTS = st.lists(SHARDS | st.text(max_size=3), max_size=14).map("".join)


def names_of(*values: str) -> Pseudonyms:
    table = Pseudonymiser(lambda text: [Span(start=0, end=len(text), kind=Kind.PERSON)])
    for value in values:
        table.redact(value)
    return table.names


NAMES = names_of("Alma Berg", "Hans")


@given(TEXTS)
@example("①PERSON-1‑")
@example("①PERSON-1sPERSON-1")
def test_nothing_from_outside_is_a_token_however_it_is_tidied_after(text: str) -> None:
    """As it stands, in compatibility form, and without what cannot be seen."""
    left = neutralise(text)
    plain = unicodedata.normalize("NFKC", left)
    unseen = "".join(char for char in plain if unicodedata.category(char) != "Cf")

    for form in (left, plain, unseen):
        assert MARKS.search(form) is None, form
    assert neutralise(left) == left


def test_a_text_of_tokens_that_make_one_another_is_refused() -> None:
    """Each is one once the one before it is gone: a page of them takes as many looks."""
    assert neutralise("PERSON-1s" * 12) == "⋯" * 12
    with pytest.raises(NotRedacted):
        neutralise("PERSON-1s" * 1_000)


@given(TEXTS, st.lists(st.integers(0, 60), max_size=6))
def test_any_text_is_read_alike_whole_and_in_any_parts(text: str, cuts: list[int]) -> None:
    ends = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    stream = RevealingStream(NAMES)
    parts = [stream.feed(text[a:b]) for a, b in pairwise(ends)]

    assert "".join([*parts, stream.finish()]) == reveal(text, NAMES)


@given(TEXTS)
def test_no_bracket_of_ours_is_left_but_a_slots(text: str) -> None:
    left = reveal(text, NAMES).replace("⟦a.b⟧", "")

    assert "⟦" not in left
    assert "⟧" not in left


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_word_for_a_kind_is_that_kind_in_capitals_as_well(word: str) -> None:
    for form in (word, word.upper(), word.capitalize()):
        for token in (f"⟦{form}-1⟧", f"[{form} 1]"):
            mark = MARKS.fullmatch(token)

            assert mark is not None, token
            assert written(mark) == (f"⟦{WORDS[word]}-1⟧", ""), token


def test_a_word_whose_accents_stand_apart_is_the_same_word() -> None:
    assert reveal(unicodedata.normalize("NFD", "⟦Kişi-1⟧ ⟦Adresă-1⟧"), NAMES) == "Alma Berg "


@pytest.mark.parametrize(
    "text",
    [
        "Person 1",
        "im 1-Person-Haushalt",
        "Einpersonen-1",
        "Ein-Person-1",
        "PERSON-1-Zimmer",
        "PERSON-1a",
        "XPERSON-1",
        "[1]",
        "[Person]",
        "{a: 1}",
        "IBAN",
    ],
)
def test_what_is_no_token_stays_as_it_is(text: str) -> None:
    """Beside PERSON-1, which is one without any bracket."""
    assert reveal(text, NAMES) == text
    assert neutralise(text) == text
    assert reveal("PERSON-1", NAMES) == "Alma Berg"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("⟦PERSON-1 und ⟦PERSON-2⟧", "Alma Berg und Hans"),
        ("⟦PERSON-1⟦PERSON-2⟧", "Alma BergHans"),
        ("⟦PERSON-1, PERSON-2⟧", "Alma Berg, Hans"),
        ("PERSON-1PERSON-2", "Alma BergHans"),
        ("PERSON-1-PERSON-2.", "Alma Berg-Hans."),
        ("PERSON-1/PERSON-2s", "Alma Berg/Hans'"),
        ("[PERSON-1][PERSON-2]", "Alma BergHans"),
        ("⟦PERSON-1]", "Alma Berg"),
        ("⟦PERSON-12⟧⟦PERSON-1⟧", "Alma Berg"),
        ("⟦PERSON-1-2⟧", ""),
        ("⟦PERSON-1.5⟧", ""),
        ("⟦PERSON-1. Das", "Alma Berg. Das"),
        ("PERSON-12", ""),
    ],
)
def test_two_tokens_or_half_of_one_are_read_as_what_they_can_only_be(text: str, read: str) -> None:
    assert reveal(text, NAMES) == read
