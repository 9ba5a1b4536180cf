"""What the sheets promise, and that a spoilt sheet stops the start."""

from itertools import product
from pathlib import Path

import pytest

from app.catalogue.bases import Ground
from app.catalogue.fields import Group, Sensitivity, Stored
from app.catalogue.rulebook import Rulebook
from app.catalogue.sheets import Unsound
from app.vocabulary.levels import Assurance, Form, Purpose, Recipient

IDENTIFIERS = {
    "person.name",
    "person.birth_date",
    "person.address",
    "person.phone",
    "person.email",
    "person.bank_account",
    "person.customer_number",
    "person.insurance_number",
    "person.health_insurance",
    "household.number",
    "household.members",
    "household.representative",
}
DESIGNED = {
    name
    for line in """
person.name person.birth_date person.address person.phone person.email person.bank_account
person.customer_number person.insurance_number person.health_insurance person.residence_permit
person.marital_status household.number household.members household.representative benefit.status
benefit.approval_period benefit.standard_need benefit.housing_costs benefit.additional_needs
benefit.income_credited benefit.allowances benefit.total_monthly benefit.next_payment
benefit.payments benefit.deductions benefit.reductions benefit.loans benefit.overpayments
decision.latest decision.history decision.calculation decision.objection application.status
application.submitted_on application.missing_documents application.documents_received
appointment.next appointment.history contact.caseworker contact.office integration.plan
integration.measures integration.offers employment.status employment.employer
employment.income_months health.work_capacity health.severe_disability health.pregnancy
health.diagnoses children.education_benefits children.custody housing.landlord housing.arrears
housing.energy_debt file.notes file.disputed
""".splitlines()
    for name in line.split()
}


def test_the_catalogue_holds_exactly_the_fields_of_the_design(rulebook: Rulebook) -> None:
    assert rulebook.catalogue.names == set(DESIGNED)
    assert len(rulebook.catalogue) == len(DESIGNED)


def test_every_field_is_labelled_and_described_in_both_languages(rulebook: Rulebook) -> None:
    for field, language in product(rulebook.catalogue, ("de", "en")):
        assert field.label(language)
        assert field.description(language).endswith(".")


def test_an_unknown_field_is_a_key_error(rulebook: Rulebook) -> None:
    with pytest.raises(KeyError):
        rulebook.catalogue["person.shoe_size"]
    assert "person.shoe_size" not in rulebook.catalogue


def test_no_field_is_open_to_a_password(rulebook: Rulebook) -> None:
    assert min(field.min_assurance for field in rulebook.catalogue) is Assurance.LOW
    assert {f.name for f in rulebook.catalogue if f.min_assurance is Assurance.LOW} == {
        "contact.caseworker",
        "contact.office",
    }
    assert rulebook.catalogue["health.diagnoses"].min_assurance is Assurance.HIGH


def test_special_fields_and_the_bank_account_ask_for_a_recent_login(rulebook: Rulebook) -> None:
    short = {f.name for f in rulebook.catalogue if f.max_authentication_age.total_seconds() <= 3600}
    special = {f.name for f in rulebook.catalogue if f.sensitivity is Sensitivity.SPECIAL}
    assert short == special | {"person.bank_account"}


def test_identifiers_go_to_a_model_as_slots_at_most(rulebook: Rulebook) -> None:
    for name, purpose in product(IDENTIFIERS, Purpose):
        assert rulebook.catalogue[name].form(purpose) in {Form.NONE, Form.SLOT}


def test_only_explaining_a_decision_needs_figures(rulebook: Rulebook) -> None:
    for field, purpose in product(rulebook.catalogue, Purpose):
        if field.form(purpose) is Form.VALUE:
            assert purpose is Purpose.EXPLAIN_DECISION
    assert rulebook.catalogue["benefit.total_monthly"].form(Purpose.EXPLAIN_DECISION) is Form.VALUE


def test_groups_hold_every_field_once(rulebook: Rulebook) -> None:
    grouped = [field.name for fields in rulebook.catalogue.groups.values() for field in fields]
    assert sorted(grouped) == sorted(DESIGNED)
    assert set(rulebook.catalogue.groups) == set(Group)


def test_lines_per_person_are_stored_per_person(rulebook: Rulebook) -> None:
    stored = {name: rulebook.catalogue[name].stored for name in DESIGNED}
    assert stored["employment.employer"] is Stored.PERSON
    assert stored["benefit.total_monthly"] is Stored.PERSON
    assert stored["benefit.housing_costs"] is Stored.HOUSEHOLD
    assert stored["housing.landlord"] is Stored.HOUSEHOLD
    assert stored["contact.caseworker"] is Stored.HOUSEHOLD


