"""Policies that are wrong in one place, made from the real ones, and what the oracle sees of them.

A mutant drops a policy, drops one side of an `&&` or `||`, turns or loosens a comparison, drops a
`!`, or swaps `when` and `unless`. It lives where neither of two comparisons notices: the whole
set against the oracle, verdict and deciding policies; and the permits alone against what is
allowed, since the floors must hold where Cedar skips a forbid.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cedarpy import (
    Decision,
    Entities,
    PolicySet,
    Schema,
    is_authorized_batch,
    policies_to_json_str,
)

from app.policy.engine import Ask
from tests.policy.oracle import Wish, allowed, forbidding
from tests.policy.small_world import ask, facts, people

Node = dict[str, Any]  # Any: Cedar's JSON form nests as it likes
_TURNED: Final = {
    "==": ("!=",),
    "!=": ("==",),
    "<": ("<=", ">="),
    "<=": ("<", ">"),
    ">": (">=", "<="),
    ">=": (">", "<"),
}
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Mutant:
    """`name` is the policy, the kind of change and its place, counted from the front."""

    name: str
    policies: Node
    permits: bool


def mutants(text: str) -> list[Mutant]:
    real: Node = json.loads(policies_to_json_str(text))
    found: list[Mutant] = []
    for key, policy in real["staticPolicies"].items():
        name = policy["annotations"]["id"]
        permits = policy["effect"] == "permit"
        others = {k: each for k, each in real["staticPolicies"].items() if k != key}
        found.append(Mutant(f"{name}: dropped", {**real, "staticPolicies": others}, permits))
        for number, (what, changed) in enumerate(_changes(policy)):
            whole = {**real, "staticPolicies": {**others, key: changed}}
            found.append(Mutant(f"{name}: {what} at {number}", whole, permits))
    return found


def _changes(policy: Node) -> Iterator[tuple[str, Node]]:
    for place, condition in enumerate(policy["conditions"]):
        kind = "unless" if condition["kind"] == "when" else "when"
        yield kind, _with(policy, place, {**condition, "kind": kind})
        for what, body in _bodies(condition["body"]):
            yield what, _with(policy, place, {**condition, "body": body})


def _with(policy: Node, place: int, condition: Node) -> Node:
    conditions = list(policy["conditions"])
    conditions[place] = condition
    return {**policy, "conditions": conditions}


def _bodies(node: Node) -> Iterator[tuple[str, Node]]:
    """The expression with one change in it, each in turn."""
    ((operator, parts),) = node.items()
    if operator in {"&&", "||"}:
        yield f"left of {operator} alone", parts["left"]
        yield f"right of {operator} alone", parts["right"]
    for turned in _TURNED.get(operator, ()):
        yield f"{operator} as {turned}", {turned: parts}
    if operator == "!":
        yield "! dropped", parts["arg"]
    if operator in {"&&", "||", "!"}:
        for side, below in parts.items():
            for what, changed in _bodies(below):
                yield what, {operator: {**parts, side: changed}}


class Bench:
    """Wishes told to Cedar once, and asked of each mutant."""

    def __init__(self, folder: Path, wishes: Sequence[Wish]) -> None:
        self._schema = Schema.from_str((folder / "schema.cedarschema").read_text("utf-8"))
        self._wishes = wishes
        self._truths = [(allowed(wish), forbidding(wish)) for wish in wishes]
        told = [*people(), *(each for n, wish in enumerate(wishes) for each in facts(wish, n))]
        self._world = Entities.from_json_str(json.dumps(told), self._schema)
        self._requests = [_request(ask(n)) for n in range(len(wishes))]

    def kills(self, mutant: Mutant) -> bool:
        """Whether any wish is decided otherwise than the oracle says."""
        if self._differs(mutant.policies, whole=True):
            return True
        floors = {
            key: policy
            for key, policy in mutant.policies["staticPolicies"].items()
            if policy["effect"] == "permit"
        }
        return mutant.permits and self.loosened({**mutant.policies, "staticPolicies": floors})

    def loosened(self, permits: Node) -> bool:
        """Whether these permits, with no forbid beside them, release anything else."""
        return self._differs(permits, whole=False)

    def _differs(self, policies: Node, *, whole: bool) -> bool:
        parsed = PolicySet.from_json_str(json.dumps(policies))
        for start in range(0, len(self._requests), _BATCH):
            results = is_authorized_batch(
                self._requests[start : start + _BATCH], parsed, self._world, self._schema
            )
            for wish, (may, forbids), result in zip(
                self._wishes[start:], self._truths[start:], results, strict=False
            ):
                if (result.decision is Decision.Allow) is not may or result.diagnostics.errors:
                    return True
                named = frozenset(result.diagnostics.id_annotations_by_reason.values())
                if whole and named != ({f"mandate-to-{wish.recipient}"} if may else forbids):
                    return True
        return False


def _request(asked: Ask) -> Node:
    return {
        "principal": {"type": "Person", "id": asked.principal},
        "action": {"type": "Action", "id": "release"},
        "resource": {"type": "FieldClass", "id": asked.resource},
        "context": {"tx": {"__entity": {"type": "Tx", "id": asked.tx}}},
    }
