import pytest

from app.intake.language import recognise
from app.vocabulary.levels import Language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wann kommt mein Geld?", Language.DE),
        ("When is my money coming?", Language.EN),
        ("nächster zahltag??", Language.DE),
        ("Grundsicherungsgeld Überweisungstermin Bundesagentur", Language.DE),
        ("entitlement expiry information regarding household circumstances", Language.EN),
    ],
)
def test_a_question_is_read_in_its_own_language(text: str, language: Language) -> None:
    other = next(each for each in Language if each is not language)
    assert recognise(text, preferred=other) is language


@pytest.mark.parametrize("text", ["12345", "Hmpf", "Quand arrive l'argent, s'il vous plaît ?"])
@pytest.mark.parametrize("preferred", Language)
def test_what_is_in_no_offered_language_is_read_in_the_preferred_one(
    text: str, preferred: Language
) -> None:
    assert recognise(text, preferred=preferred) is preferred


def test_text_the_detector_chokes_on_is_read_in_the_preferred_language() -> None:
    assert recognise("\ud800", preferred=Language.EN) is Language.EN
