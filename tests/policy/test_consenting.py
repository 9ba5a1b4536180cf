"""Consents: given, refused, taken back, and asked for only where they decide something."""

from hashlib import sha256

import pytest
from sqlalchemy import text

from app.catalogue.rulebook import Rulebook
from app.legitimation.kinds import Action
from app.legitimation.mandates import Mandate
from app.policy import consent
from app.policy.consent import ConsentDecision, ConsentState
from app.policy.consenting import ConsentDesk, NoConsentNeeded, NoticeOutdated
from app.vocabulary.errors import NotFound, NotLegitimated, StepUpRequired
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Assurance, Language, Purpose
from tests.legitimation.test_mandates import proxy
from tests.parties import BERGSTRASSE, Household, Office

DISABILITY = FieldName("health.severe_disability")
OWN = Purpose.ANSWER_OWN_QUESTION
NOTICE = "special_to_model"


@pytest.fixture
def desk(office: Office, rulebook: Rulebook) -> ConsentDesk:
    return ConsentDesk(
        database=office.database, log=office.log, rulebook=rulebook, clock=office.clock
    )


async def state(office: Office, mandate: Mandate, purpose: Purpose = OWN) -> ConsentState:
    async with office.database.transaction(BERGSTRASSE) as tx:
        found = await consent.read(tx, mandate)
    return found.state(mandate.subject, DISABILITY, purpose)


async def say(
    desk: ConsentDesk, mandate: Mandate, decision: ConsentDecision, **changes: object
) -> None:
    given: dict[str, object] = {"notice": NOTICE, "language": Language.DE, **changes}
    field, purpose = given.pop("field", DISABILITY), given.pop("purpose", OWN)
    await desk.decide(mandate, str(field), str(purpose), decision=decision, **given)  # type: ignore[arg-type]  # fits by name


async def logged(office: Office, mandate: Mandate) -> int:
    async with office.database.transaction(BERGSTRASSE) as tx:
        return len(await consent.history(tx, mandate))


async def test_the_newest_word_counts(office: Office, desk: ConsentDesk) -> None:
    """AZ-08."""
    mandate = await (await office.case()).mandate()
    assert await state(office, mandate) is ConsentState.MISSING

    for decision, expected in (
        (ConsentDecision.GRANTED, ConsentState.GRANTED),
        (ConsentDecision.WITHDRAWN, ConsentState.MISSING),
        (ConsentDecision.REFUSED, ConsentState.REFUSED),
        (ConsentDecision.GRANTED, ConsentState.GRANTED),
    ):
        await say(desk, mandate, decision)
        assert await state(office, mandate) is expected

    assert await state(office, mandate, Purpose.EXPLAIN_DECISION) is ConsentState.MISSING
    assert [event.decision for event in await desk.history(mandate)] == [
        "granted",
        "withdrawn",
        "refused",
        "granted",
    ]


async def test_an_event_keeps_the_very_text_that_was_shown_by_its_hash(
    office: Office, desk: ConsentDesk, rulebook: Rulebook
) -> None:
    """AZ-08."""
    mandate = await (await office.case()).mandate()

    await say(desk, mandate, ConsentDecision.GRANTED, language=Language.EN)

    (event,) = await desk.history(mandate)
    shown = rulebook.notices.text(NOTICE, Language.EN)
    assert event.notice_digest == sha256(shown.encode()).hexdigest()
    assert (event.notice_id, event.notice_language) == (NOTICE, "en")
    assert (event.mandate, event.subject) == (mandate.id, mandate.subject)
    assert event.recorded_at == office.clock()


async def test_a_consent_is_one_persons_own(office: Office, desk: ConsentDesk) -> None:
    household = await office.case()
    one, other = await household.mandate("p1"), await household.mandate("p2")

    await say(desk, one, ConsentDecision.GRANTED)

    assert await state(office, other) is ConsentState.MISSING
    assert await desk.history(other) == ()


@pytest.mark.parametrize(
    ("field", "purpose"),
    [
        ("benefit.next_payment", OWN),
        ("benefit.standard_need", Purpose.EXPLAIN_DECISION),
        ("health.diagnoses", OWN),
        ("file.notes", OWN),
        ("health.severe_disability", Purpose.STATISTICS),
    ],
)
async def test_asking_for_consent_where_none_is_needed_is_refused(
    office: Office, desk: ConsentDesk, field: str, purpose: Purpose
) -> None:
    mandate = await (await office.case()).mandate()

    for decision in ConsentDecision:
        with pytest.raises(NoConsentNeeded):
            await say(desk, mandate, decision, field=field, purpose=purpose, notice=None)

    assert await logged(office, mandate) == 0


