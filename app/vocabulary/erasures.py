"""How a request for erasure goes, in the words of the office, the person and the officer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Self
from uuid import UUID

from app.vocabulary.levels import Language


class State(StrEnum):
    """`ERASED` and `REFUSED` are the ends. From `ERASING` there is no way back."""

    REQUESTED = "requested"
    REFUSED = "refused"
    APPROVED = "approved"
    ERASING = "erasing"
    ERASED = "erased"

    @property
    def open(self) -> bool:
        return self not in {State.REFUSED, State.ERASED}


class AskedBy(StrEnum):
    PERSON = "person"
    OFFICE = "office"
    REPLAY = "replay"  # a backup was restored from before the erasure


class Refusal(StrEnum):
    """The whole list: an office that has none of these erases."""

    RETENTION_DUTY = "retention_duty"
    OPEN_PROCEDURE = "open_procedure"
    LEGAL_CLAIMS = "legal_claims"
    LEGAL_HOLD = "legal_hold"
    IDENTITY_UNCLEAR = "identity_unclear"

    def told(self, language: Language) -> str:
        """Why not, with its law."""
        return REFUSALS[self][language]


class HoldGround(StrEnum):
    """Why nothing of somebody may go."""

    COURT_PROCEEDINGS = "court_proceedings"
    OBJECTION_PENDING = "objection_pending"
    RECOVERY_CLAIM = "recovery_claim"
    AUDIT = "audit"
    CRIMINAL_INVESTIGATION = "criminal_investigation"


REFUSALS: Final[Mapping[Refusal, Mapping[Language, str]]] = MappingProxyType(
    {
        Refusal.RETENTION_DUTY: {
            Language.DE: "Das Jobcenter muss diese Angaben nach dem Gesetz noch aufbewahren "
            "(Art. 17 Abs. 3 Buchst. b DSGVO, § 84 Abs. 4 SGB X). Sie werden gelöscht, sobald "
            "die Frist endet.",
            Language.EN: "The Jobcenter must keep these details by law for now (Art. 17(3)(b) "
            "GDPR, § 84(4) SGB X). They are erased as soon as the period ends.",
        },
        Refusal.OPEN_PROCEDURE: {
            Language.DE: "Über Ihre Leistungen wird noch entschieden; dafür werden die Angaben "
            "gebraucht (Art. 17 Abs. 1 Buchst. a und Abs. 3 Buchst. b DSGVO, § 84 Abs. 2 SGB X).",
            Language.EN: "Your benefits are still being decided, and these details are needed for "
            "it (Art. 17(1)(a) and (3)(b) GDPR, § 84(2) SGB X).",
        },
        Refusal.LEGAL_CLAIMS: {
            Language.DE: "Die Angaben werden gebraucht, um Ansprüche geltend zu machen oder "
            "abzuwehren (Art. 17 Abs. 3 Buchst. e DSGVO).",
            Language.EN: "These details are needed to make or defend legal claims (Art. 17(3)(e) "
            "GDPR).",
        },
        Refusal.LEGAL_HOLD: {
            Language.DE: "Ein laufendes Verfahren verbietet die Löschung im Augenblick "
            "(Art. 17 Abs. 3 Buchst. b und e DSGVO). Danach wird neu geprüft.",
            Language.EN: "Proceedings under way forbid erasing for now (Art. 17(3)(b) and (e) "
            "GDPR). It is examined again afterwards.",
        },
        Refusal.IDENTITY_UNCLEAR: {
            Language.DE: "Es ist nicht sicher, dass der Antrag von Ihnen kam (Art. 12 Abs. 6 "
            "DSGVO). Bitte melden Sie sich bei Ihrem Jobcenter.",
            Language.EN: "It is not certain that this request came from you (Art. 12(6) GDPR). "
            "Please contact your Jobcenter.",
        },
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A request, as it stands."""

    id: UUID
    asked_by: AskedBy
    state: State
    requested_at: datetime
    due_at: datetime
    decided_at: datetime | None
    refusal: Refusal | None
    erased_at: datetime | None

    @classmethod
    def of(cls, row: Any) -> Self:  # Any: textual SQL has no types
        """From a row of `erasures`, with these columns at least."""
        return cls(
            id=row.id,
            asked_by=AskedBy(row.asked_by),
            state=State(row.state),
            requested_at=row.requested_at,
            due_at=row.due_at,
            decided_at=row.decided_at,
            refusal=None if row.refusal is None else Refusal(row.refusal),
            erased_at=row.erased_at,
        )

    def overdue(self, now: datetime) -> bool:
        """Art. 12(3) GDPR: a month, and then it is too late."""
        return self.state.open and now > self.due_at
