"""The tree, against the text of RFC 6962 and the vectors of Certificate Transparency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.edge import Edge
from app.audit.rejection import Rejected
from app.audit.tiles import Tile, files, node_in, split_hashes, tile_of
from app.audit.tree import (
    EMPTY_ROOT,
    Node,
    consistency,
    fold,
    inclusion,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.audit.oracle import naive_consistency, naive_path, naive_root

CT_ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
A, B, C, D, E, F = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
)
CT_PATHS = {(0, 1): [], (0, 8): [A, B, C], (5, 8): [D, E, CT_ROOTS[3]]}
CT_CONSISTENCY = {(1, 1): [], (1, 8): [A, B, C], (6, 8): [F, E, CT_ROOTS[3]], (2, 5): [B, D]}

sizes = st.integers(1, 700)


def entries_of(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def hash_of(node: Node, entries: list[bytes]) -> bytes:
    start = node.position << node.height
    return naive_root(entries[start : start + (1 << node.height)])


def path_of(index: int, entries: list[bytes]) -> list[bytes]:
    return [fold([hash_of(n, entries) for n in g]) for g in inclusion(index, len(entries))]


def bridge_of(old: int, entries: list[bytes]) -> list[bytes]:
    return [fold([hash_of(n, entries) for n in g]) for g in consistency(old, len(entries))]


def rejects_inclusion(
    *, index: int, size: int, leaf: bytes, proof: list[bytes], top: bytes
) -> None:
    with pytest.raises(Rejected):
        verify_inclusion(leaf, index, size, proof=proof, expected_root=top)


def rejects_consistency(
    *, old: int, new: int, old_root: bytes, new_root: bytes, proof: list[bytes]
) -> None:
    with pytest.raises(Rejected):
        verify_consistency(
            old_size=old, new_size=new, old_root=old_root, new_root=new_root, proof=proof
        )


class TestVectors:
    def test_roots_are_those_of_certificate_transparency(self) -> None:
        hashes = [leaf_hash(entry) for entry in CT_ENTRIES]

        assert [root(hashes[:n]).hex() for n in range(1, 9)] == list(CT_ROOTS)
        assert root([]) == EMPTY_ROOT

    @pytest.mark.parametrize(("index", "size"), CT_PATHS)
    def test_inclusion_proofs_are_those_of_certificate_transparency(
        self, index: int, size: int
    ) -> None:
        assert [h.hex() for h in path_of(index, CT_ENTRIES[:size])] == CT_PATHS[index, size]

    @pytest.mark.parametrize(("old", "new"), CT_CONSISTENCY)
    def test_consistency_proofs_are_those_of_certificate_transparency(
        self, old: int, new: int
    ) -> None:
        assert [h.hex() for h in bridge_of(old, CT_ENTRIES[:new])] == CT_CONSISTENCY[old, new]


class TestAgainstTheOracle:
    @given(st.integers(0, 300))
    def test_the_root_is_that_of_the_definition(self, size: int) -> None:
        entries = entries_of(size)

        assert root([leaf_hash(e) for e in entries]) == naive_root(entries)

    @given(st.data(), sizes)
    def test_every_entry_can_be_proven(self, data: st.DataObject, size: int) -> None:
        entries = entries_of(size)
        index = data.draw(st.integers(0, size - 1))
        proof = path_of(index, entries)

        assert proof == naive_path(index, entries)
        verify_inclusion(
            leaf_hash(entries[index]), index, size, proof=proof, expected_root=naive_root(entries)
        )

    @given(st.data(), sizes)
    def test_every_older_tree_can_be_proven_a_beginning(
        self, data: st.DataObject, size: int
    ) -> None:
        entries = entries_of(size)
        old = data.draw(st.integers(1, size))
        proof = bridge_of(old, entries)

        assert proof == naive_consistency(old, entries)
        verify_consistency(
            old_size=old,
            new_size=size,
            old_root=naive_root(entries[:old]),
            new_root=naive_root(entries),
            proof=proof,
        )

    @given(st.lists(st.integers(1, 300), min_size=1, max_size=5))
    def test_a_tree_grown_in_batches_has_the_root_of_one_made_at_once(
        self, batches: list[int]
    ) -> None:
        hashes = [leaf_hash(entry) for entry in entries_of(sum(batches))]
        edge = Edge()
        assert edge.root() == EMPTY_ROOT

        for batch in batches:
            edge.append(hashes[edge.size : edge.size + batch])

            assert edge.root() == root(hashes[: edge.size])

    def test_tiles_hold_what_their_level_says(self) -> None:
        """Beyond 65,536 entries, so that a tile of tiles becomes full as well."""
        size = 65_536 + 300
        hashes = [leaf_hash(entry) for entry in entries_of(size)]
        edge = Edge()
        tiles = {done.tile: done.hashes for done in edge.append(hashes)}

        assert len(tiles) == 257 + 1
        assert [tile for tile in tiles if tile.level == 1] == [Tile(1, 0)]
        tiles[Tile(0, 257, 44)] = b"".join(hashes[257 * 256 :])
        tiles[Tile(1, 1, 1)] = root(split_hashes(tiles[Tile(0, 256)]))
        tiles[Tile(2, 0, 1)] = root(split_hashes(tiles[Tile(1, 0)]))
        assert tiles.keys() == {tile for tile in files(size) if tile.level is not None}
        assert edge.root() == root(hashes)
        for index in (0, 255, 256, 65_535, 65_536, size - 1):
            groups = inclusion(index, size)
            assert {tile_of(n, size) for g in groups for n in g} <= tiles.keys()
            verify_inclusion(
                hashes[index],
                index,
                size,
                proof=[fold([node_in(tiles, n, size) for n in g]) for g in groups],
                expected_root=edge.root(),
            )


class TestRefusals:
    @given(st.data(), st.integers(2, 80))
    def test_a_proof_changed_in_any_way_proves_nothing(
        self, data: st.DataObject, size: int
    ) -> None:
        entries = entries_of(size)
        index = data.draw(st.integers(0, size - 1))
        proof, top, leaf = path_of(index, entries), naive_root(entries), leaf_hash(entries[index])
        step = data.draw(st.integers(0, len(proof) - 1))
        altered = [*proof]
        altered[step] = node_hash(proof[step], proof[step])

        rejects_inclusion(index=index, size=size, leaf=leaf, proof=altered, top=top)
        rejects_inclusion(index=index, size=size, leaf=leaf, proof=proof[:-1], top=top)
        rejects_inclusion(index=index, size=size, leaf=leaf, proof=[*proof, proof[0]], top=top)
        rejects_inclusion(index=index, size=size, leaf=leaf, proof=[*proof[1:], b"short"], top=top)
        rejects_inclusion(index=index, size=size, leaf=top, proof=proof, top=top)
        other = data.draw(st.integers(0, size - 1).filter(lambda i: i != index))
        rejects_inclusion(index=other, size=size, leaf=leaf, proof=proof, top=top)
        rejects_inclusion(index=size, size=size, leaf=leaf, proof=proof, top=top)
        rejects_inclusion(index=-1, size=size, leaf=leaf, proof=proof, top=top)

    @given(st.data(), st.integers(2, 80))
    def test_a_log_that_forgot_or_changed_something_is_not_consistent(
        self, data: st.DataObject, size: int
    ) -> None:
        entries = entries_of(size)
        old = data.draw(st.integers(1, size - 1))
        old_root, new_root = naive_root(entries[:old]), naive_root(entries)
        proof = bridge_of(old, entries)
        forked = naive_root([b"another", *entries[1:]])

        for wrong in (proof[:-1], [*proof, proof[0]], [*proof[:-1], b"short"], [b"s", *proof[1:]]):
            rejects_consistency(
                old=old, new=size, old_root=old_root, new_root=new_root, proof=wrong
            )
        rejects_consistency(old=old, new=size, old_root=old_root, new_root=forked, proof=proof)
        rejects_consistency(old=old, new=size, old_root=forked, new_root=new_root, proof=proof)
        rejects_consistency(old=size, new=old, old_root=new_root, new_root=old_root, proof=proof)
        rejects_consistency(old=0, new=size, old_root=EMPTY_ROOT, new_root=new_root, proof=proof)

    def test_two_trees_of_one_size_are_consistent_only_when_they_are_one(self) -> None:
        one, two = naive_root(entries_of(3)), naive_root([b"x", b"y", b"z"])

        verify_consistency(old_size=3, new_size=3, old_root=one, new_root=one, proof=[])
        rejects_consistency(old=3, new=3, old_root=one, new_root=two, proof=[])
        rejects_consistency(old=3, new=3, old_root=one, new_root=one, proof=[one])
        rejects_consistency(old=3, new=4, old_root=one, new_root=two, proof=[])

    def test_there_is_no_proof_of_what_is_not_there(self) -> None:
        for index, size in ((0, 0), (5, 5), (-1, 5)):
            with pytest.raises(ValueError, match="no such leaf"):
                inclusion(index, size)
        for old, new in ((0, 5), (6, 5)):
            with pytest.raises(ValueError, match="older tree"):
                consistency(old, new)
