"""A name found once is masked everywhere after: bare, inflected, in lower case, half of it."""

import pytest

from app.redaction.finder import Finder, PresidioDetector
from app.redaction.kinds import Kind
from app.redaction.layers import Layer
from app.redaction.memory import Memory
from app.redaction.names.modes import Mode
from app.redaction.text import Span
from app.vocabulary.levels import Language

FIRST = "Frau Dr. Wiebke Tönnies-Okafor hat angerufen."


@pytest.mark.parametrize(
    "later",
    [
        "Wiebke Tönnies-Okafor",
        "Tönnies-Okafor",
        "tönnies-okafor",
        "TÖNNIES-OKAFOR",
        "Toennies-Okafor",
        "Okafor",
        "Wiebke",
        "wiebke",
        "Wiebkes",
        "Tönnies-Okafors",
        "Okafor, Wiebke",
    ],
)
@pytest.mark.parametrize("apart", [False, True], ids=["one-text", "two-texts"])
def test_however_a_name_comes_back_it_is_masked(
    detector: PresidioDetector, later: str, *, apart: bool
) -> None:
    find = Finder(detector)
    rest = f"bitte {later} zurückrufen"
    text = rest if apart else f"{FIRST} {rest}"
    if apart:
        find(FIRST)
    start = text.index(later, 0 if apart else len(FIRST))
    covered = {at for span in find(text) for at in range(span.start, span.end)}

    letters = {at for at in range(start, start + len(later)) if text[at].isalpha()}
    assert letters <= covered


def test_what_follows_a_name_is_not_remembered_as_one(detector: PresidioDetector) -> None:
    find = Finder(detector)
    find("Frau Okafor wohnt in der Lindenstraße 12.")

    assert [span for span in find("die wohnung ist zu teuer") if span.layer == "memory"] == []


def recalled(text: str, name: str) -> list[int]:
    """Where the name is masked, when a detector found it where it stands first."""
    at = text.index(name)
    found = Span(start=at, end=at + len(name), kind=Kind.PERSON)
    return sorted({span.start for span in Memory().recall(text, [found])})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Frau Sommer kommt im Sommer.", "Sommer"),
        ("Frau Sommer kommt diesen Sommer.", "Sommer"),
        ("Frau Sommer kommt.\nIm Sommer nicht.", "Sommer"),
        ("Herr Streit will keinen Streit.", "Streit"),
        ("Herr Schön findet alles sehr schön.", "Schön"),
        ("Mrs Summer comes this summer.", "Summer"),
    ],
)
def test_a_names_word_that_stands_there_as_a_word_stays(text: str, name: str) -> None:
    assert recalled(text, name) == [text.index(name)]


@pytest.mark.parametrize(
    ("text", "name", "again"),
    [
        ("Frau Sommer kommt, sagt Sommer.", "Sommer", "Sommer."),
        ("frau sommer kommt, sagt sommer.", "sommer", "sommer."),
        ("Frau Okafor, das sagt die Okafor.", "Okafor", "Okafor."),
        ("Frau Okafor, das sagt die okafor.", "Okafor", "okafor."),
        ("Frau Sommer kommt, im\nSommer.", "Sommer", "Sommer."),
    ],
)
def test_a_name_that_may_be_one_again_is_masked_again(text: str, name: str, again: str) -> None:
    assert recalled(text, name) == [text.index(name), text.index(again)]


def test_what_a_detector_finds_is_masked_whatever_stands_before_it() -> None:
    text = "Der Sommer und die Rose"
    found = [Span(start=4, end=10, kind=Kind.PERSON), Span(start=19, end=23, kind=Kind.PERSON)]

    assert {span.start for span in Memory().recall(text, found)} == {4, 19}


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Frau Schimmel meldet Schimmel.", [5]),
        ("Frau Schimmel meldet Schimmels Miete.", [5, 21]),
        ("Frau Schimmels Miete, kein Schimmel.", [5]),
        ("Frau Okafor meldet Okafor.", [5, 19]),
        (f"Frau Schimmel {'kam ' * 60} Schimmel.", [5]),
        (f"Frau Schimmel {'kam ' * 90} Schimmel.", [5, 375]),
    ],
)
def test_where_who_read_a_name_left_its_word_it_is_one(text: str, masked: list[int]) -> None:
    """Only a word of the dictionary, as it stands there, and so close that both were read."""
    name = text.split()[1]
    found = Span(start=5, end=5 + len(name), kind=Kind.PERSON, layer=Layer.NAMES)
    memory = Memory({"schimmel"}.__contains__)

    assert sorted(span.start for span in memory.recall(text, [found])) == masked


def test_who_found_a_name_by_its_salutation_read_nothing_else() -> None:
    found = Span(start=5, end=13, kind=Kind.PERSON, layer=Layer.ANNOUNCED)
    memory = Memory({"schimmel"}.__contains__)

    recalled = memory.recall("Frau Schimmel meldet Schimmel.", [found])

    assert sorted(span.start for span in recalled) == [5, 21]


def test_a_name_of_another_text_is_one_though_it_is_a_word() -> None:
    memory = Memory({"schimmel"}.__contains__)
    list(memory.recall("Frau Schimmel", [Span(start=5, end=13, kind=Kind.PERSON)]))

    assert [span.start for span in memory.recall("weder Schimmel noch Vermieter", [])] == [6]


def test_a_noun_that_the_careful_mode_left_beside_a_name_stays(detector: PresidioDetector) -> None:
    text = "Tim Wecker hat keinen Wecker."
    found = {
        mode: [text[span.start : span.end] for span in Finder(detector.in_mode(mode))(text)]
        for mode in Mode
    }

    assert found == {Mode.RECALL: ["Tim Wecker"], Mode.FAST: ["Tim Wecker", "Wecker"]}


def test_only_the_careful_mode_is_believed_where_it_leaves_a_word(
    detector: PresidioDetector,
) -> None:
    for language in (Language.DE, Language.EN):
        assert detector.in_mode(Mode.RECALL).passes_over("schimmel", language)
        assert not detector.in_mode(Mode.RECALL).passes_over("nwankwo", language)
        assert not detector.in_mode(Mode.RECALL).passes_over("maria", language)
        assert not detector.in_mode(Mode.FAST).passes_over("schimmel", language)


@pytest.mark.parametrize(
    "text",
    [
        "Tim Wecker, siehe www.wecker.example",
        "Tim Wecker, siehe https://wecker.example/",
        "Tim Wecker, post@wecker.example",
        "Tim Wecker. Arbeitgeber: Wecker GmbH",
        "Tim Wecker. Arbeitgeber: Wecker Logistik GmbH",
    ],
)
def test_an_address_or_a_firm_called_like_somebody_was_not_left_as_a_word(
    detector: PresidioDetector, text: str
) -> None:
    found = Finder(detector)(text)
    masked = {at for span in found for at in range(span.start, span.end)}

    assert "ecker" not in "".join("." if at in masked else char for at, char in enumerate(text))


def test_who_was_read_near_is_found_in_whatever_order_a_detector_tells() -> None:
    text = f"Tim Wecker kam.{' ' * 400}Kein Wecker.{' ' * 400}Ida Wecker kam."
    places = [text.rindex("Ida"), text.index("Tim")]
    told = [Span(start=at, end=at + 10, kind=Kind.PERSON, layer=Layer.NAMES) for at in places]
    spans = Memory(lambda _: True).recall(text, told)

    assert text.index("Kein") + 5 in {span.start for span in spans}
