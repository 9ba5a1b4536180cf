"""The Release: what is given to whom, and that default is nothing."""

from datetime import timedelta

import pytest

from app.legitimation.mandates import Mandate
from app.legitimation.protection.protection import NOBODY_PROTECTED
from app.policy.consent import ConsentDecision, Consents
from app.policy.entities import Circumstances
from app.policy.release import (
    MASKED_OF_HOUSEHOLD,
    MASKED_OF_PERSONS,
    Item,
    Needed,
    Policies,
    Release,
    masking_of,
)
from app.vocabulary.evidence import Seal
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.levels import Assurance, Form, Hosting, Purpose, Withheld
from tests.parties import Office

PAYMENT = FieldName("benefit.next_payment")
NEED = FieldName("benefit.standard_need")
DISABILITY = FieldName("health.severe_disability")
DIAGNOSES = FieldName("health.diagnoses")


def circumstances(mandate: Mandate, **changes: object) -> Circumstances:
    given = {
        "purpose": Purpose.ANSWER_OWN_QUESTION,
        "hosting": Hosting.ON_PREMISES,
        "special_question": False,
        "consents": Consents({}),
        "shield": NOBODY_PROTECTED,
        "now": mandate.person.authenticated_at + timedelta(seconds=5),
    }
    return Circumstances(**{**given, **changes})  # type: ignore[arg-type]  # the changes fit by name


def everything(policies: Policies, mandate: Mandate) -> set[Needed]:
    subjects = {mandate.subject, mandate.household, *(SubjectId(m.person) for m in mandate.members)}
    return {(subject, field.name) for subject in subjects for field in policies.catalogue}


def only(release: Release) -> Item:
    (item,) = release.items
    return item


async def test_nothing_needed_is_nothing_released(office: Office, policies: Policies) -> None:
    mandate = await (await office.case()).mandate()

    release = policies.decide(mandate, [], circumstances(mandate))

    assert (release.items, release.masking, release.readable) == ((), frozenset(), frozenset())


async def test_an_unknown_field_releases_nothing(office: Office, policies: Policies) -> None:
    mandate = await (await office.case()).mandate()
    unknown = [(mandate.subject, FieldName(name)) for name in ("benefit.everything", "", "*")]

    release = policies.decide(mandate, unknown, circumstances(mandate))

    assert (release.items, release.masking) == ((), frozenset())


async def test_a_password_is_shown_nothing_at_all(office: Office, policies: Policies) -> None:
    """SU-06."""
    mandate = await (await office.case()).mandate(assurance=Assurance.BASIC)

    release = policies.decide(mandate, everything(policies, mandate), circumstances(mandate))

    assert len(release.items) > 100
    assert release.readable == frozenset()
    assert release.masking == frozenset()
    assert {item.to_model for item in release.items} == {Form.NONE}


@pytest.mark.parametrize("hosting", list(Hosting))
@pytest.mark.parametrize("special", [False, True])
async def test_a_model_is_never_given_more_than_the_person(
    office: Office, policies: Policies, hosting: Hosting, special: bool
) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    given = circumstances(mandate, hosting=hosting, special_question=special)

    release = policies.decide(mandate, everything(policies, mandate), given)

    assert release.readable
    for item in release.items:
        assert item.to_person or item.to_model is Form.NONE
        assert (item.reason is None) == item.to_person
        assert (item.model_reason is None) == (item.to_model is not Form.NONE)
        assert (item.basis is not None) == item.to_person


@pytest.mark.parametrize(
    ("hosting", "special"),
    [
        (Hosting.NO_MODEL, False),
        (Hosting.NO_MODEL, True),
        (Hosting.THIRD_COUNTRY, False),
        (Hosting.THIRD_COUNTRY, True),
        (Hosting.EU_PROCESSOR, True),
    ],
)
async def test_no_field_goes_to_a_model_that_may_not_have_it(
    office: Office, policies: Policies, hosting: Hosting, special: bool
) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    all_consents = {
        (subject, field, Purpose.ANSWER_OWN_QUESTION): ConsentDecision.GRANTED
        for subject, field in everything(policies, mandate)
    }
    given = circumstances(
        mandate, hosting=hosting, special_question=special, consents=Consents(all_consents)
    )

    release = policies.decide(mandate, everything(policies, mandate), given)

    assert release.readable
    assert {item.to_model for item in release.items} == {Form.NONE}
    assert all(item.model_reason for item in release.items)


async def test_another_adult_of_the_household_is_another_person(
    office: Office, policies: Policies
) -> None:
    household = await office.case()
    mandate = await household.mandate("p1", Assurance.HIGH)
    theirs = {(SubjectId(household.id_of("p2")), f.name) for f in policies.catalogue}

    release = policies.decide(mandate, theirs, circumstances(mandate))

    assert {item.reason for item in release.items} == {Withheld.OTHER_PERSON}


async def test_a_child_is_not_shown_what_belongs_to_the_household(
    office: Office, policies: Policies
) -> None:
    household = await office.case()
    child, adult = await household.mandate("p3"), await household.mandate("p1")

    seen = {
        mandate.subject: only(
            policies.decide(mandate, [(mandate.household, PAYMENT)], circumstances(mandate))
        )
        for mandate in (child, adult)
    }

    assert seen[child.subject].reason is Withheld.OTHER_PERSON
    assert seen[adult.subject].to_person


