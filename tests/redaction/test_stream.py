"""Names put back in a stream, whatever the cuts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction.kinds import Kind
from app.redaction.stream import RevealingStream
from app.redaction.text import Pseudonymiser, Pseudonyms, Span, reveal
from app.vocabulary.errors import NotRedacted

VALUES = ("Alma Berg", "Hans", "Straße 1")


def names() -> Pseudonyms:
    table = Pseudonymiser(lambda text: [Span(start=0, end=len(text), kind=Kind.PERSON)])
    for value in VALUES:
        table.redact(value)
    return table.names


NAMES = names()


def streamed(chunks: list[str]) -> str:
    stream = RevealingStream(NAMES)
    return "".join([*map(stream.feed, chunks), stream.finish()])


TEXTS = [
    "Für ⟦PERSON-1⟧ und ⟦PERSON-2⟧s Kind ⟦person-3⟧.",
    "a[PERSON-1]b [[PERSON-2]]'s PERSON-3, PERSON-33",
    "⟦benefit.payments.0.amount⟧ ⟦PERSON-9⟧ ⟦ ⟧ ⟧⟦",
    "Ende ⟦PERS",
    "PERSON-1",
    r"x \[PERSON-1\] [Link](https://a.example) {{PERSON-2}}s",
]


@pytest.mark.parametrize("text", TEXTS)
def test_every_cut_in_two_gives_what_the_whole_gives(text: str) -> None:
    whole = reveal(text, NAMES)

    assert {streamed([text[:at], text[at:]]) for at in range(len(text) + 1)} == {whole}


@pytest.mark.parametrize("text", TEXTS)
def test_one_character_at_a_time_gives_what_the_whole_gives(text: str) -> None:
    assert streamed(list(text)) == reveal(text, NAMES)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["⟦", "⟧", "PERSON", "-", "1", "2", "s", "'", " ", "[", "]", "\\", "{", "}"]
            ),
            st.sampled_from(TEXTS),
            st.text(alphabet="⟦⟧[]{}PERSONperson-_*12 s.'\\", max_size=8),
        ),
        max_size=12,
    )
)
def test_any_chunks_give_what_the_whole_gives(chunks: list[str]) -> None:
    assert streamed(chunks) == reveal("".join(chunks), NAMES)


def test_a_token_cut_inside_a_character_is_put_back() -> None:
    raw = "Grüße, ⟦PERSON-1⟧!".encode()
    for at in range(len(raw) + 1):
        stream = RevealingStream(NAMES)
        assert (
            stream.feed(raw[:at]) + stream.feed(raw[at:]) + stream.finish() == "Grüße, Alma Berg!"
        )


@pytest.mark.parametrize("raw", [b"\xff", b"\xe2\x9f"])
def test_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    stream = RevealingStream(NAMES)

    with pytest.raises(NotRedacted):
        _ = stream.feed(raw) + stream.finish()


def test_text_without_a_beginning_of_a_token_is_not_held_back() -> None:
    stream = RevealingStream(NAMES)

    assert stream.feed("Ihr Geld kommt bald, [siehe hier") == "Ihr Geld kommt bald, [siehe hier"


def test_only_the_beginning_of_a_token_is_held_back() -> None:
    stream = RevealingStream(NAMES)

    assert stream.feed("Das gilt für ⟦PER") == "Das gilt für "
    assert stream.feed("SON-1⟧ und") == "Alma Berg und"


def test_an_unfinished_token_at_the_end_is_dropped() -> None:
    assert streamed(["Für ⟦PERSON-1"]) == "Für "


def test_what_was_put_back_is_not_looked_at_again() -> None:
    stream = RevealingStream(NAMES)

    assert stream.feed("⟦PERSON-3⟧ ") + stream.feed("⟦PERSON-3⟧.") == "Straße 1 Straße 1."
