"""A general question gets the article that fits, or an honest nothing."""

import logging
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.knowledge.answer import Guide, Source, SourceKind
from app.knowledge.articles import read
from app.vocabulary.levels import Language
from tests.evaluation.knowledge import FLOORS, labelled, measure

GUIDE = Guide(read())


@pytest.mark.parametrize(
    ("question", "language", "article"),
    [
        ("Wie lege ich Widerspruch ein?", Language.DE, "objection"),
        ("Wer bezahlt die Klassenfahrt?", Language.DE, "education"),
        ("WAS IST DER KOOPERATIONSPLAN", Language.DE, "cooperation_plan"),
        ("Can I get a loan for a washing machine?", Language.EN, "loans"),
        ("May I inspect my file?", Language.EN, "file_inspection"),
    ],
)
def test_a_general_question_is_answered_word_for_word_from_its_article(
    question: str, language: Language, article: str
) -> None:
    answer = GUIDE.answer(question, language)

    assert answer is not None
    assert answer.article == article
    (source,) = (each for each in read() if each.id == article)
    assert answer.text == source.text(language)


def test_an_answer_names_the_guide_and_every_law_with_its_day() -> None:
    answer = GUIDE.answer("Welche Daten sind über mich gespeichert?", Language.DE)

    assert answer is not None
    guide, *laws = answer.sources
    assert guide.kind is SourceKind.GUIDANCE
    assert Source(SourceKind.LAW, "§ 83 SGB X", "§ 83 SGB X", date(2026, 6, 30)) in laws
    assert "Art. 15 DSGVO" in {each.label for each in laws}


def test_english_answers_name_the_regulation_in_english() -> None:
    answer = GUIDE.answer("What data is stored about me?", Language.EN)

    assert answer is not None
    assert "Art. 15 GDPR" in {each.label for each in answer.sources}


@pytest.mark.parametrize(
    "question", ["", "   ", "???", "Wie wird das Wetter?", "xyzzy", "🦜", "ich du er sie es"]
)
@pytest.mark.parametrize("language", list(Language))
def test_what_no_article_is_about_is_not_answered(question: str, language: Language) -> None:
    assert GUIDE.answer(question, language) is None


def test_articles_are_found_by_their_law() -> None:
    found = {article.id for article in GUIDE.about(frozenset({"§ 22 SGB II"}))}

    assert found == {"housing_costs", "moving"}
    assert GUIDE.about(frozenset()) == ()


@given(st.text(max_size=200), st.sampled_from(Language))
def test_any_text_can_be_asked(question: str, language: Language) -> None:
    found = GUIDE.find(question, language, most=3)

    assert len(found) <= 3
    assert found == GUIDE.find(question, language, most=3)


def test_no_log_holds_a_question(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    GUIDE.answer("Kanarienvogel Widerspruch", Language.DE)

    assert "kanarienvogel" not in caplog.text.lower()


def test_questions_nobody_tuned_on_find_their_article_often_enough() -> None:
    questions = labelled("held_out")
    assert len(questions) >= 120

    measured = measure(GUIDE, questions)

    assert {name for name, floor in FLOORS.items() if measured.figures[name] < floor} == set()
