"""The second look: what it rests on is read anew, the engine asked only where that differs."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from app.legitimation.protection.protection import Shield
from app.policy.consent import ConsentDecision, Consents
from app.policy.engine import Ask, Entity, PolicyEngine, Verdict
from app.policy.release import Needed, Policies
from app.vocabulary.ids import FieldName
from app.vocabulary.levels import Assurance, Hosting, Purpose
from tests.parties import Office
from tests.policy.test_release import DISABILITY, PAYMENT, circumstances


class Counting(PolicyEngine):
    """Answers as the engine it stands for."""

    def __init__(self, engine: PolicyEngine) -> None:
        self._engine = engine
        self.asked = 0

    def decide(self, asks: Sequence[Ask], entities: Sequence[Entity]) -> tuple[Verdict, ...]:
        self.asked += 1
        return self._engine.decide(asks, entities)


@pytest.fixture
def engine(policies: Policies) -> Counting:
    return Counting(policies.engine)


@pytest.fixture
def watched(policies: Policies, engine: Counting) -> Policies:
    return replace(policies, engine=engine)


async def test_where_nothing_changed_the_engine_is_not_asked_again(
    office: Office, watched: Policies, engine: Counting
) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    needed = [(mandate.household, PAYMENT), (mandate.subject, DISABILITY)]
    first = watched.decide(mandate, needed, circumstances(mandate))

    again = watched.decide(mandate, needed, circumstances(mandate), before=first)

    assert engine.asked == 1
    assert (again.items, again.told) == (first.items, first.told)
    assert again.id != first.id


@pytest.mark.parametrize(
    "changed",
    [
        "now",
        "purpose",
        "hosting",
        "special_question",
        "consents",
        "shield",
        "needed",
        "policies",
        "mandate",
    ],
)
async def test_whatever_differs_is_decided_by_the_engine(
    office: Office, watched: Policies, engine: Counting, changed: str
) -> None:
    """One thing differs from the test above, and what comes out is what a first look gives."""
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    needed: list[Needed] = [(mandate.household, PAYMENT), (mandate.subject, DISABILITY)]
    before = circumstances(mandate)
    first = watched.decide(mandate, needed, before)
    purpose = Purpose.ANSWER_OWN_QUESTION
    match changed:
        case "now":
            now = replace(before, now=before.now + timedelta(seconds=1))
        case "purpose":
            now = replace(before, purpose=next(p for p in Purpose if p is not purpose))
        case "hosting":
            now = replace(before, hosting=Hosting.THIRD_COUNTRY)
        case "special_question":
            now = replace(before, special_question=True)
        case "consents":
            said = {(mandate.subject, DISABILITY, purpose): ConsentDecision.GRANTED}
            now = replace(before, consents=Consents(said))
        case "shield":
            now = replace(before, shield=Shield(subject=True, household=True, parties=False))
        case _:
            now = before
    if changed == "needed":
        needed = [
            (mandate.household, PAYMENT),
            (mandate.household, FieldName("benefit.standard_need")),
        ]
    if changed == "policies":
        watched = replace(watched, digest="of other sheets")
    if changed == "mandate":
        mandate = await (await office.case()).mandate(assurance=Assurance.SUBSTANTIAL)
        needed = [(mandate.household, PAYMENT), (mandate.subject, DISABILITY)]

    again = watched.decide(mandate, needed, now, before=first)

    assert engine.asked == 2
    assert again.items == watched.decide(mandate, needed, now).items
