import pytest

from app.intake.language import foreign, recognise
from app.vocabulary.levels import Language
from tests.evaluation import intake as evaluation


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


@pytest.mark.parametrize(
    "text",
    [
        "Коли прийдуть мої гроші?",
        "Когда придут мои деньги?",
        "Стан моєї заявки?",
        "Param ne zaman gelecek?",
        "متى سيصل المال؟",
        "Kiedy dostanę pieniądze?",
        "Când primesc banii?",
        "Jobcenter'den param ne zaman gelecek?",
    ],
)
def test_a_sentence_in_a_language_that_is_not_offered_is_told(text: str) -> None:
    assert foreign(text)


@pytest.mark.parametrize(
    "text",
    [
        "Merhaba",
        "Дякую",
        "Fatma Yılmaz",
        "Олена Іванівна Шевченко",
        "Kiedy pieniądze",
        "Wann kommt mein Geld?",
        "When is my money coming?",
        "Heißt mein Sachbearbeiter Yılmaz Özdemir?",
        "12345",
        "\ud800 \ud800 \ud800",
    ],
)
def test_names_and_single_words_are_in_no_language(text: str) -> None:
    assert not foreign(text)


@pytest.mark.parametrize("language", Language)
def test_no_question_of_the_corpus_is_answered_as_foreign(language: Language) -> None:
    wrong = [
        q.text
        for name in ("test", "blind")
        for q in evaluation.load(name)
        if q.language is language and foreign(q.text)
    ]
    assert not wrong
