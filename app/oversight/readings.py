"""That an officer looked: in the log, and on the list of everybody whom it was about."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Actor, ActorKind, Event, EventKind, end_of_following_year
from app.audit.log import Log
from app.audit.proofs import ReceiptDocument
from app.oversight.lines import Line
from app.oversight.sessions import Reading
from app.vocabulary.ids import EntryId, SubjectId
from app.vocabulary.levels import Purpose

_READ: Final = text("""
    INSERT INTO oversight_readings
        (tenant, entry, subject, event, category, entries, read_at, delete_after)
    VALUES (:tenant, :entry, :subject, :event, :category, :entries, :now, :delete_after)
""")


async def record(  # noqa: PLR0913  # what a reading was, each named
    tx: AsyncSession,
    log: Log,
    reading: Reading,
    kind: EventKind,
    *,
    now: datetime,
    hits: int = 0,
    seen: Iterable[Line] = (),
    persons: Iterable[str] = (),
    purpose: Purpose | None = None,
) -> EntryId:
    """In the log, and on the list of everybody it was about."""
    about = Counter(person for each in seen for person in each.persons)
    about.update(dict.fromkeys(persons, 0) if seen else Counter(persons))
    officer = reading.officer
    event = Event(
        kind=kind,
        at=now,
        actor=Actor(kind=ActorKind.OFFICER, identity=officer.identity, assurance=officer.assurance),
        subjects=tuple(SubjectId(UUID(each)) for each in about),
        purpose=purpose,
        hits=hits,
        about=reading.id,
        category=reading.category,
    )
    receipt = await log.record(tx, reading.tenant, event)
    rows = [
        {
            "tenant": reading.tenant,
            "entry": receipt.entry,
            "subject": UUID(subject),
            "event": kind.value,
            "category": reading.category.value,
            "entries": entries,
            "now": now,
            "delete_after": end_of_following_year(now),
        }
        for subject, entries in sorted(about.items())
    ]
    if rows:
        await tx.execute(_READ, rows)
    return receipt.entry


def persons_in(found: ReceiptDocument) -> frozenset[str]:
    """Whom an entry is about. Of one whose content was deleted nobody can tell."""
    if found.payload is None:
        return frozenset()
    subjects, decisions = found.payload["subjects"], found.payload["decisions"]
    named = set(map(str, subjects)) if isinstance(subjects, list) else set()
    if isinstance(decisions, list):
        named |= {str(each["subject"]) for each in decisions if isinstance(each, dict)}
    return frozenset(named)
