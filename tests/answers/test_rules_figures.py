"""No figure is lost and none is made up, for any value a file can hold."""

import re
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalogue.shapes import expand
from app.vocabulary.levels import Language
from tests.answers import second_opinion
from tests.answers.rules_values import THIRTEEN, ask, catalogue, leaves, sheet, values

MONTHS = {
    Language.DE: "Januar Februar März April Mai Juni Juli August September Oktober November "
    "Dezember",
    Language.EN: "January February March April May June July August September October November "
    "December",
}
# What the phrases cite of the law, and nothing else with a digit in it.
LAW = re.compile(
    r"§ (41a SGB II|84 SGG|44 SGB X|84 Abs\. 1 SGG|66 Abs\. 2 SGG|37 Abs\. 2a? SGB X|64 Abs\. 3 SGG"
    r"|84\(1\) SGG|66\(2\) SGG|37\(2a?\) SGB X|64\(3\) SGG)"
)
TOPICS = sorted(topic.name for topic in sheet())
# References to persons mean nothing to a reader; names of fields and kinds are put into words.
SILENT = (
    *("household.members.*.person", "household.representative.person"),
    *("file.disputed.*.field", "decision.calculation.*.lines.*.kind"),
)
LANGUAGES = st.sampled_from(sorted(Language))


def amount(text: str, language: Language) -> str:
    """Written out here, not with the code under test."""
    english = f"{abs(float(text)):,.2f}"
    if language is Language.EN:
        return f"€{english}"
    return english.translate(str.maketrans(",.", ".,")) + "\N{NO-BREAK SPACE}€"


def month(text: str, language: Language) -> str:
    year, number = text.split("-")
    return f"{MONTHS[language].split()[int(number) - 1]} {year}"


def date(text: str, language: Language) -> str:
    dot = "." if language is Language.DE else ""
    return f"{int(text[8:])}{dot} {month(text[:7], language)}"


def moment(text: str, language: Language) -> str:
    local = datetime.fromisoformat(text).astimezone(ZoneInfo("Europe/Berlin"))
    clock = f", {local:%H:%M}" + (" Uhr" if language is Language.DE else "")
    return date(local.date().isoformat(), language) + clock


def expected(schema: Mapping[str, object], value: object, language: Language) -> str | None:
    """How the leaf must stand in the answer; None for flags and closed sets."""
    if schema == expand("money"):
        assert isinstance(value, dict)
        return amount(value["amount"], language)
    if schema == expand("date"):
        return date(str(value), language)
    if schema == expand("moment"):
        return moment(str(value), language)
    if schema == expand("month"):
        return month(str(value), language)
    return None if "enum" in schema or schema == expand("flag") else str(value)


def objection_days(value: object, language: Language) -> list[str]:
    assert isinstance(value, dict)
    days = second_opinion.last_day(value)
    return [] if days is None else [date(day.isoformat(), language) for day in days]


def check(topic: str, language: Language, data: st.DataObject) -> None:
    fields = sorted(str(name) for name in sheet()[topic].fields)
    facts = {name: data.draw(values(catalogue()[name].schema)) for name in fields}
    draft = ask(topic, language=language, facts=facts)
    shown: list[str] = []
    for name, value in facts.items():
        for locator, schema, leaf in leaves(value, catalogue()[name].schema, name):
            words = expected(schema, leaf, language)
            if words is None or re.sub(r"\.\d+", ".*", locator) in SILENT:
                continue
            assert words in draft.text
            assert any(
                words in said.text and locator in {cite.locator for cite in said.cites}
                for said in draft.sentences
            )
            shown.append(words)
    if topic == "decision":
        shown += objection_days(facts["decision.latest"], language)
    rest = LAW.sub("", draft.text)
    for words in sorted(shown, key=len, reverse=True):
        rest = rest.replace(words, "")
    assert not re.search(r"\d", rest)
    assert draft.unreadable == draft.unrecorded == ()


@pytest.mark.parametrize("topic", THIRTEEN)
@given(language=LANGUAGES, data=st.data())
def test_every_figure_of_a_value_is_said_and_cited_and_no_other(
    topic: str, language: Language, data: st.DataObject
) -> None:
    check(topic, language, data)


@given(
    topic=st.sampled_from(sorted(set(TOPICS) - set(THIRTEEN))), language=LANGUAGES, data=st.data()
)
@settings(max_examples=4 * settings().max_examples)
def test_the_same_holds_for_every_other_topic(
    topic: str, language: Language, data: st.DataObject
) -> None:
    check(topic, language, data)


def test_the_thirteen_topics_are_among_them() -> None:
    assert set(THIRTEEN) <= set(TOPICS)
    assert len(set(THIRTEEN)) == 13
