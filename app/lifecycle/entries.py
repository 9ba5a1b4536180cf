"""The entries of the log that are about a person, or that they caused.

The log is made so that nobody finds a person's entries in it, and there is no index of them:
whoever exports opens each payload of the office's log in turn, and keeps their own.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import parsed
from app.audit.events import EventKind
from app.audit.leaves import SALT_BYTES
from app.audit.sealing import Sealer
from app.lifecycle.belongings import Belongings
from app.vocabulary.ids import EntryId
from app.vocabulary.json import Json

_AT_ONCE: Final = 1000
_NEXT: Final = text("""
    SELECT entry, sealed FROM audit_payloads
    WHERE tenant = :tenant AND entry > :after ORDER BY entry LIMIT :most
""")
_NOBODY: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Found:
    """An entry of this person. `alone`: nobody else is in it."""

    entry: EntryId
    kind: EventKind
    payload: Mapping[str, object]
    caused: bool
    about: bool
    alone: bool


async def of(tx: AsyncSession, sealer: Sealer, whose: Belongings) -> AsyncIterator[Found]:
    """In the order of their ids, which are random."""
    mine = _Mine.of(whose)
    after = _NOBODY
    while True:
        asked = {"tenant": whose.tenant, "after": after, "most": _AT_ONCE}
        rows = (await tx.execute(_NEXT, asked)).all()
        for row in rows:
            opened = await sealer.open(tx, whose.tenant, EntryId(row.entry), bytes(row.sealed))
            if not mine.may_be_in(opened):
                continue
            if (found := mine.found(EntryId(row.entry), parsed(opened[SALT_BYTES:]))) is not None:
                yield found
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].entry


@dataclass(frozen=True, slots=True)
class _Mine:
    persons: frozenset[str]
    identities: frozenset[str]
    words: tuple[bytes, ...]

    @classmethod
    def of(cls, whose: Belongings) -> "_Mine":
        persons, identities = map(str, whose.persons), map(str, whose.identities)
        mine = (frozenset(persons), frozenset(identities))
        return cls(*mine, tuple(each.encode() for each in mine[0] | mine[1]))

    def may_be_in(self, opened: bytes) -> bool:
        """An id has one spelling: where none of mine stands, reading it can be saved."""
        return any(word in opened for word in self.words)

    def found(self, entry: EntryId, payload: Mapping[str, object]) -> Found | None:
        subjects, actor = payload["subjects"], payload["actor"]
        if not isinstance(subjects, list) or not isinstance(actor, Mapping):
            return None
        caused = actor["identity"] in self.identities or actor["person"] in self.persons
        about = bool(self.persons & set(subjects))
        if not caused and not about:
            return None
        alone = set(subjects) <= self.persons and (caused or actor["identity"] is None)
        kind = EventKind(str(payload["event"]))
        return Found(entry, kind, payload, caused=caused, about=about, alone=alone)


_TOLD: Final = (
    *("event", "at", "outcome", "case", "mandate", "mandate_version", "purpose", "recipients"),
    *("hosting", "hits", "about", "policy", "delete_after"),
)


def told(found: Found, whose: Belongings) -> dict[str, Json]:
    """Without who else is in it: others of the household are counted, not named."""
    payload = found.payload
    if not found.about:
        brief = ("event", "at", "outcome", "purpose", "delete_after")
        return {"entry": str(found.entry), "about_another": True, **_picked(payload, brief)}
    actor = payload["actor"]
    acted = actor if isinstance(actor, Mapping) else {}
    mine = {str(each) for each in (*whose.persons, *whose.cases)}
    subjects = _list(payload["subjects"])
    return {
        "entry": str(found.entry),
        **_picked(payload, _TOLD),
        "actor": {
            "me": found.caused,
            **{name: acted[name] for name in ("kind", "client", "assurance")},
        },
        "others": len([each for each in subjects if each not in mine]),
        "decisions": [
            {**each, "subject": str(each["subject"])}
            for each in _list(payload["decisions"])
            if isinstance(each, dict) and each["subject"] in mine
        ],
    }


def _picked(payload: Mapping[str, object], names: Sequence[str]) -> dict[str, Json]:
    picked: dict[str, Json] = {}
    for name in names:
        value = payload[name]
        picked[name] = [str(each) for each in value] if isinstance(value, list) else _scalar(value)
    return picked


def _scalar(value: object) -> Json:
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []
