"""What citizens and officers can do, and how surely and how lately they signed in for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self, TypeAlias

from app.catalogue import sheets
from app.catalogue.sheets import Unsound
from app.vocabulary.levels import Assurance

_KEYS: Final = frozenset({"min_assurance", "max_authentication_age"})


class CitizenAction(StrEnum):
    """Every route and form of citizens is one of these (`app.identity.declared`)."""

    SIGN_OUT = "sign_out"
    SEE_SESSIONS = "see_sessions"
    END_SESSIONS = "end_sessions"
    STEP_UP = "step_up"
    SEE_MYSELF = "see_myself"
    BIND = "bind"
    CHOOSE_MANDATE = "choose_mandate"
    OBJECT = "object"
    READ_ACCESS_LOG = "read_access_log"
    EXPORT = "export"
    SEE_ERASURE = "see_erasure"
    ASK_ERASURE = "ask_erasure"
    PROTECT = "protect"
    SEE_PROTECTION = "see_protection"
    UNPROTECT = "unprotect"
    ASK = "ask"
    PREVIEW = "preview"
    LIST_FIELDS = "list_fields"
    READ_CONSENTS = "read_consents"
    DECIDE_CONSENT = "decide_consent"
    READ_ANSWER = "read_answer"
    READ_RECEIPT = "read_receipt"
    GIVE_FEEDBACK = "give_feedback"


class OfficerAction(StrEnum):
    """What who looks after data protection does (`app.identity.officers`)."""

    OVERSEE = "oversee"


Action: TypeAlias = CitizenAction | OfficerAction
_ALL: Final[tuple[Action, ...]] = (*CitizenAction, *OfficerAction)


@dataclass(frozen=True, slots=True)
class Floor:
    """The least assurance, and how long ago the sign-in may be at most."""

    assurance: Assurance
    max_age: timedelta

    def reached(self, assurance: Assurance, age: timedelta) -> bool:
        return assurance >= self.assurance and age <= self.max_age

    def joined(self, other: "Floor") -> "Floor":
        """What satisfies both."""
        return Floor(max(self.assurance, other.assurance), min(self.max_age, other.max_age))


class Actions:
    """The floor of every action."""

    def __init__(self, floors: Mapping[Action, Floor]) -> None:
        self._floors: Final = MappingProxyType(dict(floors))

    @classmethod
    def load(cls, path: Path) -> Self:
        """From policies/actions.yaml. Raises Unsound for an action without a floor, or unknown."""
        found = sheets.members(sheets.read(path), path.name, "the sheet", required=frozenset(_ALL))
        return cls({each: _floor(each, found[each], path.name) for each in _ALL})

    def __getitem__(self, action: Action) -> Floor:
        return self._floors[action]


def _floor(name: str, entry: object, sheet: str) -> Floor:
    found = sheets.members(entry, sheet, name, required=_KEYS)
    try:
        assurance = Assurance.of(str(found["min_assurance"]))
    except KeyError:
        raise Unsound(sheet, name, "has an unknown assurance") from None
    age = sheets.seconds(found["max_authentication_age"], sheet, name)
    return Floor(assurance, timedelta(seconds=age))
