"""Cedar, held so that it can only say no by accident.

Cedar skips a policy whose condition fails to evaluate, a `forbid` included, and goes on to
allow. Here any error is a denial, and so is everything that is not plainly Allow.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from cedarpy import (
    AuthzResult,
    Decision,
    Entities,
    PolicySet,
    Schema,
    is_authorized_batch,
    policies_to_json_str,
    validate_policies,
)

from app.telemetry.logs import Level, Message, say
from app.vocabulary.levels import Withheld

# Where several forbids hold, the first of these is told. Protection comes after what a stronger
# sign-in would change, so that a weak one finds the same with and without it.
_TOLD_FIRST: Final = (
    Withheld.OTHER_PERSON,
    Withheld.NOT_MANDATED,
    Withheld.PURPOSE_MISMATCH,
    Withheld.NO_BASIS,
    Withheld.ASSURANCE_TOO_LOW,
    Withheld.AUTHENTICATION_TOO_OLD,
    Withheld.PROTECTED,
    Withheld.CONSENT_REFUSED,
    Withheld.CONSENT_MISSING,
    Withheld.NOT_NEEDED,
)

Entity = dict[str, object]


class PoliciesUnfit(ValueError):
    """The policies do not fit their schema or house rules. Start-up stops here."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is None exactly where it is allowed. `policies` are the ids that decided."""

    allowed: bool
    reason: Withheld | None
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """One release to decide: ids of a Person, a FieldClass and a Tx among the entities."""

    principal: str
    resource: str
    tx: str


class PolicyEngine:
    """A validated policy set. Safe to share between threads; holds no state of a request."""

    def __init__(self, text: str, schema: str) -> None:
        result = validate_policies(text, schema)
        if not result.validation_passed:
            raise PoliciesUnfit(f"the policies do not fit their schema: {result.errors}")
        self._text = text
        self._policies = PolicySet.from_str(text)
        self._schema = Schema.from_str(schema)
        self._reasons = _reasons(text)
        self.digest = sha256(text.encode() + b"\x00" + schema.encode()).hexdigest()

    @classmethod
    def load(cls, folder: Path) -> "PolicyEngine":
        text = "\n".join(p.read_text("utf-8") for p in sorted(folder.glob("*.cedar")))
        return cls(text, (folder / "schema.cedarschema").read_text("utf-8"))

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(self._reasons)

    def decide(self, asks: Sequence[Ask], entities: Sequence[Entity]) -> tuple[Verdict, ...]:
        """A verdict for each ask, in order. Never raises: what fails is a denial, and is logged."""
        try:
            world = Entities.from_json_str(json.dumps(list(entities)), self._schema)
            results = is_authorized_batch(
                [_request(ask) for ask in asks], self._policies, world, self._schema
            )
        except (ValueError, TypeError, RuntimeError):
            results = []
        if len(results) != len(asks) or any(result.diagnostics.errors for result in results):
            say(Message.POLICY_FAILED, level=Level.ERROR, count=len(asks))
        if len(results) != len(asks):
            return tuple(_DENIED for _ in asks)
        return tuple(self._verdict(result) for result in results)

    def _verdict(self, result: AuthzResult) -> Verdict:
        diagnostics = result.diagnostics
        named = tuple(sorted(diagnostics.id_annotations_by_reason.values()))
        if diagnostics.errors:
            return _DENIED
        if result.decision is Decision.Allow and named:
            return Verdict(allowed=True, reason=None, policies=named)
        told = {self._reasons.get(name) for name in named}
        reason = next((r for r in _TOLD_FIRST if r in told), Withheld.NOT_MANDATED)
        return Verdict(allowed=False, reason=reason, policies=named)


_DENIED: Final = Verdict(allowed=False, reason=Withheld.NO_BASIS, policies=())


def _request(ask: Ask) -> dict[str, object]:
    return {
        "principal": {"type": "Person", "id": ask.principal},
        "action": {"type": "Action", "id": "release"},
        "resource": {"type": "FieldClass", "id": ask.resource},
        "context": {"tx": {"__entity": {"type": "Tx", "id": ask.tx}}},
    }


def _reasons(text: str) -> Mapping[str, Withheld | None]:
    """Reason by policy id. Raises PoliciesUnfit where an id or a forbid's reason is wanting."""
    found: dict[str, Withheld | None] = {}
    for policy in json.loads(policies_to_json_str(text))["staticPolicies"].values():
        notes = policy.get("annotations", {})
        name = notes.get("id")
        if not name or name in found:
            raise PoliciesUnfit("each policy needs an @id of its own")
        if policy["effect"] == "permit":
            found[name] = None
            continue
        try:
            found[name] = Withheld(notes.get("reason"))
        except ValueError:
            raise PoliciesUnfit(f"the forbid {name} needs a @reason from the closed list") from None
    if not found:
        raise PoliciesUnfit("there is no policy")
    return found
