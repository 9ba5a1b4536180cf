"""Moves entries from the queue into the tree and signs what comes of it.

Any worker may run one. A batch is one transaction under a lock of the tenant's:
entries leave the queue and stand in the tree, with tiles and a signed checkpoint,
or none of it happened. Inside a batch the order is that of the random entry ids,
so that neighbours in the log need not be neighbours in time.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.edge import Edge, FullTile
from app.audit.notes import Checkpoint, SigningKey, open_checkpoint
from app.audit.reading import Transactions, latest, leaves, roots
from app.audit.rejection import Rejected, TrailBroken
from app.audit.tiles import TILE_HEIGHT, TILE_WIDTH
from app.audit.tree import leaf_hash
from app.telemetry.attributes import Configured
from app.telemetry.logs import Level, Message, say
from app.vocabulary.ids import TenantId

BATCH: Final = 1024

_LOCK: Final = text("""
    SELECT pg_try_advisory_xact_lock(hashtextextended('klarfall trail ' || :tenant, 0))
    AND EXISTS (SELECT FROM audit_queue WHERE tenant = :tenant)
""")
_TAKE: Final = text("""
    DELETE FROM audit_queue WHERE tenant = :tenant AND ctid = ANY(ARRAY(
        SELECT ctid FROM audit_queue WHERE tenant = :tenant LIMIT :batch
    )) RETURNING entry, leaf
""")
_PUT_ENTRIES: Final = text("""
    INSERT INTO audit_entries (tenant, index, entry, leaf)
    SELECT :tenant, :size + n - 1, entry, leaf
    FROM unnest(CAST(:entries AS uuid[]), CAST(:leaves AS bytea[]))
    WITH ORDINALITY AS new (entry, leaf, n)
""")
_PUT_TILE: Final = text("""
    INSERT INTO audit_tiles (tenant, level, index, hashes, root)
    VALUES (:tenant, :level, :index, :hashes, :root)
""")
_PUT_CHECKPOINT: Final = text("""
    INSERT INTO audit_checkpoints (tenant, size, note) VALUES (:tenant, :size, :note)
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often to look: for what this process wrote, and for all that is left."""

    interval: timedelta = timedelta(milliseconds=200)
    sweep: timedelta = timedelta(seconds=1)


class Sequencer:
    """`keys` says which tenants there are. `troubled` names those whose log stands still."""

    def __init__(
        self,
        database: Transactions,
        keys: Mapping[TenantId, SigningKey],
        *,
        pace: Pace | None = None,
    ) -> None:
        self._database = database
        self._keys = keys
        self._pace = pace or Pace()
        self._waiting: set[TenantId] = set()
        self._seen: dict[TenantId, Checkpoint] = {}
        self.troubled: set[TenantId] = set()

    def wake(self, tenant: TenantId) -> None:
        """Something was, or is about to be, committed for this tenant."""
        self._waiting.add(tenant)

    async def run(self) -> None:
        """Until cancelled. Trouble with one log, or with the database, stops no other."""
        loop = asyncio.get_running_loop()
        next_sweep = loop.time()
        while True:
            if loop.time() >= next_sweep:
                self._waiting.update(self._keys)
                next_sweep = loop.time() + self._pace.sweep.total_seconds()
            due, self._waiting = self._waiting, set()
            for tenant in sorted(due & self._keys.keys()):
                await self._attempt(tenant)
            await asyncio.sleep(self._pace.interval.total_seconds())

    async def drain(self, tenant: TenantId) -> int:
        """Batches until the queue is empty, or another worker has it. Gives how many entries."""
        moved = 0
        while batch := await self.sequence(tenant):
            moved += batch
        return moved

    async def sequence(self, tenant: TenantId) -> int:
        """One batch. Raises TrailBroken when what is stored is not what was signed."""
        key = self._keys[tenant]
        async with self._database.transaction(tenant) as tx:
            if not (await tx.execute(_LOCK, {"tenant": tenant})).scalar_one():
                return 0
            edge = await self._edge(tx, tenant, key)
            taken = await tx.execute(_TAKE, {"tenant": tenant, "batch": BATCH})
            entries = sorted((row.entry, bytes(row.leaf)) for row in taken)
            if not entries:
                return 0
            checkpoint = await _append(tx, tenant, edge, entries, key)
        self._seen[tenant] = checkpoint
        return len(entries)

    async def _attempt(self, tenant: TenantId) -> None:
        """One batch, so that a busy tenant keeps no other waiting. Trouble waits for the sweep."""
        try:
            moved = await self.sequence(tenant)
        except Exception as error:  # noqa: BLE001 - whatever it is, the other logs go on
            if tenant not in self.troubled:
                self.troubled.add(tenant)
                _tell(tenant, error)
        else:
            self.troubled.discard(tenant)
            if moved == BATCH:
                self._waiting.add(tenant)

    async def _edge(self, tx: AsyncSession, tenant: TenantId, key: SigningKey) -> Edge:
        """Where the tree grows, held against the last signature.

        Whoever can write the tables but not sign gets nothing signed by altering them:
        the size and root are believed only from a note with our own signature, and the
        edge must have that root.
        """
        last = await latest(tx, tenant)
        if last is None:
            if tenant in self._seen:
                raise TrailBroken
            return Edge()
        try:
            checkpoint = open_checkpoint(last[1], key.verifier)
        except Rejected:
            raise TrailBroken from None
        seen = self._seen.get(tenant)
        if seen is not None and (
            checkpoint.size < seen.size
            or (checkpoint.size == seen.size and checkpoint.root != seen.root)
        ):
            raise TrailBroken
        edge = await _load(tx, tenant, checkpoint.size)
        if last[0] != checkpoint.size or edge.root() != checkpoint.root:
            raise TrailBroken
        return edge


async def _load(tx: AsyncSession, tenant: TenantId, size: int) -> Edge:
    start = size - size % TILE_WIDTH
    rows = [[leaf_hash(leaf) for leaf in await leaves(tx, tenant, start, size)]]
    full, level = size >> TILE_HEIGHT, 0
    while full:
        rest = full % TILE_WIDTH
        rows.append(await roots(tx, tenant, level=level, start=full - rest, end=full))
        full, level = full >> TILE_HEIGHT, level + 1
    return Edge(size, rows)


async def _append(
    tx: AsyncSession,
    tenant: TenantId,
    edge: Edge,
    entries: Sequence[tuple[UUID, bytes]],
    key: SigningKey,
) -> Checkpoint:
    before = edge.size
    full = edge.append(leaf_hash(leaf) for _, leaf in entries)
    checkpoint = Checkpoint(key.name, edge.size, edge.root())
    await tx.execute(
        _PUT_ENTRIES,
        {
            "tenant": tenant,
            "size": before,
            "entries": [entry for entry, _ in entries],
            "leaves": [leaf for _, leaf in entries],
        },
    )
    if full:
        await tx.execute(_PUT_TILE, [_tile(tenant, tile) for tile in full])
    note = key.sign(checkpoint.text)
    await tx.execute(_PUT_CHECKPOINT, {"tenant": tenant, "size": edge.size, "note": note})
    return checkpoint


def _tile(tenant: TenantId, full: FullTile) -> dict[str, object]:
    return {
        "tenant": tenant,
        "level": full.tile.level,
        "index": full.tile.index,
        "hashes": full.hashes,
        "root": full.root,
    }


def _tell(tenant: TenantId, error: Exception) -> None:
    say(
        Message.SEQUENCER_WAITING,
        level=Level.WARNING,
        tenant=Configured(tenant),
        error=Configured(type(error).__name__),
    )
