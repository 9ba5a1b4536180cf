"""AZ-12: a policy that is wrong in one place is noticed. A share of them here, all in thorough."""

import json
import os
from random import Random

import pytest
from cedarpy import policies_to_json_str

from tests.fixtures import ROOT
from tests.policy.mutants import Bench, Mutant, mutants
from tests.policy.oracle import neighbours

FOLDER = ROOT / "policies"
TEXT = (FOLDER / "release.cedar").read_text("utf-8")
ALL = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
SHARE = 40
# Mutants that no request can tell from the real policies, each with its reason. There are none.
EQUIVALENT: dict[str, str] = {}


@pytest.fixture(scope="module")
def bench() -> Bench:
    near = neighbours(places=1)
    return Bench(FOLDER, [*near, *(wish for wish in neighbours() if wish not in set(near))])


def drawn() -> list[Mutant]:
    every = mutants(TEXT)
    return every if ALL else Random(12).sample(every, SHARE)  # noqa: S311 - a share, no secret


def test_az_12_every_mutant_of_the_policies_is_noticed_by_the_oracle(bench: Bench) -> None:
    alive = {mutant.name for mutant in drawn() if not bench.kills(mutant)}

    assert alive == EQUIVALENT.keys()


def test_az_12_the_policies_themselves_are_not_taken_for_a_mutant(bench: Bench) -> None:
    """The accepted twin: nothing is noticed where nothing is wrong."""
    real = json.loads(policies_to_json_str(TEXT))

    assert not bench.kills(Mutant("none", real, permits=True))


def test_az_12_there_is_a_mutant_of_every_policy_and_of_every_kind() -> None:
    names = [mutant.name for mutant in mutants(TEXT)]
    kinds = {name.split(": ")[1].split(" at ")[0] for name in names}

    assert len(names) == len(set(names)) > 200
    assert {name.split(":")[0] for name in names if name.endswith("dropped")} >= {
        "safe-at-home",
        "mandate-to-person",
        "mandate-to-model",
    }
    assert {"unless", "! dropped", "== as !=", "<= as <", "left of && alone"} <= kinds


def test_az_12_the_permits_alone_release_no_more_than_the_whole(bench: Bench) -> None:
    """Cedar skips a forbid that fails to evaluate; the floors in the permits stand in for it."""
    real = json.loads(policies_to_json_str(TEXT))
    floors = {
        key: policy
        for key, policy in real["staticPolicies"].items()
        if policy["effect"] == "permit"
    }

    assert len(floors) == 2
    assert not bench.loosened({**real, "staticPolicies": floors})
