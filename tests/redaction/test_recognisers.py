"""Each kind: true forms, odd spellings, near misses. Looked for through Presidio, as in service."""

import pytest

from app.redaction import checks
from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.vocabulary.levels import Language


def masked(
    detector: PresidioDetector, text: str, language: Language = Language.DE
) -> dict[str, Kind]:
    return {text[s.start : s.end]: s.kind for s in Finder(detector, language=language)(text)}


TRUE = [
    (Kind.IBAN, "DE89370400440532013000"),
    (Kind.IBAN, "DE89 3704 0044 0532 0130 00"),
    (Kind.IBAN, "de89 3704 0044 0532 0130 00"),
    (Kind.IBAN, "DE89\u00a03704\u00a00044\u00a00532\u00a00130\u00a000"),
    (Kind.IBAN, "DE89\u200b370400440532013000"),
    (Kind.IBAN, "ＤＥ８９３７０４００４４０５３２０１３０００"),
    (Kind.IBAN, "DE89-3704-0044-0532-0130-00"),
    (Kind.IBAN, "AT611904300234573201"),
    (Kind.IBAN, "NL91 ABNA 0417 1643 00"),
    (Kind.IBAN, "TR33 0006 1005 1978 6457 8413 26"),
    (Kind.EMAIL, "erika.muster@beispiel.de"),
    (Kind.EMAIL, "max@localhost"),
    (Kind.EMAIL, "max (at) beispiel (punkt) de"),
    (Kind.EMAIL, "max [at] beispiel [dot] de"),
    (Kind.EMAIL, "max at beispiel punkt de"),
    (Kind.EMAIL, "max@bücher.example"),
    (Kind.PHONE, "06251 123456"),
    (Kind.PHONE, "(06251) 12 34 56"),
    (Kind.PHONE, "+49 151 23456789"),
    (Kind.PHONE, "0049-151-23456789"),
    (Kind.PHONE, "0151/2345 6789"),
    (Kind.PHONE, "+90 532 123 45 67"),
    (Kind.PHONE, "0151 2345 67 89"),
    (Kind.BG_NUMBER, "12345//0001234"),
    (Kind.BG_NUMBER, "12345BG0001234"),
    (Kind.BG_NUMBER, "12345 // 0001234"),
    (Kind.BG_NUMBER, "12345bg0001234"),
    (Kind.BG_NUMBER, "１２３４５//０００１２３４"),
    (Kind.BG_NUMBER, "12345⁄⁄0001234"),
    (Kind.CUSTOMER_NUMBER, "123A456789"),
    (Kind.CUSTOMER_NUMBER, "123a456789"),
    (Kind.CUSTOMER_NUMBER, "123 A 456 789"),
    (Kind.CUSTOMER_NUMBER, "123-A-456789"),
    (Kind.PENSION_NUMBER, "15070649C103"),
    (Kind.PENSION_NUMBER, "15 070649 C 103"),
    (Kind.PENSION_NUMBER, "15 07 06 49 c 10 3"),
    (Kind.HEALTH_NUMBER, "A000500015"),
    (Kind.HEALTH_NUMBER, "A 000 500 015"),
    (Kind.HEALTH_NUMBER, "a000500015"),
    (Kind.TAX_NUMBER, "86095742719"),
    (Kind.TAX_NUMBER, "86 095 742 719"),
    (Kind.TAX_NUMBER, "86\u00a0095\u00a0742\u00a0719"),
    (Kind.COURT_FILE, "S 12 AS 345/26"),
    (Kind.COURT_FILE, "S 12 AS 345/26 ER"),
    (Kind.COURT_FILE, "L 7 AS 1234/25 B ER"),
    (Kind.COURT_FILE, "s12as345/26"),
    (Kind.COURT_FILE, "12 C 345/25"),
    (Kind.ADDRESS, "Lindenstraße 12, 64625 Bensheim"),
    (Kind.ADDRESS, "Lindenstr. 12a"),
    (Kind.ADDRESS, "Konrad-Adenauer-Str. 5"),
    (Kind.ADDRESS, "Berliner Straße 12 - 14"),
    (Kind.ADDRESS, "lindenweg 7"),
    (Kind.ADDRESS, "64625 Bensheim"),
    (Kind.ADDRESS, "60311 Frankfurt am Main"),
    (Kind.ADDRESS, "Am Alten Markt 5, 64646 Heppenheim"),
]


