"""What the officer's desk is asked over HTTP, and what it says."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from app.audit.events import ActorKind, Category, EventKind, Outcome
from app.oversight.anomalies import AnomalyKind
from app.oversight.approval import Approval, Report, ReportKind
from app.oversight.desk import Findings
from app.oversight.lines import Line
from app.oversight.requests import AskedErasure, Requests
from app.oversight.searching import Page, Wanted
from app.oversight.sessions import Reading, Reason
from app.oversight.whom import Whom
from app.vocabulary.erasures import AskedBy, HoldGround, Refusal, State
from app.vocabulary.levels import Purpose

USUAL: Final = timedelta(days=30)
SHORTEST_REASON: Final = 10
LONGEST_REASON: Final = 500
MOST_IN_A_BUNDLE: Final = 200
Words = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=SHORTEST_REASON, max_length=LONGEST_REASON),
]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=100)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ReasonBody(_Asked):
    category: Category
    reason: Words
    file_number: Reference | None = None

    def reason_given(self) -> Reason:
        return Reason(category=self.category, words=self.reason, file_number=self.file_number)


class AnomaliesQuery(_Asked):
    """The last thirty days where nothing is said."""

    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def time(self, *, now: datetime) -> tuple[datetime, datetime]:
        until = self.until or now
        return self.since or until - USUAL, until


class RequestsQuery(AnomaliesQuery):
    """`case` and `person` are the case system's own references."""

    case: Reference | None = None
    person: Reference | None = None
    before: Annotated[int | None, Field(ge=0, lt=2**63)] = None
    most: Annotated[int, Field(ge=1, le=100)] = 50

    def whom(self) -> Whom:
        return Whom(case=self.case, person=self.person)


class EntriesQuery(AnomaliesQuery):
    """`case` and `person` are the case system's own references."""

    case: Reference | None = None
    person: Reference | None = None
    field: Annotated[str | None, Field(pattern=r"^[a-z_.]{1,80}$")] = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    event: EventKind | None = None
    actor: ActorKind | None = None
    policy: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    before: Annotated[int | None, Field(ge=0, lt=2**63)] = None
    most: Annotated[int, Field(ge=1, le=100)] = 50

    def whom(self) -> Whom:
        return Whom(case=self.case, person=self.person)

    def wanted(self, *, now: datetime) -> Wanted:
        since, until = self.time(now=now)
        return Wanted(
            since=since,
            until=until,
            field=self.field,
            purpose=self.purpose,
            outcome=self.outcome,
            event=self.event,
            actor=self.actor,
            policy=self.policy,
        )


class ExportBody(_Asked):
    entries: Annotated[list[UUID], Field(min_length=1, max_length=MOST_IN_A_BUNDLE)]


class SessionBody(BaseModel):
    id: UUID
    category: Category
    opened_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, reading: Reading) -> Self:
        return cls(
            id=reading.id,
            category=reading.category,
            opened_at=reading.opened_at,
            expires_at=reading.expires_at,
        )


class LineBody(BaseModel):
    """`payload` is all that the entry says: ids, words of closed sets, counts, citations."""

    index: int
    entry: UUID
    payload: dict[str, Any]  # JSON, as docs/log.md has it

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(index=line.index, entry=line.entry, payload=dict(line.payload))


class EntriesBody(BaseModel):
    """`next` goes into `before` for what is older; null at the end. `unopenable` are altered."""

    entries: list[LineBody]
    looked_at: int
    unopenable: list[UUID]
    next: int | None

    @classmethod
    def of(cls, page: Page) -> Self:
        return cls(
            entries=[LineBody.of(each) for each in page.lines],
            looked_at=page.looked_at,
            unopenable=list(page.unopenable),
            next=page.next,
        )


class AnomalyBody(BaseModel):
    kind: AnomalyKind
    alarm: bool
    day: date
    who: str | None
    count: int
    usual: float | None
    entries: list[UUID]


class AnomaliesBody(BaseModel):
    """`complete` is false where there was more in that time than is looked at at once."""

    anomalies: list[AnomalyBody]
    looked_at: int
    unopenable: list[UUID]
    complete: bool

    @classmethod
    def of(cls, findings: Findings) -> Self:
        return cls(
            anomalies=[
                AnomalyBody(
                    kind=each.kind,
                    alarm=each.alarm,
                    day=each.day,
                    who=each.who,
                    count=len(each.entries),
                    usual=each.usual,
                    entries=list(each.entries),
                )
                for each in findings.anomalies
            ],
            looked_at=findings.looked_at,
            unopenable=list(findings.unopenable),
            complete=findings.complete,
        )


class AskedErasureBody(BaseModel):
    """`subject` is null once the person is erased; `hold` is the ground of a legal hold."""

    id: UUID
    subject: UUID | None
    asked_by: AskedBy
    state: State
    requested_at: datetime
    due_at: datetime
    overdue: bool
    decided_at: datetime | None
    refusal: Refusal | None
    erased_at: datetime | None
    hold: HoldGround | None

    @classmethod
    def of(cls, asked: AskedErasure, now: datetime) -> Self:
        erasure = asked.erasure
        return cls(
            id=erasure.id,
            subject=asked.subject,
            asked_by=erasure.asked_by,
            state=erasure.state,
            requested_at=erasure.requested_at,
            due_at=erasure.due_at,
            overdue=erasure.overdue(now),
            decided_at=erasure.decided_at,
            refusal=erasure.refusal,
            erased_at=erasure.erased_at,
            hold=asked.hold,
        )


class RequestsBody(BaseModel):
    """Erasures (Art. 17 GDPR) and copies that persons took (Art. 15 GDPR), as the log has them."""

    erasures: list[AskedErasureBody]
    copies: EntriesBody

    @classmethod
    def of(cls, found: Requests, now: datetime) -> Self:
        return cls(
            erasures=[AskedErasureBody.of(each, now) for each in found.erasures],
            copies=EntriesBody.of(found.copies),
        )


class ReportBody(BaseModel):
    """The digest is of the German document; an office approves it in its own file."""

    kind: ReportKind
    digest: str
    approved: str | None
    approval: Approval
    document: dict[str, Any]  # JSON, made from the policies

    @classmethod
    def of(cls, report: Report) -> Self:
        return cls(
            kind=report.kind,
            digest=report.digest,
            approved=report.approved,
            approval=report.approval,
            document=dict(report.document),
        )
