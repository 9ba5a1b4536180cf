from datetime import date

import pytest

from app.vocabulary.levels import Language
from tests.answers.rules_values import ERIKA, HOUSEHOLD, ask, euros, place

PAYMENT = {"date": "2026-11-30", "amount": euros("1245.50"), "account": "DE** **** **** **** 1234"}


def said(*topics: str, today: str = "2026-11-22", english: bool = False, **facts: object) -> str:
    """The answer's text, with ordinary spaces."""
    draft = ask(
        *topics,
        language=Language.EN if english else Language.DE,
        today=date.fromisoformat(today),
        facts={name.replace("__", "."): value for name, value in facts.items()},
    )
    return draft.text.replace("\xa0", " ")


class TestWhatIsMissing:
    def test_a_field_without_a_value_is_said_to_be_not_recorded(self) -> None:
        draft = ask("appointments", "name", facts={})

        assert draft.text == (
            "In der Akte sind keine Termine eingetragen.\n\n"
            "In der Akte ist zu „Name“ nichts eingetragen."
        )
        assert draft.unrecorded == (place("appointment.next"), place("person.name"))
        assert draft.recorded == ()

    def test_an_empty_list_is_said_to_be_empty_and_cited(self) -> None:
        draft = ask("deductions", facts={"benefit.deductions": []})

        assert draft.text == "In der Akte sind keine Abzüge eingetragen."
        assert [cite.locator for cite in draft.sentences[0].cites] == ["benefit.deductions"]

    def test_of_a_withheld_field_nothing_is_said_not_even_that_there_is_nothing(self) -> None:
        draft = ask("contact", "diagnoses", facts={}, withheld=("health.diagnoses",))

        assert "Diagnose" not in draft.text
        assert place("health.diagnoses") not in draft.unrecorded
        assert draft.unrecorded == (place("contact.caseworker"), place("contact.office"))

    def test_a_withheld_field_stays_unsaid_even_if_its_value_were_handed_over(self) -> None:
        draft = ask(
            "diagnoses",
            facts={"health.diagnoses": ["Asthma"]},
            withheld=("health.diagnoses",),
        )

        assert draft.sentences == ()
        assert draft.text == ""

    @pytest.mark.parametrize(
        ("topic", "field", "value"),
        [
            ("next_payment", "benefit.next_payment", {"date": "someday", "amount": "much"}),
            ("next_payment", "benefit.next_payment", "4711"),
            ("payments", "benefit.payments", {"date": "4711"}),
            ("standard_need", "benefit.standard_need", {"level": 4711}),
            ("objection", "decision.objection", {"status": "4711"}),
            ("decision", "decision.latest", {"delivery": "4711"}),
            ("phone", "person.phone", 4711),
        ],
    )
    def test_a_value_of_another_shape_is_not_shown_in_any_part(
        self, topic: str, field: str, value: object
    ) -> None:
        draft = ask(topic, facts={field: value})

        assert draft.unreadable == (place(field),)
        assert "kann hier nicht wiedergegeben werden" in draft.text
        assert "4711" not in draft.text
        assert len(draft.sentences) == 1

    def test_a_day_at_the_end_of_the_calendar_is_no_reason_to_fail(self) -> None:
        draft = ask("decision", facts={"decision.latest": latest(sent_on="9999-12-30")})

        assert draft.unreadable == (place("decision.latest"),)