@pytest.mark.parametrize(("kind", "written"), TRUE)
def test_it_is_found_whole(detector: PresidioDetector, kind: Kind, written: str) -> None:
    for text in (f"Es geht um {written}, bitte.", f"{written}", f"({written})"):
        assert masked(detector, text) == {written: kind}


@pytest.mark.parametrize(("kind", "written"), TRUE)
def test_it_is_found_in_an_english_text_too(
    detector: PresidioDetector, kind: Kind, written: str
) -> None:
    assert masked(detector, f"It is {written}, please.", Language.EN) == {written: kind}


@pytest.mark.parametrize(
    "written",
    [
        "DE8937040044053201300",
        "AT611904300234573202",
        "1234//0001234",
        "12345//000123",
        "12345BG00012345",
        "12A456789",
        "123AB56789",
        "123A45678",
        "15070649C104",
        "15990649C103",
        "A000500016",
        "86095742718",
        "11111111111",
        "S 12 AS 345/2026",
        "X 12 AS 345/26",
        "563,00 €",
        "1.234,56 EUR",
        "01.12.2026",
        "1.12.2026 bis 30.11.2027",
        "09:30 Uhr",
        "§ 22 Abs. 1 SGB II",
        "12 Monate",
        "03/2026",
        "20000 Euro",
        "Platz 2",
        "10 %",
        "2026",
    ],
)
def test_a_near_miss_is_left_alone(detector: PresidioDetector, written: str) -> None:
    assert masked(detector, f"Es geht um {written}, bitte.") == {}


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        (Kind.TAX_NUMBER, "Meine Steueridentifikationsnummer ist 86095742718.", "86095742718"),
        (Kind.HEALTH_NUMBER, "Versichertennummer A000500016", "A000500016"),
        (Kind.PENSION_NUMBER, "Sozialversicherungsnummer 15070649C104", "15070649C104"),
        (Kind.PENSION_NUMBER, "RV-Nr.: 15070649C104", "15070649C104"),
        (Kind.ACCOUNT_NUMBER, "Bitte auf Konto 532013000 überweisen", "532013000"),
        (Kind.ACCOUNT_NUMBER, "Ktonr 532013000", "532013000"),
        (Kind.BG_NUMBER, "Bedarfsgemeinschaft 12345/0001234", "12345/0001234"),
        (Kind.IDENTITY_CARD, "Mein Personalausweis L01X00T471 ist weg", "L01X00T471"),
        (Kind.NUMBER_PLATE, "Kennzeichen HP-AB 123", "HP-AB 123"),
        (Kind.PHONE, "Tel. 12345", "12345"),
        (Kind.PHONE, "Meine Handynummer ist 151 23456789", "151 23456789"),
        (Kind.ADDRESS, "Ich wohne Am Alten Markt 5 in der Stadt", "Am Alten Markt 5"),
        (Kind.BIRTH_DATE, "geboren am 12.03.1985", "12.03.1985"),
        (Kind.BIRTH_DATE, "geb. 12.3.85", "12.3.85"),
        (Kind.BIRTH_DATE, "Geburtsdatum: 1985-03-12", "1985-03-12"),
        (Kind.BIRTH_DATE, "* 12. März 1985", "12. März 1985"),
        (Kind.BIRTH_DATE, "am 12.03.1985 in Bensheim geboren", "12.03.1985"),
        (Kind.BIRTH_DATE, "Der Geburtstag meines Sohnes ist der 12.03.2015", "12.03.2015"),
        (Kind.BIRTH_DATE, "Tag der Geburt laut Urkunde 12.03.2015", "12.03.2015"),
        (Kind.BIRTH_DATE, "born on 4 May 1990", "4 May 1990"),
        (Kind.BIRTH_DATE, "DOB 04/05/1990", "04/05/1990"),
    ],
)
def test_words_around_it_decide(
    detector: PresidioDetector, kind: Kind, text: str, written: str
) -> None:
    """Presidio's context words count only because the blank pipeline has lemmas."""
    assert masked(detector, text).get(written) == kind


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Frau Krüger hat angerufen", "Krüger"),
        ("Sehr geehrter Herr Dr. Özdemir,", "Özdemir"),
        ("herr müller hat angerufen", "müller"),
        ("Frau von der Heide sagt", "von der Heide"),
        ("Herrn Prof. Dr. Anders-Schmidt", "Anders-Schmidt"),
        ("ich heiße max mustermann und wohne hier", "max mustermann"),
        ("Mein Name ist Wiebke Tönnies.", "Wiebke Tönnies"),
        ("Ich bin Oksana Melnyk aus Mannheim", "Oksana Melnyk"),
        ("Meine Tochter Amarachi ist 14", "Amarachi"),
        ("Mit freundlichen Grüßen\nWiebke Tönnies", "Wiebke Tönnies"),
        ("Kann Sabine mitkommen?", "Sabine"),
        ("Sabines Miete", "Sabines"),
        ("My name is John Smith", "John Smith"),
        ("Mrs O'Neill called", "O'Neill"),
        ("my landlord Tunde says", "Tunde"),
        ("Benim adım Ayşegül Demir", "Ayşegül Demir"),
        ("Мене звати Оксана Мельник", "Оксана Мельник"),
        ("Nazywam się Łukasz Nowak", "Łukasz Nowak"),
        ("اسمي ليلى حداد", "ليلى حداد"),
        ("Dr. Wagenknecht-Hauff schreibt", "Wagenknecht-Hauff"),
        ("Er heißt Baran.", "Baran"),
    ],
)
def test_an_announced_name_is_found(detector: PresidioDetector, text: str, name: str) -> None:
    assert masked(detector, text) == {name: Kind.PERSON}


