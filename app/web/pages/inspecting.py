"""What an officer asks for by a form, and the picture of how much there was a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.audit.events import ActorKind, EventKind, Outcome
from app.oversight.bodies import USUAL
from app.oversight.searching import Wanted
from app.oversight.whom import Whom
from app.vocabulary.dates import BERLIN
from app.vocabulary.levels import Purpose

BAR: Final = 12
TALL: Final = 100
_MIDNIGHT: Final = time()


@dataclass(frozen=True, slots=True)
class Bar:
    """A day of the chart: where it stands and how tall it is, in units of the picture."""

    day: date
    count: int
    x: int
    height: int


class Asked(BaseModel):
    """The search form. What is left empty is not asked for."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    since: date | None = None
    until: date | None = None
    case: Annotated[str | None, Field(max_length=100)] = None
    person: Annotated[str | None, Field(max_length=100)] = None
    file_number: Annotated[str | None, Field(max_length=100)] = None
    field: Annotated[str | None, Field(pattern=r"^[a-z_.]{1,80}$")] = None
    purpose: Purpose | None = None
    outcome: Outcome | None = None
    event: EventKind | None = None
    actor: ActorKind | None = None
    policy: Annotated[str | None, Field(pattern=r"^[0-9a-f]{64}$")] = None
    before: Annotated[int | None, Field(ge=0, lt=2**63)] = None

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_nothing(cls, given: object) -> object:
        return (given.strip() or None) if isinstance(given, str) else given

    def wanted(self, now: datetime) -> Wanted:
        """Whole days as they are here; the last thirty where nothing is said."""
        until = now if self.until is None else _begins(self.until + timedelta(days=1))
        since = until - USUAL if self.since is None else _begins(self.since)
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

    @property
    def whom(self) -> Whom:
        return Whom(case=self.case, person=self.person, file_number=self.file_number)


def _begins(day: date) -> datetime:
    return datetime.combine(day, _MIDNIGHT, BERLIN).astimezone(UTC)


def bars(per_day: Sequence[tuple[date, int]]) -> list[Bar]:
    tallest = max((count for _, count in per_day), default=1)
    return [
        Bar(day, count, n * BAR, -(-count * TALL // tallest))
        for n, (day, count) in enumerate(per_day)
    ]
