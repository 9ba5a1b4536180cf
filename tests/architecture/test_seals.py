"""A seal is used only in the module that made it.

What types cannot stop: importing another module's seal, making an object without its
`__init__`, and taking evidence apart with `dataclasses`. This reads every module for them.
"""

import ast
from collections.abc import Callable
from copy import copy, deepcopy
from dataclasses import InitVar, dataclass, replace
from typing import Final, final

import pytest

from app.vocabulary.evidence import Evidence, Seal
from tests.fixtures import ROOT
from tests.sources import parsed

SEAL = "_SEAL"
APART = {"asdict", "astuple"}
CHEATS = [
    "from a import _SEAL",
    "from a import _SEAL as mine",
    "b._SEAL",
    "getattr(b, '_SEAL')",
    "vars(b)['_SEAL']",
    "object.__new__(C)",
    "C.__new__(C)",
    "object.__setattr__(c, 'x', 1)",
    "from dataclasses import asdict",
    "from dataclasses import astuple as parts",
    "import dataclasses\ndataclasses.asdict(c)",
    "import dataclasses as d\nd.astuple(c)",
]


_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False)
class Proof(Evidence):
    number: int
    seal: InitVar[Seal]


def borrowed_seals(source: str) -> list[int]:
    """Lines that reach for another module's seal, skip `__init__`, or take evidence apart."""
    return sorted(
        {
            node.lineno
            for node in ast.walk(parsed(source))
            if isinstance(node, ast.stmt | ast.expr) and borrows(node)
        }
    )


def borrows(node: ast.stmt | ast.expr) -> bool:
    match node:
        case ast.ImportFrom(names=names):
            return bool({alias.name for alias in names} & {SEAL, *APART})
        case ast.Attribute(attr="_SEAL" | "asdict" | "astuple" | "__new__" | "__setattr__"):
            return True
        case ast.Constant(value="_SEAL"):
            return True
        case _:
            return False


def test_no_module_borrows_a_seal() -> None:
    modules = sorted((ROOT / "app").rglob("*.py"))

    assert modules
    assert {
        str(path.relative_to(ROOT)): lines
        for path in modules
        if (lines := borrowed_seals(path.read_text()))
    } == {}


@pytest.mark.parametrize("cheat", CHEATS)
def test_the_check_sees_each_way_of_borrowing(cheat: str) -> None:
    assert borrowed_seals(cheat) == [len(cheat.splitlines())]


@pytest.mark.parametrize("make", [copy, deepcopy, replace])
def test_a_copy_of_evidence_is_refused_at_run_time(make: Callable[[Proof], Proof]) -> None:
    proof = Proof(1, _SEAL)

    with pytest.raises((TypeError, ValueError)):
        make(proof)


def test_the_check_leaves_a_module_its_own_seal() -> None:
    own = "_SEAL: Final = Seal()\n\ndef mint():\n    return RedactedText('x', _SEAL)\n"

    assert borrowed_seals(own) == []