def test_the_table_of_grounds_is_total(rulebook: Rulebook) -> None:
    assert len(rulebook.bases) == len(DESIGNED) * len(Purpose) * len(Recipient)
    for name, purpose, recipient in product(DESIGNED, Purpose, Recipient):
        basis = rulebook.bases.of(name, purpose, recipient)
        assert (basis.citation() is None) == (basis.ground is Ground.NONE)
        assert (basis.notice is not None) == (basis.ground is Ground.CONSENT)
        assert (basis.consequence("de") is not None) == (basis.ground is Ground.CONSENT)
        assert (basis.remedy("en") is not None) == (basis.ground is Ground.NONE)


def test_consent_is_asked_for_quality_review_and_for_special_fields_to_a_model_alone(
    rulebook: Rulebook,
) -> None:
    for place, basis in rulebook.bases:
        special = rulebook.catalogue[place.field].sensitivity is Sensitivity.SPECIAL
        to_model = place.recipient is Recipient.MODEL
        if basis.ground is Ground.CONSENT:
            assert place.purpose is Purpose.QUALITY_REVIEW or (special and to_model)
        elif special and to_model:
            assert basis.ground is Ground.NONE


def test_own_data_rests_on_statute_except_notes_by_staff(rulebook: Rulebook) -> None:
    for name in DESIGNED:
        basis = rulebook.bases.of(name, Purpose.ANSWER_OWN_QUESTION, Recipient.PERSON)
        if name == "file.notes":
            assert basis.ground is Ground.NONE
            assert "§ 25 SGB X" in (basis.remedy("de") or "")
        else:
            assert basis.ground is Ground.STATUTE


def test_diagnoses_and_notes_have_no_ground_to_go_to_a_model(rulebook: Rulebook) -> None:
    for name, purpose in product(("health.diagnoses", "file.notes"), Purpose):
        assert rulebook.bases.of(name, purpose, Recipient.MODEL).ground is Ground.NONE
        assert rulebook.catalogue[name].form(purpose) is Form.NONE


def test_statistics_give_no_value_to_anybody(rulebook: Rulebook) -> None:
    for name, recipient in product(DESIGNED, Recipient):
        assert rulebook.bases.of(name, Purpose.STATISTICS, recipient).ground is Ground.NONE


def test_each_notice_says_what_for_what_refusing_means_and_how_to_withdraw(
    rulebook: Rulebook,
) -> None:
    used = {basis.notice for _, basis in rulebook.bases if basis.notice}
    assert used == set(rulebook.notices)
    for name in used:
        german, english = (rulebook.notices.text(name, language) for language in ("de", "en"))
        assert all(word in german for word in ("Wofür:", "Wenn Sie nein sagen:", "widerrufen"))
        assert all(word in english for word in ("What for:", "If you say no:", "withdraw"))
        assert german.count("\n\n") == english.count("\n\n") == 4


def test_the_notice_of_a_field_and_purpose_is_found(rulebook: Rulebook) -> None:
    asked = Purpose.ANSWER_OWN_QUESTION
    assert rulebook.bases.notice_for("health.pregnancy", asked) == "special_to_model"
    assert rulebook.bases.notice_for("benefit.payments", asked) is None
    assert rulebook.bases.notice_for("benefit.payments", Purpose.QUALITY_REVIEW) == "quality_review"


def test_every_field_is_reached_by_a_topic(rulebook: Rulebook) -> None:
    assert {field for topic in rulebook.topics for field in topic.fields} == set(DESIGNED)
    assert rulebook.topics["next_payment"].fields == {"benefit.next_payment"}
    assert len(rulebook.topics) == 55


