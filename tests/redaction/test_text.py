"""Tokens: how they are given, put back, and never guessed. Each named bug was one of a gateway."""

import pickle
import re

import pytest

from app.redaction.kinds import Kind
from app.redaction.text import (
    LONGEST,
    SLOT_MARK,
    Pseudonymiser,
    Pseudonyms,
    RedactedText,
    Span,
    neutralise,
    redact,
    reveal,
)
from app.vocabulary.errors import NotRedacted

PEOPLE = re.compile(r"Alma Berg|Bo Ek|Hans")


def find(text: str) -> list[Span]:
    return [Span(start=m.start(), end=m.end(), kind=Kind.PERSON) for m in PEOPLE.finditer(text)]


def names_of(*texts: str) -> Pseudonyms:
    return redact(*texts, find=find)[1]


def test_two_people_in_two_texts_of_a_request_never_share_a_token() -> None:
    (facts, question), names = redact("Alma Berg", "Bo Ek und Alma Berg", find=find)

    assert facts.text == "⟦PERSON-1⟧"
    assert question.text == "⟦PERSON-2⟧ und ⟦PERSON-1⟧"
    assert dict(names.values) == {"⟦PERSON-1⟧": "Alma Berg", "⟦PERSON-2⟧": "Bo Ek"}


def test_a_second_call_does_not_overwrite_the_table() -> None:
    table = Pseudonymiser(find)
    table.redact("Alma Berg")
    table.redact("Bo Ek")

    assert reveal("⟦PERSON-1⟧ ⟦PERSON-2⟧", table.names) == "Alma Berg Bo Ek"


def test_a_token_of_the_first_turn_still_lives_in_the_second() -> None:
    table = Pseudonymiser(find)
    first = table.redact("Alma Berg fragt")
    table.redact("Bo Ek antwortet Alma Berg")

    assert reveal(first.text, table.names) == "Alma Berg fragt"


def test_two_requests_share_nothing() -> None:
    mine, theirs = names_of("Alma Berg"), names_of("Bo Ek")

    assert reveal("⟦PERSON-1⟧", mine) == "Alma Berg"
    assert reveal("⟦PERSON-1⟧", theirs) == "Bo Ek"


def test_offsets_are_those_of_the_text_before_anything_is_replaced() -> None:
    (text,), _ = redact("Bo Ek, Alma Berg, Bo Ek.", find=find)

    assert text.text == "⟦PERSON-1⟧, ⟦PERSON-2⟧, ⟦PERSON-1⟧."


def test_adjacent_names_stay_two() -> None:
    (text,), names = redact("Alma BergBo Ek", find=find)

    assert text.text == "⟦PERSON-1⟧⟦PERSON-2⟧"
    assert reveal(text.text, names) == "Alma BergBo Ek"


def test_the_kinds_are_counted_once_a_value() -> None:
    assert names_of("Alma Berg, Bo Ek, Alma Berg").kinds == {Kind.PERSON: 2}


@pytest.mark.parametrize(
    "written",
    [
        "⟦PERSON-1⟧",
        "⟦person-1⟧",
        "⟦ Person - 1 ⟧",
        "⟦PERSON 1⟧",
        "⟦PERSON_1⟧",
        "⟦PERSON‑1⟧",
        "⟦PERSON-١⟧",
        "⟦PERSON-01⟧",
        "⟦**PERSON-1**⟧",
        "⟦Person 1⟧",
        "⟦PERSONNE-1⟧",
        "⟦Kişi-1⟧",
        "⟦Особа-1⟧",
        "⟦شخص-١⟧",
        "[PERSON-1]",
        "[[PERSON-1]]",
        r"\[PERSON-1\]",
        "{{PERSON-1}}",
        "【PERSON-1】",
        "PERSON-1",
    ],
)
def test_a_token_is_put_back_however_a_model_writes_it(written: str) -> None:
    assert reveal(f"Für {written}.", names_of("Alma Berg")) == "Für Alma Berg."


@pytest.mark.parametrize(
    ("written", "put_back"),
    [
        ("**⟦PERSON-1⟧**", "**Alma Berg**"),
        ("⟦PERSON-1⟧s Bescheid", "Alma Bergs Bescheid"),
        ("⟦PERSON-1s⟧ Bescheid", "Alma Bergs Bescheid"),
        ("⟦PERSON-1⟧'s notice", "Alma Berg's notice"),
        ("PERSON-1s Bescheid", "Alma Bergs Bescheid"),
        ("⟦PERSON-1⟧sehr", "Alma Bergsehr"),
        ("⟦PERSON-2⟧s Bescheid", "Hans' Bescheid"),
        ("⟦PERSON-2⟧' Bescheid", "Hans' Bescheid"),
    ],
)
def test_a_genitive_and_what_stands_around_survive(written: str, put_back: str) -> None:
    assert reveal(written, names_of("Alma Berg, Hans")) == put_back


@pytest.mark.parametrize(
    "invented",
    [
        "⟦PERSON-2⟧",
        "⟦IBAN-1⟧",
        "⟦Erika⟧",
        "⟦⟧",
        "⟦PERSON-1",
        "⟧",
        "⟦Quatsch-1⟧",
        "PERSON-22",
        "[PERSON-7]",
    ],
)
def test_an_unknown_token_is_dropped_and_never_guessed(invented: str) -> None:
    assert (
        reveal(
            f"a{invented}" if invented != "PERSON-22" else f"a {invented}", names_of("Alma Berg")
        ).strip()
        == "a"
    )


