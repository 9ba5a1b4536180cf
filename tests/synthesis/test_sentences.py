"""A sentence is let out once it is whole, and never in parts."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.synthesis.sentences import LONGEST, arriving, sentences


async def in_chunks(text: str, size: int) -> AsyncIterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


def test_a_citation_behind_the_full_stop_belongs_to_the_sentence() -> None:
    text = "Das Geld kommt. [benefit.next_payment] Mehr steht im Bescheid [decision.latest]."

    assert list(sentences(text)) == [
        "Das Geld kommt. [benefit.next_payment]",
        "Mehr steht im Bescheid [decision.latest].",
    ]


@pytest.mark.parametrize(
    "text",
    ["Nach § 21 Abs. 3 SGB II gilt das.", "Am 1. Dezember kommt es.", "Das gilt z. B. hier."],
)
def test_an_abbreviation_does_not_end_a_sentence(text: str) -> None:
    assert list(sentences(text)) == [text]


def test_a_line_is_a_sentence_of_its_own() -> None:
    assert list(sentences("Erstens dies\nund das!\n\nEnde")) == ["Erstens dies", "und das!", "Ende"]


texts = st.lists(
    st.sampled_from(["Geld", "kommt", ". ", "! ", "\n", " ", "[a.b]", "z. B. ", "1. ", "…", "»"]),
    max_size=30,
).map("".join)


@given(texts)
def test_nothing_is_lost_between_sentences(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@given(texts, st.integers(1, 7))
async def test_a_stream_gives_the_same_sentences_as_the_whole(text: str, size: int) -> None:
    assert [each async for each in arriving(in_chunks(text, size))] == list(sentences(text))


async def test_a_sentence_without_an_end_is_let_go_at_some_length() -> None:
    endless = "a" * (LONGEST * 2 + 10)

    found = [each async for each in arriving(in_chunks(endless, 100))]

    assert "".join(found) == endless
    assert max(map(len, found)) <= LONGEST + 100
