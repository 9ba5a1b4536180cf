"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from tests.fixtures import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
READ_FIRST = DOCUMENTS[:2]
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
_PATH = re.compile(r"`((?:app|demo|tests|policies|migrations|tenants|bench)/[\w./-]+)`")
_TARGET = re.compile(r"(?:^|`|\s)make ([a-z][a-z-]+)", re.MULTILINE)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = _LINK.findall(document.read_text())

    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    paths = _PATH.findall(document.read_text())

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", READ_FIRST, ids=named)
def test_every_command_of_make_is_one(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    spans = re.findall(r"```sh\n.*?```|`[^`\n]+`", document.read_text(), re.DOTALL)
    used = _TARGET.findall("\n".join(spans))

    assert used
    assert [each for each in used if each not in targets] == []


def test_every_promise_names_the_tests_that_show_it() -> None:
    table = (ROOT / "SECURITY.md").read_text().partition("| promise |")[2].partition("\n\n")[0]
    rows = [row.split("|")[-2] for row in table.splitlines()[2:]]

    assert len(rows) > 8
    assert [row for row in rows if "`tests/" not in row] == []
