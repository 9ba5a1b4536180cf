"""Looking for entries: newest first, in batches, up to a limit, and on from there.

Payloads are sealed one by one and nothing of them is indexed: an index would tell who has the
database what the seal hides. So a search opens them, of the hours and the policy that it asks for
(these two stand in the leaf, which is public), `BATCH` at a time and `LOOKED_AT` at most; what
it gives for `next` is where to go on. Entries whose content was deleted are not found, and those
of the last second or two are not in the tree yet.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import ActorKind, EventKind, Outcome
from app.audit.leaves import Leaf, hour_of
from app.audit.sealing import Sealer
from app.oversight.lines import Line, line
from app.vault.sealing import Unopenable
from app.vocabulary.ids import EntryId, TenantId
from app.vocabulary.levels import Purpose

BATCH: Final = 500
LOOKED_AT: Final = 5_000
_NOBODY: Final = bytes(32)
_HOUR: Final = slice(17, 21)

_ENTRIES: Final = text("""
    SELECT e.index AS place, e.entry, p.sealed FROM audit_entries AS e
    JOIN audit_payloads AS p ON p.tenant = e.tenant AND p.entry = e.entry
    WHERE e.tenant = :tenant AND e.index < :before
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
    at = before if before is not None else await size(tx, tenant)
    found: list[Line] = []
    broken: list[EntryId] = []
    looked_at = 0
    more = True
    while more and looked_at < limit and len(found) < most:
        rows = await _batch(tx, tenant, wanted, before=at, most=min(BATCH, limit - looked_at))
        more = len(rows) == min(BATCH, limit - looked_at)
        for position, (index, entry, sealed) in enumerate(rows):
            looked_at, at = looked_at + 1, index
            told = await _opened(tx, sealer, tenant, index, entry, sealed)
            if told is None:
                broken.append(entry)
            elif wanted.fits(told):
                found.append(told)
            if len(found) == most:
                more = more or position + 1 < len(rows)
                break
    return Page(
        # Entries that came in together stand in the tree in no order of time.
        lines=tuple(sorted(found, key=lambda each: (each.at, each.index), reverse=True)),
        looked_at=looked_at,
        unopenable=tuple(broken),
        next=at if more and at > 0 else None,
    )


async def size(tx: AsyncSession, tenant: TenantId) -> int:
    return int((await tx.execute(_SIZE, {"tenant": tenant})).scalar_one())


async def _batch(
    tx: AsyncSession, tenant: TenantId, wanted: Wanted, *, before: int, most: int
) -> list[tuple[int, EntryId, bytes]]:
    asked = {
        "tenant": tenant,
        "before": before,
        "since": hour_bytes(wanted.since),
        "until": hour_bytes(wanted.until),
        "policy": None if wanted.policy is None else bytes.fromhex(wanted.policy),
        "most": most,
    }
    rows = (await tx.execute(_ENTRIES, asked)).all()
    return [(row.place, EntryId(row.entry), bytes(row.sealed)) for row in rows]


async def _opened(  # noqa: PLR0913, PLR0917  # an entry, and by which key
    tx: AsyncSession, sealer: Sealer, tenant: TenantId, index: int, entry: EntryId, sealed: bytes
) -> Line | None:
    try:
        return line(index, entry, await sealer.open(tx, tenant, entry, sealed))
    except (Unopenable, ValueError, KeyError, TypeError):
        return None


def hour_bytes(moment: datetime) -> bytes:
    """As it stands in a leaf."""
    leaf = Leaf(
        entry=EntryId(UUID(int=0)), hour=hour_of(moment), policy=_NOBODY, commitment=_NOBODY
    )
    return leaf.encode()[_HOUR]
