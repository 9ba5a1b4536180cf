from pathlib import Path

import pytest

from app.catalogue.rulebook import Rulebook

POLICIES = Path(__file__).parents[2] / "policies"


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook.load(POLICIES)


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the sheets to spoil."""
    for sheet in POLICIES.glob("*.yaml"):
        (tmp_path / sheet.name).write_bytes(sheet.read_bytes())
    return tmp_path
