"""Overlapping findings: one wins, and nothing of the loser comes to light."""

from hypothesis import given
from hypothesis import strategies as st

from app.redaction.kinds import Kind
from app.redaction.overlaps import resolved
from app.redaction.text import Span

TEXT = "Herr Muster Mann, 12345 Ort"


def span(start: int, end: int, kind: Kind = Kind.PERSON, *, layer: str = "presidio") -> Span:
    return Span(start=start, end=end, kind=kind, layer=layer, identity="whole")


def test_the_longest_counts_across_kinds() -> None:
    known, email = span(0, 5, layer="known"), span(0, 9, Kind.EMAIL)

    assert resolved([known], [email], TEXT) == [email]


def test_a_known_person_counts_before_a_longer_guess_and_the_rest_stays_masked() -> None:
    known = span(5, 11, layer="known")

    first, rest = resolved([known], [span(5, 16)], TEXT)

    assert first == known
    assert (rest.start, rest.end, rest.identity) == (12, 16, None)


def test_a_known_number_counts_before_a_longer_guess_at_an_address() -> None:
    known = span(18, 23, Kind.CUSTOMER_NUMBER, layer="known")

    assert resolved([known], [span(12, 27, Kind.ADDRESS)], TEXT) == [
        Span(start=12, end=16, kind=Kind.ADDRESS, layer="presidio"),
        known,
        Span(start=24, end=27, kind=Kind.ADDRESS, layer="presidio"),
    ]


def test_the_more_certain_counts_among_equals() -> None:
    sure = Span(start=0, end=4, kind=Kind.PHONE, certainty=1.0)
    unsure = Span(start=0, end=4, kind=Kind.IBAN, certainty=0.5)

    assert resolved([], [unsure, sure], TEXT) == [sure]


def test_a_rest_of_mere_punctuation_is_none() -> None:
    assert resolved([span(0, 16, layer="known")], [span(0, 17)], TEXT) == [
        span(0, 16, layer="known")
    ]


spans = st.lists(
    st.builds(
        lambda start, length, kind, layer: span(start, min(start + length, 40), kind, layer=layer),
        st.integers(0, 39),
        st.integers(1, 15),
        st.sampled_from([Kind.PERSON, Kind.EMAIL, Kind.IBAN]),
        st.sampled_from(["memory", "presidio", "other"]),
    ),
    max_size=8,
)


@given(spans, spans)
def test_every_character_found_stays_found_and_none_twice(
    known: list[Span], found: list[Span]
) -> None:
    text = "x" * 40
    result = resolved(known, found, text)
    covered = [at for one in result for at in range(one.start, one.end)]

    assert len(covered) == len(set(covered))
    assert set(covered) == {at for one in (*known, *found) for at in range(one.start, one.end)}


@given(spans, spans)
def test_the_order_of_findings_does_not_matter(known: list[Span], found: list[Span]) -> None:
    text = "x" * 40

    assert resolved(known, found, text) == resolved(known[::-1], found[::-1], text)
