"""An exception to a rule is on one line with its reason, and nothing is put off."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import ROOT

FOLDERS = ("app", "demo", "migrations", "tests", "bench")
# What takes an exception, and what must follow it on the line.
WITH_REASON = re.compile(
    r"#\s*(noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[\w-]+(, ?[\w-]+)*\]|pragma: no cover)"
    r"(\s+(-|#|–) ?\S.{5,}|\s+\S.{8,})"
)
EXCEPTION = re.compile(r"#.*(noqa|type:\s*ignore|pragma: no)")
PUT_OFF = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
# `Any` and `cast` in a signature or an expression, not in a comment or a string.
LOOSE = {"Any", "cast"}
# Files whose every line must not type-check: each ignore is the test.
READ_BY_MYPY_ALONE = {"tests/typing"}


def sources() -> list[Path]:
    return sorted(
        path
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
    )


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def without_reason(source: str) -> list[int]:
    if EXCEPTION.search(source) is None:
        return []
    return [
        line
        for line, comment in comments(source)
        if EXCEPTION.search(comment) and not WITH_REASON.search(comment)
    ]


def loose_without_reason(source: str) -> list[int]:
    """Lines that use `Any` or call `cast`, other than to import them, without a comment."""
    if not any(word in source for word in LOOSE):
        return []
    commented = {line for line, _ in comments(source)}
    lines = source.splitlines()
    return sorted(
        {
            token.start[0]
            for token in tokenize.generate_tokens(io.StringIO(source).readline)
            if token.type == tokenize.NAME
            and token.string in LOOSE
            and token.start[0] not in commented
            and not lines[token.start[0] - 1].lstrip().startswith(("from ", "import "))
            and (token.string == "Any" or lines[token.start[0] - 1][token.end[1] :].startswith("("))
            and not lines[token.start[0] - 1][: token.start[1]].endswith(".")
        }
    )


def test_every_exception_to_a_rule_has_its_reason_on_the_line() -> None:
    found = {
        shown(path): lines
        for path in sources()
        if not any(shown(path).startswith(folder) for folder in READ_BY_MYPY_ALONE)
        and (lines := without_reason(path.read_text()))
    }

    assert sources()
    assert found == {}


def test_every_any_and_cast_in_the_app_has_its_reason_on_the_line() -> None:
    found = {
        shown(path): lines
        for path in sorted((ROOT / "app").rglob("*.py"))
        if (lines := loose_without_reason(path.read_text()))
    }

    assert found == {}


def test_nothing_is_put_off() -> None:
    mark = "TO" + "DO"
    found = [
        shown(path)
        for path in sources()
        if path != Path(__file__) and PUT_OFF.search(path.read_text())
    ]

    assert PUT_OFF.search(f"# {mark}: later")
    assert found == []


@pytest.mark.parametrize(
    "line",
    ["x = 1  # noqa: S603", "x = 1  # noqa", "x = f()  # type: ignore[arg-type]", "# type: ignore"],
)
def test_the_check_sees_an_exception_without_a_reason(line: str) -> None:
    assert without_reason(line + "\n") == [1]


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa: S603 - the program is our own",
        "x = f()  # type: ignore[arg-type] # the library's stubs are wrong here",
    ],
)
def test_the_check_accepts_a_reason(line: str) -> None:
    assert without_reason(line + "\n") == []


def test_the_check_sees_any_and_cast() -> None:
    loose = "from typing import Any, cast\nx: Any = 1\ny = cast(int, x)\nz = t.cast\n# Any\n"

    assert loose_without_reason(loose) == [2, 3]