def test_both_of_a_couple_are_found(detector: PresidioDetector) -> None:
    assert masked(detector, "Herr Abel und Frau Bebel") == {
        "Abel": Kind.PERSON,
        "Bebel": Kind.PERSON,
    }
    assert masked(detector, "Eheleute Abel und Bebel") == {
        "Abel": Kind.PERSON,
        "Bebel": Kind.PERSON,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Wann kommt mein Geld und wie viel ist es?",
        "Ich bin Rentner und bekomme Wohngeld.",
        "Ich bin krank.",
        "meine frau arbeitet bei der post",
        "Meine Frau und ich",
        "Mein Vermieter will mehr Miete.",
        "Mein Kind Kindergeld",
        "Sehr geehrte Damen und Herren",
        "Mit freundlichen Grüßen",
        "Welche Unterlagen fehlen im Jobcenter noch?",
        "Was bedeutet der Bescheid vom 3.11.2026 über 563,00 €?",
        "When is my next appointment?",
        "I am unemployed since May 2026.",
    ],
)
def test_a_question_that_names_nobody_is_left_alone(detector: PresidioDetector, text: str) -> None:
    assert masked(detector, text) == {}
    assert masked(detector, text, Language.EN) == {}


@pytest.mark.parametrize(
    "holds",
    [
        checks.pension_number_holds,
        checks.health_number_holds,
        checks.tax_number_holds,
        checks.iban_holds,
    ],
)
@pytest.mark.parametrize(
    "text", ["", "ABC", "١٢٣٤٥٦٧٨٩٠١", "Ä23456789Ä", "000000000000", "06095742719"]
)
def test_a_check_digit_of_something_else_does_not_hold(holds: object, text: str) -> None:
    assert callable(holds)
    assert not holds(text)
