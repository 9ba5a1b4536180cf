"""What the order of the tests promises: nothing is left out, and what belongs together stays."""

import os
import random

import pytest

from tests.fixtures import ROOT
from tests.schedule import (
    COUNTED_CASES,
    COUNTING,
    EACH_ANOTHER,
    FIRST,
    OUTSIDE,
    TOGETHER,
    outside,
    place,
    repeated,
    uncounted,
    unit,
)

CASES = [f"tests/web/test_edge.py::test_one[{case}]" for case in "abcdef"]


def test_folders_that_share_a_product_are_one_piece_of_work_and_files_another() -> None:
    assert unit("tests/system/test_flow.py::test_one[a::b]") == "tests/system"
    assert unit("tests/system/test_leaks.py::test_one") == "tests/system"
    assert unit("tests/systems/test_flow.py::test_one") == "tests/systems/test_flow.py"
    assert unit("tests/web/test_edge.py::TestOne::test_one") == "tests/web/test_edge.py"


def test_the_longest_come_first_and_a_file_before_its_folder() -> None:
    files = [f"{each}/test_any.py" if "." not in each else each for each in FIRST]
    assert [place(f"{each}::test_one") for each in files] == list(range(len(FIRST)))
    assert place("tests/webs/test_edge.py::test_one") == len(FIRST)
    assert set(TOGETHER) <= set(FIRST)


def test_coverage_follows_the_first_cases_of_a_test_whatever_the_order() -> None:
    random.seed(1)
    for _ in range(5):
        shuffled = random.sample(CASES, len(CASES))
        assert repeated([*shuffled, "tests/web/test_edge.py::test_two"]) == set(
            CASES[COUNTED_CASES:]
        )


def test_where_each_case_goes_another_way_coverage_follows_all() -> None:
    for folder in EACH_ANOTHER:
        file = folder if folder.endswith(".py") else f"{folder}/test_any.py"
        assert repeated(f"{file}::test_one[{case}]" for case in "abcdef") == set()


def test_a_test_without_cases_is_always_followed() -> None:
    assert repeated(f"tests/web/test_{n}.py::test_one" for n in range(9)) == set()


def test_coverage_follows_no_test_that_looks_on_from_outside_and_each_of_these_places_is_one() -> (
    None
):
    assert outside("tests/system/test_flow.py::test_one")
    assert outside("tests/security/test_coverage.py::test_one")
    assert not outside("tests/security/test_outbound.py::test_one")
    assert not outside("tests/web/test_edge.py::test_one")
    assert [each for each in OUTSIDE if not (ROOT / each).exists()] == []


def test_what_is_started_uncounted_is_told_of_no_coverage_and_what_comes_after_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(COUNTING, "told")
    with uncounted():
        assert COUNTING not in os.environ
    assert os.environ[COUNTING] == "told"
