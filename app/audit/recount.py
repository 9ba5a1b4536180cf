"""A whole log recomputed from its entries, as far as somebody has come.

Tiles are held against what the entries give, and never believed. What is pruned has no entries
any more: there, and only there, the hashes above it come from tiles, and the signed root must
follow from them as well.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Final, Self

from app.audit.edge import Edge
from app.audit.leaves import LEAF_BYTES, ids_in
from app.audit.notes import Checkpoint
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile, split_hashes, unbundle
from app.audit.tree import HASH_BYTES, leaf_hashes

Fetch = Callable[[str], bytes]
_ID_BYTES: Final = 16
_KIND: Final = "klarfall recount v1"


class Recount:
    """The edge of the tree after `edge.size` entries, and the ids of those that were there."""

    def __init__(self, origin: str, *, first: int = 0) -> None:
        self.origin = origin
        self.first = first
        self.edge = Edge()
        self.seen: set[bytes] = set()

    @property
    def size(self) -> int:
        return self.edge.size

    def start(self, fetch: Fetch, size: int) -> None:
        """Begins behind what is pruned, with the hashes that stand above it."""
        if self.first % TILE_WIDTH or self.first > size:
            raise Rejected("The log does not say rightly from where on it has its entries.")
        rows: list[list[bytes]] = [[]]
        full = self.first >> TILE_HEIGHT
        while full:
            level, rest = len(rows), full % TILE_WIDTH
            available = (size >> (TILE_HEIGHT * level)) - (full - rest)
            tile = Tile(level, full // TILE_WIDTH, min(TILE_WIDTH, available))
            rows.append(_hashes(fetch, tile)[:rest] if rest else [])
            full >>= TILE_HEIGHT
        self.edge = Edge(self.first, rows)

    def take(self, fetch: Fetch, size: int, *, until: int) -> None:
        """One bundle more of a log of `size` entries, or as much of it as comes before `until`."""
        start = self.size
        index, skipped = divmod(start, TILE_WIDTH)
        width = min(TILE_WIDTH, size - index * TILE_WIDTH)
        data = fetch(Tile(None, index, width).path)
        if len(data) != width * (2 + LEAF_BYTES):
            raise Rejected("A bundle does not hold as many entries as it should.")
        entries: Sequence[bytes] = unbundle(data, width)[skipped : until - index * TILE_WIDTH]
        self.seen.update(ids_in(entries))
        if len(self.seen) != start - self.first + len(entries):
            raise Rejected("An entry is in the log twice.")
        for full in self.edge.append(leaf_hashes(entries)):
            _compare(fetch, full.tile, full.hashes)

    def close(self, fetch: Fetch) -> None:
        """The tiles at the right-hand edge, which are not full."""
        for tile, hashes in self.edge.partial():
            _compare(fetch, tile, hashes)

    def compare(self, checkpoint: Checkpoint) -> None:
        if self.edge.root() != checkpoint.root:
            raise Rejected("The entries are not the ones the checkpoint signs.")

    def kept(self) -> bytes:
        """To go on from later. Whoever can write this file can make a verifier believe anything."""
        head = {
            "kind": _KIND,
            "origin": self.origin,
            "first": self.first,
            "size": self.size,
            "levels": [b64encode(b"".join(row)).decode() for row in self.edge.levels],
        }
        return json.dumps(head).encode() + b"\n" + b"".join(self.seen)

    @classmethod
    def resumed(cls, data: bytes, origin: str) -> Self:
        """Raises Rejected for what is not the work begun on this log."""
        line, _, ids = data.partition(b"\n")
        try:
            head = json.loads(line)
            recount = cls(origin, first=int(head["first"]))
            rows = [split_hashes(b64decode(row, validate=True)) for row in head["levels"]]
            recount.edge = Edge(int(head["size"]), rows)
            recount.seen = {ids[at : at + _ID_BYTES] for at in range(0, len(ids), _ID_BYTES)}
            sound = (head["kind"], head["origin"]) == (_KIND, origin)
            sound = sound and all(len(row) < TILE_WIDTH for row in rows)
        except (ValueError, KeyError, TypeError):
            raise Rejected("The file to resume from cannot be read.") from None
        if not sound or len(recount.seen) != recount.size - recount.first:
            raise Rejected("The file to resume from is not the work begun on this log.")
        return recount


def _hashes(fetch: Fetch, tile: Tile) -> list[bytes]:
    data = fetch(tile.path)
    if len(data) != tile.width * HASH_BYTES:
        raise Rejected("A tile does not hold as many hashes as it should.")
    return split_hashes(data)


def _compare(fetch: Fetch, tile: Tile, hashes: bytes) -> None:
    if fetch(tile.path) != hashes:
        raise Rejected("A tile holds something else than follows from the entries.")
