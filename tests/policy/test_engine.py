"""The policies against an oracle, and what no policy can do: allow by failing."""

from collections.abc import Sequence

import pytest

from app.policy.engine import Ask, Entity, PoliciesUnfit, PolicyEngine, Verdict
from app.vocabulary.levels import Withheld
from tests.fixtures import ROOT
from tests.policy.oracle import NOW, PURPOSE, Wish, allowed, neighbours, reasons, worlds

DAY = 86_400
SCHEMA = (ROOT / "policies" / "schema.cedarschema").read_text()


@pytest.fixture(scope="module")
def engine() -> PolicyEngine:
    return PolicyEngine.load(ROOT / "policies")


def entity(kind: str, name: str, attributes: dict[str, object]) -> Entity:
    return {"uid": {"type": kind, "id": name}, "attrs": attributes, "parents": []}


def reference(kind: str, name: str) -> dict[str, object]:
    return {"__entity": {"type": kind, "id": name}}


def entities(wish: Wish) -> list[Entity]:
    begins, ends = {
        "open": (NOW - DAY, NOW + DAY),
        "over": (NOW - DAY, NOW),
        "not_begun": (NOW + 1, NOW + DAY),
    }[wish.window]
    return [
        *(entity("Person", name, {}) for name in ("asker", "grantor", "stranger")),
        entity("Case", "case", {}),
        entity("Case", "elsewhere", {}),
        entity(
            "Mandate",
            "mandate",
            {
                "kind": "SELF",
                "grantor": reference("Person", "grantor"),
                "grantee": reference("Person", "asker" if wish.grantee else "stranger"),
                "case": reference("Case", "case" if wish.same_case else "elsewhere"),
                "groups": ["benefit"],
                "actions": list(wish.actions),
                "from": begins,
                "to": ends,
                "party": wish.party,
            },
        ),
        entity(
            "Tx",
            "tx",
            {
                "case": reference("Case", "case"),
                "mandate": reference("Mandate", "mandate"),
                "purpose": PURPOSE,
                "recipient": wish.recipient,
                "hosting": wish.hosting,
                "assurance": wish.assurance,
                "authenticationAge": DAY if wish.stale else 1,
                "now": NOW,
                "specialQuestion": wish.special,
            },
        ),
        entity(
            "FieldClass",
            "class",
            {
                "group": "benefit" if wish.group_covered else "health",
                "subject": reference("Person", "stranger" if wish.whose == "other" else "grantor"),
                "household": wish.whose == "household",
                "minAssurance": wish.min_assurance,
                "maxAuthenticationAge": 3600,
                "sensitivity": "social",
                "purposes": [PURPOSE] if wish.purpose_listed else ["statistics"],
                "basis": wish.basis,
                "consent": wish.consent,
                "form": wish.form,
            },
        ),
    ]


ASK = Ask("asker", "class", "tx")


def decide(engine: PolicyEngine, wish: Wish) -> Verdict:
    (verdict,) = engine.decide([ASK], entities(wish))
    return verdict


def compared(engine: PolicyEngine, wishes: Sequence[Wish]) -> int:
    granted = 0
    for wish in wishes:
        verdict = decide(engine, wish)
        assert verdict.allowed == allowed(wish), wish
        assert verdict.policies or verdict.reason is Withheld.NOT_MANDATED, wish
        if verdict.allowed:
            assert verdict.reason is None
            granted += 1
        else:
            assert verdict.reason in reasons(wish), wish
    return granted


def test_every_wish_near_a_granted_one_is_decided_as_the_oracle_does(engine: PolicyEngine) -> None:
    wishes = neighbours()

    assert len(wishes) > 500
    assert compared(engine, wishes) > 100


def test_a_sample_of_the_whole_world_is_decided_as_the_oracle_does(engine: PolicyEngine) -> None:
    assert compared(engine, worlds(seed=7, size=2000)) > 50


def test_a_password_is_released_nothing(engine: PolicyEngine) -> None:
    wishes = [w for w in neighbours() if w.assurance == 0]

    assert wishes
    assert {decide(engine, w).allowed for w in wishes} == {False}


def test_a_third_country_is_released_nothing(engine: PolicyEngine) -> None:
    wishes = [w for w in neighbours() if w.recipient == "model" and w.hosting == "third_country"]

    assert wishes
    assert {decide(engine, w).allowed for w in wishes} == {False}


GRANTED = next(w for w in neighbours() if allowed(w))


@pytest.mark.parametrize(
    ("kind", "attribute"),
    [(str(e["uid"]["type"]), name) for e in entities(GRANTED) for name in e["attrs"]],  # type: ignore[index, attr-defined]  # built above
)
def test_a_missing_fact_is_a_denial(engine: PolicyEngine, kind: str, attribute: str) -> None:
    """AZ-04, AZ-05: each fact in turn is taken away; nothing may be allowed for lack of it."""
    world = entities(GRANTED)
    for each in world:
        if each["uid"]["type"] == kind:  # type: ignore[index]  # built above
            del each["attrs"][attribute]  # type: ignore[attr-defined]  # built above

    (verdict,) = engine.decide([ASK], world)

    assert not verdict.allowed


@pytest.mark.parametrize("kind", ["Mandate", "Tx", "FieldClass"])
def test_a_missing_entity_is_a_denial(engine: PolicyEngine, kind: str) -> None:
    world = [e for e in entities(GRANTED) if e["uid"]["type"] != kind]  # type: ignore[index]  # built above

    (verdict,) = engine.decide([ASK], world)

    assert not verdict.allowed


def test_a_fact_of_another_type_is_a_denial(engine: PolicyEngine) -> None:
    world = entities(GRANTED)
    for each in world:
        if each["uid"]["type"] == "Tx":  # type: ignore[index]  # built above
            each["attrs"]["assurance"] = "high"  # type: ignore[index]  # built above

    (verdict,) = engine.decide([ASK], world)

    assert not verdict.allowed


def test_a_forbid_that_fails_to_evaluate_still_forbids() -> None:
    """Cedar skips it and allows. The sum overflows, which the schema cannot see."""
    broken = PolicyEngine(
        """
        @id("all") permit (principal, action, resource);
        @id("none") @reason("no_basis")
        forbid (principal, action, resource)
        when { 9223372036854775807 + resource.minAssurance > 0 };
        """,
        SCHEMA,
    )

    assert decide(broken, GRANTED) == Verdict(allowed=False, reason=Withheld.NO_BASIS, policies=())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("permit (principal, action, resource) when { context.typo };", "do not fit"),
        ("permit (principal, action, resource);", "@id"),
        (2 * '@id("a") permit (principal, action, resource);', "@id"),
        ('@id("a") forbid (principal, action, resource);', "@reason"),
        ('@id("a") @reason("because") forbid (principal, action, resource);', "@reason"),
        ("", "no policy"),
    ],
)
def test_unfit_policies_stop_the_start(text: str, complaint: str) -> None:
    with pytest.raises(PoliciesUnfit, match=complaint):
        PolicyEngine(text, SCHEMA)


def test_nothing_asked_is_nothing_decided(engine: PolicyEngine) -> None:
    assert engine.decide([], entities(GRANTED)) == ()


def test_each_policy_matters(engine: PolicyEngine) -> None:
    """A policy that never decides anything in the whole neighbourhood is a policy nobody needs."""
    deciding = {name for wish in neighbours() for name in decide(engine, wish).policies}

    assert deciding == engine.ids
