"""The right-hand edge of a tree: all that is needed to let it grow."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.audit.tiles import TILE_HEIGHT, TILE_WIDTH, Tile
from app.audit.tree import EMPTY_ROOT, cover, fold, root


@dataclass(frozen=True, slots=True)
class FullTile:
    tile: Tile
    hashes: bytes
    root: bytes


class Edge:
    """At each tile level, the hashes that do not fill a tile yet."""

    def __init__(self, size: int = 0, levels: Iterable[Iterable[bytes]] = ()) -> None:
        self.size = size
        self._levels = [list(level) for level in levels]

    def append(self, hashes: Iterable[bytes]) -> list[FullTile]:
        """Adds leaf hashes and gives the tiles that became full, lower ones first."""
        full: list[FullTile] = []
        if not self._levels:
            self._levels.append([])
        row, coming = self._levels[0], list(hashes)
        while coming:
            room = TILE_WIDTH - len(row) - 1
            # All but the one that fills the tile need nothing else done.
            row += coming[:room]
            self.size += len(coming[:room])
            if len(coming) > room:
                self.size += 1
                self._add(0, coming[room], full)
            coming = coming[room + 1 :]
        return full

    def _add(self, level: int, hashed: bytes, full: list[FullTile]) -> None:
        if level == len(self._levels):
            self._levels.append([])
        row = self._levels[level]
        row.append(hashed)
        if len(row) == TILE_WIDTH:
            index = (self.size >> (8 * (level + 1))) - 1
            done = FullTile(Tile(level, index), b"".join(row), root(row))
            full.append(done)
            row.clear()
            self._add(level + 1, done.root, full)

    @property
    def levels(self) -> list[list[bytes]]:
        return [list(level) for level in self._levels]

    def partial(self) -> list[tuple[Tile, bytes]]:
        """The tiles that are not full, lower ones first."""
        return [
            (Tile(level, self.size >> TILE_HEIGHT * (level + 1), len(row)), b"".join(row))
            for level, row in enumerate(self._levels)
            if row
        ]

    def root(self) -> bytes:
        """The root of the whole tree."""
        subtrees: list[bytes] = []
        for row in reversed(self._levels):
            for node in cover(0, len(row)):
                start = node.position << node.height
                subtrees.append(root(row[start : start + (1 << node.height)]))
        return fold(subtrees) if subtrees else EMPTY_ROOT
