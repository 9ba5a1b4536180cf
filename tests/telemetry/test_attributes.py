"""What telemetry may say: an allow-list, held where an attribute is set."""

from enum import Enum, IntEnum, StrEnum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.telemetry import attributes
from app.telemetry.attributes import ALLOWED, Configured, allowed
from app.telemetry.spans import Stage
from app.vocabulary.levels import Language, Withheld

CANARY = "Quittengelee"
# Anything that code might hand over by mistake.
ANYTHING = st.one_of(
    st.text(),
    st.binary(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.uuids(),
    st.lists(st.text(), max_size=3),
    st.dictionaries(st.text(), st.text(), max_size=3),
    st.sampled_from([*Language, *Withheld, *Stage]),
    st.text().map(Configured),
)


class Colour(StrEnum):
    RED = "red"


class Number(IntEnum):
    ONE = 1


class Plain(Enum):
    WORD = "word"


@given(st.dictionaries(st.one_of(st.sampled_from(sorted(ALLOWED)), st.text()), ANYTHING))
def test_no_text_survives_that_is_not_an_id_an_enums_or_our_own(given: dict[str, object]) -> None:
    told = allowed(given)

    assert told.keys() <= ALLOWED.keys()
    for name, value in told.items():
        source = given[name]
        if isinstance(value, str):
            assert isinstance(source, UUID | Enum | Configured)
            assert type(value) is str
        else:
            assert isinstance(source, bool | int | float | IntEnum)
            assert value >= 0


@given(st.text())
def test_a_bare_string_is_never_told_under_any_name(value: str) -> None:
    assert allowed(dict.fromkeys(ALLOWED, value)) == {}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("language", Language.DE, "de"),
        ("outcome", Colour.RED, "red"),
        ("kind", Number.ONE, "1"),
        ("kind", Plain.WORD, "word"),
        ("count", 0, 0),
        ("count", 2**53 - 1, 2**53 - 1),
        ("seconds", 0.25, 0.25),
        ("included", False, False),
        ("tenant", Configured("bergstrasse"), "bergstrasse"),
        ("release", UUID(int=1), str(UUID(int=1))),
    ],
)
def test_what_is_of_its_kind_is_told(name: str, value: object, told: object) -> None:
    assert allowed({name: value}) == {name: told}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("language", "de"),
        ("count", -1),
        ("count", 2**53),
        ("count", True),
        ("count", 1.5),
        ("count", "7"),
        ("seconds", 1),
        ("seconds", float("nan")),
        ("seconds", float("inf")),
        ("seconds", -0.1),
        ("included", 1),
        ("tenant", "bergstrasse"),
        ("release", str(UUID(int=1))),
        ("question", Language.DE),
        ("text", Configured(CANARY)),
        ("words", Language.DE),
    ],
)
def test_what_is_not_is_dropped_and_counted(name: str, value: object) -> None:
    before = attributes.dropped

    assert allowed({"code": Language.DE, name: value}) == {"code": "de"}
    assert attributes.dropped == before + 1
