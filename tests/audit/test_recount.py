"""What makes a recount quick changes nothing of what it finds."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.edge import Edge
from app.audit.leaves import LEAF_BYTES, entry_in, ids_in
from app.audit.recount import Recount
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH, bundle, unbundle
from app.audit.tree import leaf_hash, leaf_hashes, node_hash, root
from tests.audit.conftest import a_leaf

ORIGIN = "klarfall.example/log/test"


def one_by_one(data: bytes, count: int) -> list[bytes]:
    """As the specification says it: a length in two bytes, and so many bytes after it."""
    entries, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            raise Rejected("cut off")
        end = at + 2 + int.from_bytes(data[at : at + 2])
        if end > len(data):
            raise Rejected("cut off")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != count:
        raise Rejected("another number")
    return entries


@given(
    st.lists(st.integers(0, 3).map(bytes), min_size=1, max_size=6),
    st.integers(0, 40),
    st.integers(0, 255),
    st.integers(-1, 1),
)
def test_a_bundle_is_read_as_the_specification_says_however_it_was_altered(
    entries: list[bytes], place: int, value: int, more: int
) -> None:
    data = bytearray(bundle(entries))
    data[place % len(data)] = value
    count = len(entries) + more
    try:
        expected = one_by_one(bytes(data), count)
    except Rejected:
        with pytest.raises(Rejected):
            unbundle(bytes(data), count)
    else:
        assert list(unbundle(bytes(data), count)) == expected


@given(st.integers(0, 600), st.lists(st.integers(1, 300), max_size=8))
def test_a_tree_grows_alike_in_whatever_steps(first: int, steps: list[int]) -> None:
    leaves = leaf_hashes(bytes([n % 256]) * 3 for n in range(first + sum(steps)))
    at_once, in_steps = Edge(), Edge()
    tiles = at_once.append(leaves)
    grown = in_steps.append(leaves[:first])
    for step in steps:
        grown += in_steps.append(leaves[in_steps.size : in_steps.size + step])

    assert grown == tiles
    assert (in_steps.size, in_steps.levels) == (at_once.size, at_once.levels)
    assert in_steps.root() == at_once.root() == root(leaves)
    assert all(len(level) < TILE_WIDTH for level in at_once.levels)


def test_hashes_of_many_are_those_of_each() -> None:
    entries = [bytes([n]) for n in range(5)]
    one, two, three, four, five = leaf_hashes(entries)

    assert [one, two, three, four, five] == [leaf_hash(each) for each in entries]
    pairs = node_hash(node_hash(one, two), node_hash(three, four))
    assert root([one, two, three, four, five]) == node_hash(pairs, five)
    leaves = [a_leaf().encode() for _ in range(3)]
    assert ids_in(leaves) == [entry_in(leaf) for leaf in leaves]
    for spoilt in (leaves[0][:-1], b"\x02" + leaves[0][1:], leaves[0] + b"\0"):
        with pytest.raises(Rejected):
            ids_in([leaves[1], spoilt])
    assert len(leaves[0]) == LEAF_BYTES


@pytest.mark.parametrize(("many", "fits"), [(TILE_WIDTH - 1, True), (TILE_WIDTH, False)])
def test_a_kept_recount_with_a_row_that_would_be_a_tile_is_refused(many: int, fits: bool) -> None:
    ids = b"".join(number.to_bytes(16) for number in range(many))
    head = {
        "kind": "klarfall recount v1",
        "origin": ORIGIN,
        "first": 0,
        "size": many,
        "levels": [b64encode(bytes(32) * many).decode()],
    }
    kept = json.dumps(head).encode() + b"\n" + ids
    if fits:
        assert Recount.resumed(kept, ORIGIN).size == many
    else:
        with pytest.raises(Rejected):
            Recount.resumed(kept, ORIGIN)
