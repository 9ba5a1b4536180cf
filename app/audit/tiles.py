"""Tiles and entry bundles, the static files a log is served as (c2sp.org/tlog-tiles)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

from app.audit.rejection import Rejected
from app.audit.tree import HASH_BYTES, Node, root_of

TILE_HEIGHT: Final = 8
TILE_WIDTH: Final = 1 << TILE_HEIGHT
_PATH: Final = re.compile(
    r"tile/(?P<level>entries|0|[1-5]?[0-9]|6[0-3])"
    r"/(?P<index>(?:x[0-9]{3}/){0,5}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Tile:
    """`width` consecutive hashes of subtrees `8 * level` high. No level: the entries themselves."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    @property
    def path(self) -> str:
        last, *higher = _thousands(self.index)
        elements = [*(f"x{element:03}" for element in reversed(higher)), f"{last:03}"]
        partial = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return (
            f"tile/{'entries' if self.level is None else self.level}/{'/'.join(elements)}{partial}"
        )

    @classmethod
    def parse(cls, path: str) -> Self:
        """Rejects every spelling but the one `path` gives."""
        found = _PATH.fullmatch(path)
        if found is None:
            raise Rejected("This is not the path of a tile.")
        level, width = found["level"], found["width"]
        tile = cls(
            None if level == "entries" else int(level),
            int(found["index"].replace("/", "").replace("x", "")),
            int(width) if width else TILE_WIDTH,
        )
        if tile.width > TILE_WIDTH or tile.path != path:
            raise Rejected("This is not how the path of this tile is written.")
        return tile

    def within(self, size: int) -> bool:
        """Whether a log of `size` entries has all of this tile."""
        available = size >> (TILE_HEIGHT * (self.level or 0))
        return self.index * TILE_WIDTH + self.width <= available


def files(size: int) -> Iterator[Tile]:
    """Every tile and bundle of a log of `size` entries."""
    levels = -(-size.bit_length() // TILE_HEIGHT)
    for level in (None, *range(levels)):
        full, rest = divmod(size >> (TILE_HEIGHT * (level or 0)), TILE_WIDTH)
        yield from (Tile(level, index) for index in range(full))
        if rest:
            yield Tile(level, full, rest)


def tile_of(node: Node, size: int) -> Tile:
    """The tile of a log of `size` entries in which to find the node."""
    level, height = divmod(node.height, TILE_HEIGHT)
    index = (node.position << height) // TILE_WIDTH
    available = (size >> (TILE_HEIGHT * level)) - index * TILE_WIDTH
    return Tile(level, index, min(TILE_WIDTH, available))


def node_in(tiles: Mapping[Tile, bytes], node: Node, size: int) -> bytes:
    height = node.height % TILE_HEIGHT
    first = (node.position << height) % TILE_WIDTH
    hashes = tiles[tile_of(node, size)]
    return root_of(hashes[first * HASH_BYTES : (first + (1 << height)) * HASH_BYTES])


def split_hashes(data: bytes) -> list[bytes]:
    return [data[i : i + HASH_BYTES] for i in range(0, len(data), HASH_BYTES)]


def bundle(entries: Iterable[bytes]) -> bytes:
    """Each entry behind its length in two bytes, the most significant first."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(data: bytes, count: int) -> Sequence[bytes]:
    if (alike := _alike(data, count)) is not None:
        return alike
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if at + 2 > len(data) or end > len(data):
            raise Rejected("A bundle of entries is cut off.")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != count:
        raise Rejected("A bundle does not hold as many entries as it should.")
    return entries


def _alike(data: bytes, count: int) -> list[bytes] | None:
    """The entries where all are as long as the first, as ours are; else None, and no verdict."""
    step = 2 + int.from_bytes(data[:2])
    if not count or len(data) != count * step or data[::step] != data[:1] * count:
        return None
    if data[1::step] != data[1:2] * count:
        return None
    return [data[at : at + step - 2] for at in range(2, len(data) + 1, step)]


def _thousands(number: int) -> list[int]:
    """The number in groups of three digits, the last group first."""
    groups = [number % 1000]
    while number := number // 1000:
        groups.append(number % 1000)
    return groups
