"""What a model is shown of the released facts, and what the file tells us to mask.

A line is a label, a type and slots; only a field released as `range` or `value`
has more. Text of the file is written as a JSON string on its own line, so that it
can imitate neither a line nor a slot nor a token.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from app.catalogue.fields import Catalogue, Field, Sensitivity
from app.policy.release import Item, Needed
from app.records.excerpt import ScopedFacts
from app.redaction.coarse import coarse
from app.redaction.household import known_values as household_values
from app.redaction.known import KnownValue
from app.redaction.leaves import Leaf, leaves_of_schema, leaves_of_value
from app.redaction.text import SLOT_MARK, Pseudonymiser, RedactedText
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.json import Json
from app.vocabulary.levels import Form, Language

_WORDS: Final = {
    Language.DE: {"absent": "kein Wert in der Akte", "person": "Person"},
    Language.EN: {"absent": "no value in the file", "person": "person"},
}

# Of a long list the newest lines are enough to write about; the rules read all of it.
MOST_ITEMS: Final = 12


@dataclass(frozen=True, slots=True)
class SlotAddress:
    """Where the value of a slot is: never the value."""

    subject: SubjectId
    field: FieldName
    path: tuple[str | int, ...]
    type: str


@dataclass(frozen=True, slots=True)
class RedactedFacts:
    """`slots` are the names a draft may use, as they stand between ⟦ and ⟧."""

    lines: RedactedText
    slots: Mapping[str, SlotAddress]


def redact_facts(
    facts: ScopedFacts,
    *,
    catalogue: Catalogue,
    language: Language,
    table: Pseudonymiser,
) -> RedactedFacts:
    """One line a fact, in the form the Release gives to the model.

    `table` is the request's own, so that a name here has the token it has in the
    question. Raises NotRedacted when redaction could not run to its end.
    """
    sheet = _Sheet(catalogue, language, facts.values)
    for item in facts.release.items:
        sheet.add(item)
    lines = table.redact("\n".join(sheet.lines), slots=sheet.order)
    return RedactedFacts(lines, MappingProxyType(sheet.slots))


class _Sheet:
    """The lines while they are written, and the slots in the order they stand."""

    def __init__(
        self, catalogue: Catalogue, language: Language, values: Mapping[Needed, Json]
    ) -> None:
        self._catalogue = catalogue
        self._language = language
        self._values = values
        self._subjects: dict[FieldName, list[SubjectId]] = {}
        self._people: list[SubjectId] = []
        self.lines: list[str] = []
        self.order: list[str] = []
        self.slots: dict[str, SlotAddress] = {}

    def add(self, item: Item) -> None:
        if item.to_model is Form.NONE or not item.to_person:
            return
        field = self._catalogue[item.field]
        value = self._values.get((item.subject, item.field))
        head = f"{field.label(self._language.value)}{self._whose(item)}"
        special = field.sensitivity is Sensitivity.SPECIAL
        if value is None and not (special and item.to_model is Form.SLOT):
            if not special:
                self.lines.append(f"{head}: {_WORDS[self._language]['absent']}")
            return
        hidden = special and item.to_model is Form.SLOT
        for leaf in self._leaves(field, None if hidden else value):
            self.lines.append(f"{head}: {self._slot(item, leaf)}{self._shown(item.to_model, leaf)}")

    @staticmethod
    def _leaves(field: Field, value: Json) -> Sequence[Leaf]:
        """Of a value that must not be told to exist, the slots its schema allows."""
        if value is None:
            return tuple(leaves_of_schema(field.schema))
        return tuple(leaves_of_value(field.schema, value, most=MOST_ITEMS))

    def _slot(self, item: Item, leaf: Leaf) -> str:
        name = ".".join((item.field, *map(str, leaf.path)))
        if number := self._subjects[item.field].index(item.subject):
            name = f"{name}@{number + 1}"
        self.slots[name] = SlotAddress(item.subject, item.field, leaf.path, leaf.type)
        self.order.append(name)
        return f"{SLOT_MARK} ({leaf.type})"

    def _whose(self, item: Item) -> str:
        """Two people's same field must be told apart, in the line and in the slot."""
        asked = self._subjects.setdefault(item.field, [])
        asked.append(item.subject)
        if item.subject not in self._people:
            self._people.append(item.subject)
        if len(asked) == 1:
            return ""
        return f" ({_WORDS[self._language]['person']} {len(asked)})"

    def _shown(self, form: Form, leaf: Leaf) -> str:
        match form:
            case Form.VALUE:
                return f" = {_quoted(leaf.value)}"
            case Form.RANGE:
                band = coarse(leaf, self._language)
                return f" = {band}" if band else ""
            case Form.SLOT | Form.NONE:
                return ""


def _quoted(value: Json) -> str:
    match value:
        case {"amount": str(amount), "currency": str()}:
            return f"{_text(amount)} EUR"
        case str():
            return json.dumps(_text(value), ensure_ascii=False)
        case _:
            return json.dumps(value)


def _text(value: str) -> str:
    """On one line whatever a reader takes for a line break, and without our own marks."""
    return " ".join(value.replace(SLOT_MARK, "").split())


def subjects_of(slots: Mapping[str, SlotAddress]) -> Iterator[SubjectId]:
    """Whose values the slots would show."""
    yield from dict.fromkeys(address.subject for address in slots.values())


def known_values(facts: ScopedFacts) -> tuple[KnownValue, ...]:
    """What must be masked in every text of this request.

    Taken from what was read to be shown and from what was read only to be masked.
    """
    shown = {known.value for known in household_values(facts.values)}
    return tuple(
        replace(known, shown=known.value in shown)
        for known in household_values(facts.masking, facts.values)
    )