@pytest.mark.parametrize(
    ("field", "purpose"),
    [("health.everything", OWN), ("", OWN), ("health.severe_disability", "curiosity")],
)
async def test_an_unknown_field_or_purpose_is_not_found(
    office: Office, desk: ConsentDesk, field: str, purpose: str
) -> None:
    mandate = await (await office.case()).mandate()

    with pytest.raises(NotFound):
        await say(desk, mandate, ConsentDecision.GRANTED, field=field, purpose=purpose)


async def test_a_consent_to_a_text_that_is_not_current_is_none(
    office: Office, desk: ConsentDesk
) -> None:
    mandate = await (await office.case()).mandate()

    with pytest.raises(NoticeOutdated):
        await say(desk, mandate, ConsentDecision.GRANTED, notice="special_to_model_2024")

    assert await state(office, mandate) is ConsentState.MISSING


async def test_a_mandate_that_only_reads_decides_nothing(office: Office, desk: ConsentDesk) -> None:
    household = await office.case()
    order = proxy(household, office, actions=frozenset({Action.READ}))
    mandate = await acting(office, household, order)

    with pytest.raises(NotLegitimated):
        await say(desk, mandate, ConsentDecision.GRANTED)

    assert await logged(office, mandate) == 0


async def acting(office: Office, household: Household, order: object) -> Mandate:
    machine = await office.machine()
    await office.mandates.put(machine, f"m-{household.ref}", order)  # type: ignore[arg-type]  # an order
    code = await office.codes.issue(machine, order.grantee)  # type: ignore[attr-defined]  # an order
    person = await office.person()
    await office.bind(person, code.code)
    return await office.legitimation.mandate(person, household.case_id, named=None)


async def test_a_revoked_mandate_decides_nothing_any_more(
    office: Office, desk: ConsentDesk
) -> None:
    household = await office.case()
    submit = frozenset({Action.READ, Action.SUBMIT})
    wide = {"actions": submit, "groups": frozenset({"health"})}
    mandate = await acting(office, household, proxy(household, office, **wide))
    await say(desk, mandate, ConsentDecision.GRANTED)
    await office.mandates.put(
        await office.machine(),
        f"m-{household.ref}",
        proxy(household, office, **wide, ended_reason="revoked"),
    )

    with pytest.raises(NotLegitimated):
        await say(desk, mandate, ConsentDecision.REFUSED)

    assert await state(office, mandate) is ConsentState.GRANTED


async def test_a_mandate_decides_only_about_the_groups_it_covers(
    office: Office, desk: ConsentDesk
) -> None:
    household = await office.case()
    order = proxy(household, office, actions=frozenset({Action.READ, Action.SUBMIT}))
    mandate = await acting(office, household, order)

    with pytest.raises(NotLegitimated):
        await say(desk, mandate, ConsentDecision.GRANTED)

    assert await logged(office, mandate) == 0


async def test_a_password_decides_nothing(office: Office, desk: ConsentDesk) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.BASIC)

    with pytest.raises(StepUpRequired):
        await say(desk, mandate, ConsentDecision.GRANTED)

    assert await logged(office, mandate) == 0


async def test_every_change_is_in_the_log_beside_its_row(office: Office, desk: ConsentDesk) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    count = text("SELECT count(*) FROM audit_payloads")
    async with office.database.transaction(BERGSTRASSE) as tx:
        before = (await tx.execute(count)).scalar_one()

    await say(desk, mandate, ConsentDecision.GRANTED)
    await say(desk, mandate, ConsentDecision.WITHDRAWN, notice=None)

    async with office.database.transaction(BERGSTRASSE) as tx:
        assert (await tx.execute(count)).scalar_one() >= before + 2


def test_notices_are_offered_exactly_where_consent_decides(
    desk: ConsentDesk, rulebook: Rulebook
) -> None:
    german = {(field, purpose) for field, purpose, _ in desk.notices(Language.DE)}
    english = {(field, purpose) for field, purpose, _ in desk.notices(Language.EN)}

    assert german == english
    assert (DISABILITY, OWN) in german
    assert (FieldName("benefit.next_payment"), OWN) not in german
    assert not any(purpose is Purpose.STATISTICS for _, purpose in german)
    assert {n.text for *_, n in desk.notices(Language.DE)}.isdisjoint(
        n.text for *_, n in desk.notices(Language.EN)
    )


async def test_what_belongs_to_the_household_is_decided_for_the_household(
    office: Office, desk: ConsentDesk
) -> None:
    mandate = await (await office.case()).mandate()

    assert desk.subject(mandate, FieldName("benefit.next_payment")) == SubjectId(mandate.case)
    assert desk.subject(mandate, DISABILITY) == mandate.subject
