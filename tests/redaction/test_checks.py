"""Check digits, by numbers that their standards or issuers print as examples."""

from collections.abc import Callable

import pytest

from app.redaction import checks
from app.redaction import checks_abroad as abroad

Holds = Callable[[str], bool]

PUBLISHED: list[tuple[Holds, str]] = [
    (checks.iban_holds, "DE89 3704 0044 0532 0130 00"),
    (checks.iban_holds, "AT61 1904 3002 3457 3201"),
    (checks.creditor_id_holds, "DE98ZZZ09999999999"),
    (checks.creditor_reference_holds, "RF18 5390 0754 7034"),
    (checks.payment_card_holds, "4111 1111 1111 1111"),
    (checks.payment_card_holds, "5500 0000 0000 0004"),
    (checks.luhn_holds, "49-015420-323751-8"),
    (checks.pension_number_holds, "15 070649 C 103"),
    (checks.health_number_holds, "A000500015"),
    (checks.doctor_number_holds, "123456601"),
    (checks.tax_number_holds, "86 095 742 719"),
    (checks.vat_number_holds, "DE136695976"),
    (checks.vat_number_holds, "DE136695976-00001"),
    (checks.vat_number_holds, "ATU13585627"),
    (checks.employer_number_holds, "09912342"),
    (checks.employer_number_holds, "09912347"),
    (checks.travel_document_holds, "L01X00T471"),
    (checks.travel_document_holds, "T220001293"),
    (checks.driving_licence_holds, "B072RRE2I55"),
    (checks.vehicle_id_holds, "1M8GDM9AXKP042788"),
    (checks.market_location_holds, "41373559241"),
    (checks.parcel_number_holds, "RA 473 124 829 GB"),
    (checks.parcel_number_holds, "00340434161094015902"),
    (abroad.austrian_insurance_holds, "1237 010180"),
    (abroad.swiss_insurance_holds, "756.9217.0769.85"),
    (abroad.pesel_holds, "44051401359"),
    (abroad.kimlik_holds, "10000000146"),
    (abroad.rnokpp_holds, "1759013776"),
    (abroad.russian_number_holds, "112-233-445 95"),
    (abroad.russian_number_holds, "500100732259"),
    (abroad.cnp_holds, "1800101221144"),
    (abroad.egn_holds, "7523169263"),
    (abroad.egn_holds, "7111042925"),
    (abroad.iranian_code_holds, "0499370899"),
]


@pytest.mark.parametrize(("holds", "number"), PUBLISHED)
def test_a_published_example_holds(holds: Holds, number: str) -> None:
    assert holds(number)
    assert holds(number.lower())


@pytest.mark.parametrize(("holds", "number"), PUBLISHED)
def test_with_another_digit_it_does_not(holds: Holds, number: str) -> None:
    """Each digit in turn one higher. A few stand where nothing is checked."""
    at = [n for n, char in enumerate(number) if char.isdigit()]
    changed = [f"{number[:n]}{(int(number[n]) + 1) % 10}{number[n + 1 :]}" for n in at]

    assert sum(map(holds, changed)) <= len(changed) / 2


@pytest.mark.parametrize(
    ("holds", "number"),
    [
        (checks.tax_number_holds, "8609574271g"),
        (checks.iban_holds, "DE8937O4OO44O532OI3OOO".replace("I", "1")),
        (checks.pension_number_holds, "15O70649C1O3"),
        (checks.payment_card_holds, "4l11 1111 1111 11|1"),
    ],
)
def test_a_letter_that_looks_like_a_digit_is_read_as_one(holds: Holds, number: str) -> None:
    assert holds(number) is not number.endswith("g")


@pytest.mark.parametrize("holds", dict.fromkeys(holds for holds, _ in PUBLISHED))
@pytest.mark.parametrize("text", ["", "ABC", "Ä23456789Ä", "0" * 10, "O" * 11, "9" * 40, "-"])
def test_what_is_no_number_holds_nowhere(holds: Holds, text: str) -> None:
    assert not holds(text)
