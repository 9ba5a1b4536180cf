"""The Merkle tree of RFC 6962, as pure functions.

A tree is never held as a whole. What a proof consists of is said in `Node`s, the
complete subtrees a log keeps; whoever has their hashes folds them together.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from app.audit.rejection import Rejected

HASH_BYTES: Final = 32
_PAIR: Final = 2 * HASH_BYTES
EMPTY_ROOT: Final = sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree: the leaves `position * 2**height` up to the next such number."""

    height: int
    position: int


def leaf_hash(entry: bytes) -> bytes:
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """As `leaf_hash` of each: a call less for each of a million."""
    return [sha256(b"\x00" + entry).digest() for entry in entries]


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root(hashes: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, over leaf hashes. A node without a partner moves up unchanged."""
    return root_of(b"".join(hashes))


def root_of(joined: bytes) -> bytes:
    """As `root`, of hashes that stand one behind the other, as they do in a tile."""
    if not joined:
        return EMPTY_ROOT
    row = joined
    while len(row) > HASH_BYTES:
        odd = len(row) % _PAIR
        pairs = range(0, len(row) - odd, _PAIR)
        above = [sha256(b"\x01" + row[at : at + _PAIR]).digest() for at in pairs]
        row = b"".join(above) + (row[-HASH_BYTES:] if odd else b"")
    return row


def fold(hashes: Sequence[bytes]) -> bytes:
    """One hash of subtrees that stand side by side, the largest on the left."""
    *others, result = hashes
    for left in reversed(others):
        result = node_hash(left, result)
    return result


def cover(start: int, end: int) -> tuple[Node, ...]:
    """The largest complete subtrees over `[start, end)`, from the left.

    `start` is a multiple of the largest power of two that fits, as it is for every
    part RFC 6962 splits a tree into.
    """
    nodes: list[Node] = []
    while start < end:
        height = (end - start).bit_length() - 1
        nodes.append(Node(height, start >> height))
        start += 1 << height
    return tuple(nodes)


def inclusion(index: int, size: int) -> tuple[tuple[Node, ...], ...]:
    """What proves leaf `index` in a tree of `size`: each group folds to one hash of the proof."""
    if not 0 <= index < size:
        raise ValueError("there is no such leaf in the tree")
    groups: list[tuple[Node, ...]] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _left(end - start)
        if index < split:
            groups.append(cover(split, end))
            end = split
        else:
            groups.append(cover(start, split))
            start = split
    return tuple(reversed(groups))


def consistency(old: int, new: int) -> tuple[tuple[Node, ...], ...]:
    """What proves that the tree of size `old` is the beginning of the one of size `new`."""
    if not 0 < old <= new:
        raise ValueError("the older tree is empty or larger than the newer one")
    groups: list[tuple[Node, ...]] = []
    start, end, known = 0, new, True
    while end != old:
        split = start + _left(end - start)
        if old <= split:
            groups.append(cover(split, end))
            end = split
        else:
            groups.append(cover(start, split))
            start, known = split, False
    if not known:
        groups.append(cover(start, end))
    return tuple(reversed(groups))


def verify_inclusion(
    leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], expected_root: bytes
) -> None:
    """RFC 9162, 2.1.3.2. `leaf` is the leaf's hash."""
    if not 0 <= index < size:
        raise Rejected("The proof speaks of an entry the log does not have.")
    result = leaf
    for step, from_left in _climb(index, size - 1, proof):
        result = node_hash(step, result) if from_left else node_hash(result, step)
    if result != expected_root:
        raise Rejected("The entry is not in the log this checkpoint signs.")


def verify_consistency(
    *, old_size: int, new_size: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162, 2.1.4.2."""
    if not 0 < old_size <= new_size:
        raise Rejected("The newer checkpoint is smaller than the older one.")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise Rejected("Two checkpoints of the same size sign different logs.")
        return
    steps = [old_root, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not steps:
        raise Rejected("The proof is too short.")
    if len(steps[0]) != HASH_BYTES:
        raise Rejected("The proof holds something that is not a hash.")
    shared = (old_size & -old_size).bit_length() - 1
    old = new = steps[0]
    for step, from_left in _climb((old_size - 1) >> shared, (new_size - 1) >> shared, steps[1:]):
        if from_left:
            old, new = node_hash(step, old), node_hash(step, new)
        else:
            new = node_hash(new, step)
    if (old, new) != (old_root, new_root):
        raise Rejected("The older checkpoint is not the beginning of the newer one.")


def _left(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _climb(position: int, last: int, steps: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each step of a proof and whether it joins from the left; the tree must end with them."""
    for step in steps:
        if len(step) != HASH_BYTES:
            raise Rejected("The proof holds something that is not a hash.")
        if last == 0:
            raise Rejected("The proof is too long.")
        from_left = bool(position % 2) or position == last
        yield step, from_left
        while from_left and position and not position % 2:
            position, last = position >> 1, last >> 1
        position, last = position >> 1, last >> 1
    if last:
        raise Rejected("The proof is too short.")
