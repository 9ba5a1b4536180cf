"""Looking for entries: newest first, in stretches, up to a limit, and on from there.

Payloads are sealed one by one and nothing of them is indexed: an index would tell who has the
database what the seal hides. So a search opens them, of the hours and the policy that it asks for
(these two stand in the leaf, which is public), a stretch of the log at a time and `LOOKED_AT` at
most; what it gives for `next` is where to go on. A stretch is bounded by place, which is the key
of the table: asked for by the hour alone, PostgreSQL reads and sorts the whole log each time.
Where little is found the next stretch is twice as long. Entries whose content was deleted are not
found, and those of the last second or two are not in the tree yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import canonical
from app.audit.events import ActorKind, EventKind, Outcome
from app.audit.leaves import Leaf, hour_of
from app.audit.sealing import Sealer
from app.oversight.lines import Line, line
from app.vault.sealing import Unopenable
from app.vocabulary.ids import EntryId, TenantId
from app.vocabulary.levels import Purpose

STRETCH: Final = 1_000
LONGEST_STRETCH: Final = 128_000
LOOKED_AT: Final = 5_000
_NOBODY: Final = bytes(32)
_HOUR: Final = slice(17, 21)

_ENTRIES: Final = text("""
    SELECT e.index AS place, e.entry, p.sealed FROM audit_entries AS e
    JOIN audit_payloads AS p ON p.tenant = e.tenant AND p.entry = e.entry
    WHERE e.tenant = :tenant AND e.index < :before AND e.index >= :from
      AND substring(e.leaf FROM 18 FOR 4) BETWEEN :since AND :until
      AND (CAST(:policy AS bytea) IS NULL OR substring(e.leaf FROM 22 FOR 32) = :policy)
    ORDER BY e.index DESC LIMIT :most
""")
_SIZE: Final = text("""
    SELECT coalesce(max(index) + 1, 0) FROM audit_entries WHERE tenant = :tenant
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; None is anything. `persons` are ids, any of which will do."""

    since: datetime
    until: datetime
    persons: frozenset[str] | None = None
    field: str | None = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    event: EventKind | None = None
    actor: ActorKind | None = None
    policy: str | None = None

    def fits(self, found: Line) -> bool:
        return (
            self.since <= found.at <= self.until
            and (self.persons is None or bool(self.persons & found.persons))
            and (self.field is None or self.field in found.fields)
            and self.purpose in {None, found.purpose}
            and self.outcome in {None, found.outcome}
            and self.event in {None, found.event}
            and self.actor in {None, found.actor}
            and self.policy in {None, found.policy}
        )


class Sieve:
    """Whether what is wanted can be in a payload, told by its bytes: reading it costs far more.

    Payloads are canonical JSON, which has one spelling for a member of one of our words. What
    comes through is read and judged by `Wanted.fits`.
    """

    def __init__(self, wanted: Wanted) -> None:
        members = {
            "event": wanted.event,
            "purpose": wanted.purpose,
            "outcome": wanted.outcome,
            "kind": wanted.actor,
            "field": wanted.field,
            "policy": wanted.policy,
        }
        told = {name: value for name, value in members.items() if value is not None}
        self._members = [canonical({name: value})[1:-1] for name, value in told.items()]
        persons = wanted.persons
        self._persons = None if persons is None else [each.encode() for each in persons]

    def lets_through(self, opened: bytes) -> bool:
        return all(member in opened for member in self._members) and (
            self._persons is None or any(person in opened for person in self._persons)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`next` goes into `before` for what is older; None where there is no more.

    `unopenable` are entries that were altered or moved: they are named, not passed over.
    """

    lines: tuple[Line, ...]
    looked_at: int
    unopenable: tuple[EntryId, ...]
    next: int | None


async def search(  # noqa: PLR0913  # where, by which key, for what, and how far, each named
    tx: AsyncSession,
    sealer: Sealer,
    tenant: TenantId,
    wanted: Wanted,
    *,
    before: int | None = None,
    most: int,
    limit: int = LOOKED_AT,
) -> Page:
    """At most `most` entries, of at most `limit` looked at."""
    at = await size(tx, tenant)
    if before is not None:
        at = min(at, before)
    found: list[Line] = []
    broken: list[EntryId] = []
    looked_at, stretch = 0, STRETCH
    sieve = Sieve(wanted)
    while at > 0 and looked_at < limit and len(found) < most:
        start = max(0, at - stretch)
        rows = await _stretch(tx, tenant, wanted, (start, at), most=limit - looked_at)
        stretch = STRETCH if 2 * len(rows) >= STRETCH else min(2 * stretch, LONGEST_STRETCH)
        at = rows[-1].place if len(rows) == limit - looked_at else start
        for row in rows:
            looked_at += 1
            try:
                opened = await sealer.open(tx, tenant, EntryId(row.entry), bytes(row.sealed))
                told = line(row.place, row.entry, opened) if sieve.lets_through(opened) else None
            except (Unopenable, ValueError, KeyError, TypeError):
                broken.append(EntryId(row.entry))
                continue
            if told is not None and wanted.fits(told):
                found.append(told)
            if len(found) == most:
                at = row.place
                break
    return Page(
        # Entries that came in together stand in the tree in no order of time.
        lines=tuple(sorted(found, key=lambda each: (each.at, each.index), reverse=True)),
        looked_at=looked_at,
        unopenable=tuple(broken),
        next=at if at > 0 else None,
    )


async def size(tx: AsyncSession, tenant: TenantId) -> int:
    return int((await tx.execute(_SIZE, {"tenant": tenant})).scalar_one())


async def _stretch(
    tx: AsyncSession, tenant: TenantId, wanted: Wanted, places: tuple[int, int], *, most: int
) -> Sequence[Row[*tuple[Any, ...]]]:  # Any: textual SQL has no types
    """Of these places, the newest first, what is of the hours and the policy that are wanted."""
    asked = {
        "tenant": tenant,
        "from": places[0],
        "before": places[1],
        "since": hour_bytes(wanted.since),
        "until": hour_bytes(wanted.until),
        "policy": None if wanted.policy is None else bytes.fromhex(wanted.policy),
        "most": most,
    }
    return (await tx.execute(_ENTRIES, asked)).all()


def hour_bytes(moment: datetime) -> bytes:
    """As it stands in a leaf."""
    leaf = Leaf(
        entry=EntryId(UUID(int=0)), hour=hour_of(moment), policy=_NOBODY, commitment=_NOBODY
    )
    return leaf.encode()[_HOUR]
