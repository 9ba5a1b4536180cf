"""What an entry may say, and what it cannot."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.audit.canonical import Json, canonical, parsed
from app.audit.events import (
    Actor,
    ActorKind,
    Decided,
    Event,
    EventKind,
    Outcome,
    Stamp,
    end_of_following_year,
    payload,
)
from app.audit.leaves import LEAF_BYTES, Leaf, commitment, hour_of
from app.audit.rejection import Rejected
from app.vocabulary.ids import (
    CaseId,
    EntryId,
    FieldName,
    IdentityId,
    MandateId,
    PersonId,
    ReleaseId,
    SubjectId,
    TenantId,
)
from app.vocabulary.levels import Assurance, Form, Hosting, Purpose, Recipient, Withheld
from tests.audit.conftest import NOON, POLICY, SALT, a_leaf, an_event


def full_event() -> Event:
    subject = SubjectId(UUID(int=4))
    return Event(
        kind=EventKind.RELEASED,
        at=NOON,
        actor=Actor(
            kind=ActorKind.PERSON,
            identity=IdentityId(UUID(int=1)),
            person=PersonId(UUID(int=2)),
            assurance=Assurance.SUBSTANTIAL,
        ),
        outcome=Outcome.PARTIAL,
        case=CaseId(UUID(int=3)),
        subjects=(subject,),
        mandate=MandateId(UUID(int=5)),
        mandate_version=1,
        purpose=Purpose.ANSWER_OWN_QUESTION,
        recipients=(Recipient.PERSON, Recipient.MODEL),
        hosting=Hosting.ON_PREMISES,
        decisions=(
            Decided(
                subject=subject,
                field=FieldName("benefit.next_payment"),
                to_person=True,
                to_model=Form.SLOT,
                basis="§ 67b(1) SGB X; Art. 6(1)(e) GDPR",
            ),
            Decided(
                subject=subject,
                field=FieldName("health.diagnoses"),
                to_person=False,
                to_model=Form.NONE,
                reason=Withheld.ASSURANCE_TOO_LOW,
                model_reason=Withheld.PROTECTED,
            ),
        ),
        hits=1,
        about=UUID(int=6),
    )


def stamp() -> Stamp:
    return Stamp(
        tenant=TenantId("bergstrasse"),
        entry=EntryId(UUID(int=7)),
        release=ReleaseId(UUID(int=8)),
        policy=POLICY,
        delete_after=date(2027, 12, 31),
    )


def strings(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for below in value.values():
            yield from strings(below)
    elif isinstance(value, list):
        for below in value:
            yield from strings(below)


class TestPayload:
    def test_it_carries_what_a_log_of_accesses_must(self) -> None:
        """AP-11: reason, file, recipient, time, hits, deletion date (BDSG § 76, BMG § 40)."""
        told = json.loads(canonical(payload(full_event(), stamp())))

        assert told["purpose"] == "answer_own_question"
        assert told["case"] == str(UUID(int=3))
        assert told["recipients"] == ["model", "person"]
        assert told["at"] == "2026-11-20T12:34:56.000789+00:00"
        assert told["hits"] == 1
        assert told["delete_after"] == "2027-12-31"
        assert told["actor"]["assurance"] == "substantial"
        assert told["release"] == str(UUID(int=8))
        assert told["decisions"][0]["basis"] == "§ 67b(1) SGB X; Art. 6(1)(e) GDPR"
        assert told["decisions"][1]["model_reason"] == "protected"

    def test_every_payload_has_the_same_members(self) -> None:
        least, most = payload(an_event(), stamp()), payload(full_event(), stamp())

        assert least.keys() == most.keys()
        assert set(strings(least["actor"])) == {"person", an_id(least)}

    def test_the_time_zone_of_the_caller_does_not_show(self) -> None:
        berlin = NOON.astimezone(timezone(timedelta(hours=1)))

        assert payload(replace(full_event(), at=berlin), stamp()) == payload(full_event(), stamp())

    @pytest.mark.parametrize(
        "attempt",
        [
            lambda text: Actor(kind=ActorKind.CLIENT, client=text),
            lambda text: a_decision(field=text),
            lambda text: a_decision(basis=text),
            lambda text: replace(an_event(), policy=text),
        ],
    )
    @pytest.mark.parametrize(
        "text", ["", "Erika Mustermann\n", "she asked: why?", "x" * 300, "<b>", "1\x1b[31m"]
    )
    def test_free_text_has_no_way_in(self, attempt: Callable[[str], object], text: str) -> None:
        """AP-11, AP-13."""
        with pytest.raises(ValueError, match="not of the form"):
            attempt(text)

    def test_a_time_without_a_zone_and_a_negative_count_are_refused(self) -> None:
        with pytest.raises(ValueError, match="time zone"):
            an_event(at=datetime(2026, 1, 1))  # noqa: DTZ001 - the point
        with pytest.raises(ValueError, match="negative"):
            replace(an_event(), hits=-1)

    def test_it_is_deleted_at_the_end_of_the_following_year_in_germany(self) -> None:
        assert end_of_following_year(NOON) == date(2027, 12, 31)
        new_year_in_berlin = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
        assert end_of_following_year(new_year_in_berlin) == date(2028, 12, 31)

    def test_every_citation_of_the_bases_and_every_field_can_be_told(self) -> None:
        bases = yaml.safe_load(Path("policies/bases.yaml").read_text())
        fields = yaml.safe_load(Path("policies/fields.yaml").read_text())
        citations = {text for text in strings(bases) if re.search(r"§|Art\.", text)}
        names = {text for text in keys(fields) if "." in text}

        assert len(citations) > 5
        assert len(names) > 40
        for citation in citations:
            assert a_decision(basis=citation).basis == citation
        for name in names:
            assert a_decision(field=name).field == name


class TestCanonical:
    @given(
        st.dictionaries(
            st.text(st.characters(codec="ascii"), max_size=5),
            st.none() | st.booleans() | st.integers() | st.text(),
            max_size=5,
        )
    )
    def test_reading_undoes_writing_and_there_is_one_spelling(self, value: dict[str, Json]) -> None:
        assert parsed(canonical(value)) == value
        assert canonical(parsed(canonical(value))) == canonical(value)

    @pytest.mark.parametrize(
        "data", [b"", b"[]", b"1", b"{", b'{"a":1,"a":2}', b'{"a":1.0}', b'{"a":NaN}', b"\xff"]
    )
    def test_what_could_be_read_in_two_ways_is_rejected(self, data: bytes) -> None:
        with pytest.raises(Rejected):
            parsed(data)

    def test_a_document_nested_too_deep_is_rejected(self) -> None:
        with pytest.raises(Rejected):
            parsed(b'{"a":' * 100_000)


class TestLeaf:
    def test_reading_undoes_writing(self) -> None:
        leaf = a_leaf()

        assert len(leaf.encode()) == LEAF_BYTES
        assert Leaf.decode(leaf.encode()) == leaf

    def test_it_holds_the_hour_and_no_more_of_the_time(self) -> None:
        assert hour_of(NOON) == datetime(2026, 11, 20, 12, tzinfo=UTC)

    @pytest.mark.parametrize("data", [b"", bytes(LEAF_BYTES), b"\x01" * 84, b"\x01" * 86])
    def test_anything_else_is_rejected(self, data: bytes) -> None:
        with pytest.raises(Rejected):
            Leaf.decode(data)

    def test_an_hour_beyond_the_calendar_is_rejected(self) -> None:
        data = bytearray(a_leaf().encode())
        data[17] = 0xFF

        with pytest.raises(Rejected, match="time"):
            Leaf.decode(bytes(data))

    def test_a_commitment_is_bound_to_salt_and_payload(self) -> None:
        other_salt = bytes(reversed(SALT))

        assert commitment(SALT, b"{}") == commitment(SALT, b"{}")
        assert (
            len({commitment(SALT, b"{}"), commitment(SALT, b""), commitment(other_salt, b"{}")})
            == 3
        )
        with pytest.raises(Rejected):
            commitment(SALT[:31], b"\x1f{}")


def keys(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for name, below in value.items():
            yield name
            yield from keys(below)


def a_decision(*, field: str = "person.name", basis: str | None = None) -> Decided:
    return Decided(
        subject=SubjectId(UUID(int=1)),
        field=FieldName(field),
        to_person=True,
        to_model=Form.NONE,
        basis=basis,
    )


def an_id(told: dict[str, Json]) -> str:
    actor = told["actor"]
    assert isinstance(actor, dict)
    return str(actor["person"])
