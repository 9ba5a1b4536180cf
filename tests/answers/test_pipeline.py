"""From question to answer: what is read, what is sent, what is kept, and what ends it early."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import text

from app.answers.answer import AnswerKind, Completeness, Composer, Status
from app.answers.bodies import AnswerBody
from app.answers.deadlines import months_after
from app.answers.gate import ReleaseChanged
from app.answers.pipeline import Pipeline, Reached
from app.legitimation.endings import EndedReason
from app.legitimation.mandates import Mandate
from app.policy.consent import ConsentDecision
from app.telemetry.spans import Stage
from app.vault.sealing import Address
from app.vocabulary.dates import BERLIN
from app.vocabulary.errors import InvalidBody, NotLegitimated, Unauthenticated, Unavailable
from app.vocabulary.ids import FieldName, SubjectId
from app.vocabulary.json import Json
from app.vocabulary.levels import Assurance, Form, Language, Withheld
from tests.answers.conftest import DISABILITY, WHEN_PAID, Front, asking, streamed
from tests.doubles.model_server import Mode, ModelServer
from tests.legitimation.test_mandates import proxy
from tests.parties import BERGSTRASSE, couple

PAYMENT = FieldName("benefit.next_payment")
GRADE = FieldName("health.severe_disability")
NAMES = ("Alma", "Berghaus", "Ekdahl", "Cara", "12345//0001234")
VALUES = ("1402", "1.402,00", "2026-11-30", "1234", "506")


def couple_with_grade() -> dict[str, Json]:
    document = couple()
    persons = document["persons"]
    assert isinstance(persons, list)
    first = persons[0]
    assert isinstance(first, dict)
    fields = first["fields"]
    assert isinstance(fields, dict)
    fields[GRADE] = {"degree": 50, "marks": ["G"]}
    return document


async def consented(front: Front, mandate: Mandate, decision: ConsentDecision) -> None:
    await front.whole.parts.consents.decide(
        mandate,
        GRADE,
        "answer_own_question",
        decision=decision,
        notice=None,
        language=Language.DE,
    )


class TestRules:
    async def test_the_file_is_asked_for_what_was_released_and_no_more(self, front: Front) -> None:
        household = await front.office.case()
        mandate = await household.mandate()

        answer = await front.pipeline.answer(mandate, asking())

        assert (answer.status, answer.completeness) == (Status.ANSWERED, Completeness.COMPLETE)
        assert (answer.kind, answer.composer) == (AnswerKind.CASE, Composer.RULES)
        assert "1.402,00" in answer.text
        assert [(u.field, u.to_model) for u in answer.used] == [(PAYMENT, Form.NONE)]
        (asked,) = front.file.asked
        read = {field for _, field in asked}
        assert PAYMENT in read
        assert not {f for f in read if f.startswith("health.diag")}
        assert FieldName("benefit.standard_need") not in read

    async def test_a_withheld_field_is_never_read(self, front: Front) -> None:
        """AZ-03."""
        household = await front.office.case()
        mandate = await household.mandate(assurance=Assurance.BASIC)

        answer = await front.pipeline.answer(mandate, asking())

        assert front.file.asked == []
        assert (answer.status, answer.completeness) == (Status.NEEDS_STEP_UP, Completeness.NONE)
        assert {w.reason for w in answer.withheld} == {Withheld.ASSURANCE_TOO_LOW}
        assert all(w.remedy for w in answer.withheld)
        assert not any(value in answer.text for value in VALUES)

    async def test_an_answer_is_kept_sealed_with_two_entries_beside_it(self, front: Front) -> None:
        """AZ-09, AP-11."""
        mandate = await (await front.office.case()).mandate()

        answer = await front.pipeline.answer(mandate, asking())

        async with front.office.database.transaction(BERGSTRASSE) as tx:
            found = await tx.execute(
                text("SELECT * FROM answers WHERE id = :id"), {"id": answer.id}
            )
            row = found.mappings().one()
            key = await front.office.vault.key(tx, BERGSTRASSE, mandate.grantor)
        kept = key.open(row["sealed"], Address(BERGSTRASSE, "answers.sealed", answer.id, 1))
        assert AnswerBody.model_validate_json(kept) == AnswerBody.of(answer)
        assert row["entry_id"] == answer.entry != row["outcome_entry_id"]
        kept_until = row["delete_after"].astimezone(BERLIN)
        asked_on = row["answered_at"].astimezone(BERLIN).date()
        assert kept_until.date() == months_after(asked_on, 13)
        assert kept_until.time() == time.max
        entries = await front.entries(row["release_id"])
        assert sorted(str(entry["event"]) for entry in entries) == ["answered", "released"]

    async def test_no_text_of_question_or_file_is_in_the_log_or_the_log_lines(
        self, front: Front
    ) -> None:
        """AP-11."""
        household = await front.office.case()
        mandate = await household.mandate()
        question = f"{WHEN_PAID} Mein Name ist Alma Berghaus."

        await front.pipeline.answer(mandate, asking(question))

        told = repr(await front.entries(await front.newest_release()))
        lines = front.whole.logged.getvalue()
        for hidden in (*NAMES, *VALUES[:3], "Mein Name"):
            assert hidden not in told
            assert hidden not in lines

    async def test_a_question_without_a_case_in_it_reads_nothing(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate()

        answers = {
            question: await front.pipeline.answer(mandate, asking(question))
            for question in (
                "Was bedeutet Bedarfsgemeinschaft?",
                "Wie wird das Wetter morgen in Darmstadt?",
                "Ich will nicht mehr leben.",
            )
        }

        assert front.file.asked == []
        assert {a.status for a in answers.values()} >= {Status.CRISIS, Status.OUT_OF_SCOPE}
        assert {a.used for a in answers.values()} == {()}
        assert {a.kind for a in answers.values()} == {AnswerKind.GENERAL}
        crisis = answers["Ich will nicht mehr leben."]
        assert "116 123" in crisis.text

    async def test_somebody_elses_field_is_withheld_and_said_so(self, front: Front) -> None:
        household = await front.office.case()
        mandate = await household.mandate()

        answer = await front.pipeline.answer(
            mandate, asking("Wie hoch ist der Regelbedarf von Bo?")
        )

        assert {(w.subject, w.reason) for w in answer.withheld} == {
            (SubjectId(household.id_of("p2")), Withheld.OTHER_PERSON)
        }
        assert "506" not in answer.text

    async def test_a_stream_reaches_the_stages_in_order_and_says_the_whole_text(
        self, front: Front
    ) -> None:
        mandate = await (await front.office.case()).mandate()

        told = await streamed(front.pipeline, mandate, asking(wait=False))

        assert told.stages == [
            "identity",
            "legitimation",
            "intake",
            "policy",
            "records",
            "redaction",
            "synthesis",
            "answers",
        ]
        assert told.answer is not None
        assert "".join(told.texts) == told.answer.text

    async def test_a_stream_says_its_text_where_the_file_holds_nothing(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate(assurance=Assurance.BASIC)

        told = await streamed(front.pipeline, mandate, asking(wait=False))

        assert told.answer is not None
        assert "".join(told.texts) == told.answer.text != ""

    async def test_a_question_of_nothing_is_refused_before_anything(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate()

        with pytest.raises(InvalidBody):
            await front.pipeline.answer(mandate, asking(" \u200b "))

        assert front.file.asked == []


class TestMeanwhile:
    """What ends between the first look and the last."""

    async def failed(self, front: Front) -> list[str]:
        assert len(front.file.asked) == 1
        release = await front.newest_release()
        async with front.office.database.transaction(BERGSTRASSE) as tx:
            kept = await tx.execute(
                text("SELECT count(*) FROM answers WHERE release_id = :id"), {"id": release}
            )
            assert kept.scalar_one() == 0
        return sorted(f"{e['event']}:{e['outcome']}" for e in await front.entries(release))

    async def test_a_mandate_that_was_revoked_ends_the_answer(self, front: Front) -> None:
        """AZ-07."""
        household = await front.office.case()
        order = proxy(household, front.office)
        machine = await front.office.machine()
        await front.office.mandates.put(machine, f"m-{household.ref}", order)
        code = await front.office.codes.issue(machine, order.grantee)
        person = await front.office.person()
        await front.office.bind(person, code.code)
        mandate = await front.office.legitimation.mandate(person, household.case_id, named=None)
        front.file.meanwhile = lambda: front.office.mandates.put(
            machine, f"m-{household.ref}", replace(order, ended_reason=EndedReason.REVOKED)
        )

        with pytest.raises(NotLegitimated):
            await front.pipeline.answer(mandate, asking("Wie hoch ist mein Regelbedarf?"))

        assert await self.failed(front) == ["answer_failed:failed", "released:done"]

    async def test_a_login_that_ran_out_ends_the_answer(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate()
        front.file.meanwhile = lambda: front.whole.clock.forward(timedelta(minutes=6))

        with pytest.raises(Unauthenticated):
            await front.pipeline.answer(mandate, asking())

        assert await self.failed(front) == ["answer_failed:failed", "released:done"]

    async def test_a_consent_that_was_withdrawn_ends_the_answer(
        self, modelled: Front, model: ModelServer
    ) -> None:
        """AZ-08."""
        household = await modelled.office.case(couple_with_grade())
        mandate = await household.mandate(assurance=Assurance.HIGH)
        await consented(modelled, mandate, ConsentDecision.GRANTED)
        modelled.file.meanwhile = lambda: consented(modelled, mandate, ConsentDecision.WITHDRAWN)

        with pytest.raises(ReleaseChanged):
            await modelled.pipeline.answer(mandate, asking(DISABILITY))

        assert await self.failed(modelled) == [
            "answer_failed:failed",
            "known_values_read:done",
            "released:done",
        ]

    async def test_a_file_that_is_away_is_noted(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate()

        def gone() -> None:
            raise Unavailable("records")

        front.file.meanwhile = gone

        with pytest.raises(Unavailable):
            await front.pipeline.answer(mandate, asking())

        assert await self.failed(front) == ["answer_failed:failed", "released:done"]

    async def test_a_failure_that_cannot_be_noted_is_the_same_failure(self, front: Front) -> None:
        mandate = await (await front.office.case()).mandate()
        key = front.whole.folder / "master.key"
        aside = key.with_name("aside")

        def keys_gone() -> None:
            key.rename(aside)
            sealer = front.whole.parts.answers.sealer
            sealer._kept.clear()  # type: ignore[attr-defined]  # the vault's, in this service

        front.file.meanwhile = keys_gone
        try:
            with pytest.raises(Unavailable) as failure:
                await front.pipeline.answer(mandate, asking())
        finally:
            aside.rename(key)

        assert failure.value.part == "keys"

    async def test_a_consent_given_meanwhile_changes_nothing(
        self, modelled: Front, model: ModelServer
    ) -> None:
        household = await modelled.office.case(couple_with_grade())
        mandate = await household.mandate(assurance=Assurance.HIGH)
        modelled.file.meanwhile = lambda: consented(modelled, mandate, ConsentDecision.GRANTED)

        answer = await modelled.pipeline.answer(mandate, asking(DISABILITY))

        assert [u.to_model for u in answer.used] == [Form.NONE]
        assert model.requests == []


class TestModel:
    async def test_a_model_writes_with_slots_and_sees_no_value_and_no_name(
        self, modelled: Front, model: ModelServer
    ) -> None:
        """AZ-03."""
        mandate = await (await modelled.office.case()).mandate()
        question = f"Ich bin Alma Berghaus. {WHEN_PAID}"

        answer = await modelled.pipeline.answer(mandate, asking(question))

        assert answer.composer is Composer.MODEL
        assert len(model.requests) == 1
        for hidden in (*NAMES, *VALUES):
            assert hidden not in model.everything
        assert "1.402,00" in answer.text
        assert "⟦" not in answer.text
        assert answer.redacted.count > 0
        assert {c.locator for c in answer.citations} >= {PAYMENT}

    async def test_a_stream_of_model_sentences_is_the_answers_text_once(
        self, modelled: Front, model: ModelServer
    ) -> None:
        mandate = await (await modelled.office.case()).mandate()

        told = await streamed(modelled.pipeline, mandate, asking(wait=False))

        assert told.answer is not None
        assert told.answer.composer is Composer.MODEL
        assert len(told.texts) > 1
        assert "".join(told.texts) == told.answer.text

    async def test_a_stream_goes_on_with_the_rules_where_the_model_breaks_off(
        self, modelled: Front, model: ModelServer
    ) -> None:
        model.mode = Mode.TALKATIVE
        mandate = await (await modelled.office.case()).mandate()

        told = await streamed(modelled.pipeline, mandate, asking(wait=False))

        assert told.answer is not None
        assert "".join(told.texts) == told.answer.text
        assert "zwanzig" not in told.answer.text

    @pytest.mark.parametrize(
        "mode",
        [
            Mode.INVENTING,
            Mode.INVENTING_SLOTS,
            Mode.OBEDIENT,
            Mode.EMPTY,
            Mode.FAILING,
            Mode.GARBAGE,
            Mode.CUT_OFF,
            Mode.TRUNCATED,
            Mode.TALKATIVE,
        ],
    )
    async def test_a_draft_that_is_not_bound_is_discarded_and_the_rules_answer(
        self, modelled: Front, model: ModelServer, mode: Mode
    ) -> None:
        mandate = await (await modelled.office.case()).mandate()
        model.mode = mode

        answer = await modelled.pipeline.answer(mandate, asking())

        assert len(model.requests) == 1
        assert (answer.status, answer.composer) == (Status.ANSWERED, Composer.RULES)
        assert "1.402,00" in answer.text
        assert "boese" not in answer.text
        assert "741" not in answer.text

    async def test_a_special_field_is_the_models_only_with_consent(
        self, modelled: Front, model: ModelServer
    ) -> None:
        household = await modelled.office.case(couple_with_grade())
        mandate = await household.mandate(assurance=Assurance.HIGH)
        model.reply = f"Sehen Sie ⟦{GRADE}.degree⟧ [{GRADE}]."

        without = await modelled.pipeline.answer(mandate, asking(DISABILITY))
        assert model.requests == []
        await consented(modelled, mandate, ConsentDecision.GRANTED)
        granted = await modelled.pipeline.answer(mandate, asking(DISABILITY))
        assert len(model.requests) == 1
        await consented(modelled, mandate, ConsentDecision.REFUSED)
        refused = await modelled.pipeline.answer(mandate, asking(DISABILITY))
        assert len(model.requests) == 1

        assert [a.composer for a in (without, granted, refused)] == [
            Composer.RULES,
            Composer.MODEL,
            Composer.RULES,
        ]
        assert all("50" in a.text for a in (without, granted, refused))

    async def test_where_nothing_goes_to_a_model_not_even_the_question_does(
        self, modelled: Front, model: ModelServer
    ) -> None:
        mandate = await (await modelled.office.case()).mandate(assurance=Assurance.BASIC)

        for question in (
            WHEN_PAID,
            "Was bedeutet Bedarfsgemeinschaft?",
            "Ich will nicht mehr leben.",
        ):
            await modelled.pipeline.answer(mandate, asking(question))

        assert model.requests == []

    async def test_a_preview_reads_nothing_and_sends_nothing(
        self, modelled: Front, model: ModelServer
    ) -> None:
        mandate = await (await modelled.office.case()).mandate()

        preview = await modelled.pipeline.preview(
            mandate, asking(f"Meine IBAN ist DE89370400440532013000. {WHEN_PAID}")
        )

        assert modelled.file.asked == []
        assert model.requests == []
        assert "DE89" not in preview.question
        assert preview.question_to_model
        assert [item.field for item in preview.release] == [PAYMENT]
        entries = await modelled.entries(await modelled.newest_release())
        assert "previewed" in {entry["event"] for entry in entries}


async def test_a_pipeline_that_ends_without_an_answer_is_unavailable(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def steps(self: Pipeline, *_: object) -> object:
        yield Reached(Stage.IDENTITY)

    monkeypatch.setattr(Pipeline, "steps", steps)
    mandate = await (await front.office.case()).mandate()

    with pytest.raises(Unavailable):
        await front.pipeline.answer(mandate, asking())
