"""Every kind of evidence there is, made with a seal that is not its own."""

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from inspect import signature

import pytest

from app.vocabulary.evidence import Evidence, Seal
from tests.fixtures import ROOT


def kinds() -> list[type]:
    """From the modules themselves: `__subclasses__` also has what `slots=True` left behind."""
    found = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        if re.search(r"\(Evidence[,)]", path.read_text()):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found += [
                kind
                for kind in vars(import_module(name)).values()
                if isinstance(kind, type) and issubclass(kind, Evidence) and kind.__module__ == name
            ]
    return found


KINDS = kinds()


def test_the_evidence_of_every_stage_is_there() -> None:
    stages = {"Person", "Mandate", "Inquiry", "Release", "Receipt", "ScopedFacts"}

    assert {kind.__name__ for kind in KINDS} >= stages | {"RedactedText", "GroundedDraft"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_evidence_with_a_foreign_seal_is_refused(kind: type) -> None:
    given = dict.fromkeys(signature(kind).parameters)

    with pytest.raises(TypeError, match="minted by"):
        kind(**{**given, "seal": Seal()})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_evidence_is_final_frozen_and_has_no_text(kind: type) -> None:
    assert is_dataclass(kind)
    assert vars(kind)["__dataclass_params__"].frozen
    assert "__slots__" in vars(kind)
    assert getattr(kind, "__final__", False)
    assert kind.__repr__ is Evidence.__repr__
    assert fields(kind)
