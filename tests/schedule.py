"""In what order, beside what, and how closely watched the tests run.

A full run has two workers and pays for each start of the product. So the tests of a folder that
shares one running product stay on one worker, the others of a file together; what takes longest
comes first, so that no worker waits for another at the end. Coverage makes everything three times
slower: it is counted in the first cases of a test only, as the others go the same way with other
values, and not at all where the product runs in a process of its own or its source is read and not
run. Nothing runs less for that.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# Folders whose tests share one running product.
TOGETHER: Final = ("tests/system", "tests/browser")

# What takes longest by itself, or waits most.
FIRST: Final = (
    "tests/system",
    "tests/browser",
    "tests/demo/test_stack.py",
    "tests/identity/test_lies.py",
    "tests/identity/test_limits_over_http.py",
    "tests/identity",
    "tests/answers",
    "tests/web",
    "tests/legitimation",
)
COUNTED_CASES: Final = 2
# What looks on from outside: at a product in another process, or at the source.
OUTSIDE: Final = (
    "tests/architecture/test_reasons.py",
    "tests/architecture/test_seals.py",
    "tests/browser",
    "tests/demo/test_stack.py",
    "tests/kills",
    "tests/security/test_coverage.py",
    "tests/system",
)
# Quick ones of which each case goes another way: counted in all.
EACH_ANOTHER: Final = ("tests/audit", "tests/catalogue", "tests/redaction/test_checks.py")
# How coverage tells a Python started by a test that it is to be counted as well.
COUNTING: Final = "COVERAGE_PROCESS_CONFIG"


class Schedule(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Work by the folder or file whose tests share something, in the order of collection."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)


def unit(nodeid: str) -> str:
    file = nodeid.partition("::")[0]
    return next((each for each in TOGETHER if within(nodeid, each)), file)


def place(nodeid: str) -> int:
    """Where its file comes among those that take longest, or after all of them."""
    begins = (number for number, each in enumerate(FIRST) if within(nodeid, each))
    return next(begins, len(FIRST))


def within(nodeid: str, folder: str) -> bool:
    """Whether the test is in that folder, or in that file."""
    return f"{nodeid.partition('::')[0]}/".startswith(f"{folder}/")


def repeated(nodeids: Iterable[str]) -> set[str]:
    """The third case of a test and all after it, in an order that no shuffling changes."""
    cases = Counter[str]()
    found = set[str]()
    for nodeid in sorted(nodeids):
        test = nodeid.partition("[")[0]
        cases[test] += 1
        another = any(within(nodeid, each) for each in EACH_ANOTHER)
        if cases[test] > COUNTED_CASES and not another:
            found.add(nodeid)
    return found


def outside(nodeid: str) -> bool:
    return any(within(nodeid, each) for each in OUTSIDE)


def arrange(items: list[pytest.Item]) -> None:
    """The longest first, else in the order given; coverage follows no more than it has to."""
    items.sort(key=lambda each: place(each.nodeid))
    again = repeated(each.nodeid for each in items)
    for each in items:
        if each.nodeid in again or outside(each.nodeid):
            each.add_marker(pytest.mark.no_cover)


@contextmanager
def uncounted() -> Iterator[None]:
    """Whatever is started meanwhile is not followed by coverage: it is one service more."""
    told = os.environ.pop(COUNTING, None)
    try:
        yield
    finally:
        if told is not None:
            os.environ[COUNTING] = told
