"""Paths and bundles, as c2sp.org/tlog-tiles writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.audit.rejection import Rejected
from app.audit.tiles import Tile, bundle, files, unbundle

tiles = st.builds(
    Tile,
    level=st.none() | st.integers(0, 63),
    index=st.integers(0, 10**15),
    width=st.integers(1, 256),
)


class TestPath:
    def test_an_index_is_written_in_groups_of_three(self) -> None:
        assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
        assert Tile(None, 0, 7).path == "tile/entries/000.p/7"
        assert Tile(1, 1000, 255).path == "tile/1/x001/000.p/255"

    @given(tiles)
    def test_reading_undoes_writing(self, tile: Tile) -> None:
        assert Tile.parse(tile.path) == tile

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "tile/0",
            "tile/0/0",
            "tile/00/000",
            "tile/64/000",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/300",
            "tile/0/000.p/07",
            "tile/0/x000/001",
            "tile/0/001/002",
            "tile/0/x001",
            "tile/data/000",
            "tile/0/000/",
            "tile/0/../0/000",
            "tile/0/٠٠٠",
            "tile/0/000\n",
        ],
    )
    def test_any_other_spelling_is_rejected(self, path: str) -> None:
        with pytest.raises(Rejected):
            Tile.parse(path)


class TestFiles:
    def test_those_of_the_specifications_example(self) -> None:
        """`A tree of size 70,000 will be represented by 273 full level 0 tiles, …`"""
        found = list(files(70_000))

        assert sum(1 for tile in found if tile.level == 0 and tile.width == 256) == 273
        assert [t for t in found if t.level is not None and t.width < 256] == [
            Tile(0, 273, 112),
            Tile(1, 1, 17),
            Tile(2, 0, 1),
        ]
        assert sum(1 for tile in found if tile.level is None) == 274

    @given(st.integers(0, 200_000))
    def test_all_are_within_the_log_and_no_wider_one_is(self, size: int) -> None:
        found = list(files(size))

        assert all(tile.within(size) for tile in found)
        assert not any(
            Tile(tile.level, tile.index, tile.width + 1).within(size)
            for tile in found
            if tile.width < 256
        )
        assert not Tile(0, size // 256, size % 256 + 1).within(size)


class TestBundle:
    @given(st.lists(st.binary(max_size=300), max_size=256))
    def test_unbundling_undoes_bundling(self, entries: list[bytes]) -> None:
        assert list(unbundle(bundle(entries), len(entries))) == entries

    @given(st.lists(st.binary(min_size=1, max_size=300), min_size=1, max_size=20), st.data())
    def test_a_bundle_cut_off_is_rejected(self, entries: list[bytes], data: st.DataObject) -> None:
        whole = bundle(entries)
        at = data.draw(st.integers(0, len(whole) - 1))

        with pytest.raises(Rejected):
            unbundle(whole[:at], len(entries))
