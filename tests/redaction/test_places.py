"""Addresses and dates of birth: where they end, and which dates are nobody's birthday."""

import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.names.modes import Mode


def found(detector: PresidioDetector, text: str, kind: Kind) -> list[str]:
    spans = Finder(detector.in_mode(Mode.FAST))(text)
    return [text[span.start : span.end] for span in spans if span.kind is kind]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ich wohne in der Lindenstraße 12 in Bensheim.", "Lindenstraße 12"),
        ("In der Lindenstraße 12, 64625 Bensheim", "Lindenstraße 12, 64625 Bensheim"),
        ("Ich wohne am Mühlweg 3.", "Mühlweg 3"),
        ("Ich wohne Am Mühlweg 3.", "Am Mühlweg 3"),
        ("Ich wohne Am Alten Markt 5 im Hof.", "Am Alten Markt 5"),
        ("Zur Alten Mühle 4, 64625 Bensheim", "Zur Alten Mühle 4, 64625 Bensheim"),
    ],
)
def test_what_leads_to_a_street_is_no_part_of_it(
    detector: PresidioDetector, text: str, address: str
) -> None:
    assert found(detector, text, Kind.ADDRESS) == [address]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Erika Muster\nBerliner Straße 12\n64625 Bensheim", "Berliner Straße 12\n64625 Bensheim"),
        ("Karl Otto Muster\nAlter Weg 5\n64625 Bensheim", "Alter Weg 5\n64625 Bensheim"),
        ("Muster\nAm Alten Markt 5\n64646 Heppenheim", "Am Alten Markt 5\n64646 Heppenheim"),
    ],
)
def test_the_name_on_the_line_above_is_no_part_of_an_address(
    detector: PresidioDetector, text: str, address: str
) -> None:
    assert found(detector, text, Kind.ADDRESS) == [address]


def test_five_digits_at_the_end_of_a_line_are_no_postcode_of_the_next(
    detector: PresidioDetector,
) -> None:
    assert found(detector, "HRB 23171\nFrau Berg", Kind.ADDRESS) == []
    assert found(detector, "Lindenweg 7\n64625\nBensheim", Kind.ADDRESS) == [
        "Lindenweg 7\n64625\nBensheim"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Ich bin in Syrien geboren und seit dem 01.03.2019 in Deutschland.",
        "Geburtsort Homs, seit dem 1. Mai 2016 hier",
        "Nach der Geburt bekam ich ab dem 01.03.2019 Elterngeld.",
        "Personen, die vor dem 1. Januar 1947 geboren sind, erreichen die Altersgrenze.",
        "Der Bischof von Paderborn kam am 7. August 1862 zu Besuch.",
        "* Erika Muster, Radio 13. November 2005: ein Beitrag",
        "Kreisblatt, Beilage Montag, 12. November 2007 ab 18:00 Uhr",
        "Neue Zeitung, 24. Januar 1978 und weiter im Text",
    ],
)
def test_a_date_beside_birth_that_is_another_one_stays(
    detector: PresidioDetector, text: str
) -> None:
    assert found(detector, text, Kind.BIRTH_DATE) == []


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("Ich bin am 01.03.2019 in Homs geboren.", "01.03.2019"),
        ("Geburtsort Homs, Geburtstag 1. Mai 1996", "1. Mai 1996"),
        ("Die Geburt war am 01.03.2019, seit dem 04.04.2019 Elterngeld.", "01.03.2019"),
        ("Erika Muster, geb. am 1. Januar 1947, lebt hier.", "1. Januar 1947"),
        ("Erika Muster (* 7. August 1962) aus Bensheim", "7. August 1962"),
        ("Ihre Kinder: Aylin Muster, 24. Januar 2008, und Ali", "24. Januar 2008"),
        ("Ein Kind, Ali Muster, 12.03.2015 in Homs", "12.03.2015"),
    ],
)
def test_a_birthday_is_found_also_in_a_list_and_beside_other_dates(
    detector: PresidioDetector, text: str, born: str
) -> None:
    assert found(detector, text, Kind.BIRTH_DATE) == [born]
