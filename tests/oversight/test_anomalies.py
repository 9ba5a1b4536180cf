"""What is planted is found, and what differs from it in the one thing that matters is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from app.audit.events import (
    Actor,
    ActorKind,
    Category,
    Decided,
    Event,
    EventKind,
    Outcome,
)
from app.oversight import anomalies
from app.oversight.anomalies import DEVIATIONS, LEAST_UNUSUAL, AnomalyKind
from app.oversight.lines import DecidedField, Line
from app.vocabulary.ids import (
    CaseId,
    EntryId,
    FieldName,
    IdentityId,
    MandateId,
    SubjectId,
    random_id,
)
from app.vocabulary.levels import Form, Purpose, Withheld
from tests.oversight.conftest import Desk, Used
from tests.service import Whole

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBERS = count()
WHY = Purpose.ANSWER_OWN_QUESTION


def a_line(event: EventKind = EventKind.RELEASED, **more: object) -> Line:
    given: dict[str, object] = {
        "index": next(NUMBERS),
        "entry": EntryId(random_id()),
        "at": NOON,
        "event": event,
        "actor": ActorKind.PERSON,
        "identity": "someone",
        "client": None,
        "outcome": Outcome.DONE,
        "case": "a-case",
        "mandate": "a-mandate",
        "purpose": WHY,
        "subjects": frozenset({"p"}),
        "decisions": (),
        "about": None,
        "hits": 0,
        "policy": "0" * 64,
        "payload": {},
    }
    return Line(**{**given, **more})  # type: ignore[arg-type]  # each is a member, by name


def kinds(*lines: Line, withdrawn: tuple[anomalies.Withdrawal, ...] = ()) -> list[AnomalyKind]:
    return [each.kind for each in anomalies.find(lines, withdrawn)]


@pytest.mark.parametrize("event", sorted(anomalies.OF_A_CASE))
@pytest.mark.parametrize(
    "amiss",
    [
        pytest.param({"actor": ActorKind.CLIENT, "identity": None, "client": "push"}, id="program"),
        pytest.param({"actor": ActorKind.OFFICER}, id="officer"),
        pytest.param({"case": None}, id="no-case"),
        pytest.param({"mandate": None}, id="no-mandate"),
    ],
)
def test_reading_a_file_takes_a_person_a_case_and_a_mandate(
    event: EventKind, amiss: dict[str, object]
) -> None:
    assert kinds(a_line(event)) == []
    assert kinds(a_line(event, **amiss)) == [AnomalyKind.READ_WITHOUT_TASK]


@pytest.mark.parametrize("event", sorted(anomalies.OF_PERSONS))
def test_what_only_a_person_reads_no_program_reads(event: EventKind) -> None:
    assert kinds(a_line(event, mandate=None)) == []
    assert kinds(a_line(event, actor=ActorKind.CLIENT)) == [AnomalyKind.READ_WITHOUT_TASK]


@pytest.mark.parametrize(
    "amiss",
    [
        pytest.param({"about": "another"}, id="another-session"),
        pytest.param({"identity": "another"}, id="another-officer"),
        pytest.param({"at": NOON + timedelta(minutes=61)}, id="an-hour-later"),
        pytest.param({"at": NOON - timedelta(minutes=1)}, id="before"),
    ],
)
def test_an_officer_said_why_within_the_hour_before(amiss: dict[str, object]) -> None:
    of_officer = {"actor": ActorKind.OFFICER, "about": "a", "case": None, "mandate": None}
    opened = a_line(EventKind.OVERSIGHT_OPENED, **of_officer)
    read = a_line(EventKind.OVERSIGHT_SEARCHED, **of_officer)

    assert kinds(opened, read) == []
    assert kinds(opened, replace(read, **amiss)) == [AnomalyKind.READ_WITHOUT_TASK]  # type: ignore[arg-type]  # each is a member, by name
    assert kinds(read) == [AnomalyKind.READ_WITHOUT_TASK]


def released(to_model: Form = Form.VALUE, at: datetime = NOON) -> Line:
    decided = DecidedField("p", "health.note", True, to_model, None, None)  # shown
    return a_line(at=at, decisions=(decided,))


def test_a_release_to_a_model_after_a_withdrawal_is_an_alarm() -> None:
    withdrawn = anomalies.withdrawals(
        [
            ("p", "health.note", WHY, True, NOON - timedelta(hours=2)),
            ("p", "health.note", WHY, False, NOON - timedelta(hours=1)),
            ("p", "health.note", WHY, True, NOON + timedelta(hours=1)),
            ("p", "health.other", WHY, False, NOON - timedelta(hours=1)),
            ("q", "health.note", WHY, False, NOON - timedelta(hours=1)),
        ]
    )

    (found,) = anomalies.find([released()], withdrawn)

    assert (found.kind, found.alarm) == (AnomalyKind.WITHDRAWAL_IGNORED, True)
    assert kinds(released(Form.NONE), withdrawn=withdrawn) == []
    assert kinds(released(at=NOON - timedelta(hours=1, minutes=1)), withdrawn=withdrawn) == []
    assert kinds(released(at=NOON + timedelta(hours=1, minutes=1)), withdrawn=withdrawn) == []
    other_purpose = replace(released(), purpose=Purpose.EXPLAIN_DECISION)
    assert kinds(other_purpose, withdrawn=withdrawn) == []


def busy(*counts: int) -> list[Line]:
    """So many readings of so many accounts, in one day."""
    return [
        a_line(identity=f"account-{who}")
        for who, number in enumerate(counts)
        for _ in range(number)
    ]


def test_unusual_volume_stands_far_above_what_is_usual_and_is_not_little() -> None:
    usual = (1, 2, 3, 2, 1)  # the median 2, its deviation 1

    (found,) = anomalies.find(busy(*usual, LEAST_UNUSUAL))

    assert (found.kind, found.who, found.usual) == (AnomalyKind.UNUSUAL_VOLUME, "account-5", 2)
    assert len(found.entries) == LEAST_UNUSUAL
    assert not found.alarm
    assert kinds(*busy(*usual, LEAST_UNUSUAL - 1)) == []


def test_where_everybody_is_busy_nobody_stands_out() -> None:
    usual = (20, 24, 28, 32, 36)  # the median 28, its deviation 4
    highest = 28 + DEVIATIONS * 4

    assert kinds(*busy(*usual, highest - 8)) == []
    assert kinds(*busy(*usual, 3 * highest)) == [AnomalyKind.UNUSUAL_VOLUME]


def test_a_day_is_one_of_here() -> None:
    """An account that reads before and after midnight in Berlin did so on two days."""
    midnight = datetime(2026, 11, 20, 23, tzinfo=UTC)
    quiet = busy(1, 1, 1)
    late = [a_line(at=midnight - timedelta(minutes=n + 1)) for n in range(12)]
    early = [a_line(at=midnight + timedelta(minutes=n)) for n in range(12)]

    assert kinds(*quiet, *late, *early) == []
    assert kinds(*quiet, *late, *[replace(each, at=each.at - timedelta(hours=1)) for each in early])


@pytest.mark.parametrize(
    ("event", "kind", "least"),
    [
        (EventKind.STEP_UP_REFUSED, AnomalyKind.FAILED_STEP_UPS, 5),
        (EventKind.BINDING_REFUSED, AnomalyKind.BINDING_REFUSED, 1),
    ],
    ids=["step-up", "binding"],
)
def test_what_fails_too_often_for_one_account_in_a_day(
    event: EventKind, kind: AnomalyKind, least: int
) -> None:
    refused = [a_line(event, outcome=Outcome.REFUSED) for _ in range(least)]

    (found,) = anomalies.find(refused)

    assert (found.kind, len(found.entries)) == (kind, least)
    assert kinds(*refused[1:]) == []
    others = [replace(each, identity=f"a{n}") for n, each in enumerate(refused[1:])]
    assert AnomalyKind.FAILED_STEP_UPS not in kinds(refused[0], *others)
    assert kinds(*[replace(each, outcome=Outcome.DONE) for each in refused]) == []


def test_the_same_entries_give_the_same_findings_in_whatever_order() -> None:
    lines = [*busy(1, 2, 3, 40), a_line(mandate=None), a_line(EventKind.BINDING_REFUSED)]

    assert anomalies.find(lines) == anomalies.find(lines[::-1])


Planted = Callable[[Used, Whole], Event]


def _release(used: Used, whole: Whole, **more: object) -> Event:
    subject = SubjectId(random_id())
    decided = Decided(
        subject=subject,
        field=FieldName("appointment.next"),
        to_person=True,
        to_model=Form.NONE,
        model_reason=Withheld.NO_BASIS,
    )
    given: dict[str, object] = {
        "kind": EventKind.RELEASED,
        "at": whole.clock(),
        "actor": Actor(kind=ActorKind.PERSON, identity=IdentityId(random_id())),
        "case": CaseId(random_id()),
        "mandate": MandateId(random_id()),
        "subjects": (subject,),
        "purpose": WHY,
        "decisions": (decided,),
    }
    return Event(**{**given, **more})  # type: ignore[arg-type]  # each is a member, by name


async def test_what_is_planted_in_the_trail_is_told_over_http_with_its_entry(
    whole: Whole, desk: Desk, used: Used
) -> None:
    await desk.begin(category=Category.RANDOM_CHECK)
    clean = _release(used, whole)
    program = Actor(kind=ActorKind.CLIENT, client="klarfall-push")
    planted, twin = await desk.planted(_release(used, whole, actor=program), clean)

    answer = await desk.call("GET", "/anomalies")

    assert answer.status_code == 200
    body = answer.json()
    by_entry = {entry: each["kind"] for each in body["anomalies"] for entry in each["entries"]}
    assert by_entry[str(planted)] == "read_without_task"
    assert str(twin) not in by_entry
    assert body["anomalies"][0]["alarm"]
    assert body["complete"]
    assert body["unopenable"] == []
