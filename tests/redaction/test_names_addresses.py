"""Street, number, postcode and town become one span, however they were found."""

import pytest

from app.redaction.kinds import Kind
from app.redaction.names.addresses import assembled
from app.redaction.text import Span


def pieces(text: str, *parts: str) -> list[Span]:
    return [
        Span(start=text.index(part), end=text.index(part) + len(part), kind=Kind.ADDRESS)
        for part in parts
    ]


def written(text: str, *parts: str) -> list[str]:
    return [text[span.start : span.end] for span in assembled(pieces(text, *parts), text)]


@pytest.mark.parametrize(
    "text",
    [
        "Lindenstr. 12, 64625 Bensheim",
        "Lindenstr. 12\n64625 Bensheim",
        "Lindenstr. 12 in 64625 Bensheim",
        "lindenstr. 12 64625 bensheim",
    ],
)
def test_two_pieces_of_one_address_are_one(text: str) -> None:
    street, town = text[:13], text[text.index("64625") :]

    assert written(text, street, town) == [text]


def test_what_was_left_behind_is_taken_along() -> None:
    text = "Ich wohne in der Lindenstraße 12a, 64625 Bensheim und zahle 400 Euro."

    assert written(text, "Lindenstraße") == ["Lindenstraße 12a, 64625 Bensheim"]


def test_an_amount_or_a_word_after_an_address_is_left() -> None:
    text = "Lindenstraße 12, 400 Euro Miete"

    assert written(text, "Lindenstraße 12") == ["Lindenstraße 12"]


def test_the_code_of_a_telephone_number_is_no_postcode() -> None:
    town = "Lindenstr. 12 Bensheim"

    assert written(f"{town}, 64625 / 12", town) == [town]
    assert written(f"{town}, 06251/123456", town) == [town]
    assert written(f"{town}, 64625", town) == [f"{town}, 64625"]


def test_two_addresses_stay_two() -> None:
    text = "64625 Bensheim, 64646 Heppenheim"

    assert written(text, "64625 Bensheim", "64646 Heppenheim") == [
        "64625 Bensheim",
        "64646 Heppenheim",
    ]


def test_a_person_between_two_pieces_stays_a_person() -> None:
    text = "Lindenstr. 12 Alma 64625 Bensheim"
    alma = Span(start=14, end=18, kind=Kind.PERSON)
    found = assembled([*pieces(text, "Lindenstr. 12", "64625 Bensheim"), alma], text)

    assert {(span.kind, text[span.start : span.end]) for span in found} == {
        (Kind.ADDRESS, "Lindenstr. 12"),
        (Kind.PERSON, "Alma"),
        (Kind.ADDRESS, "64625 Bensheim"),
    }
