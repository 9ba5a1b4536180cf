"""Which test shows which requirement, read from what the tests quote.

    python -m tests.security.coverage

Writes docs/security-coverage.md. A test quotes a requirement in its name (`test_id_09_…`), in
its docstring or a comment (`ID-09`, `RS-01…RS-06`), in the docstring of its class, or in the
names of the cases it is parametrized with, wherever that table stands.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from tests.fixtures import ROOT

REQUIREMENTS: Final = ROOT / "tests" / "security" / "requirements.yaml"
COVERAGE: Final = ROOT / "docs" / "security-coverage.md"
# Talks about quotes and shows no requirement.
ABOUT_QUOTES: Final = ROOT / "tests" / "security" / "test_coverage.py"
# What has fewer tests than this is not our folder of tests.
FEWEST_TESTS: Final = 400
SHOWN: Final = 3

SECTIONS: Final = {
    "ID": "Signing in (FAPI 2.0, RFC 9700, OpenID Connect, ASVS V10)",
    "SU": "Stepping up and assurance (RFC 9470)",
    "SE": "Sessions in the browser (RFC 10017, ASVS V7 and V3.3)",
    "RS": "Access tokens and machines (RFC 9068, RFC 9449, ASVS V9)",
    "AZ": "Authorization, consent, mandates (ASVS V8)",
    "AP": "API, transport, errors, logs",
}
_KINDS: Final = "|".join(SECTIONS)
_IN_TEXT: Final = re.compile(
    rf"\b({_KINDS})-(\d\d)\b(?:\s?(?:…|–|\.\.|to)\s?(?:({_KINDS})-)?(\d\d)\b)?"
)
_IN_NAME: Final = re.compile(rf"(?<=_)({_KINDS.lower()})_(\d\d)(?=_|$)")
# A test that never runs, or that may fail, shows nothing.
_SHOWS_NOTHING: Final = {"skip", "xfail"}


class Uncovered(ValueError):
    """What is wrong with the coverage, all of it, one finding a line."""


@dataclass(frozen=True, slots=True)
class Requirement:
    id: str
    requirement: str
    source: str
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A test and what it quotes."""

    test: str
    quoted: frozenset[str]


def requirements(path: Path = REQUIREMENTS) -> list[Requirement]:
    return [Requirement(**each) for each in yaml.safe_load(path.read_text("utf-8"))]


def walked(folder: Path = ROOT / "tests") -> list[Shown]:
    """Every test of the folder. Raises Uncovered when there are hardly any."""
    found = [
        shown
        for path in sorted(folder.rglob("test_*.py"))
        if path != ABOUT_QUOTES
        for shown in _tests_in(path, folder)
    ]
    if len(found) < FEWEST_TESTS:
        raise Uncovered(f"only {len(found)} tests: this is not where they are")
    return found


def document(lines: Sequence[Requirement], tests: Iterable[Shown]) -> str:
    """The table. Raises Uncovered rather than leave a line open or a quote unknown."""
    by_id: dict[str, list[str]] = defaultdict(list)
    for shown in tests:
        for quoted in shown.quoted:
            by_id[quoted].append(shown.test)
    found = faults(lines, by_id)
    if found:
        raise Uncovered("\n".join(found))
    return _rendered(lines, by_id)


def faults(lines: Sequence[Requirement], by_id: Mapping[str, Sequence[str]]) -> list[str]:
    known = [line.id for line in lines]
    return [
        *(["there is no requirement"] if not lines else []),
        *(f"{each}: twice in the list" for each in sorted(set(known)) if known.count(each) > 1),
        *(
            f"{each}: quoted by {tests[0]}, and no requirement"
            for each, tests in sorted(by_id.items())
            if each not in known
        ),
        *(
            f"{line.id}: no test quotes it and no reason is given"
            for line in lines
            if not by_id.get(line.id) and not (line.reason or "").strip()
        ),
        *(
            f"{line.id}: a reason is given, and {by_id[line.id][0]} quotes it"
            for line in lines
            if by_id.get(line.id) and line.reason is not None
        ),
    ]


