"""How long each kind of data is kept, from policies/retention.yaml."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from app.audit.events import EventKind
from app.catalogue import sheets
from app.catalogue.sheets import Unsound
from app.vocabulary.levels import Language

_REQUIRED: Final = frozenset({"label", "period", "start", "law", "erasure", "tables"})
_OPTIONAL: Final = frozenset({"shorter", "events"})
_PERIOD: Final = re.compile(r"P([1-9]\d{0,2})([MD])")
_OPEN: Final = frozenset({"case", "own_date", "calendar_year_after"})
_OTHERS: Final = "others"


class Category(StrEnum):
    CASE_FILE = "case_file"
    MANDATES = "mandates"
    CONSENTS = "consents"
    ANSWERS = "answers"
    RELEASES = "releases"
    ACTIVATION_CODES = "activation_codes"
    SIGN_IN = "sign_in"
    LOG_OF_USE = "log_of_use"
    LOG_OF_SIGN_IN = "log_of_sign_in"
    LOG = "log"
    ERASURES = "erasures"


_MONTHS: Final = {Language.DE: ("Monat", "Monate"), Language.EN: ("month", "months")}
_DAYS: Final = {Language.DE: ("Tag", "Tage"), Language.EN: ("day", "days")}
_AT_MOST: Final = {Language.DE: "höchstens", Language.EN: "at most"}


class OnErasure(StrEnum):
    DELETED = "deleted"
    KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """`months` and `days` are what `period` says, None where it is no number of them."""

    category: Category
    labels: Mapping[str, str]
    period: str
    starts: Mapping[str, str]
    laws: Mapping[str, str]
    on_erasure: OnErasure
    tables: frozenset[str]
    events: frozenset[EventKind]
    shorter: str | None

    @property
    def months(self) -> int | None:
        return self._number("M")

    @property
    def days(self) -> int | None:
        return self._number("D")

    def _number(self, unit: str) -> int | None:
        found = _PERIOD.fullmatch(self.period)
        return int(found[1]) if found and found[2] == unit else None

    def kept(self, language: Language) -> str:
        """How long, from when: `14 Tage nach der Ausgabe`. An office may keep it for less."""
        start = self.starts[language]
        for count, words in ((self.months, _MONTHS), (self.days, _DAYS)):
            if count is not None:
                one, several = words[language]
                most = f"{_AT_MOST[language]} " if self.shorter else ""
                return f"{most}{count} {one if count == 1 else several} {start}"
        return start

    def told(self, language: Language) -> Mapping[str, str]:
        """A line for a person who asks how long."""
        return {
            "category": self.category,
            "label": self.labels[language],
            "kept": self.kept(language),
            "law": self.laws[language],
            "on_erasure": self.on_erasure,
        }


class Retention:
    """Every category once, every table in one at least, every kind of event in exactly one."""

    def __init__(self, rules: Mapping[Category, Rule]) -> None:
        self._rules: Final = MappingProxyType(dict(rules))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises Unsound for a category that is missing, unknown or not thought through."""
        found = sheets.members(
            sheets.read(path), path.name, "the sheet", required=frozenset(Category)
        )
        rules = {each: _rule(each, found[each], path.name) for each in Category}
        named = [kind for rule in rules.values() for kind in rule.events]
        if len(named) != len(EventKind) or set(named) != set(EventKind):
            raise Unsound(path.name, "events", "are not each in exactly one category")
        return cls(rules)

    def __getitem__(self, category: Category) -> Rule:
        return self._rules[category]

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules.values())

    @property
    def tables(self) -> frozenset[str]:
        return frozenset().union(*(rule.tables for rule in self))


def _rule(category: Category, entry: object, sheet: str) -> Rule:
    found = sheets.members(entry, sheet, category, required=_REQUIRED, optional=_OPTIONAL)
    period = sheets.text(found["period"], sheet, category)
    if period not in _OPEN and _PERIOD.fullmatch(period) is None:
        raise Unsound(sheet, category, "has a period that is none")
    shorter = found.get("shorter")
    return Rule(
        category=category,
        labels=sheets.translated(found["label"], sheet, f"{category}.label"),
        period=period,
        starts=sheets.translated(found["start"], sheet, f"{category}.start"),
        laws=sheets.translated(found["law"], sheet, f"{category}.law"),
        on_erasure=sheets.choice(OnErasure, found["erasure"], sheet, category),
        tables=frozenset(sheets.texts(found["tables"], sheet, category)),
        events=_events(category, found.get("events"), sheet),
        shorter=None if shorter is None else sheets.text(shorter, sheet, category),
    )


def _events(category: Category, given: object, sheet: str) -> frozenset[EventKind]:
    """`others` are those that log_of_sign_in does not name: a new kind is kept, not lost."""
    if given is None:
        return frozenset()
    if given == _OTHERS:
        return frozenset(EventKind) - OF_SIGN_IN
    named = frozenset(
        sheets.choice(EventKind, each, sheet, category)
        for each in sheets.texts(given, sheet, category)
    )
    if named != OF_SIGN_IN:
        raise Unsound(sheet, category, "names other events than those of signing in")
    return named


# What tells how somebody came in, and of no use of anybody's data.
OF_SIGN_IN: Final = frozenset(
    {
        EventKind.SIGNED_IN,
        EventKind.SIGNED_OUT,
        EventKind.SESSION_ENDED,
        EventKind.SESSIONS_ENDED_BY_PROVIDER,
        EventKind.STEPPED_UP,
        EventKind.STEP_UP_REFUSED,
        EventKind.MANDATE_ACTIVATED,
    }
)
