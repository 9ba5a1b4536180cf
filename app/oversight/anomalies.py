"""What in the trail should not be, or seldom is. The same entries always give the same findings.

Each finding names its entries. That something is found says that somebody should look, not that
somebody did wrong; only READ_WITHOUT_TASK and WITHDRAWAL_IGNORED cannot happen as the service is
built, so that one of them is an alarm.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from app.audit.events import ActorKind, EventKind, Outcome
from app.oversight.lines import Line
from app.oversight.sessions import LASTS
from app.vocabulary.ids import EntryId
from app.vocabulary.levels import Form, Purpose

# More than this many times the median absolute deviation above the median, and at least so many.
DEVIATIONS: Final = 6
LEAST_UNUSUAL: Final = 20
FAILED_STEP_UPS: Final = 5

# What reads a file, which nobody does but for a case that they have a mandate in.
OF_A_CASE: Final = frozenset(
    {
        EventKind.RELEASED,
        EventKind.KNOWN_VALUES_READ,
        EventKind.PREVIEWED,
        EventKind.DUE_READ,
        EventKind.FIELDS_LISTED,
    }
)
# What only a person reads: their own answers, receipts, list, copy.
OF_PERSONS: Final = frozenset(
    {
        EventKind.ANSWER_READ,
        EventKind.RECEIPT_READ,
        EventKind.ACCESS_LOG_READ,
        EventKind.EXPORTED,
    }
)
# What an officer does once they have said why.
OF_OFFICERS: Final = frozenset(
    {
        EventKind.OVERSIGHT_ENDED,
        EventKind.OVERSIGHT_SEARCHED,
        EventKind.OVERSIGHT_ENTRY_READ,
        EventKind.OVERSIGHT_ANOMALIES_READ,
        EventKind.OVERSIGHT_REQUESTS_READ,
        EventKind.OVERSIGHT_REPORT_READ,
        EventKind.OVERSIGHT_EXPORTED,
    }
)
_READING: Final = OF_A_CASE | OF_PERSONS | OF_OFFICERS


class AnomalyKind(StrEnum):
    READ_WITHOUT_TASK = "read_without_task"
    WITHDRAWAL_IGNORED = "withdrawal_ignored"
    UNUSUAL_VOLUME = "unusual_volume"
    FAILED_STEP_UPS = "failed_step_ups"
    BINDING_REFUSED = "binding_refused"


# What cannot be, as the service is built.
ALARMS: Final = frozenset({AnomalyKind.READ_WITHOUT_TASK, AnomalyKind.WITHDRAWAL_IGNORED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """`who` is an account's or a program's id. `usual` is the median where that is compared."""

    kind: AnomalyKind
    day: date
    who: str | None
    entries: tuple[EntryId, ...]
    usual: float | None = None

    @property
    def alarm(self) -> bool:
        return self.kind in ALARMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """From when on nothing rests on this consent, and until when: it may be given anew."""

    subject: str
    field: str
    purpose: Purpose
    since: datetime
    until: datetime | None = None

    def holds_at(self, moment: datetime) -> bool:
        return self.since < moment and (self.until is None or moment < self.until)


def find(lines: Iterable[Line], withdrawals: Sequence[Withdrawal] = ()) -> tuple[Anomaly, ...]:
    """Alarms first, then the newest."""
    known = sorted(lines, key=lambda each: each.index)
    found = [
        *_without_task(known),
        *_ignored(known, withdrawals),
        *_volume(known),
        *_often(known, EventKind.STEP_UP_REFUSED, AnomalyKind.FAILED_STEP_UPS, FAILED_STEP_UPS),
        *_often(known, EventKind.BINDING_REFUSED, AnomalyKind.BINDING_REFUSED, 1),
    ]
    return tuple(
        sorted(
            found,
            key=lambda each: (not each.alarm, -each.day.toordinal(), each.kind, each.who or ""),
        )
    )


def withdrawals(
    ledger: Iterable[tuple[str, str, Purpose, bool, datetime]],
) -> tuple[Withdrawal, ...]:
    """From the consents in their order: whose, which field, what for, whether given, when."""
    by_place: dict[tuple[str, str, Purpose], list[tuple[bool, datetime]]] = defaultdict(list)
    for subject, field, purpose, granted, at in ledger:
        by_place[subject, field, purpose].append((granted, at))
    found: list[Withdrawal] = []
    for (subject, field, purpose), said in by_place.items():
        ends = [at for _, at in said[1:]]
        for (granted, since), until in zip(said, [*ends, None], strict=True):
            if not granted:
                found.append(
                    Withdrawal(
                        subject=subject, field=field, purpose=purpose, since=since, until=until
                    )
                )
    return tuple(found)


def _without_task(lines: Sequence[Line]) -> Iterator[Anomaly]:
    opened = {
        (each.identity, each.about): each.at
        for each in lines
        if each.event is EventKind.OVERSIGHT_OPENED
    }
    for each in lines:
        if each.event in OF_A_CASE:
            amiss = each.case is None or each.mandate is None or each.actor in _NO_READERS
        elif each.event in OF_PERSONS:
            amiss = each.actor is not ActorKind.PERSON
        elif each.event in OF_OFFICERS:
            amiss = not _said_why(each, opened)
        else:
            continue
        if amiss:
            yield _one(AnomalyKind.READ_WITHOUT_TASK, [each])


_NO_READERS: Final = frozenset({ActorKind.CLIENT, ActorKind.OFFICER})


def _said_why(each: Line, opened: Mapping[tuple[str | None, str | None], datetime]) -> bool:
    begun = opened.get((each.identity, each.about))
    return (
        each.actor is ActorKind.OFFICER
        and begun is not None
        and timedelta(0) <= each.at - begun <= LASTS
    )


def _ignored(lines: Sequence[Line], withdrawn: Sequence[Withdrawal]) -> Iterator[Anomaly]:
    by_place: dict[tuple[str, str, Purpose], list[Withdrawal]] = defaultdict(list)
    for each in withdrawn:
        by_place[each.subject, each.field, each.purpose].append(each)
    for line in lines:
        if line.event is EventKind.RELEASED and line.purpose is not None:
            places = [
                (decided.subject, decided.field, line.purpose)
                for decided in line.decisions
                if decided.to_model is not Form.NONE
            ]
            if any(each.holds_at(line.at) for place in places for each in by_place[place]):
                yield _one(AnomalyKind.WITHDRAWAL_IGNORED, [line])


def _volume(lines: Sequence[Line]) -> Iterator[Anomaly]:
    """By the median, which a few busy accounts cannot move, of all accounts and days here."""
    by_day: dict[tuple[str, date], list[Line]] = defaultdict(list)
    for each in lines:
        if each.event in _READING and each.who is not None:
            by_day[each.who, each.day].append(each)
    counts = [len(each) for each in by_day.values()]
    if not counts:
        return
    usual = median(counts)
    spread = median(abs(count - usual) for count in counts)
    for read in by_day.values():
        if len(read) >= LEAST_UNUSUAL and len(read) > usual + DEVIATIONS * spread:
            yield _one(AnomalyKind.UNUSUAL_VOLUME, read, usual=float(usual))


def _often(
    lines: Sequence[Line], event: EventKind, kind: AnomalyKind, least: int
) -> Iterator[Anomaly]:
    """By account and day; what no account is known of is held apart by what it was about."""
    by_day: dict[tuple[str, date], list[Line]] = defaultdict(list)
    for each in lines:
        if each.event is event and each.outcome is Outcome.REFUSED:
            by_day[each.who or each.about or "", each.day].append(each)
    for refused in by_day.values():
        if len(refused) >= least:
            yield _one(kind, refused)


def _one(kind: AnomalyKind, lines: Sequence[Line], *, usual: float | None = None) -> Anomaly:
    return Anomaly(
        kind=kind,
        day=lines[0].day,
        who=lines[0].who,
        entries=tuple(each.entry for each in lines),
        usual=usual,
    )
