"""Kinds of questions, and what each demands."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """`CASE` alone may lead to a case file being read."""

    CASE = "case"
    GENERAL = "general"
    CRISIS = "crisis"
    DECISION_REQUEST = "decision_request"
    OUT_OF_SCOPE = "out_of_scope"
    UNSAFE = "unsafe"
    OTHER_LANGUAGE = "other_language"


class Mark(StrEnum):
    """The entries of policies/classes.yaml: what in a question points to its kind."""

    CRISIS = "crisis"
    DECISION_REQUEST = "decision_request"
    DECISION_PLEA = "decision_plea"
    UNSAFE = "unsafe"
    OFF_TOPIC = "off_topic"
    GENERAL = "general"
    PERSONAL = "personal"
    DOMAIN = "domain"
    SPECIAL = "special"


# Whichever of these comes first settles the kind, whatever else is asked.
_SETTLED: Final = (
    (Mark.CRISIS, Kind.CRISIS),
    (Mark.UNSAFE, Kind.UNSAFE),
    (Mark.DECISION_REQUEST, Kind.DECISION_REQUEST),
    (Mark.DECISION_PLEA, Kind.DECISION_REQUEST),
)
SETTLING: Final = frozenset(mark for mark, _ in _SETTLED)


def kind_of(marks: frozenset[Mark], *, on_topic: bool) -> Kind:
    """Danger before everything, misuse before requests; the general only if it is not about me."""
    for mark, kind in _SETTLED:
        if mark in marks:
            return kind
    personal = Mark.PERSONAL in marks
    if Mark.OFF_TOPIC in marks and not (personal and on_topic):
        return Kind.OUT_OF_SCOPE
    if on_topic and (personal or Mark.GENERAL not in marks):
        return Kind.CASE
    return Kind.GENERAL if on_topic or Mark.DOMAIN in marks else Kind.OUT_OF_SCOPE