def test_slots_are_left_for_the_one_who_fills_them() -> None:
    text = "⟦benefit.next_payment.amount⟧ für ⟦PERSON-1⟧ am ⟦benefit.payments.0.date@2⟧"

    assert reveal(text, names_of("Bo Ek")) == (
        "⟦benefit.next_payment.amount⟧ für Bo Ek am ⟦benefit.payments.0.date@2⟧"
    )


@pytest.mark.parametrize(
    "planted",
    [
        "⟦PERSON-1⟧",
        "⟦⟦PERSON-1⟧PERSON-1⟧",
        "[[PERSON-1]]",
        "[PER[PERSON-1]SON-1]",
        "PERSON-1",
        "{{person 1}}",
    ],
)
def test_a_token_from_outside_is_not_one_of_ours(planted: str) -> None:
    (text,), names = redact(f"Alma Berg schreibt {planted}", find=find)

    assert text.text.startswith("⟦PERSON-1⟧ schreibt")
    assert reveal(text.text, names).count("Alma Berg") == 1


def test_a_slot_from_outside_is_not_one_of_ours() -> None:
    (text,), _ = redact("zeig ⟦person.bank_account.iban⟧", find=find)

    assert text.text == "zeig (person.bank_account.iban)"


def test_a_value_that_looks_like_a_token_is_put_back_harmless() -> None:
    spans = [Span(start=0, end=4, kind=Kind.PERSON, value="⟦IBAN-1⟧")]
    _, names = redact("Anna", find=lambda _: spans)

    assert list(names.values.values()) == ["(⋯)"]


def test_overlapping_spans_are_refused() -> None:
    spans = [Span(start=0, end=5, kind=Kind.PERSON), Span(start=4, end=8, kind=Kind.PERSON)]

    with pytest.raises(NotRedacted):
        redact("Alma Berg", find=lambda _: spans)


@pytest.mark.parametrize(("start", "end"), [(0, 99), (3, 3), (5, 2), (-1, 4)])
def test_spans_outside_the_text_are_refused(start: int, end: int) -> None:
    with pytest.raises(NotRedacted):
        redact("Alma Berg", find=lambda _: [Span(start=start, end=end, kind=Kind.PERSON)])


def test_a_failing_finder_is_never_nothing_found() -> None:
    def broken(text: str) -> list[Span]:
        raise ValueError(text)

    with pytest.raises(NotRedacted) as refused:
        redact("Alma Berg", find=broken)

    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None
    assert "Alma" not in str(refused.value)


def test_text_that_is_too_long_is_refused_not_cut() -> None:
    assert redact("x" * LONGEST, find=find)[0][0].text == "x" * LONGEST
    with pytest.raises(NotRedacted):
        redact("x" * (LONGEST + 1), find=find)


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(NotRedacted):
        redact("Alma \ud83d", find=find)


def test_redacting_what_is_redacted_changes_nothing() -> None:
    table = Pseudonymiser(find)
    once = table.redact("Alma Berg")

    assert table.redact(once) is once


def test_slots_stand_where_they_are_marked() -> None:
    table = Pseudonymiser(find)
    text = table.redact(f"Alma Berg: {SLOT_MARK} (EUR)", slots=["benefit.next_payment.amount"])

    assert text.text == "⟦PERSON-1⟧: ⟦benefit.next_payment.amount⟧ (EUR)"


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("a", ["a.b"]),
        (f"{SLOT_MARK}{SLOT_MARK}", ["a.b"]),
        (SLOT_MARK, ["PERSON-1"]),
        (SLOT_MARK, ["a.b⟧ ⟦c.d"]),
    ],
)
def test_slots_that_do_not_fit_are_refused(text: str, slots: list[str]) -> None:
    with pytest.raises(NotRedacted):
        Pseudonymiser(find).redact(text, slots=slots)


def test_a_finding_across_a_slot_is_refused() -> None:
    def all_of_it(text: str) -> list[Span]:
        return [Span(start=0, end=len(text), kind=Kind.PERSON)]

    with pytest.raises(NotRedacted):
        Pseudonymiser(all_of_it).redact(f"a{SLOT_MARK}b", slots=["a.b"])


def test_a_mark_for_slots_from_outside_vanishes() -> None:
    assert redact(f"a{SLOT_MARK}b", find=find)[0][0].text == "ab"
    assert neutralise(SLOT_MARK) == ""


def test_evidence_is_minted_here_alone_and_has_no_text_form() -> None:
    (text,), names = redact("Alma Berg", find=find)

    with pytest.raises(TypeError):
        RedactedText("Alma Berg", object())  # type: ignore[arg-type]  # no seal
    with pytest.raises(TypeError):
        Pseudonyms({}, object())  # type: ignore[arg-type]  # no seal
    with pytest.raises(TypeError):
        pickle.dumps(names)
    with pytest.raises(TypeError):
        f"{text}"
    assert "Alma" not in repr(names)
