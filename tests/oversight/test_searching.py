"""What a search passes over unread is what it would not have shown: sieve against reading."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.audit.canonical import canonical
from app.audit.events import Actor, ActorKind, Decided, Event, EventKind, Outcome, Stamp, payload
from app.audit.leaves import SALT_BYTES
from app.oversight.lines import line
from app.oversight.searching import Sieve, Wanted
from app.vocabulary.ids import EntryId, FieldName, SubjectId, TenantId
from app.vocabulary.levels import Form, Purpose

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
DIGESTS = ("0" * 64, "a" * 64)
FIELDS = ("appointment.next", "benefit.next_payment")
PERSONS = tuple(UUID(int=number) for number in range(3))
# Few of each, so that what is wanted and what there is meet often.
KINDS = (EventKind.RELEASED, EventKind.ANSWERED, EventKind.EXPORTED)

events = st.builds(
    Event,
    kind=st.sampled_from(KINDS),
    at=st.just(NOW),
    actor=st.builds(Actor, kind=st.sampled_from(ActorKind)),
    outcome=st.sampled_from((Outcome.DONE, Outcome.ANSWERED)),
    subjects=st.lists(st.sampled_from(PERSONS).map(SubjectId), max_size=2).map(tuple),
    purpose=st.none() | st.sampled_from(Purpose),
    decisions=st.lists(
        st.builds(
            Decided,
            subject=st.sampled_from(PERSONS).map(SubjectId),
            field=st.sampled_from(FIELDS).map(FieldName),
            to_person=st.booleans(),
            to_model=st.sampled_from(Form),
        ),
        max_size=2,
    ).map(tuple),
    policy=st.sampled_from(DIGESTS),
)
searches = st.builds(
    Wanted,
    since=st.just(NOW - timedelta(days=1)),
    until=st.just(NOW + timedelta(days=1)),
    persons=st.none() | st.frozensets(st.sampled_from(PERSONS).map(str), max_size=2),
    field=st.none() | st.sampled_from(FIELDS),
    purpose=st.none() | st.sampled_from(Purpose),
    outcome=st.none() | st.sampled_from((Outcome.DONE, Outcome.ANSWERED)),
    event=st.none() | st.sampled_from(KINDS),
    actor=st.none() | st.sampled_from(ActorKind),
    policy=st.none() | st.sampled_from(DIGESTS),
)


def opened(event: Event) -> bytes:
    stamp = Stamp(
        tenant=TenantId("bergstrasse"),
        entry=EntryId(UUID(int=7)),
        release=None,
        policy=str(event.policy),
        delete_after=date(2027, 12, 31),
    )
    return bytes(SALT_BYTES) + canonical(payload(event, stamp))


@given(event=events, wanted=searches)
def test_what_fits_is_never_passed_over(event: Event, wanted: Wanted) -> None:
    content = opened(event)
    if wanted.fits(line(1, UUID(int=7), content)):
        assert Sieve(wanted).lets_through(content)


def test_what_does_not_fit_is_mostly_not_read() -> None:
    """Else the sieve would save nothing."""
    event = Event(
        kind=EventKind.RELEASED,
        at=NOW,
        actor=Actor(kind=ActorKind.PERSON),
        subjects=(SubjectId(PERSONS[0]),),
        policy=DIGESTS[0],
    )
    content = opened(event)
    fitting = Wanted(
        since=NOW,
        until=NOW,
        persons=frozenset({str(PERSONS[0])}),
        event=EventKind.RELEASED,
        actor=ActorKind.PERSON,
        policy=DIGESTS[0],
    )
    others = [
        Wanted(since=NOW, until=NOW, persons=frozenset({str(PERSONS[1])})),
        Wanted(since=NOW, until=NOW, persons=frozenset()),
        Wanted(since=NOW, until=NOW, event=EventKind.ANSWERED),
        Wanted(since=NOW, until=NOW, actor=ActorKind.CLIENT),
        Wanted(since=NOW, until=NOW, field=FIELDS[0]),
        Wanted(since=NOW, until=NOW, policy=DIGESTS[1]),
    ]

    assert Sieve(fitting).lets_through(content)
    assert [each for each in others if Sieve(each).lets_through(content)] == []