def quoted_in(text: str) -> frozenset[str]:
    found = {f"{kind.upper()}-{number}" for kind, number in _IN_NAME.findall(text)}
    for kind, first, last_kind, last in _IN_TEXT.findall(text):
        if not last or last_kind not in ("", kind):
            found |= {f"{kind}-{first}"} | ({f"{last_kind}-{last}"} if last_kind else set())
            continue
        found |= {f"{kind}-{number:02}" for number in range(int(first), int(last) + 1)}
    return frozenset(found)


def _tests_in(path: Path, folder: Path) -> Iterator[Shown]:
    source = path.read_text("utf-8")
    lines, tree, tables = source.splitlines(), ast.parse(source), _tables(path)
    where = path.relative_to(folder.parent).as_posix()
    for outer in tree.body:
        inside, about = [outer], ""
        if isinstance(outer, ast.ClassDef) and outer.name.startswith("Test"):
            inside, about = outer.body, ast.get_docstring(outer) or ""
        for node in inside:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if not node.name.startswith("test_") or _shows_nothing(node):
                continue
            cases = _cases(tables, _parameters(node))
            text = "\n".join([about, _text(node, lines), *cases])
            yield Shown(f"{where}::{node.name}", quoted_in(text))


@dataclass(frozen=True, slots=True)
class _Table:
    """What a module binds to a name, and the names that stand in it."""

    text: str
    names: frozenset[str]


@cache
def _tables(path: Path) -> Mapping[str, _Table]:
    """A module's own tables, and those it takes from another of our tests."""
    source = path.read_text("utf-8")
    lines, found = source.splitlines(), dict[str, _Table]()
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                found[name] = _Table(_text(node, lines), _names([node]) - {name})
            case ast.ImportFrom(module=str(module), names=names) if module.startswith("tests."):
                other = (ROOT / module.replace(".", "/")).with_suffix(".py")
                theirs = _tables(other) if other.is_file() else {}
                for each in names:
                    text = "\n".join(_cases(theirs, {each.name}))
                    found[each.asname or each.name] = _Table(text, frozenset())
            case _:
                pass
    return found


def _cases(tables: Mapping[str, _Table], names: Iterable[str]) -> list[str]:
    """The text of these tables and of those they are made of."""
    waiting, seen = list(names), set[str]()
    while waiting:
        name = waiting.pop()
        if name in tables and name not in seen:
            seen.add(name)
            waiting += tables[name].names
    return [tables[name].text for name in sorted(seen)]


def _text(node: ast.stmt, lines: Sequence[str]) -> str:
    """The lines of a statement with its decorators: names, strings and comments alike."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(each.lineno for each in decorators)])
    return "\n".join(lines[first - 1 : node.end_lineno])


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> frozenset[str]:
    return _names(node.decorator_list)


def _names(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset(n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name))


def _shows_nothing(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(part, ast.Attribute) and part.attr in _SHOWS_NOTHING
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


def _rendered(lines: Sequence[Requirement], by_id: Mapping[str, Sequence[str]]) -> str:
    with_tests = sum(bool(by_id.get(line.id)) for line in lines)
    without = len(lines) - with_tests
    out = [
        "# What shows that each security requirement holds",
        "",
        "Written by `make security-coverage` from `tests/security/requirements.yaml` and from",
        "what the tests quote; a test holds this file to both. Where no test stands, the line does",
        "not apply here and says why.",
        "",
        f"{len(lines)} requirements: {with_tests} shown by tests, {without} with a reason.",
    ]
    for kind, title in SECTIONS.items():
        out += ["", f"## {title}", "", "| | requirement | source | shown by |", "|---|---|---|---|"]
        out += [_row(line, by_id.get(line.id, ())) for line in lines if line.id.startswith(kind)]
    return "\n".join(out) + "\n"


def _row(line: Requirement, tests: Sequence[str]) -> str:
    shown = "<br>".join(f"`{test}`" for test in tests[:SHOWN])
    more = f"<br>and {len(tests) - SHOWN} more" if len(tests) > SHOWN else ""
    proof = shown + more if tests else f"*Does not apply:* {line.reason}"
    cells = (line.id, line.requirement, line.source, proof)
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main() -> int:
    try:
        COVERAGE.write_text(document(requirements(), walked()), encoding="utf-8")
    except Uncovered as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    sys.stdout.write(f"Written: {COVERAGE.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
