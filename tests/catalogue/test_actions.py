"""The table of what each action of citizens takes."""

from datetime import timedelta
from pathlib import Path

import pytest

from app.catalogue.actions import Action, Actions, CitizenAction, Floor, OfficerAction
from app.catalogue.rulebook import Rulebook
from app.catalogue.sheets import Unsound
from app.vocabulary.levels import Assurance


def test_su_01_every_action_and_every_field_has_its_floor(rulebook: Rulebook) -> None:
    """SU-01"""
    for action in (*CitizenAction, *OfficerAction):
        assert rulebook.actions[action].max_age > timedelta()
    assert all(field.floor.max_age > timedelta() for field in rulebook.catalogue)


def test_su_06_no_field_is_in_reach_of_a_password(rulebook: Rulebook) -> None:
    """SU-06"""
    assert min(field.floor.assurance for field in rulebook.catalogue) > Assurance.BASIC


@pytest.mark.parametrize("action", [*CitizenAction, *OfficerAction], ids=str)
def test_su_01_an_action_without_a_floor_stops_the_start(policies: Path, action: Action) -> None:
    """SU-01"""
    sheet = policies / "actions.yaml"
    lines = sheet.read_text("utf-8").splitlines(keepends=True)
    sheet.write_text("".join(line for line in lines if not line.startswith(f"{action}:")))
    with pytest.raises(Unsound, match=action):
        Actions.load(sheet)


@pytest.mark.parametrize(
    "entry",
    [
        "ask: {min_assurance: huge, max_authentication_age: 60}",
        "ask: {min_assurance: low, max_authentication_age: 0}",
        "ask: {min_assurance: low}",
    ],
    ids=["level", "age", "missing"],
)
def test_su_01_a_floor_that_is_none_stops_the_start(policies: Path, entry: str) -> None:
    """SU-01"""
    sheet = policies / "actions.yaml"
    lines = sheet.read_text("utf-8").splitlines()
    sheet.write_text("\n".join(entry if line.startswith("ask:") else line for line in lines))
    with pytest.raises(Unsound, match="ask"):
        Actions.load(sheet)


def test_two_floors_joined_are_as_high_and_as_fresh_as_both() -> None:
    one = Floor(Assurance.HIGH, timedelta(hours=8))
    other = Floor(Assurance.LOW, timedelta(hours=1))
    assert one.joined(other) == Floor(Assurance.HIGH, timedelta(hours=1))
