"""A catalogue to compose from, and random values drawn from the shapes of its fields."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from app.answers.rules.composer import compose
from app.answers.rules.sentences import Draft
from app.catalogue.fields import Catalogue, Stored
from app.catalogue.shapes import expand
from app.catalogue.topics import TopicName, Topics
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Language

ERIKA: Final = SubjectId(UUID(int=1))
HOUSEHOLD: Final = SubjectId(UUID(int=2))
TODAY: Final = date(2026, 11, 22)
POLICIES: Final = Path(__file__).parents[2] / "policies"

THIRTEEN: Final = (
    *("next_payment", "payments", "total", "approval_period", "application_status"),
    *("missing_documents", "appointments", "housing_costs", "income", "deductions"),
    *("reductions", "decision", "contact"),
)


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(POLICIES / "fields.yaml")


@cache
def sheet() -> Topics:
    return Topics.load(POLICIES / "topics.yaml", catalogue=catalogue())


def place(field: str) -> tuple[SubjectId, FieldName]:
    stored = catalogue()[field].stored
    return (HOUSEHOLD if stored is Stored.HOUSEHOLD else ERIKA, FieldName(field))


def ask(
    *topics: str,
    language: Language = Language.DE,
    withheld: tuple[str, ...] = (),
    today: date = TODAY,
    facts: Mapping[str, object],
) -> Draft:
    return compose(
        [TopicName(topic) for topic in topics],
        {place(field): value for field, value in facts.items()},
        language=language,
        subject=ERIKA,
        household=HOUSEHOLD,
        catalogue=catalogue(),
        sheet=sheet(),
        today=today,
        withheld={place(field) for field in withheld},
    )


def euros(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "EUR"}


# Within the holidays that second_opinion.py has printed, even a year later.
_DAYS: Final = st.dates(date(2024, 1, 1), date(2027, 12, 31)).map(date.isoformat)
_LETTERS: Final = st.text("abcdefghijklmnopqrstuvwxyzäöüßABCDEFGH", min_size=1, max_size=12)
_MONEY: Final = st.integers(-999_999_99, 999_999_99).map(
    lambda cents: euros(f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}")
)
_MOMENTS: Final = st.builds(
    lambda day, hour, minute: f"{day}T{hour:02}:{minute:02}:00Z",
    _DAYS,
    st.integers(0, 23),
    st.integers(0, 59),
)
# Kinds of the catalogue's notation, known again by the schema they expand to.
_LEAVES: Final = (
    (expand("money"), _MONEY),
    (expand("date"), _DAYS),
    (expand("moment"), _MOMENTS),
    (expand("month"), _DAYS.map(lambda day: day[:7])),
    (
        expand("masked_account"),
        st.integers(0, 9999).map(lambda last: f"DE** **** **** **** {last:04}"),
    ),
    (expand("flag"), st.booleans()),
)


def values(schema: Mapping[str, object]) -> st.SearchStrategy[object]:
    """Values of the shape. Texts are letters alone, so that every figure can be placed."""
    for known, strategy in _LEAVES:
        if schema == known:
            return strategy
    match schema:
        case {"enum": list(words)}:
            return st.sampled_from(words)
        case {"type": "array", "items": dict(items)}:
            return st.lists(values(items), min_size=1, max_size=3)
        case {"type": "integer", "minimum": int(least), "maximum": int(most)}:
            return st.integers(least, most)
        case {"type": "object", "properties": dict(members), "required": list(required)}:
            return st.fixed_dictionaries(
                {name: values(members[name]) for name in required},
                optional={name: values(members[name]) for name in members if name not in required},
            )
        case {"type": "string"}:
            return _LETTERS
        case _:
            raise AssertionError("a kind of value no test knows")


def leaves(
    value: object, schema: Mapping[str, object], at: str
) -> list[tuple[str, Mapping[str, object], object]]:
    """Each scalar with its place and its schema; an amount of money is one scalar."""
    match schema, value:
        case ({"items": dict(items)}, list()):
            return [
                leaf
                for index, item in enumerate(value)
                for leaf in leaves(item, items, f"{at}.{index}")
            ]
        case ({"properties": dict(members)}, dict()) if schema != expand("money"):
            return [
                leaf
                for name, item in value.items()
                for leaf in leaves(item, members[name], f"{at}.{name}")
            ]
    return [(at, schema, value)]
