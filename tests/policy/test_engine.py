"""The policies against an oracle, and what no policy can do: allow by failing."""

import io
import json
from collections.abc import Sequence

import pytest

from app.policy.engine import PoliciesUnfit, PolicyEngine, Verdict
from app.telemetry import logs
from app.vocabulary.levels import Withheld
from tests.fixtures import ROOT
from tests.policy.oracle import Wish, allowed, forbidding, neighbours, reasons, worlds
from tests.policy.small_world import ask, entities, facts, people

SCHEMA = (ROOT / "policies" / "schema.cedarschema").read_text()


@pytest.fixture(scope="module")
def engine() -> PolicyEngine:
    return PolicyEngine.load(ROOT / "policies")


def decide(engine: PolicyEngine, wish: Wish) -> Verdict:
    (verdict,) = engine.decide([ask()], entities(wish))
    return verdict


def compared(engine: PolicyEngine, wishes: Sequence[Wish]) -> int:
    granted = 0
    world = [*people(), *(each for n, wish in enumerate(wishes) for each in facts(wish, n))]
    verdicts = engine.decide([ask(n) for n in range(len(wishes))], world)
    for wish, verdict in zip(wishes, verdicts, strict=True):
        assert verdict.allowed == allowed(wish), wish
        if verdict.allowed:
            assert verdict.reason is None
            assert verdict.policies == (f"mandate-to-{wish.recipient}",), wish
            granted += 1
        else:
            assert verdict.reason in reasons(wish), wish
            assert set(verdict.policies) == forbidding(wish), wish
            assert verdict.policies or verdict.reason is Withheld.NOT_MANDATED, wish
    return granted


def test_every_wish_near_a_granted_one_is_decided_as_the_oracle_does(engine: PolicyEngine) -> None:
    """AZ-12."""
    wishes = neighbours()

    assert len(wishes) > 500
    assert compared(engine, wishes) > 100


def test_a_sample_of_the_whole_world_is_decided_as_the_oracle_does(engine: PolicyEngine) -> None:
    assert compared(engine, worlds(seed=7, size=2000)) > 50


def test_a_password_is_released_nothing(engine: PolicyEngine) -> None:
    """SU-06."""
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

    (verdict,) = engine.decide([ask()], world)

    assert not verdict.allowed


@pytest.mark.parametrize("kind", ["Mandate", "Tx", "FieldClass"])
def test_a_missing_entity_is_a_denial(engine: PolicyEngine, kind: str) -> None:
    world = [e for e in entities(GRANTED) if e["uid"]["type"] != kind]  # type: ignore[index]  # built above

    (verdict,) = engine.decide([ask()], world)

    assert not verdict.allowed


def test_a_fact_of_another_type_is_a_denial(engine: PolicyEngine) -> None:
    """AZ-05."""
    world = entities(GRANTED)
    for each in world:
        if each["uid"]["type"] == "Tx":  # type: ignore[index]  # built above
            each["attrs"]["assurance"] = "high"  # type: ignore[index]  # built above

    (verdict,) = engine.decide([ask()], world)

    assert not verdict.allowed


def test_a_forbid_that_fails_to_evaluate_still_forbids() -> None:
    """AZ-04: Cedar skips it and allows. The sum overflows, which the schema cannot see."""
    broken = PolicyEngine(
        """
        @id("all") permit (principal, action, resource);
        @id("none") @reason("no_basis")
        forbid (principal, action, resource)
        when { 9223372036854775807 + resource.minAssurance > 0 };
        """,
        SCHEMA,
    )

    denied = Verdict(allowed=False, reason=Withheld.NO_BASIS, policies=())
    assert decide(broken, GRANTED) == denied


def test_az_04_a_failing_policy_raises_the_alarm_and_a_sound_one_does_not(
    engine: PolicyEngine,
) -> None:
    log = io.StringIO()
    logs.configure(log)
    broken = PolicyEngine(
        """
        @id("all") permit (principal, action, resource);
        @id("none") @reason("no_basis")
        forbid (principal, action, resource)
        when { 9223372036854775807 + resource.minAssurance > 0 };
        """,
        SCHEMA,
    )

    assert decide(engine, GRANTED).allowed
    assert log.getvalue() == ""
    decide(broken, GRANTED)
    engine.decide([ask()], [])

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [("policy failed", "error")] * 2


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
    """AZ-12: one that never decides anything in the whole neighbourhood is one nobody needs."""
    wishes = neighbours(places=1)
    world = [*people(), *(each for n, wish in enumerate(wishes) for each in facts(wish, n))]
    verdicts = engine.decide([ask(n) for n in range(len(wishes))], world)
    deciding = {name for verdict in verdicts for name in verdict.policies}

    assert deciding == engine.ids
