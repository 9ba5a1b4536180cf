"""The first look and the last: only what is released still counts."""

from contextlib import aclosing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from app.answers.gate import Asked, Gate, ReleaseChanged, covers
from app.answers.pipeline import Reached
from app.answers.writing import Said
from app.audit.events import EventKind
from app.policy import consent
from app.policy.release import Item
from app.telemetry.spans import Stage
from app.vocabulary.ids import FieldName, SubjectId, random_id
from app.vocabulary.levels import Assurance, Form, Hosting, Purpose, Recipient, Withheld
from tests.answers.conftest import Front, asking
from tests.parties import BERGSTRASSE
from tests.refuge import family

ONE, OTHER = SubjectId(random_id()), SubjectId(random_id())
ITEMS = st.builds(
    Item,
    subject=st.sampled_from([ONE, OTHER]),
    field=st.sampled_from([FieldName("a.a"), FieldName("b.b")]),
    to_person=st.booleans(),
    to_model=st.sampled_from(Form),
    reason=st.none(),
    model_reason=st.none(),
    basis=st.none(),
)
SETS = st.lists(ITEMS, max_size=4, unique_by=lambda item: (item.subject, item.field))
STEPS = [Form.NONE, Form.SLOT, Form.RANGE, Form.VALUE]


@given(SETS, SETS)
def test_what_was_released_is_covered_exactly_when_nothing_of_it_is_less_now(
    now: list[Item], before: list[Item]
) -> None:
    def still(item: Item) -> bool:
        return any(
            (again.subject, again.field) == (item.subject, item.field)
            and (again.to_person or not item.to_person)
            and STEPS.index(again.to_model) >= STEPS.index(item.to_model)
            for again in now
        )

    assert covers(now, before) == all(still(item) for item in before)
    assert covers(before, before)


def needed(*pairs: tuple[SubjectId, str]) -> frozenset[tuple[SubjectId, FieldName]]:
    return frozenset((subject, FieldName(field)) for subject, field in pairs)


def asked(*pairs: tuple[SubjectId, str], **changes: object) -> Asked:
    given = {
        "needed": needed(*pairs),
        "purpose": Purpose.ANSWER_OWN_QUESTION,
        "hosting": Hosting.ON_PREMISES,
        "special": False,
    }
    return Asked(**{**given, **changes})  # type: ignore[arg-type]  # the changes fit by name


@pytest.fixture
def gate(front: Front) -> Gate:
    return front.pipeline.gate


async def test_a_release_is_stored_and_logged_before_its_receipt_is_there(
    front: Front, gate: Gate
) -> None:
    mandate = await (await front.office.case()).mandate()

    release, receipt = await gate.release(
        mandate, asked((mandate.household, "benefit.next_payment"))
    )

    receipt.require(release.id, tenant=BERGSTRASSE)
    assert await front.newest_release() == release.id
    entries = {str(entry["event"]): entry for entry in await front.entries(release.id)}
    assert entries.keys() == {"released", "known_values_read"}
    assert entries["released"]["policy"] == gate.policies.digest
    assert entries["known_values_read"]["hits"] == len(release.masking)


async def test_consents_are_read_only_where_one_can_decide(
    front: Front, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    mandate = await (await front.office.case()).mandate(assurance=Assurance.HIGH)
    read = []
    real = consent.read

    async def watched(*given: object) -> consent.Consents:
        read.append(given)
        return await real(*given)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(consent, "read", watched)

    await gate.release(mandate, asked((mandate.household, "benefit.next_payment")))
    assert read == []
    await gate.release(mandate, asked((mandate.subject, "health.severe_disability")))
    assert len(read) == 1


async def test_a_release_holds_while_nothing_changes_and_not_once_more_is_asked(
    front: Front, gate: Gate
) -> None:
    mandate = await (await front.office.case()).mandate()
    both = asked((mandate.household, "benefit.next_payment"), (mandate.subject, "person.name"))
    release, _ = await gate.release(mandate, both)

    await gate.confirm_now(release, both)
    with pytest.raises(ReleaseChanged):
        await gate.confirm_now(release, asked((mandate.subject, "person.name")))
    with pytest.raises(ReleaseChanged):
        await gate.confirm_now(release, replace(both, hosting=Hosting.THIRD_COUNTRY))


async def test_a_failed_store_leaves_neither_release_nor_entry(
    front: Front, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    mandate = await (await front.office.case()).mandate()
    count = text("SELECT (SELECT count(*) FROM releases WHERE subject = :me)")

    async def failing(*_: object, **__: object) -> None:
        raise LookupError

    monkeypatch.setattr(gate.log, "record", failing)
    with pytest.raises(LookupError):
        await gate.release(mandate, asked((mandate.subject, "person.name")))

    async with front.office.database.transaction(BERGSTRASSE) as tx:
        assert (await tx.execute(count, {"me": mandate.grantor})).scalar_one() == 0


async def test_a_model_is_named_as_a_recipient_only_where_something_goes_to_it(
    front: Front, gate: Gate
) -> None:
    mandate = await (await front.office.case()).mandate()
    wish = (mandate.household, "benefit.next_payment")
    sent, _ = await gate.release(mandate, asked(wish))
    kept, _ = await gate.release(mandate, asked(wish, hosting=Hosting.NO_MODEL))

    assert gate.event(sent, EventKind.RELEASED).recipients == (Recipient.PERSON, Recipient.MODEL)
    assert gate.event(kept, EventKind.RELEASED).recipients == (Recipient.PERSON,)


async def test_a_flag_set_between_two_looks_holds_for_the_second(front: Front, gate: Gate) -> None:
    """Safe at home: in a running stream, too; the person's own stream goes on."""
    household = await front.office.case(family())
    mine, theirs = await household.mandate("p1"), await household.mandate("p2")
    landlord = asked((theirs.household, "housing.landlord"))
    own = asked((mine.household, "housing.landlord"), (mine.subject, "person.address"))
    released, kept = await gate.release(theirs, landlord), await gate.release(mine, own)
    assert released[0].readable
    await gate.confirm_now(released[0], landlord)

    await front.whole.parts.protection.protect(mine.person, active=True)

    with pytest.raises(ReleaseChanged):
        await gate.confirm_now(released[0], landlord)
    await gate.confirm_now(kept[0], own)
    again, _ = await gate.release(theirs, landlord)
    assert again.readable == frozenset()
    assert [(item.reason, item.protected) for item in again.items] == [(Withheld.NO_BASIS, True)]


async def test_not_a_sentence_leaves_after_a_flag_was_set(front: Front) -> None:
    household = await front.office.case(family())
    mine, theirs = await household.mandate("p1"), await household.mandate("p2")
    said: list[str] = []

    async def listen() -> None:
        async with aclosing(front.pipeline.steps(theirs, asking(wait=False))) as steps:
            async for step in steps:
                if step == Reached(Stage.RECORDS):
                    await front.whole.parts.protection.protect(mine.person, active=True)
                if isinstance(step, Said):
                    said.append(step.text)

    with pytest.raises(ReleaseChanged):
        await listen()

    assert said == []
