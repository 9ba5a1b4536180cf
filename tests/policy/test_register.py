"""A release as it is stored: its items sealed for the subject it is about."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.legitimation.protection.protection import NOBODY_PROTECTED
from app.policy import register
from app.policy.consent import Consents
from app.policy.entities import Circumstances
from app.policy.release import Policies
from app.vault.sealing import Address, Unopenable
from app.vocabulary.ids import FieldName, random_id
from app.vocabulary.levels import Hosting, Purpose
from tests.parties import BERGSTRASSE, Office


async def test_what_was_decided_is_kept_and_readable_by_its_subjects_key_alone(
    office: Office, policies: Policies
) -> None:
    mandate = await (await office.case()).mandate()
    release = policies.decide(
        mandate,
        [(mandate.household, FieldName("benefit.next_payment"))],
        Circumstances(
            purpose=Purpose.ANSWER_OWN_QUESTION,
            hosting=Hosting.EU_PROCESSOR,
            special_question=False,
            consents=Consents({}),
            shield=NOBODY_PROTECTED,
            now=office.clock() + timedelta(seconds=1),
        ),
    )
    async with office.database.transaction(BERGSTRASSE) as tx:
        await register.store(tx, office.vault, release)

    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await tx.execute(text("SELECT * FROM releases WHERE id = :id"), {"id": release.id})
        row = found.mappings().one()
        key = await office.vault.key(tx, BERGSTRASSE, mandate.grantor)
        other = await office.vault.key(tx, BERGSTRASSE, random_id())
    address = Address(BERGSTRASSE, "releases.sealed_items", release.id, 1)

    assert (row["purpose"], row["hosting"]) == ("answer_own_question", "eu_processor")
    assert (row["subject"], row["actor"]) == (mandate.grantor, mandate.person.identity)
    assert (row["mandate_id"], row["mandate_version"]) == (mandate.id, 1)
    assert (row["policy_digest"], row["assurance"]) == (policies.digest, 2)
    kept = register.opened(key, BERGSTRASSE, release.id, row["sealed_items"])
    masking = kept["masking"]
    assert isinstance(masking, list)
    assert {(UUID(str(pair[0])), pair[1]) for pair in masking if isinstance(pair, list)} == (
        release.masking
    )
    assert kept["items"] == [
        {
            "subject": str(mandate.household),
            "field": "benefit.next_payment",
            "to_person": True,
            "to_model": "slot",
            "reason": None,
            "model_reason": None,
            "basis": release.items[0].basis,
        }
    ]
    assert b"benefit" not in row["sealed_items"]
    with pytest.raises(Unopenable):
        other.open(row["sealed_items"], address)
