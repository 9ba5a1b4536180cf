"""Given answers as they are kept, and what is said about them."""

import pytest
from sqlalchemy import text

from app.answers import archive
from app.vault.sealing import Address, Unopenable
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import AnswerId, random_id
from tests.answers.conftest import Front, asking
from tests.parties import BERGSTRASSE

CANARY = "Quittengelee"


async def test_an_answer_is_found_by_the_one_who_asked_alone(front: Front) -> None:
    household = await front.office.case()
    mandate = await household.mandate()
    partner = await household.mandate("p2")
    answer = await front.pipeline.answer(mandate, asking())
    now = front.whole.clock()

    async with front.office.database.transaction(BERGSTRASSE) as tx:
        assert (await archive.find(tx, mandate.person, answer.id, now=now)).id == answer.id
        with pytest.raises(NotFound):
            await archive.find(tx, partner.person, answer.id, now=now)
        with pytest.raises(NotFound):
            await archive.find(tx, mandate.person, AnswerId(random_id()), now=now)


async def test_an_answer_that_was_altered_is_not_read_to_anybody(front: Front) -> None:
    mandate = await (await front.office.case()).mandate()
    answer = await front.pipeline.answer(mandate, asking())
    desk = front.whole.parts.answers

    assert (await desk.read(mandate.person, answer.id)).text == answer.text
    async with front.office.database.transaction(BERGSTRASSE) as tx:
        row = await archive.find(tx, mandate.person, answer.id, now=front.whole.clock())
        sealed = bytearray(row.sealed)
        sealed[-1] ^= 1
        row.sealed = bytes(sealed)
        tx.expunge(row)
        with pytest.raises(Unopenable):
            await archive.opened(tx, front.office.vault, row)


async def test_the_newest_word_of_feedback_counts_and_its_reason_is_sealed(front: Front) -> None:
    mandate = await (await front.office.case()).mandate()
    answer = await front.pipeline.answer(mandate, asking())
    desk = front.whole.parts.answers
    kept = text("SELECT * FROM feedback WHERE answer_id = :id")

    await desk.feedback(mandate.person, answer.id, useful=True, reason=None)
    await desk.feedback(mandate.person, answer.id, useful=False, reason=CANARY)

    async with front.office.database.transaction(BERGSTRASSE) as tx:
        row = (await tx.execute(kept, {"id": answer.id})).mappings().one()
        key = await front.office.vault.key(tx, BERGSTRASSE, mandate.grantor)
    address = Address(BERGSTRASSE, "feedback.sealed_reason", answer.id, 1)
    assert row["useful"] is False
    assert CANARY.encode() not in row["sealed_reason"]
    assert key.open(row["sealed_reason"], address).decode() == CANARY


async def test_a_second_look_at_an_answer_is_in_the_log(front: Front) -> None:
    mandate = await (await front.office.case()).mandate()
    answer = await front.pipeline.answer(mandate, asking())
    count = text("SELECT count(*) FROM audit_payloads")
    async with front.office.database.transaction(BERGSTRASSE) as tx:
        before = (await tx.execute(count)).scalar_one()

    await front.whole.parts.answers.read(mandate.person, answer.id)

    async with front.office.database.transaction(BERGSTRASSE) as tx:
        assert (await tx.execute(count)).scalar_one() == before + 1
