"""AZ-11: what was decided can be decided once more, byte by byte, from what is kept of it."""

import copy
import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.legitimation.mandates import Mandate
from app.legitimation.protection.protection import NOBODY_PROTECTED, Shield
from app.policy import register
from app.policy.consent import ConsentDecision, Consents
from app.policy.entities import Circumstances
from app.policy.release import Policies, Release
from app.policy.replay import NotReplayable, OtherPolicies, repeated
from app.vocabulary.ids import FieldName
from app.vocabulary.json import Json
from app.vocabulary.levels import Assurance, Hosting, Purpose
from tests.fixtures import ROOT
from tests.parties import BERGSTRASSE, Office

DISABILITY = FieldName("health.severe_disability")
CASES = {
    "own": (Assurance.HIGH, Hosting.ON_PREMISES, NOBODY_PROTECTED, False),
    "weak": (Assurance.LOW, Hosting.NO_MODEL, NOBODY_PROTECTED, False),
    "special": (Assurance.HIGH, Hosting.EU_PROCESSOR, NOBODY_PROTECTED, True),
    "protected": (
        Assurance.SUBSTANTIAL,
        Hosting.ON_PREMISES,
        Shield(subject=True, household=True, parties=True),
        False,
    ),
}


def decided(policies: Policies, mandate: Mandate, case: str, clock: Office) -> Release:
    _, hosting, shield, special = CASES[case]
    given = Circumstances(
        purpose=Purpose.ANSWER_OWN_QUESTION,
        hosting=hosting,
        special_question=special,
        consents=Consents(
            {(mandate.subject, DISABILITY, Purpose.ANSWER_OWN_QUESTION): ConsentDecision.GRANTED}
        ),
        shield=shield,
        now=clock.clock() + timedelta(seconds=1),
    )
    everything = [
        (mandate.household if f.stored == "household" else mandate.subject, f.name)
        for f in policies.catalogue
    ]
    return policies.decide(mandate, everything, given)


async def kept(office: Office, release: Release) -> tuple[dict[str, Json], str, Purpose]:
    """Stored, and read from the row: nothing else is known of it."""
    async with office.database.transaction(BERGSTRASSE) as tx:
        await register.store(tx, office.vault, release)
    row_of = text(
        "SELECT subject, policy_digest, purpose, sealed_items FROM releases WHERE id = :id"
    )
    async with office.database.transaction(BERGSTRASSE) as tx:
        row = (await tx.execute(row_of, {"id": release.id})).one()
        key = await office.vault.key(tx, BERGSTRASSE, row.subject)
    document = register.opened(key, BERGSTRASSE, release.id, row.sealed_items)
    return document, row.policy_digest, Purpose(row.purpose)


@pytest.mark.parametrize("case", CASES)
async def test_az_11_an_old_decision_is_made_once_more_from_its_row_alone(
    office: Office, policies: Policies, case: str
) -> None:
    mandate = await (await office.case()).mandate(assurance=CASES[case][0])
    document, digest, purpose = await kept(office, decided(policies, mandate, case, office))
    fresh = Policies.load(ROOT / "policies")

    assert repeated(fresh, document, digest=digest, purpose=purpose)
    assert isinstance(document["items"], list)
    assert len(document["items"]) == len(policies.catalogue)


@pytest.mark.parametrize(
    ("member", "value"),
    [("assurance", 0), ("householdProtected", True), ("authenticationAge", 10**6)],
)
async def test_az_11_a_fact_that_was_altered_gives_another_decision(
    office: Office, policies: Policies, member: str, value: Json
) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    document, digest, purpose = await kept(office, decided(policies, mandate, "own", office))
    altered = copy.deepcopy(document)
    for entity in altered["told"]["entities"]:  # type: ignore[call-overload, index, union-attr]  # as stored
        if entity["uid"]["type"] == "Tx":  # type: ignore[call-overload, index]  # as above
            entity["attrs"][member] = value  # type: ignore[call-overload, index]  # as above

    assert not repeated(policies, altered, digest=digest, purpose=purpose)
    assert repeated(policies, document, digest=digest, purpose=purpose)


async def test_az_11_an_item_that_was_altered_is_noticed(
    office: Office, policies: Policies
) -> None:
    mandate = await (await office.case()).mandate()
    document, digest, purpose = await kept(office, decided(policies, mandate, "own", office))
    told = json.dumps(document).replace('"to_person": false', '"to_person": true', 1)

    assert told != json.dumps(document)
    assert not repeated(policies, json.loads(told), digest=digest, purpose=purpose)


async def test_az_11_other_policies_do_not_speak_for_the_old_ones(
    office: Office, policies: Policies
) -> None:
    mandate = await (await office.case()).mandate()
    document, _, purpose = await kept(office, decided(policies, mandate, "own", office))

    with pytest.raises(OtherPolicies):
        repeated(policies, document, digest="0" * 64, purpose=purpose)
    nothing: list[Json] = [None, {"principal": 7}]
    for wrong in nothing:
        with pytest.raises(NotReplayable):
            repeated(policies, {**document, "told": wrong}, digest=policies.digest, purpose=purpose)
