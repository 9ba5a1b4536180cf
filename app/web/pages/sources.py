"""What an answer rests on, for reading: once each, however many figures came from there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from app.answers.answer import CitationKind
from app.answers.bodies import CitationBody


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    kind: CitationKind
    label: str
    as_of: date
    locators: tuple[str, ...]


def sources(citations: Iterable[CitationBody]) -> list[Source]:
    """In the order they were first cited."""
    found: dict[tuple[CitationKind, str, date], list[str]] = {}
    for each in citations:
        locators = found.setdefault((each.kind, each.label, each.as_of), [])
        if each.locator not in locators:
            locators.append(each.locator)
    return [
        Source(kind=kind, label=label, as_of=as_of, locators=tuple(locators))
        for (kind, label, as_of), locators in found.items()
    ]
