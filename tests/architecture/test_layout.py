"""The rooms: the map in app/__init__.py is the one that the import contract enforces."""

import re
import tomllib
from glob import glob

import pytest

import app
from tests.fixtures import ROOT

APP = ROOT / "app"
MODULES = sorted(APP.rglob("*.py"))
LONGEST = 300


def layers() -> list[set[str]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contract, *_ = config["tool"]["importlinter"]["contracts"]
    return [set(re.split(r"\s*\|\s*", layer)) for layer in contract["layers"]]


def mapped() -> list[str]:
    return re.findall(r"^    (\w+)  ", app.__doc__ or "", flags=re.MULTILINE)


def test_the_map_lists_the_rooms_in_the_enforced_order() -> None:
    position = {room: index for index, layer in enumerate(reversed(layers())) for room in layer}

    assert len(mapped()) == len(set(mapped()))
    assert set(mapped()) == position.keys()
    assert [position[room] for room in mapped()] == sorted(position[room] for room in mapped())


def test_the_map_lists_the_rooms_that_there_are() -> None:
    rooms = {path.parent.name for path in APP.glob("*/__init__.py")}

    assert set(mapped()) == rooms


def test_no_module_outgrows_its_reader() -> None:
    assert MODULES
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in MODULES}

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_every_file_that_the_program_reads_is_packaged_with_it() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = config["tool"]["setuptools"]["package-data"]["app"]
    read = {
        str(path.relative_to(APP))
        for path in APP.rglob("*.*")
        if path.is_file()
        and path.suffix not in {".py", ".pyc", ".typed"}
        and path.relative_to(APP).parts[:2] != ("web", "assets")  # what the pages are built of
    }

    packaged = {
        path
        for pattern in patterns
        for path in glob(pattern, root_dir=APP, recursive=True)  # noqa: PTH207 - as setuptools does
    }

    assert read - packaged == {"redaction/names/MODEL_CARD.md"}


def test_every_other_init_file_is_empty() -> None:
    inits = [path for path in APP.rglob("__init__.py") if path.parent != APP]

    assert inits
    assert [path for path in inits if path.read_text()] == []


@pytest.mark.parametrize("word", ["utils", "helpers", "manager", "base", "common", "misc"])
def test_no_module_is_named_for_nothing(word: str) -> None:
    assert [path for path in MODULES if word in (path.stem, path.parent.name)] == []
