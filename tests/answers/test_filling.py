"""From slot to value: what only code may write."""

import pytest

from app.answers.filling import figures, slot_values
from app.records.excerpt import ScopedFacts
from app.redaction.facts import RedactedFacts, SlotAddress
from app.redaction.text import Pseudonymiser
from app.synthesis.figures import Figure
from app.vocabulary.ids import FieldName, SubjectId, random_id
from app.vocabulary.json import Json
from app.vocabulary.levels import Form, Language
from tests.redaction.test_facts import CATALOGUE, facts

ME = SubjectId(random_id())
PAYMENT = FieldName("benefit.next_payment")
PAYMENTS = FieldName("benefit.payments")
NEED = FieldName("benefit.standard_need")
STATUS = FieldName("benefit.status")
APPOINTMENT = FieldName("appointment.next")
CAPACITY = FieldName("health.work_capacity")


def filled(
    field: FieldName, value: Json, *path: str | int, kind: str, language: Language = Language.DE
) -> str | None:
    scoped = facts({(ME, field): value})
    name = ".".join((field, *map(str, path)))
    sheet = RedactedFacts(None, {name: SlotAddress(ME, field, path, kind)})  # type: ignore[arg-type]  # the lines are not looked at
    return slot_values(sheet, scoped, language).get(name)


EUR: Json = {"amount": "1402.00", "currency": "EUR"}


@pytest.mark.parametrize(
    ("field", "value", "path", "kind", "german", "english"),
    [
        (PAYMENT, {"amount": EUR}, ("amount",), "EUR", "1.402,00\xa0€", "€1,402.00"),
        (
            PAYMENT,
            {"date": "2026-11-30"},
            ("date",),
            "date",
            "30. November 2026",
            "30 November 2026",
        ),
        (
            APPOINTMENT,
            {"starts_at": "2026-12-01T09:30:00+01:00"},
            ("starts_at",),
            "moment",
            "1. Dezember 2026, 09:30 Uhr",
            "1 December 2026, 09:30",
        ),
        (NEED, {"level": 2}, ("level",), "number", "2", "2"),
        (CAPACITY, {"capable": True}, ("capable",), "yes or no", "ja", "yes"),
        (CAPACITY, {"capable": False}, ("capable",), "yes or no", "nein", "no"),
        (PAYMENT, {"account": "DE** 1234"}, ("account",), "text", "DE** 1234", "DE** 1234"),
        (PAYMENTS, [{"amount": EUR}], (0, "amount"), "EUR", "1.402,00\xa0€", "€1,402.00"),
    ],
)
def test_a_value_is_said_in_the_language_of_the_answer(  # noqa: PLR0917 - parameters by name
    field: FieldName,
    value: Json,
    path: tuple[str | int, ...],
    kind: str,
    german: str,
    english: str,
) -> None:
    assert filled(field, value, *path, kind=kind) == german
    assert filled(field, value, *path, kind=kind, language=Language.EN) == english


def test_a_word_of_a_closed_set_is_said_as_the_rules_say_it() -> None:
    german = filled(STATUS, "active", kind="word")
    english = filled(STATUS, "active", kind="word", language=Language.EN)

    assert german
    assert english
    assert german != english


@pytest.mark.parametrize(
    ("value", "path", "kind"),
    [
        (None, ("amount",), "EUR"),
        ({}, ("amount",), "EUR"),
        ({"amount": "1402.00"}, ("amount",), "EUR"),
        ({"amount": EUR}, ("amount", 0), "EUR"),
        ({"date": "30.11.2026"}, ("date",), "date"),
        ({"date": 7}, ("date",), "text"),
        ([], (0, "amount"), "EUR"),
        ([{"amount": EUR}], (1, "amount"), "EUR"),
        ([{"amount": EUR}], ("amount",), "EUR"),
        ("x", ("amount",), "EUR"),
    ],
)
def test_a_slot_whose_place_holds_nothing_fit_is_left_out(
    value: Json, path: tuple[str | int, ...], kind: str
) -> None:
    assert filled(PAYMENT, value, *path, kind=kind) is None


def test_a_slot_of_a_field_that_was_not_read_is_left_out() -> None:
    scoped: ScopedFacts = facts({})
    sheet = RedactedFacts(None, {"a.a": SlotAddress(ME, PAYMENT, ("amount",), "EUR")})  # type: ignore[arg-type]  # as above

    assert slot_values(sheet, scoped, Language.DE) == {}


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Form.SLOT, frozenset()),
        (Form.VALUE, {Figure(NEED, "506.00 EUR"), Figure(NEED, "2")}),
    ],
)
def test_a_figure_the_model_was_shown_may_be_said_again(
    form: Form, expected: frozenset[Figure]
) -> None:
    from app.redaction.facts import redact_facts  # noqa: PLC0415 - beside its only use
    from app.redaction.finder import PresidioDetector, pseudonymiser  # noqa: PLC0415 - slow to load

    value: Json = {"amount": {"amount": "506.00", "currency": "EUR"}, "level": 2}
    table: Pseudonymiser = pseudonymiser(PresidioDetector(), (), language=Language.DE)
    sheet = redact_facts(
        facts({(ME, NEED): value}, (ME, NEED, form)),
        catalogue=CATALOGUE,
        language=Language.DE,
        table=table,
    )

    assert figures(sheet) == expected