class TestOrder:
    def test_topics_keep_their_order_and_no_field_is_said_twice(self) -> None:
        facts = {"household.number": "12345//0001234", "benefit.status": "active"}

        draft = ask("household_number", "benefit_status", "household_number", facts=facts)

        assert draft.text == (
            "Nummer der Bedarfsgemeinschaft: 12345//0001234.\n\nDie Leistung ist laufend."
        )

    def test_a_persons_field_is_taken_of_the_subject_and_a_households_of_the_household(
        self,
    ) -> None:
        draft = ask(
            "standard_need",
            "benefit_status",
            facts={
                "benefit.standard_need": {"amount": euros("563.00"), "level": 1},
                "benefit.status": "ended",
            },
        )

        assert [sentence.cites[0].subject for sentence in draft.sentences] == [ERIKA, HOUSEHOLD]

    def test_the_pieces_of_a_stream_make_up_the_text(self) -> None:
        facts = {"benefit.next_payment": PAYMENT, "benefit.payments": []}

        draft = ask("payments", "next_payment", facts=facts)

        assert "".join(draft.pieces()) == draft.text
        assert len(list(draft.pieces())) == len(draft.sentences) == 2


class TestPastAndFuture:
    @pytest.mark.parametrize(
        ("today", "words"),
        [
            ("2026-11-29", "Die nächste Zahlung kommt am 30. November 2026: 1.245,50 € auf das"),
            ("2026-11-30", "Die nächste Zahlung ist für heute vorgesehen"),
            ("2026-12-01", "Die eingetragene Zahlung war für den 30. November 2026 vorgesehen"),
        ],
    )
    def test_a_payment_is_to_come_until_its_day_has_passed(self, today: str, words: str) -> None:
        text = said("next_payment", today=today, benefit__next_payment=PAYMENT)

        assert words in text
        assert "1.245,50 €" in text
        assert text.count("Dieser Tag ist vorbei") == (today > "2026-11-30")

    def test_a_payment_planned_is_not_said_to_have_been_made(self) -> None:
        paid = {"date": "2026-10-30", "amount": euros("10.00"), "month": "2026-11"}
        planned = {"date": "2026-11-30", "amount": euros("20.00"), "month": "2026-12"}

        text = said("payments", benefit__payments=[planned, paid])

        assert text.splitlines()[1:] == [
            "• Vorgesehen für den 30. November 2026: 20,00 € für Dezember 2026.",
            "• Am 30. Oktober 2026: 10,00 € für November 2026.",
        ]

    @pytest.mark.parametrize(
        ("today", "words"),
        [
            ("2026-11-22", "am 24. November 2026, 00:30 Uhr"),
            ("2026-11-24", "Heute ist ein Termin: 24. November 2026, 00:30 Uhr"),
            ("2026-11-25", "Der eingetragene Termin ist vorbei"),
        ],
    )
    def test_an_appointment_belongs_to_the_german_day(self, today: str, words: str) -> None:
        value = {"starts_at": "2026-11-23T23:30:00Z", "place": "Zimmer 2", "topic": "Arbeit"}

        text = said("appointments", today=today, appointment__next=value)

        assert words in text
        assert "Gespräch mit" not in text

    @pytest.mark.parametrize(
        ("until", "words"),
        [
            ("2026-11-21", "Mietvertrag: Die Frist ist am 21. November 2026 abgelaufen."),
            ("2026-11-22", "Mietvertrag: bitte noch heute einreichen, am 22. November 2026 endet"),
            ("2026-11-23", "Mietvertrag: bitte bis zum 23. November 2026 einreichen."),
        ],
    )
    def test_a_missing_paper_is_overdue_the_day_after(self, until: str, words: str) -> None:
        missing = [{"what": "Mietvertrag", "until": until}]

        assert words in said("missing_documents", application__missing_documents=missing)

    @pytest.mark.parametrize(
        ("today", "words"),
        [
            ("2026-06-30", "Die Leistung ist künftig bewilligt"),
            ("2026-07-01", "vom 1. Juli 2026 bis zum 30. Juni 2027 bewilligt"),
            ("2027-06-30", "vom 1. Juli 2026 bis zum 30. Juni 2027 bewilligt"),
            ("2027-07-01", "Der Bewilligungszeitraum ist abgelaufen"),
        ],
    )
    def test_an_approval_includes_its_first_and_its_last_day(self, today: str, words: str) -> None:
        period = {"from": "2026-07-01", "to": "2027-06-30"}

        assert words in said("approval_period", today=today, benefit__approval_period=period)

    @pytest.mark.parametrize(
        ("start", "end", "words"),
        [
            ("2026-12-01", None, "Künftig Tilgung eines Darlehens: 28,15 € im Monat ab dem"),
            ("2026-03-01", None, "seit dem 1. März 2026, ein Ende ist nicht eingetragen"),
            ("2026-12-01", "2027-01-31", "Künftig Tilgung"),
            ("2026-03-01", "2027-01-31", "vom 1. März 2026 bis zum 31. Januar 2027"),
            ("2026-03-01", "2026-10-31", "Bereits beendet, Tilgung"),
        ],
    )
    def test_a_deduction_says_since_when_and_until_when(
        self, start: str, end: str | None, words: str
    ) -> None:
        deduction = {
            "kind": "loan_repayment",
            "amount": euros("28.15"),
            "from": start,
            "legal": "§ 42a SGB II",
        }

        draft = ask(
            "deductions",
            facts={"benefit.deductions": [deduction | ({"to": end} if end else {})]},
        )

        assert words in draft.text.replace("\xa0", " ")
        assert draft.text.endswith("(Rechtsgrundlage: § 42a SGB II).")
        assert draft.sentences[-1].law == ("§ 42a SGB II",)

    @pytest.mark.parametrize(
        ("today", "words"),
        [
            ("2026-11-30", "Künftig Minderung um 10 Prozent"),
            ("2026-12-15", "Minderung um 10 Prozent, das sind 56,30 € im Monat"),
            ("2027-01-01", "Bereits beendet: Minderung um 10 Prozent, das waren 56,30 €"),
        ],
    )
    def test_a_reduction_says_whether_it_is_over(self, today: str, words: str) -> None:
        reduction = {
            "percent": 10,
            "amount": euros("56.30"),
            "from": "2026-12-01",
            "to": "2026-12-31",
            "reason": "missed_appointment",
            "legal": "Bescheid",
        }

        text = said("reductions", today=today, benefit__reductions=[reduction])

        assert words in text
        assert "Grund: Meldeversäumnis (Rechtsgrundlage: Bescheid)." in text

    def test_an_offer_and_a_permit_may_have_run_out(self) -> None:
        offers = [
            {"title": "Lager", "employer": "Muster GmbH", "reply_by": "2026-11-21"},
            {"title": "Büro", "employer": "Muster GmbH", "reply_by": "2026-11-22"},
        ]
        expired = {"kind": "Aufenthaltserlaubnis", "valid_to": "2026-11-21"}
        valid = {"kind": "Aufenthaltserlaubnis", "valid_to": "2026-11-22"}

        assert said("offers", integration__offers=offers).splitlines()[1:] == [
            "• Lager, Muster GmbH. Die Frist zum Antworten ist am 21. November 2026 abgelaufen.",
            "• Büro, Muster GmbH. Bitte bis zum 22. November 2026 antworten.",
        ]
        assert "Er war bis zum" in said("residence_permit", person__residence_permit=expired)
        assert "gültig bis zum" in said("residence_permit", person__residence_permit=valid)


