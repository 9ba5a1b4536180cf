"""Reading the file: what was released, with the receipt in hand, and nothing beside it."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

import pytest
from sqlalchemy import text

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.receipts import Receipt
from app.legitimation.mandates import Mandate
from app.legitimation.protection.protection import NOBODY_PROTECTED
from app.policy.consent import Consents
from app.policy.entities import Circumstances
from app.policy.release import Needed, Policies, Release
from app.records import filing
from app.records.excerpt import ScopedFacts, StoredFile, excerpt
from app.records.presence import present
from app.vault.sealing import Unopenable
from app.vocabulary.errors import ReceiptMismatch, Unavailable
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import CaseId, FieldName, ReleaseId, SubjectId, TenantId, random_id
from app.vocabulary.json import Json
from app.vocabulary.levels import Assurance, Hosting, Purpose
from tests.parties import BERGSTRASSE, Office

PAYMENT = FieldName("benefit.next_payment")
NEED = FieldName("benefit.standard_need")
NAME = FieldName("person.name")
DIAGNOSES = FieldName("health.diagnoses")
PLAN = FieldName("integration.plan")


class RecordingFile:
    """A case file that remembers what it was asked for, and answers with what it was told."""

    def __init__(self, answer: Mapping[Needed, Json]) -> None:
        self.answer = answer
        self.asked: list[tuple[TenantId, CaseId, frozenset[Needed]]] = []

    async def read(
        self, tenant: TenantId, case: CaseId, wanted: frozenset[Needed]
    ) -> Mapping[Needed, Json]:
        self.asked.append((tenant, case, wanted))
        return self.answer


def released(policies: Policies, office: Office, mandate: Mandate, *needed: Needed) -> Release:
    given = Circumstances(
        purpose=Purpose.ANSWER_OWN_QUESTION,
        hosting=Hosting.ON_PREMISES,
        special_question=False,
        consents=Consents({}),
        shield=NOBODY_PROTECTED,
        now=office.clock() + timedelta(seconds=1),
    )
    return policies.decide(mandate, needed, given)


async def receipt(office: Office, release: ReleaseId | None) -> Receipt:
    event = Event(kind=EventKind.RELEASED, at=office.clock(), actor=Actor(kind=ActorKind.SERVICE))
    async with office.database.transaction(BERGSTRASSE) as tx:
        return await office.log.record(tx, BERGSTRASSE, event, release=release)


async def test_a_released_field_is_read_and_a_withheld_one_is_never_asked_for(
    office: Office, policies: Policies
) -> None:
    """AZ-03."""
    household = await office.case()
    mandate = await household.mandate()
    theirs = SubjectId(household.id_of("p2"))
    release = released(
        policies,
        office,
        mandate,
        (mandate.household, PAYMENT),
        (theirs, NEED),
        (mandate.subject, DIAGNOSES),
    )
    file = RecordingFile({(mandate.household, PAYMENT): 1, (theirs, NAME): {"given": "Bo"}})

    facts = await excerpt(file, release, await receipt(office, release.id))

    ((tenant, case, wanted),) = file.asked
    assert (tenant, case) == (BERGSTRASSE, mandate.case)
    assert wanted == {(mandate.household, PAYMENT)} | release.masking
    assert (theirs, NEED) not in wanted
    assert (mandate.subject, DIAGNOSES) not in wanted
    assert dict(facts.values) == {(mandate.household, PAYMENT): 1}
    assert dict(facts.masking) == {(theirs, NAME): {"given": "Bo"}}


async def test_a_release_that_shows_nothing_asks_the_file_for_nothing(
    office: Office, policies: Policies
) -> None:
    household = await office.case()
    mandate = await household.mandate(assurance=Assurance.BASIC)
    release = released(policies, office, mandate, (mandate.household, PAYMENT))
    file = RecordingFile({})

    facts = await excerpt(file, release, await receipt(office, release.id))

    assert file.asked == []
    assert (dict(facts.values), dict(facts.masking)) == ({}, {})


async def test_without_the_very_receipt_nothing_is_read(office: Office, policies: Policies) -> None:
    mandate = await (await office.case()).mandate()
    release = released(policies, office, mandate, (mandate.household, PAYMENT))
    file = RecordingFile({})

    for other in (ReleaseId(random_id()), None):
        with pytest.raises(ReceiptMismatch):
            await excerpt(file, release, await receipt(office, other))
        async with office.database.transaction(BERGSTRASSE) as tx:
            with pytest.raises(ReceiptMismatch):
                await present(tx, release, await receipt(office, other))

    assert file.asked == []


async def test_a_field_nobody_asked_for_is_refused_with_all_the_rest(
    office: Office, policies: Policies
) -> None:
    """AZ-03."""
    household = await office.case()
    mandate = await household.mandate()
    release = released(policies, office, mandate, (mandate.household, PAYMENT))
    held = await receipt(office, release.id)

    for surplus in (
        (mandate.subject, NEED),
        (SubjectId(household.id_of("p2")), PAYMENT),
        (mandate.subject, DIAGNOSES),
    ):
        file = RecordingFile({(mandate.household, PAYMENT): 1, surplus: 2})
        with pytest.raises(Unavailable) as refusal:
            await excerpt(file, release, held)
        assert refusal.value.part == "records"


async def test_facts_cannot_be_made_or_changed_elsewhere(
    office: Office, policies: Policies
) -> None:
    mandate = await (await office.case()).mandate()
    release = released(policies, office, mandate, (mandate.household, PAYMENT))
    facts = await excerpt(RecordingFile({}), release, await receipt(office, release.id))

    with pytest.raises(TypeError, match="minted"):
        ScopedFacts(release, {}, {}, Seal())
    assert isinstance(facts.values, MappingProxyType)
    assert repr(facts) == "<ScopedFacts>"


class TestStoredFile:
    async def test_reads_what_was_pushed(self, office: Office, policies: Policies) -> None:
        mandate = await (await office.case()).mandate()
        release = released(
            policies, office, mandate, (mandate.subject, NEED), (mandate.subject, PLAN)
        )
        file = StoredFile(office.database, office.vault)

        facts = await excerpt(file, release, await receipt(office, release.id))

        assert dict(facts.values) == {
            (mandate.subject, NEED): {"amount": {"amount": "506.00", "currency": "EUR"}, "level": 2}
        }
        names = {v["family"] for (_, f), v in facts.masking.items() if f == NAME}  # type: ignore[index, call-overload]  # a name's shape
        assert names == {"Berghaus", "Ekdahl"}

    async def test_reads_nothing_of_another_case(self, office: Office, policies: Policies) -> None:
        one, other = await office.case(), await office.case()
        file = StoredFile(office.database, office.vault)
        wanted = frozenset({(SubjectId(other.id_of("p1")), NEED)})

        assert await file.read(BERGSTRASSE, one.case_id, wanted) == {}
        assert len(await file.read(BERGSTRASSE, other.case_id, wanted)) == 1
        assert await file.read(TenantId("main-kinzig"), other.case_id, wanted) == {}

    async def test_a_value_whose_key_is_gone_is_unavailable(self, office: Office) -> None:
        household = await office.case()
        me = SubjectId(household.id_of("p1"))
        file = StoredFile(office.database, office.vault)
        assert len(await file.read(BERGSTRASSE, household.case_id, frozenset({(me, NEED)}))) == 1
        async with office.database.transaction(BERGSTRASSE) as tx:
            assert await office.vault.destroy(tx, BERGSTRASSE, [me]) == 1

        with pytest.raises(Unavailable) as refusal:
            await file.read(BERGSTRASSE, household.case_id, frozenset({(me, NEED)}))
        assert refusal.value.part == "keys"
        assert not isinstance(refusal.value, Unopenable)

    @pytest.mark.parametrize(
        "tampering",
        [
            "version = version + 1",
            "id = gen_random_uuid()",
            "sealed = set_byte(sealed, 30, get_byte(sealed, 30) # 1)",
        ],
    )
    async def test_a_value_that_was_tampered_with_does_not_open(
        self, office: Office, tampering: str
    ) -> None:
        household = await office.case()
        async with office.database.transaction(BERGSTRASSE) as tx:
            await tx.execute(
                text(f"UPDATE case_values SET {tampering} WHERE case_id = :case"),  # noqa: S608 - from the list above
                {"case": household.case},
            )
        file = StoredFile(office.database, office.vault)

        with pytest.raises(Unopenable):
            await file.read(
                BERGSTRASSE,
                household.case_id,
                frozenset({(SubjectId(household.id_of("p1")), NEED)}),
            )

    async def test_two_cells_exchanged_do_not_open(self, office: Office) -> None:
        household = await office.case()
        me = SubjectId(household.id_of("p1"))
        async with office.database.transaction(BERGSTRASSE) as tx:
            await tx.execute(
                text(
                    "UPDATE case_values v SET sealed = (SELECT sealed FROM case_values o "
                    "WHERE o.subject = v.subject AND o.field = 'health.diagnoses') "
                    "WHERE v.subject = :me AND v.field = 'benefit.standard_need'"
                ),
                {"me": me},
            )
        file = StoredFile(office.database, office.vault)

        with pytest.raises(Unopenable):
            await file.read(BERGSTRASSE, household.case_id, frozenset({(me, NEED)}))


class TestPresence:
    async def test_tells_what_there_is_of_what_was_released(
        self, office: Office, policies: Policies
    ) -> None:
        mandate = await (await office.case()).mandate()
        release = released(
            policies,
            office,
            mandate,
            (mandate.subject, NEED),
            (mandate.subject, PLAN),
            (mandate.subject, DIAGNOSES),
        )
        held = await receipt(office, release.id)
        async with office.database.transaction(BERGSTRASSE) as tx:
            assert await present(tx, release, held) == {(mandate.subject, NEED)}

    async def test_of_nothing_released_there_is_nothing(
        self, office: Office, policies: Policies
    ) -> None:
        mandate = await (await office.case()).mandate(assurance=Assurance.BASIC)
        release = released(policies, office, mandate, (mandate.subject, NEED))
        held = await receipt(office, release.id)
        async with office.database.transaction(BERGSTRASSE) as tx:
            assert await present(tx, release, held) == frozenset()


class TestFiling:
    async def test_a_value_put_again_is_a_new_version_and_the_old_sealing_is_dead(
        self, office: Office
    ) -> None:
        household = await office.case()
        me = SubjectId(household.id_of("p1"))
        cell = text(
            "SELECT id, version, sealed FROM case_values WHERE subject = :me AND field = :field"
        )
        place = {"me": me, "field": NEED}
        async with office.database.transaction(BERGSTRASSE) as tx:
            before = (await tx.execute(cell, place)).one()
            stored = await filing.replace(
                tx,
                office.vault,
                tenant=BERGSTRASSE,
                case=household.case_id,
                values={(me, NEED): 2},
            )
            after = (await tx.execute(cell, place)).one()

        assert stored == 1
        assert (after.id, after.version) == (before.id, before.version + 1)
        file = StoredFile(office.database, office.vault)
        assert await file.read(BERGSTRASSE, household.case_id, frozenset({(me, NEED)})) == {
            (me, NEED): 2
        }
        async with office.database.transaction(BERGSTRASSE) as tx:
            await tx.execute(
                text("UPDATE case_values SET sealed = :old WHERE subject = :me"),
                {"old": before.sealed, "me": me},
            )
        with pytest.raises(Unopenable):
            await file.read(BERGSTRASSE, household.case_id, frozenset({(me, NEED)}))

    async def test_a_file_emptied_is_empty(self, office: Office) -> None:
        household = await office.case()
        count = text("SELECT count(*) FROM case_values WHERE case_id = :case")
        for _ in range(2):
            async with office.database.transaction(BERGSTRASSE) as tx:
                assert (
                    await filing.replace(
                        tx, office.vault, tenant=BERGSTRASSE, case=household.case_id, values={}
                    )
                    == 0
                )
                assert (await tx.execute(count, {"case": household.case})).scalar_one() == 0
