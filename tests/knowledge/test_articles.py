"""The articles are ours, whole, and honest about their day."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from app.knowledge.articles import FOLDER, Article, read
from app.vocabulary.evidence import Seal
from app.vocabulary.levels import Language

LAW = re.compile(r"(§ \d+[a-z]? SGB (I|II|X)|§ \d+[a-z]? SGG|Art\. \d+ DSGVO)")
NAMED = {
    *("§ 7 SGB II", "§ 9 SGB II", "§ 11 SGB II", "§ 11b SGB II", "§ 12 SGB II", "§ 15 SGB II"),
    *("§ 19 SGB II", "§ 20 SGB II", "§ 21 SGB II", "§ 22 SGB II", "§ 23 SGB II", "§ 24 SGB II"),
    *("§ 28 SGB II", "§ 31 SGB II", "§ 32 SGB II", "§ 37 SGB II", "§ 39 SGB II", "§ 41 SGB II"),
    *("§ 42 SGB II", "§ 42a SGB II", "§ 43 SGB II", "§ 60 SGB I", "§ 13 SGB X", "§ 25 SGB X"),
    *("§ 45 SGB X", "§ 48 SGB X", "§ 50 SGB X", "§ 37 SGB X", "§ 83 SGB X", "§ 84 SGG", "§ 66 SGG"),
    "Art. 15 DSGVO",
}
EVERY = read()


def test_at_least_twenty_articles_cover_the_law_people_ask_about() -> None:
    assert len(EVERY) >= 20
    assert {law for article in EVERY for law in article.laws} >= NAMED


@pytest.mark.parametrize("article", EVERY, ids=lambda article: article.id)
def test_an_article_is_whole_sentences_in_both_languages(article: Article) -> None:
    for language in Language:
        lines = article.text(language).splitlines()
        assert 4 <= len(lines) <= 10
        assert all(line[0].isupper() and line[-1] == "." for line in lines)
        assert article.title[language].endswith("?")
    assert len(article.body[Language.DE].splitlines()) == len(
        article.body[Language.EN].splitlines()
    )


@pytest.mark.parametrize("article", EVERY, ids=lambda article: article.id)
def test_an_article_names_its_law_and_the_day_it_was_read(article: Article) -> None:
    assert all(LAW.fullmatch(law) for law in article.laws)
    assert date(2026, 6, 30) <= article.as_of <= date(2026, 7, 1)


def test_an_article_whose_law_was_amended_says_so() -> None:
    for article in EVERY:
        assert ("1. Juli 2026 geändert" in article.text(Language.DE)) >= article.amended
        if any(law.endswith("SGB II") for law in article.laws) and article.id != "representation":
            assert article.amended


def test_the_same_figures_stand_in_both_languages() -> None:
    for article in EVERY:
        german, english = (
            sorted(re.findall(r"\d+", article.body[language])) for language in Language
        )
        assert german == english, article.id


def test_the_standard_needs_are_those_of_2026() -> None:
    (article,) = (each for each in EVERY if each.id == "standard_needs")

    for amount in ("563", "506", "451", "471", "390", "357"):
        assert f"{amount} Euro" in article.body[Language.DE]
        assert f"{amount} euros" in article.body[Language.EN]


def test_no_article_gives_a_percentage_of_a_reduction_or_set_off() -> None:
    for article in EVERY:
        if article.id in {"reductions", "set_off", "loans", "assets"}:
            assert not re.search(r"%|\d+ Prozent|\d+ per cent", article.body[Language.DE])


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: text.replace("id: payment", "id: other"),
        lambda text: text.replace("# en", "# fr"),
        lambda text: text.replace("as_of: 2026-06-30", "as_of: soon"),
        lambda text: text.replace("amended: true", "amended: true\nextra: 1"),
        lambda text: text.replace('laws: ["§ 42 SGB II"]', "laws: []"),
        lambda _: "",
    ],
)
def test_a_malformed_article_stops_the_start(
    tmp_path: Path, break_it: Callable[[str], str]
) -> None:
    good = (FOLDER / "payment.md").read_text(encoding="utf-8")
    (tmp_path / "payment.md").write_text(good, encoding="utf-8")
    assert read(tmp_path)

    (tmp_path / "payment.md").write_text(break_it(good), encoding="utf-8")
    with pytest.raises(ValueError, match=r"payment\.md"):
        read(tmp_path)


def test_an_empty_folder_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no articles"):
        read(tmp_path)


def test_an_article_cannot_be_made_elsewhere() -> None:
    with pytest.raises(TypeError):
        Article("x", {}, {}, {}, (), date(2026, 7, 1), amended=False, seal=Seal())