class TestParts:
    def test_what_reduces_the_total_is_called_less_and_not_marked_by_a_sign(self) -> None:
        total = {
            "total": euros("363.00"),
            "parts": [
                {"kind": "standard_need", "amount": euros("563.00")},
                {"kind": "income_credited", "amount": euros("-200.00")},
            ],
        }

        assert said("total", benefit__total_monthly=total) == (
            "Die persönliche Leistung beträgt im Monat insgesamt 363,00 €. "
            "Sie setzt sich so zusammen:\n"
            "• Regelbedarf: 563,00 €.\n"
            "• Angerechnetes Einkommen: abzüglich 200,00 €."
        )
        assert said("total", benefit__total_monthly=total | {"parts": []}).endswith("363,00 €.")

    def test_a_kind_without_a_word_is_shown_as_the_file_has_it(self) -> None:
        month = {
            "month": "2026-11",
            "lines": [{"kind": "heating_bonus", "amount": euros("5.00")}],
            "total": euros("5.00"),
        }

        assert said("calculation", english=True, decision__calculation=[month]) == (
            "Calculation for November 2026:\n"
            "• Heating bonus: €5.00.\n"
            "• Result for November 2026: €5.00."
        )

    @pytest.mark.parametrize(
        ("accepted", "words"), [("450.00", "weniger"), ("500.00", "in voller")]
    )
    def test_housing_says_whether_all_of_it_is_accepted(self, accepted: str, words: str) -> None:
        kinds = ("rent", "ancillary", "heating")
        zero = {
            f"{kind}_{side}": euros("0.00") for kind in kinds for side in ("claimed", "accepted")
        }
        costs = zero | {"total_claimed": euros("500.00"), "total_accepted": euros(accepted)}

        text = said("housing_costs", benefit__housing_costs=costs)

        assert f"Zusammen: angegeben 500,00 €, anerkannt {accepted.replace('.', ',')} €." in text
        assert words in text.splitlines()[-1]

    def test_income_is_shown_line_by_line_with_what_the_file_has_of_it(self) -> None:
        minijob = {
            "kind": "minijob",
            "gross": euros("520.00"),
            "net": euros("520.00"),
            "allowance": euros("184.00"),
            "credited": euros("336.00"),
        }
        income = {
            "lines": [minijob, {"kind": "pension", "credited": euros("0.00")}],
            "total": euros("336.00"),
        }

        assert said("income", benefit__income_credited=income).splitlines()[1:] == [
            (
                "• Minijob: brutto 520,00 €, netto 520,00 €, Freibetrag 184,00 €, "
                "angerechnet 336,00 €."
            ),
            "• Rente: angerechnet 0,00 €.",
            "Insgesamt angerechnet: 336,00 €.",
        ]

    def test_income_without_lines_still_has_its_total(self) -> None:
        income = {"lines": [], "total": euros("0.00")}

        assert said("income", benefit__income_credited=income) == (
            "Einzelne Einkommen sind nicht eingetragen. Insgesamt angerechnet: 0,00 €."
        )

    def test_an_overpayment_of_one_month_names_it_once(self) -> None:
        one = {
            "amount": euros("40.00"),
            "month_from": "2026-05",
            "month_to": "2026-05",
            "status": "repaying",
            "decided_on": "2026-07-01",
        }

        text = said("overpayments", benefit__overpayments=[one, one | {"month_to": "2026-06"}])

        assert text.splitlines()[1:] == [
            "• 40,00 € für Mai 2026, festgestellt am 1. Juli 2026: wird zurückgezahlt.",
            (
                "• 40,00 € für Mai 2026 bis Juni 2026, festgestellt am 1. Juli 2026: "
                "wird zurückgezahlt."
            ),
        ]

    def test_flags_become_words_and_are_cited(self) -> None:
        history = [
            {"starts_at": "2026-10-01T08:00:00Z", "topic": "Arbeit", "attended": True},
            {"starts_at": "2026-10-08T08:00:00Z", "topic": "Arbeit", "attended": False},
        ]

        draft = ask("appointment_history", facts={"appointment.history": history})

        assert draft.sentences[1].text.endswith("Arbeit, wahrgenommen.")
        assert draft.sentences[2].text.endswith("Arbeit, nicht wahrgenommen.")
        assert draft.sentences[2].cites[0].locator == "appointment.history.1.attended"
        assert "nicht erwerbsfähig" in said(
            "work_capacity", health__work_capacity={"capable": False}
        )
        assert said(
            "work_capacity", health__work_capacity={"capable": True, "hours_per_day": 6}
        ) == ("Eingetragen ist: erwerbsfähig, Stunden am Tag: 6.")

    def test_a_disputed_field_is_called_by_its_label(self) -> None:
        entries = [
            {"field": "person.address", "since": "2026-10-01"},
            {"field": "person.shoe_size", "since": "2026-10-02"},
        ]

        assert said("disputed", file__disputed=entries).splitlines()[1:] == [
            "• Anschrift, seit dem 1. Oktober 2026.",
            "• person.shoe_size, seit dem 2. Oktober 2026.",
        ]

    def test_an_empty_list_within_a_value_leaves_its_part_out(self) -> None:
        plan = {"agreed_on": "2026-10-01", "goal": "Arbeit", "steps": []}

        assert said("plan", integration__plan=plan) == (
            "Der Kooperationsplan wurde am 1. Oktober 2026 vereinbart. Ziel: Arbeit."
        )

    def test_a_text_that_ends_its_sentence_gets_no_second_full_stop(self) -> None:
        plan = {"agreed_on": "2026-10-01", "goal": "Arbeit!", "steps": ["Kurs.", "Los."]}

        assert said("plan", integration__plan=plan).endswith(
            "Ziel: Arbeit! Vereinbarte Schritte: Kurs.; Los."
        )

    def test_text_of_the_file_is_never_read_as_a_phrase(self) -> None:
        note = [{"date": "2026-10-01", "text": "{date:date} [{amount:money}] ⟦X⟧ {0}!"}]

        assert said("notes", file__notes=note).endswith(
            "1. Oktober 2026: {date:date} [{amount:money}] ⟦X⟧ {0}!"
        )

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ({"status": "none"}, "In der Akte ist kein Widerspruch eingetragen."),
            (
                {"status": "received", "received_on": "2026-10-01", "about": "Miete"},
                (
                    "Ein Widerspruch ist am 1. Oktober 2026 eingegangen. Gegenstand: Miete. "
                    "Eine Entscheidung darüber ist nicht eingetragen."
                ),
            ),
            ({"status": "decided"}, "Über den Widerspruch ist entschieden."),
        ],
    )
    def test_an_objection_has_three_states(self, value: object, words: str) -> None:
        assert said("objection", decision__objection=value) == words


