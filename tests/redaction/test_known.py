"""What the file knows is found however it is written."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction.kinds import Kind
from app.redaction.known import KnownValue, KnownValues
from app.redaction.normaliser import normalise
from app.redaction.text import Span

HOUSEHOLD = (
    KnownValue(Kind.PERSON, "Mehmet Yılmaz", "p1"),
    KnownValue(Kind.PERSON, "Aylin Yılmaz-Großmann", "p2"),
    KnownValue(Kind.PERSON, "Jürgen von Hohenstein", "p3"),
    KnownValue(Kind.PERSON, "Can Mai", "p4"),
    KnownValue(Kind.ADDRESS, "Lindenstraße 12, 64625 Bensheim", "p1"),
    KnownValue(Kind.ADDRESS, "Am Alten Markt 5, 64646 Heppenheim (Bergstraße)", "p3"),
    KnownValue(Kind.IBAN, "DE89370400440532013000", "p1"),
    KnownValue(Kind.PHONE, "+49 6251 123456", "p1"),
    KnownValue(Kind.EMAIL, "mehmet.y@beispiel.de", "p1"),
    KnownValue(Kind.BG_NUMBER, "43102//0001234", "h"),
    KnownValue(Kind.CUSTOMER_NUMBER, "431A123456", "p1"),
    KnownValue(Kind.BIRTH_DATE, "1985-03-12", "p1"),
    KnownValue(Kind.ORGANISATION, "Wohnbau Falkenhorst GmbH", "h:landlord"),
    KnownValue(Kind.PHONE, "  ", "p9"),
)
KNOWN = KnownValues(HOUSEHOLD)


def found(text: str) -> list[tuple[Kind, str, str | None]]:
    normalised = normalise(text).text
    return [(s.kind, normalised[s.start : s.end], s.identity) for s in KNOWN.find(normalised)]


def longest(text: str) -> str:
    spans = list(KNOWN.find(normalise(text).text))
    assert spans, text
    best: Span = max(spans, key=lambda span: span.end - span.start)
    return normalise(text).text[best.start : best.end]


@pytest.mark.parametrize(
    "written",
    [
        "Mehmet Yılmaz",
        "mehmet yilmaz",
        "MEHMET YILMAZ",
        "Yılmaz, Mehmet",
        "Yilmaz Mehmet",
        "Mehmet",
        "Mehmets",
        "Mehmet's",
        "M. Mehmet",
        "Mehmet\nYılmaz",
        "M e h m e t Y i l m a z",
        "MehmetYilmaz",
        "Mehmet-Yılmaz",
    ],
)
def test_every_spelling_of_a_name_is_its_person(written: str) -> None:
    people = {identity for kind, _, identity in found(written) if kind is Kind.PERSON}

    assert "PERSON:p1" in people
    assert longest(written) == normalise(written).text


@pytest.mark.parametrize(
    "written",
    [
        "Jürgen von Hohenstein",
        "Juergen Hohenstein",
        "Jurgen",
        "JÜRGEN",
        "J. Hohenstein",
        "Hohensteins",
        "Hohensteinschen",
        "HOHENSTEIN",
    ],
)
def test_umlauts_particles_and_initials_do_not_hide_a_name(written: str) -> None:
    assert "PERSON:p3" in {identity for *_, identity in found(written)}, written
    assert longest(written) == written


@pytest.mark.parametrize("written", ["Großmann", "Grossmann", "GROSSMANN", "Großmanns"])
def test_sharp_s_is_double_s(written: str) -> None:
    assert longest(written) == written


def test_a_surname_that_two_share_is_neither_of_them() -> None:
    (mention,) = [one for one in found("Frau Yilmaz") if one[1] == "Yilmaz"]

    assert mention[2] == "PERSON:shared:yilmaz"


def test_adjacent_names_of_two_people_stay_two() -> None:
    assert [(text, identity) for _, text, identity in found("Mehmet Aylin")] == [
        ("Mehmet", "PERSON:p1"),
        ("Aylin", "PERSON:p2"),
    ]
    names = [(text, identity) for _, text, identity in found("Yılmaz Mehmet, Yılmaz Aylin")]
    assert names == [("Yılmaz Mehmet", "PERSON:p1"), ("Yılmaz Aylin", "PERSON:p2")]


@pytest.mark.parametrize(
    "written",
    [
        "Can you tell me?",
        "can I",
        "am Markt",
        "im alten Haus",
        "die GmbH",
        "Mehmetz",
        "Lindenholz",
        "Hohenstei",
    ],
)
def test_everyday_words_and_near_misses_are_left_alone(written: str) -> None:
    assert found(written) == []


@pytest.mark.parametrize("written", ["wohnt Can hier", "Can Mai"])
def test_an_everyday_word_that_stands_out_is_a_name(written: str) -> None:
    assert found(written)


@pytest.mark.parametrize(
    "written",
    [
        "Lindenstraße 12, 64625 Bensheim",
        "Lindenstr. 12",
        "lindenstrasse 12",
        "Lindenstraße",
        "64625 Bensheim",
        "Bensheim",
        "64625",
        "Alten Markt 5",
    ],
)
def test_an_address_is_found_whole_and_in_parts(written: str) -> None:
    assert longest(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "DE89 3704 0044 0532 0130 00",
        "de89370400440532013000",
        "DE89-3704-0044-0532-0130-00",
        "ＤＥ８９ 3704 0044 0532 0130 00",
        "DE89\u00a03704\u200b0044 0532 0130 00",
        "06251 123456",
        "06251/12 34 56",
        "0049 6251 123456",
        "+49 (0) 6251 123456",
        "6251123456",
        "mehmet.y@beispiel.de",
        "Mehmet.Y (at) beispiel (punkt) de",
        "43102//0001234",
        "43102BG0001234",
        "43102 // 0001234",
        "43102 0001234",
        "431 A 123 456",
        "431a123456",
        "12.03.1985",
        "12.3.85",
        "12. März 1985",
        "1985-03-12",
        "12031985",
        "March 12, 1985",
        "12th of March 1985",
    ],
)
def test_every_spelling_of_a_number_or_date_is_found_whole(written: str) -> None:
    text = normalise(f"Hier: {written}, danke").text
    best = max(KNOWN.find(text), key=lambda span: span.end - span.start)

    assert normalise(written).text.strip("+").endswith(text[best.start : best.end].lstrip("+"))
    assert len(text[best.start : best.end]) >= len(normalise(written).text) - 1


@pytest.mark.parametrize(
    "written",
    [
        "DE89370400440532013001",
        "9DE893704004405320130001",
        "43102//0001235",
        "13.03.1985",
        "32.13.1985",
        "431A1234567",
        "Das sind 43102 Leute und noch 0001234 mehr",
    ],
)
def test_numbers_that_are_others_are_left_alone(written: str) -> None:
    assert found(written) == []


def test_a_firm_is_found_by_its_own_word_but_not_by_what_firms_share() -> None:
    assert longest("Die Falkenhorst hat geschrieben") == "Falkenhorst"
    assert longest("Wohnbau Falkenhorst GmbH") == "Wohnbau Falkenhorst GmbH"
    assert found("eine GmbH für Wohnbau") == []


def test_a_name_spread_over_a_sentence_is_no_name() -> None:
    assert found("Meh und met, Yil oder maz") == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Mehmet Yılmaz", "Mehmet'in"),
        ("Mehmet Yılmaz", "Yılmaz'a"),
        ("Mehmet Yılmaz", "Мехмет Йылмаз"),
        ("Oksana Melnyk", "Оксана Мельник"),
        ("Oksana Melnyk", "Оксани Мельник"),
        ("Oksana Melnyk", "Мельника"),
        ("Oksana Melnyk", "Oxana Melnik"),
        ("Оксана Мельник", "Oksana Melnyk"),
        ("Оксана Мельник", "Оксаною"),
        ("Sergej Iwanow", "Сергею Иванову"),
        ("Sergej Iwanow", "Sergey Ivanov"),
        ("Georgi Dimitrow", "Георги Димитров"),
        ("Georgi Dimitrow", "Dimitroff"),
        ("Łukasz Nowak", "Nowakowi"),
        ("Ștefan Ionescu", "Stefan Ionescu"),
        ("Mohammad Rezai", "محمد رضایی"),
        ("Layla Haddad", "ليلى حداد"),
        ("محمد حداد", "Mohammed Haddad"),
    ],
)
def test_a_name_is_found_in_other_alphabets_and_inflected_there(name: str, written: str) -> None:
    text = normalise(f"Hier {written} dazu").text
    spans = list(KnownValues([KnownValue(Kind.PERSON, name, "p1")]).find(text))
    found = {at for span in spans for at in range(span.start, span.end)}

    assert all(at in found for at in range(5, len(text) - 5) if text[at].isalpha())
    assert {span.identity for span in spans} == {"PERSON:p1"}


@pytest.mark.parametrize(
    "text",
    [
        "der Bürger und die Gelder",
        "Wann kommt mein Geld",
        "Мое жилье и работа",
        "أين المال",
        "Melonen",
    ],
)
def test_what_merely_resembles_a_name_is_left_alone(text: str) -> None:
    names = ("Oksana Melnyk", "Anna Berger", "Mohammad Rezai", "Sergej Iwanow", "Jan Helder")
    known = KnownValues([KnownValue(Kind.PERSON, name, name) for name in names])

    assert list(known.find(normalise(text).text)) == []


@pytest.mark.parametrize(
    "written",
    ["12 mart 1985", "12 березня 1985", "12 марта 1985", "12 marca 1985", "12 martie 1985"],
)
def test_a_birth_date_is_found_in_other_languages(written: str) -> None:
    assert [text for _, text, _ in found(f"({written})")] == [written]


def test_a_letter_read_as_a_digit_does_not_hide_a_customer_number() -> None:
    known = KnownValues([KnownValue(Kind.CUSTOMER_NUMBER, "431O123456", "p1")])

    for written in ("431O123456", "4310123456", "431 O 123 456"):
        assert list(known.find(normalise(f"({written})").text)), written


WORDS = st.sampled_from(["Müller", "Okafor", "Melnyk", "Großmann", "Yılmaz", "Nowak", "Haddad"])


@given(
    WORDS,
    WORDS,
    st.sampled_from([str.upper, str.lower, str.title, str.casefold]),
    st.sampled_from([" ", ", ", "-", "\n", " von ", "  "]),
    st.sampled_from(["", "s", "'s", "'"]),
)
def test_however_a_name_is_written_none_of_its_letters_is_left(
    given_name: str, family: str, case: Callable[[str], str], between: str, ending: str
) -> None:
    known = KnownValues([KnownValue(Kind.PERSON, f"{given_name} {family}", "p1")])
    text = normalise(f"# {case(family)}{between}{case(given_name)}{ending} #").text
    hidden = {at for span in known.find(text) for at in range(span.start, span.end)}
    left = "".join(char for at, char in enumerate(text) if at not in hidden and char.isalpha())

    assert left in {"", "s", "von"} if between == " von " else left in {"", "s"}
