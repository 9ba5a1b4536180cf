"""The phrases and words of every language against the catalogue, and against each other."""

import re
from collections.abc import Iterator, Mapping

import pytest

from app.answers.rules.phrases import phrases
from app.answers.values import Shape
from app.catalogue.shapes import expand
from app.vocabulary.levels import Language
from tests.answers.rules_values import catalogue

SLOT = re.compile(r"\{([\w.]+)(?::(\w+))?\}")
# The language all others are held against.
GERMAN = phrases(Language.DE)
COMPUTED = {"label", "last_day", "notified", "moved_from"}


def enums(schema: Mapping[str, object], at: str) -> Iterator[tuple[str, list[str]]]:
    match schema:
        case {"enum": list(words)}:
            yield at, words
        case {"items": dict(items)}:
            yield from enums(items, at)
        case {"properties": dict(members)} if schema != expand("money"):
            for name, member in members.items():
                yield from enums(member, f"{at}.{name}")
        case _:
            return


def members(schema: Mapping[str, object]) -> Iterator[str]:
    """The names a phrase of the field may use, whether of the value or of its items."""
    match schema:
        case {"items": dict(items)}:
            yield from members(items)
        case {"properties": dict(found)}:
            for name, member in found.items():
                yield name
                yield from members(member)
        case _:
            return


@pytest.mark.parametrize("language", Language)
def test_every_word_of_a_closed_set_has_a_word_for_people(language: Language) -> None:
    words = phrases(language).words
    closed = [pair for field in catalogue() for pair in enums(field.schema, field.name)]

    assert closed
    for place, values in closed:
        assert set(words[place]) == set(values), place
        assert all(word.strip() for word in words[place].values())
        assert len(set(words[place].values())) == len(values), place


@pytest.mark.parametrize("language", Language)
def test_no_word_is_kept_for_a_place_the_catalogue_does_not_have(language: Language) -> None:
    closed = {place for field in catalogue() for place, _ in enums(field.schema, field.name)}

    # Kinds of calculation lines are open: the words are for the usual ones.
    assert set(phrases(language).words) == closed | {"decision.calculation.lines.kind"}


@pytest.mark.parametrize("language", Language)
def test_every_field_has_phrases_in_every_language(language: Language) -> None:
    assert set(phrases(language).phrases) == {*catalogue().names, "any"}


@pytest.mark.parametrize("language", Language)
def test_a_language_says_as_much_as_german_does(language: Language) -> None:
    for name, variants in GERMAN.phrases.items():
        others = phrases(language).phrases[name]
        assert set(others) == set(variants), name
        for variant, phrase in variants.items():
            assert sorted(SLOT.findall(others[variant])) == sorted(SLOT.findall(phrase))


@pytest.mark.parametrize("language", Language)
def test_a_phrase_shows_nothing_but_leaves_its_field_has(language: Language) -> None:
    for field in catalogue():
        known = {".", *members(field.schema)}
        for phrase in phrases(language).phrases[field.name].values():
            for name, shape in SLOT.findall(phrase):
                assert name in (known if shape else COMPUTED)
                assert shape in {"", *Shape}
            assert SLOT.sub("", phrase).count("{") == 0


@pytest.mark.parametrize("language", Language)
def test_a_phrase_has_no_figure_of_its_own_but_sections_of_law(language: Language) -> None:
    for variants in phrases(language).phrases.values():
        for phrase in variants.values():
            bare = re.sub(r"§ \d+a?(\(\d+a?\)| Abs\. \d+a?)? (SGB II|SGB X|SGG)", "", phrase)
            assert not re.search(r"\d", SLOT.sub("", bare)), phrase
