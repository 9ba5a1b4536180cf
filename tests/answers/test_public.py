"""General questions, for anybody: an article with its §§, and no case behind it."""

import pytest
from sqlalchemy import text

from tests.parties import BERGSTRASSE
from tests.service import Whole

CANARY = "Quittengelee"


async def asked(whole: Whole, question: str, **more: object) -> dict[str, object]:
    body = {"tenant": "bergstrasse", "question": question, **more}
    response = await whole.call("POST", "/v1/questions", None, body)
    assert response.status_code == 200, response.text
    found = response.json()
    assert isinstance(found, dict)
    return found


async def test_a_general_question_is_answered_from_an_article_with_its_sources(
    whole: Whole,
) -> None:
    answer = await asked(whole, "Was ist eine Bedarfsgemeinschaft?")

    assert (answer["status"], answer["kind"], answer["composer"]) == (
        "answered",
        "general",
        "rules",
    )
    kinds = {citation["kind"] for citation in answer["citations"]}  # type: ignore[attr-defined]  # a list, by contract
    assert kinds == {"guidance", "law"}
    assert (answer["used"], answer["withheld"], answer["receipt"]) == ([], [], None)


async def test_a_question_about_ones_own_case_says_how_to_ask_it(whole: Whole) -> None:
    german = await asked(whole, "Wann bekomme ich mein Geld?")
    english = await asked(whole, "When do I get my money?")

    assert "wenn Sie sich anmelden" in str(german["text"])
    assert "once you have signed in" in str(english["text"])
    assert (german["kind"], english["language"]) == ("general", "en")


async def test_nothing_of_a_public_question_is_kept(whole: Whole) -> None:
    count = text("SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM releases)")
    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        before = (await tx.execute(count)).one()

    answer = await asked(whole, f"Ich heiße {CANARY}. Was ist der Regelbedarf?")

    async with whole.parts.database.transaction(BERGSTRASSE) as tx:
        assert (await tx.execute(count)).one() == before
    assert CANARY not in str(answer) + whole.logged.getvalue()


async def test_what_was_masked_is_counted(whole: Whole) -> None:
    answer = await asked(whole, "Meine IBAN ist DE89370400440532013000. Was ist der Regelbedarf?")

    assert answer["redacted"]["count"] >= 1  # type: ignore[index]  # an object, by contract
    assert "DE89" not in str(answer)


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("Ich will nicht mehr leben.", "crisis"),
        ("Wie wird das Wetter morgen in Darmstadt?", "out_of_scope"),
        ("Qwrtz plmkn vbxyc?", "out_of_scope"),
    ],
)
async def test_what_no_article_answers_is_said_so(whole: Whole, question: str, status: str) -> None:
    answer = await asked(whole, question)

    assert answer["status"] == status
    assert answer["text"]
    assert (answer["completeness"], answer["citations"]) == ("none", [])


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tenant": "elsewhere", "question": "Was ist der Regelbedarf?"}, 404),
        ({"tenant": "", "question": "x"}, 422),
        ({"tenant": "bergstrasse", "question": ""}, 422),
        ({"tenant": "bergstrasse", "question": "\u200b \n"}, 422),
        ({"tenant": "bergstrasse"}, 422),
        ({"tenant": "bergstrasse", "question": "x", "case": CANARY}, 422),
    ],
    ids=str,
)
async def test_a_public_question_that_does_not_fit_is_refused(
    whole: Whole, body: dict[str, str], status: int
) -> None:
    response = await whole.call("POST", "/v1/questions", None, body)

    assert response.status_code == status
    assert CANARY not in response.text