def latest(**more: object) -> dict[str, object]:
    return {
        "date": "2026-11-03",
        "type": "change",
        "delivery": "post",
        "provisional": False,
        "file_number": "12345//0001234",
        "remedy_instruction": True,
    } | more


class TestTheLatestDecision:
    def test_a_letter_is_answered_in_full(self) -> None:
        text = said("decision", decision__latest=latest(sent_on="2026-11-03", provisional=True))

        assert text == (
            "Der letzte Bescheid ist ein Änderungsbescheid vom 3. November 2026, "
            "Aktenzeichen 12345//0001234. Er ist vorläufig (§ 41a SGB II). Die endgültige "
            "Entscheidung kann also noch anders ausfallen. Weg der Bekanntgabe: Brief per Post, "
            "abgesandt am 3. November 2026. Widerspruch können Sie bis zum 7. Dezember 2026 "
            "einlegen (§ 84 SGG). Die Frist beträgt einen Monat ab der Bekanntgabe (§ 84 Abs. 1 "
            "SGG). Als bekannt gegeben gilt der Bescheid am 7. November 2026, dem vierten Tag "
            "nach dem Absenden (§ 37 Abs. 2 SGB X). Kam er später oder gar nicht an, kann die "
            "Frist später enden. Dieser vierte Tag fällt auf ein Wochenende oder einen "
            "Feiertag. Ob er sich deshalb verschiebt, ist umstritten; genannt ist der frühere, "
            "sichere Tag."
        )

    def test_the_same_in_english(self) -> None:
        value = latest(sent_on="2026-11-02", remedy_instruction=False)

        assert said("decision", english=True, decision__latest=value) == (
            "The latest decision notice: change notice of 3 November 2026, file number "
            "12345//0001234. It is not provisional. Way of notification: letter by post, sent on "
            "2 November 2026. You can object until 8 November 2027 (§ 84 SGG). The period is one "
            "year from notification, because the instruction on how to object is missing (§ 66(2) "
            "SGG). The notice counts as notified on 6 November 2026, the fourth day after it was "
            "sent (§ 37(2) SGB X). If it arrived later or never, the period may end later. "
            "6 November 2027 falls on a weekend or a public holiday, so the period ends on the "
            "next working day (§ 64(3) SGG)."
        )

    def test_each_date_worked_out_is_named_so_and_rests_on_cited_places(self) -> None:
        draft = ask("decision", facts={"decision.latest": latest(sent_on="2026-11-03")})

        worked_out = [sentence for sentence in draft.sentences if sentence.computed]
        assert [sentence.computed for sentence in worked_out] == [
            ("7. Dezember 2026",),
            ("7. November 2026",),
        ]
        for sentence in worked_out:
            assert {cite.locator for cite in sentence.cites} == {
                "decision.latest.delivery",
                "decision.latest.remedy_instruction",
                "decision.latest.sent_on",
            }
        assert worked_out[0].law == ("§ 84 SGG",)
        assert worked_out[1].law == ("§ 37 Abs. 2 SGB X",)

    @pytest.mark.parametrize(
        ("today", "words"),
        [
            ("2026-12-06", "bis zum 7. Dezember 2026 einlegen"),
            ("2026-12-07", "Heute, am 7. Dezember 2026, ist der letzte Tag"),
            ("2026-12-08", "am 7. Dezember 2026 abgelaufen (§ 84 SGG). Auch danach"),
        ],
    )
    def test_the_last_day_is_said_to_be_to_come_today_or_past(self, today: str, words: str) -> None:
        value = latest(sent_on="2026-11-03")

        assert words in said("decision", today=today, decision__latest=value)

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            (
                {"delivery": "portal", "sent_on": "2026-11-09"},
                (
                    "am 13. November 2026, dem vierten Tag nach dem Absenden der Benachrichtigung "
                    "(§ 37 Abs. 2a SGB X)"
                ),
            ),
            (
                {
                    "delivery": "portal",
                    "sent_on": "2026-11-09",
                    "retrieved_on": "2026-11-10",
                },
                "vorsichtshalber ab dem Tag des Abrufs, dem 10. November 2026",
            ),
            (
                {"delivery": "formal", "notified_on": "2026-11-10"},
                "ab dem eingetragenen Tag der Bekanntgabe, dem 10. November 2026",
            ),
            (
                {"delivery": "abroad", "notified_on": "2026-11-10"},
                "Bei Bekanntgabe im Ausland beträgt die Frist drei Monate (§ 84 Abs. 1 SGG).",
            ),
        ],
    )
    def test_each_way_of_delivery_says_what_it_counts_from(
        self, more: dict[str, object], words: str
    ) -> None:
        assert words in said("decision", decision__latest=latest(**more))

    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"delivery": "unknown", "notified_on": "2026-11-10"}, "auf welchem Weg"),
            ({"delivery": "post"}, "wann der Bescheid abgesandt wurde"),
            ({"delivery": "formal", "sent_on": "2026-11-09"}, "wann der Bescheid bekannt gegeben"),
            ({"delivery": "abroad", "sent_on": "2026-11-09"}, "in der Regel drei Monate"),
        ],
    )
    def test_where_no_date_can_be_given_the_reason_and_the_office_are_named(
        self, more: dict[str, object], words: str
    ) -> None:
        draft = ask("decision", facts={"decision.latest": latest(**more)})

        assert words in draft.text
        assert draft.text.endswith("fragen Sie möglichst bald beim Jobcenter nach.")
        assert not any(sentence.computed for sentence in draft.sentences)
