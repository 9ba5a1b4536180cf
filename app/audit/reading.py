"""The log as it is stored, read back as the files it is served as."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.notes import VerifierKey
from app.audit.pruning import first_kept
from app.audit.rejection import Rejected, TrailBroken
from app.audit.tiles import TILE_WIDTH, Tile, bundle
from app.audit.tree import HASH_BYTES, leaf_hash
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import TenantId

_LATEST: Final = text("""
    SELECT size, note FROM audit_checkpoints WHERE tenant = :tenant ORDER BY size DESC LIMIT 1
""")
_LEAVES: Final = text("""
    SELECT leaf FROM audit_entries
    WHERE tenant = :tenant AND index >= :start AND index < :end ORDER BY index
""")
_FULL: Final = text("""
    SELECT hashes FROM audit_tiles WHERE tenant = :tenant AND level = :level AND index = :index
""")
_ROOTS: Final = text("""
    SELECT root FROM audit_tiles
    WHERE tenant = :tenant AND level = :level AND index >= :start AND index < :end ORDER BY index
""")


_WITNESSED: Final = text("""
    SELECT size, note, lines FROM (
        SELECT size, string_agg(line, '' ORDER BY witness) AS lines FROM audit_cosignatures
        WHERE tenant = :tenant
        AND size = (SELECT max(size) FROM audit_cosignatures WHERE tenant = :tenant)
        GROUP BY size
    ) AS cosigned JOIN audit_checkpoints USING (size) WHERE tenant = :tenant
""")


class Transactions(Protocol):
    """The database, as far as the trail needs it."""

    def transaction(self, tenant: TenantId) -> AbstractAsyncContextManager[AsyncSession]: ...


async def latest(tx: AsyncSession, tenant: TenantId) -> tuple[int, str] | None:
    """Size and note of the last checkpoint; None for a log without entries."""
    row = (await tx.execute(_LATEST, {"tenant": tenant})).one_or_none()
    return None if row is None else (row.size, row.note)


async def witnessed(tx: AsyncSession, tenant: TenantId) -> tuple[int, str] | None:
    """The newest checkpoint that any witness cosigned, with the cosignatures; None without."""
    row = (await tx.execute(_WITNESSED, {"tenant": tenant})).one_or_none()
    return None if row is None else (row.size, row.note + row.lines)


async def leaves(tx: AsyncSession, tenant: TenantId, start: int, end: int) -> list[bytes]:
    """The leaves `[start, end)`. Raises TrailBroken when one of them is missing."""
    rows = await tx.execute(_LEAVES, {"tenant": tenant, "start": start, "end": end})
    found = [bytes(leaf) for leaf in rows.scalars()]
    if len(found) != end - start:
        raise TrailBroken
    return found


async def roots(
    tx: AsyncSession, tenant: TenantId, *, level: int, start: int, end: int
) -> list[bytes]:
    """What stands above the full tiles `[start, end)` of a level."""
    rows = await tx.execute(_ROOTS, {"tenant": tenant, "level": level, "start": start, "end": end})
    found = [bytes(root) for root in rows.scalars()]
    if len(found) != end - start:
        raise TrailBroken
    return found


async def tile_bytes(tx: AsyncSession, tenant: TenantId, tile: Tile) -> bytes:
    """A tile or bundle that the caller knows to be within the log.

    Raises NotFound for entries that were pruned.
    """
    start = tile.index * TILE_WIDTH
    end = start + tile.width
    if tile.level is None:
        if start < await first_kept(tx, tenant):
            raise NotFound
        return bundle(await leaves(tx, tenant, start, end))
    at = {"tenant": tenant, "level": tile.level, "index": tile.index}
    stored = (await tx.execute(_FULL, at)).scalar_one_or_none()
    if stored is not None and len(stored) == TILE_WIDTH * HASH_BYTES:
        return bytes(stored[: tile.width * HASH_BYTES])
    if stored is not None or tile.width == TILE_WIDTH:
        raise TrailBroken
    if tile.level == 0:
        return b"".join(leaf_hash(leaf) for leaf in await leaves(tx, tenant, start, end))
    return b"".join(await roots(tx, tenant, level=tile.level - 1, start=start, end=end))


async def tiles_bytes(
    tx: AsyncSession, tenant: TenantId, tiles: Iterable[Tile]
) -> dict[Tile, bytes]:
    return {tile: await tile_bytes(tx, tenant, tile) for tile in tiles}


class LogReader:
    """What anybody may read. `keys` also says which tenants there are."""

    def __init__(self, database: Transactions, keys: Mapping[TenantId, VerifierKey]) -> None:
        self._database = database
        self._keys = keys

    def vkey(self, tenant: TenantId) -> str:
        return self._key(tenant).vkey

    async def checkpoint(self, tenant: TenantId) -> str:
        """Raises NotFound for an unknown tenant, and for a log that has no entry yet."""
        self._key(tenant)
        async with self._database.transaction(tenant) as tx:
            last = await latest(tx, tenant)
        if last is None:
            raise NotFound
        return last[1]

    async def witnessed(self, tenant: TenantId) -> str:
        """The newest checkpoint with cosignatures. Raises NotFound where no witness cosigned."""
        self._key(tenant)
        async with self._database.transaction(tenant) as tx:
            last = await witnessed(tx, tenant)
        if last is None:
            raise NotFound
        return last[1]

    async def first(self, tenant: TenantId) -> int:
        """The index of the first entry that was not pruned."""
        self._key(tenant)
        async with self._database.transaction(tenant) as tx:
            return await first_kept(tx, tenant)

    async def file(self, tenant: TenantId, path: str) -> bytes:
        """The tile or bundle at `tile/…`. Raises NotFound for what is not in the signed log."""
        self._key(tenant)
        try:
            tile = Tile.parse(path)
        except Rejected:
            raise NotFound from None
        async with self._database.transaction(tenant) as tx:
            last = await latest(tx, tenant)
            if last is None or not tile.within(last[0]):
                raise NotFound
            return await tile_bytes(tx, tenant, tile)

    def _key(self, tenant: TenantId) -> VerifierKey:
        if tenant not in self._keys:
            raise NotFound
        return self._keys[tenant]