async def test_a_consent_is_looked_at_only_where_the_basis_is_consent(
    office: Office, policies: Policies
) -> None:
    """§ 67b SGB X: what a statute allows, a refusal does not forbid, and the other way round."""
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    needed = [(mandate.subject, NEED), (mandate.subject, DISABILITY)]

    def decided(decision: ConsentDecision) -> dict[FieldName, Item]:
        consents = Consents({(s, f, Purpose.ANSWER_OWN_QUESTION): decision for s, f in needed})
        given = circumstances(mandate, special_question=True, consents=consents)
        return {i.field: i for i in policies.decide(mandate, needed, given).items}

    granted, refused = decided(ConsentDecision.GRANTED), decided(ConsentDecision.REFUSED)
    withdrawn = decided(ConsentDecision.WITHDRAWN)

    for each in (granted, refused, withdrawn):
        assert each[NEED].to_person
        assert each[NEED].to_model is Form.SLOT
        assert each[DISABILITY].to_person
    assert granted[DISABILITY].to_model is Form.SLOT
    assert refused[DISABILITY].to_model is Form.NONE
    assert refused[DISABILITY].model_reason is Withheld.CONSENT_REFUSED
    assert withdrawn[DISABILITY].model_reason is Withheld.CONSENT_MISSING


async def test_a_consent_for_one_purpose_is_none_for_another(
    office: Office, policies: Policies
) -> None:
    """AZ-08, AZ-09."""
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    consents = Consents(
        {(mandate.subject, DISABILITY, Purpose.EXPLAIN_DECISION): ConsentDecision.GRANTED}
    )
    given = circumstances(mandate, consents=consents)

    item = only(policies.decide(mandate, [(mandate.subject, DISABILITY)], given))

    assert item.model_reason is Withheld.CONSENT_MISSING


async def test_a_sign_in_that_grew_old_shows_no_diagnosis(
    office: Office, policies: Policies
) -> None:
    mandate = await (await office.case()).mandate(assurance=Assurance.HIGH)
    needed = [(mandate.subject, DIAGNOSES)]
    signed_in = mandate.person.authenticated_at

    fresh = circumstances(mandate, now=signed_in + timedelta(seconds=3600))
    old = circumstances(mandate, now=signed_in + timedelta(seconds=3601))

    assert only(policies.decide(mandate, needed, fresh)).to_person
    assert only(policies.decide(mandate, needed, old)).reason is Withheld.AUTHENTICATION_TOO_OLD


async def test_names_are_read_to_be_masked_only_when_something_goes_to_a_model(
    office: Office, policies: Policies
) -> None:
    household = await office.case()
    mandate = await household.mandate()

    shown = policies.decide(mandate, [(mandate.household, PAYMENT)], circumstances(mandate))
    withheld = policies.decide(
        mandate, [(SubjectId(household.id_of("p2")), NEED)], circumstances(mandate)
    )

    shown_alone = policies.decide(
        mandate,
        [(mandate.household, PAYMENT)],
        circumstances(mandate, hosting=Hosting.NO_MODEL),
    )

    assert withheld.masking == frozenset()
    assert shown_alone.readable == {(mandate.household, PAYMENT)}
    assert shown_alone.masking == frozenset()
    assert shown.masking == masking_of(mandate)
    assert shown.masking == {
        *(
            (SubjectId(household.id_of(ref)), f)
            for ref in ("p1", "p2", "p3")
            for f in MASKED_OF_PERSONS
        ),
        *((mandate.household, f) for f in MASKED_OF_HOUSEHOLD),
    }
    assert shown.readable == {(mandate.household, PAYMENT)}


async def test_a_release_says_what_decided_it(office: Office, policies: Policies) -> None:
    """AZ-11."""
    mandate = await (await office.case()).mandate()
    given = circumstances(mandate)
    first, second = [
        policies.decide(mandate, [(mandate.household, PAYMENT)] * 2, given) for _ in range(2)
    ]

    assert len(first.items) == 1
    assert first.id != second.id
    assert (first.policy_digest, first.decided_at) == (policies.digest, given.now)
    assert len(policies.digest) == 64
    assert "§" in (only(first).basis or "")


async def test_a_release_is_made_here_and_nowhere_else(office: Office, policies: Policies) -> None:
    mandate = await (await office.case()).mandate()
    release = policies.decide(mandate, [], circumstances(mandate))

    with pytest.raises(TypeError, match="minted"):
        Release(
            release.id,
            mandate,
            release.purpose,
            release.hosting,
            release.policy_digest,
            (),
            frozenset(),
            release.decided_at,
            Seal(),
        )
    with pytest.raises(TypeError):
        format(release)


def test_what_rests_on_consent_is_known_before_anything_is_read(policies: Policies) -> None:
    purpose = Purpose.ANSWER_OWN_QUESTION

    assert policies.rest_on_consent({DISABILITY, NEED}, purpose)
    assert not policies.rest_on_consent({NEED, PAYMENT, DIAGNOSES}, purpose)
    assert not policies.rest_on_consent({FieldName("unknown.field")}, purpose)
    assert not policies.rest_on_consent((), purpose)
    assert policies.rest_on_consent({NEED}, Purpose.QUALITY_REVIEW)
