"""Names that something announces: a pattern is looked for where one of its words stands."""

import json
from pathlib import Path

import pytest

from app.redaction import people
from app.redaction.engine import Glance
from app.redaction.finder import Finder, PresidioDetector
from app.redaction.identifiers.shapes import folded
from app.redaction.kinds import Kind
from app.redaction.names.modes import Mode
from app.redaction.normaliser import normalise
from app.redaction.people import PeopleRecogniser

CORPUS = Path(__file__).parents[1] / "corpus" / "redaction"
SAID = {
    "salutation": (
        "Herr Okafor | herrn okafor | FRAU OKAFOR | Hr. Okafor | Fr. Okafor | Familie "
        "Okafor | Fam. Okafor | Eheleute Okafor | Mr. Okafor | Mrs Okafor | Ms Okafor | "
        "Miss Okafor | Mister Okafor"
    ),
    "address": (
        "Sayın Yılmaz | SAYIN Yılmaz | Bay Yılmaz | Bayan Yılmaz | domnul Popescu | "
        "Stimate domnule Popescu | stimată doamnă Popescu | doamna Popescu | Szanowny "
        "Panie Nowak | Szanowna Pani Nowak | Pan Nowak | пан Мельник | пані Мельник | "
        "пане Мельник | шановний Іване | шановна Оксано | господин Иванов | госпожа "
        "Иванова | уважаемый Иван | уважаемая Анна | السيد حداد | السيدة حداد | آقای "
        "کریمی | خانم کریمی"
    ),
    "title": "Dr. Okafor | Prof. Dr. Okafor | dr. med. Okafor",
    "introduction": (
        "Ich heiße Sabine | ich heisse Sabine | mein Name ist Sabine | Mein Name lautet "
        "Sabine | Name: Sabine | Vorname: Sabine | Nachname: Okafor | namens Sabine | "
        "mein Kind heißt Sabine | sie heisst Sabine | my name is Sabine | my name's "
        "Sabine | I am called Sabine | is called Sabine | named Sabine | benim adım Ayşe "
        "| adim Ayşe | ismim Ayşe | İSMİM Ayşe | soyadım Demir | мене звати Оксана | мене "
        "звуть Оксана | моє ім'я Оксана | моє прізвище Мельник | меня зовут Ирина | моё "
        "имя Ирина | моя фамилия Соколова | nazywam się Anna | mam na imię Anna | moje "
        "imię to Anna | moje nazwisko to Nowak | mă numesc Ioana | numele meu este Ioana "
        "| mă cheamă Ioana | казвам се Ана | името ми е Ана | фамилията ми е Петрова | "
        "اسمي ليلى | انا اسمي ليلى | نام من رضا | نامم رضا"
    ),
    "relation": "mein Sohn Bodo | ihre Tochter Alma | der Vermieter Okafor | my husband Bodo",
    "signature": (
        "Mit freundlichen Grüßen, Alma | freundliche Grüße, Alma | GRUSS Alma | Gruß, "
        "Alma | mfg Alma | LG Alma | vg Alma | Kind regards, Alma | Yours sincerely, Alma "
        "| faithfully, Alma | Thanks, Alma"
    ),
    "self": (
        "ich bin Alma | hier ist Alma | hier spricht Alma | I am Alma | I'm Alma | this is Alma"
    ),
}
CUES = {name: (telling, pattern) for name, telling, pattern, _ in people.CUE_PATTERNS}


@pytest.mark.parametrize("cue", list(CUES))
def test_a_pattern_is_looked_for_wherever_one_of_its_ways_is_said(cue: str) -> None:
    telling, pattern = CUES[cue]
    ways = [way.strip() for way in SAID[cue].split("|")]

    for way in (*ways, *map(str.upper, ways)):
        text = normalise(way).text
        found = pattern.search(text) is not None
        assert found <= (not telling.isdisjoint(people.said(text))), way
    assert sum(pattern.search(normalise(way).text) is not None for way in ways) > len(ways) / 2


def test_nothing_is_overlooked_in_any_text_of_the_corpus() -> None:
    looked = passed = 0
    for path in sorted(CORPUS.glob("*.ndjson")):
        for line in path.read_text("utf-8").splitlines()[::4]:
            text = normalise(json.loads(line)["text"]).text
            words = people.said(text)
            for telling, pattern in CUES.values():
                if telling.isdisjoint(words):
                    passed += 1
                    assert pattern.search(text) is None
                else:
                    looked += 1

    assert passed > looked > 0


def test_words_are_folded_as_the_patterns_fold_them() -> None:
    assert people.said("SAYIN İsmim") == {"sayin", "ismim"} == people.said(folded("sayın ismim"))


@pytest.mark.parametrize(
    "text",
    [
        "Mit besten Grüßen, der Seniorenbeirat",
        "Grüße vom Bildungsträger",
        "Sehr geehrte Frau Abteilungsleiterin,",
        "Sehr geehrter Herr Landrat,",
    ],
)
def test_an_office_is_nobodys_name(text: str) -> None:
    assert list(people.announced(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Name:\nVorname:\nGeburtsort:",
        "jetzt im Martin-Luther-Haus",
        "Buchstabieren Sie: E wie Emil, m wie Martha.",
    ],
)
def test_what_is_called_after_somebody_is_nobody(text: str) -> None:
    found = PeopleRecogniser("de").analyze(text, [], Glance(text, None, "de"))

    assert found == []


def found_fast(text: str, detector: PresidioDetector) -> list[str]:
    """Names of the mode that asks one reader less."""
    spans = Finder(detector.in_mode(Mode.FAST))(text)
    return [text[one.start : one.end] for one in spans if one.kind is Kind.PERSON]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Gestern kam Jan den Ouden vorbei.", ["Jan den Ouden"]),
        ("Frau Alma der Lieth kam.", ["Alma der Lieth"]),
        ("Ich habe Alma den Brief gegeben.", ["Alma"]),
        ("Ich habe Alma den Leistungsbescheid gegeben.", ["Alma"]),
        ("Herr Berg der Vermieter war da.", ["Berg"]),
        ("Ich heiße Ofen: O wie Otto", ["Ofen", "Otto"]),
        ("mein name ist koch: k wie konrad", ["koch", "konrad"]),
        ("Er hat Stufe 2 wie Max.", ["Max"]),
        ("Gestern war Anna-Okafor da.", ["Anna-Okafor"]),
        ("Sie wohnt jetzt im Martin-Luther-Haus.", []),
    ],
)
def test_after_an_article_a_colon_a_digit_or_a_hyphen_a_name_goes_on_or_not(
    text: str, names: list[str], detector: PresidioDetector
) -> None:
    assert found_fast(text, detector) == names


def test_a_given_name_made_of_two_is_one_and_so_is_what_follows() -> None:
    text = "Gestern kam Anna-Lena Okafor, und Sabine den Brief."
    found = PeopleRecogniser("de").analyze(text, [], Glance(text, None, "de"))

    assert [text[one.start : one.end] for one in found] == ["Anna-Lena Okafor", "Sabine"]


def test_a_name_ends_where_its_firm_begins() -> None:
    text = "Herr Nwankwo vom Sicherheitsdienst"
    (found,) = people.announced(text)

    assert text[found.start : found.end] == "Nwankwo"
    noble = "Herr Ignaz von der Lieth"
    (found,) = people.announced(noble)
    assert noble[found.start : found.end] == "Ignaz von der Lieth"