CASEWORKERS_AND_SPECIAL = (
    "  - {recipients: [caseworker], purposes: [prepare_handover], "
    "sensitivity: [special], entry: not_needed}\n"
)
SPOILT = [
    ("fields.yaml", '  label: {de: "Name", en: "Name"}\n', "", "person.name has no label"),
    ("fields.yaml", 'label: {de: "Name", en: "Name"}', 'label: {de: "Name"}', "has no en"),
    ("fields.yaml", '"Name", en: "Name"', '"", en: "Name"', "person.name.label.de is not a text"),
    ("fields.yaml", "  min_assurance: substantial\n", "", "person.name has no min_assurance"),
    ("fields.yaml", "min_assurance: substantial", "min_assurance: basic", "needs an assurance"),
    ("fields.yaml", "min_assurance: substantial", "min_assurance: huge", "needs an assurance"),
    ("fields.yaml", "  fim: null\n", "  fim: null\n  colour: red\n", "an unknown key colour"),
    ("fields.yaml", "  fim: null\n", "  fim: null\n  fim: null\n", "fim is there twice"),
    ("fields.yaml", "age: 28800", "age: 0", "above zero"),
    ("fields.yaml", "age: 28800", "age: true", "above zero"),
    ("fields.yaml", "sensitivity: social", "sensitivity: secret", "unknown sensitivity secret"),
    ("fields.yaml", "whose: subject", "whose: subject\n  stored: person", "follows from whose"),
    ("fields.yaml", "  stored: household\n", "", "unknown stored None"),
    ("fields.yaml", "answer_own_question, prepare", "prepare", "other purposes than its own"),
    (
        "fields.yaml",
        "[answer_own_question, ",
        "[answer_own_question, answer_own_question, ",
        "one twice",
    ),
    (
        "fields.yaml",
        "{answer_own_question: none, quality",
        "{answer_own_question: slot, quality",
        "never goes to a model",
    ),
    ("fields.yaml", 'value: "date"', 'value: "day"', "day is no kind of value"),
    ("fields.yaml", 'value: "date"', 'value: "date date"', "after the end"),
    ("fields.yaml", 'value: "date"', 'value: "[date"', "] is missing"),
    ("fields.yaml", 'value: "date"', 'value: "["', "ends too early"),
    ("fields.yaml", 'value: "date"', 'value: "{a: date, a: date}"', "a is there twice"),
    ("fields.yaml", 'value: "date"', 'value: "{}"', "names its members"),
    ("fields.yaml", 'words: {de: ["Name", ', "words: {de: [1, ", "is not a text"),
    (
        "fields.yaml",
        'words: {de: ["Name", "Vorname", "Nachname", "Geburtsname"]',
        'words: {de: "Name"',
        "is not a list",
    ),
    ("fields.yaml", "person.name:\n", "person.name: [\n", "cannot be read"),
    (
        "bases.yaml",
        CASEWORKERS_AND_SPECIAL,
        "",
        "to caseworker has no entry",
    ),
    (
        "bases.yaml",
        "sensitivity: [special], entry: not_needed}\n",
        "sensitivity: [special, social], entry: not_needed}\n",
        "has more than one entry",
    ),
    ("bases.yaml", "entry: by_inspection", "entry: by_magic", "unknown entry by_magic"),
    ("bases.yaml", "fields: [file.notes]", "fields: [file.nuts]", "unknown field file.nuts"),
    ("bases.yaml", "notice: special_to_model", "notice: special", "not in notices.yaml"),
    ("bases.yaml", "ground: statute", "ground: habit", "unknown ground habit"),
    ("bases.yaml", "    notice: special_to_model\n", "", "special_to_model has no notice"),
    ("bases.yaml", "entry: task}", "entry: counts_only}", "goes to a model without a ground"),
    (
        "bases.yaml",
        "recipients: [model], purposes: [answer_own",
        "recipients: [modell], purposes: [answer_own",
        "unknown recipient modell",
    ),
    ("bases.yaml", "rules:\n", "rules: {}\nrule:\n", "unknown key rule"),
    ("bases.yaml", "exceptions:\n", "exceptions: {}\n", ""),
    (
        "topics.yaml",
        "fields: [benefit.payments]",
        "fields: [benefit.payment]",
        "unknown field benefit.payment",
    ),
    (
        "topics.yaml",
        "fields: [benefit.payments]",
        "fields: [benefit.next_payment]",
        "benefit.payments has no topic",
    ),
    ("topics.yaml", "fields: [benefit.payments]", "fields: []", "names no field"),
    ("notices.yaml", "quality_review:\n", "- quality\n", "cannot be read"),
]


@pytest.mark.parametrize(("sheet", "old", "new", "complaint"), SPOILT)
def test_a_spoilt_sheet_stops_the_start_and_says_where(
    policies: Path, sheet: str, old: str, new: str, complaint: str
) -> None:
    path = policies / sheet
    sound = path.read_text()
    assert old in sound
    path.write_text(sound.replace(old, new, 1))

    with pytest.raises(Unsound, match=sheet) as stopped:
        Rulebook.load(policies)

    assert complaint in str(stopped.value)


def test_one_field_and_purpose_has_one_notice(policies: Path) -> None:
    path = policies / "bases.yaml"
    whole = path.read_text()
    rest = "purposes: [quality_review], sensitivity: [special], entry:"
    rule = f"recipients: [person, model, expert], {rest} quality_review_special}}"
    parted = (
        f"recipients: [person, expert], {rest} quality_review_special}}\n"
        f"  - {{recipients: [model], {rest} quality_review}}"
    )
    assert rule in whole
    path.write_text(whole.replace(rule, parted))
    with pytest.raises(Unsound, match="has more than one notice"):
        Rulebook.load(policies)


def test_a_sheet_that_is_no_mapping_stops_the_start(policies: Path) -> None:
    (policies / "fields.yaml").write_text("- person.name\n")
    with pytest.raises(Unsound, match="not a set of named values"):
        Rulebook.load(policies)
