"""Every security requirement has a test or a reason, and the page that says so is not stale."""

from pathlib import Path

import pytest

from tests.fixtures import ROOT
from tests.security import coverage
from tests.security.coverage import (
    COVERAGE,
    Requirement,
    Shown,
    Uncovered,
    document,
    quoted_in,
    requirements,
    walked,
)

# The sheet the list was copied from lies beside a checkout, for those who have it.
SHEET = ROOT.parent / "shared" / "design" / "security-requirements.md"
COUNTS = {"ID": 28, "SU": 6, "SE": 15, "RS": 15, "AZ": 15, "AP": 16}

ONE = Requirement("ID-01", "a | b", "RFC")
TESTED = Shown("tests/x/test_y.py::test_it", frozenset({"ID-01"}))


def test_every_requirement_has_a_test_or_a_reason_and_the_page_says_which() -> None:
    assert document(requirements(), walked()) == COVERAGE.read_text("utf-8")


def test_no_line_of_a_section_is_missing() -> None:
    expected = [f"{kind}-{n:02}" for kind, count in COUNTS.items() for n in range(1, count + 1)]

    assert [line.id for line in requirements()] == expected
    assert all(len(line.requirement) > 20 for line in requirements())
    assert all(len(line.reason) > 40 for line in requirements() if line.reason is not None)


@pytest.mark.skipif(not SHEET.exists(), reason="the sheet is not beside this checkout")
def test_the_list_is_the_sheets() -> None:
    rows = [line.split(" | ") for line in SHEET.read_text("utf-8").splitlines()]
    theirs = [
        (row[0].removeprefix("| "), " | ".join(row[1:-2]), row[-2])
        for row in rows
        if row[0][2:4] in COUNTS and row[0][4:5] == "-"
    ]

    assert theirs == [(line.id, line.requirement, line.source) for line in requirements()]


def test_a_line_that_nobody_shows_fails() -> None:
    with pytest.raises(Uncovered, match="ID-01: no test quotes it"):
        document([ONE], [])
    with pytest.raises(Uncovered, match="ID-01: no test quotes it"):
        document([Requirement("ID-01", "a", "b", reason=" ")], [])
    assert "and 1 more" not in document([ONE], [TESTED])


def test_a_quote_of_no_requirement_fails() -> None:
    with pytest.raises(Uncovered, match="ID-99: quoted by tests/x"):
        document([ONE], [TESTED, Shown("tests/x/test_y.py::test_b", frozenset({"ID-99"}))])


def test_a_reason_beside_a_test_fails() -> None:
    with pytest.raises(Uncovered, match="ID-01: a reason is given"):
        document([Requirement("ID-01", "a", "b", reason="not here")], [TESTED])


def test_no_requirements_and_no_tests_fail(tmp_path: Path) -> None:
    with pytest.raises(Uncovered, match="no requirement"):
        document([], [])
    with pytest.raises(Uncovered, match="only 0 tests"):
        walked(tmp_path)
    (tmp_path / "test_one.py").write_text("def test_ap_01_it() -> None: ...\n")
    with pytest.raises(Uncovered, match="only 1 tests"):
        walked(tmp_path)


def test_a_line_with_many_tests_names_three_and_counts_the_rest() -> None:
    many = [Shown(f"tests/x/test_y.py::test_{n}", frozenset({"ID-01"})) for n in range(5)]
    page = document([ONE, Requirement("SU-01", "c", "d", reason="not here")], many)

    assert r"| ID-01 | a \| b | RFC | `tests/x/test_y.py::test_0`<br>" in page
    assert "test_2`<br>and 2 more |" in page
    assert "| SU-01 | c | d | *Does not apply:* not here |" in page
    assert "2 requirements: 1 shown by tests, 1 with a reason." in page


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def test_id_09_two_tabs", {"ID-09"}),
        ("def test_id_01_id_02_se_03", {"ID-01", "ID-02", "SE-03"}),
        ("def test_valid_09_x", set()),
        ("test_id_123", set()),
        ('"""AP-02, AP-03."""', {"AP-02", "AP-03"}),
        ("# RS-01…RS-03", {"RS-01", "RS-02", "RS-03"}),
        ("# RS-01…03", {"RS-01", "RS-02", "RS-03"}),
        ("RS-01 to RS-03", {"RS-01", "RS-02", "RS-03"}),
        ("RS-01..RS-02", {"RS-01", "RS-02"}),
        ("SE-14…RS-02", {"SE-14", "RS-02"}),
        ("UUID-01 XAP-02 AP-021", set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_quotes_are_found_as_they_are_written(text: str, found: set[str]) -> None:
    assert quoted_in(text) == found


SOURCE = '''
import pytest
from tests.security.test_coverage import TABLE

LIES = {"ID-02 a lie": 1}
CASES = {**LIES}


def test_id_01_named() -> None: ...
async def test_in_its_words() -> None:
    """ID-03."""
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_by_its_cases(case) -> None: ...
@pytest.mark.parametrize("case", TABLE)
def test_by_cases_of_another_module(case) -> None: ...
class TestAll:
    """ID-04."""

    def test_inside(self) -> None:
        pass  # ID-05
def helper() -> None:
    """ID-06."""
@pytest.mark.skip(reason="never")
def test_id_07_never_runs() -> None: ...
'''
TABLE = ["SU-06 quoted here for the one above"]


def test_the_walk_sees_names_words_classes_and_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(SOURCE)
    monkeypatch.setattr(coverage, "FEWEST_TESTS", 1)

    assert {shown.test.partition("::")[2]: set(shown.quoted) for shown in walked(folder)} == {
        "test_id_01_named": {"ID-01"},
        "test_in_its_words": {"ID-03"},
        "test_by_its_cases": {"ID-02"},
        "test_by_cases_of_another_module": {"SU-06"},
        "test_inside": {"ID-04", "ID-05"},
    }
