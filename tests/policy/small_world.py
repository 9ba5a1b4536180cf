"""A wish of the oracle, told to Cedar as entities."""

from app.policy.engine import Ask, Entity
from tests.policy.oracle import DAY, NOW, OLDEST, PURPOSE, Wish

_WINDOWS = {
    "open": (NOW - DAY, NOW + DAY),
    "begins_now": (NOW, NOW + DAY),
    "ends_next": (NOW - DAY, NOW + 1),
    "over": (NOW - DAY, NOW),
    "not_begun": (NOW + 1, NOW + DAY),
}
_GROUPS = {"named": ["benefit"], "every": ["*"], "another": ["health"]}


def ask(number: object = "") -> Ask:
    return Ask("asker", f"class{number}", f"tx{number}")


def people() -> list[Entity]:
    return [
        *(entity("Person", name, {}) for name in ("asker", "grantor", "stranger")),
        entity("Case", "case", {}),
        entity("Case", "elsewhere", {}),
    ]


def entities(wish: Wish, number: object = "") -> list[Entity]:
    """With the people; `number` tells several wishes of one world apart."""
    return [*people(), *facts(wish, number)]


def facts(wish: Wish, number: object = "") -> list[Entity]:
    begins, ends = _WINDOWS[wish.window]
    return [
        entity(
            "Mandate",
            f"mandate{number}",
            {
                "kind": wish.kind,
                "grantor": reference("Person", "grantor"),
                "grantee": reference("Person", "asker" if wish.grantee else "stranger"),
                "case": reference("Case", "case" if wish.same_case else "elsewhere"),
                "groups": _GROUPS[wish.groups],
                "actions": list(wish.actions),
                "from": begins,
                "to": ends,
                "evidence": wish.evidence,
                "party": wish.party,
            },
        ),
        entity(
            "Tx",
            f"tx{number}",
            {
                "case": reference("Case", "case"),
                "mandate": reference("Mandate", f"mandate{number}"),
                "purpose": PURPOSE,
                "recipient": wish.recipient,
                "hosting": wish.hosting,
                "assurance": wish.assurance,
                "authenticationAge": wish.age,
                "now": NOW,
                "specialQuestion": wish.special,
                "subjectProtected": wish.subject_protected,
                "householdProtected": wish.household_protected,
            },
        ),
        entity(
            "FieldClass",
            f"class{number}",
            {
                "group": "benefit",
                "subject": reference("Person", "stranger" if wish.whose == "other" else "grantor"),
                "household": wish.whose == "household",
                "minAssurance": wish.min_assurance,
                "maxAuthenticationAge": OLDEST,
                "locating": wish.locating,
                "sensitivity": "social",
                "purposes": [PURPOSE] if wish.purpose_listed else ["statistics"],
                "basis": wish.basis,
                "consent": wish.consent,
                "form": wish.form,
            },
        ),
    ]


def entity(kind: str, name: str, attributes: dict[str, object]) -> Entity:
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}


def reference(kind: str, name: str) -> dict[str, object]:
    return {"__entity": {"type": kind, "id": name}}
