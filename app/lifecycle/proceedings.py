"""Of the inventory: requests to be erased, and what officers looked at."""

from typing import Final

from app.lifecycle.holdings import (
    OF_IDENTITY,
    OF_PERSON,
    OF_SUBJECT,
    Erased,
    Holding,
    Untold,
    of_nobody,
    untold,
)

PROCEEDINGS: Final = {
    "erasures": Holding(
        whose=OF_PERSON,
        told=(
            *("id", "person_id", "asked_by", "state", "requested_at", "due_at"),
            *("decided_at", "refusal", "erased_at"),
        ),
        untold=untold(whom=Untold.INDEX),
        erased=Erased.EMPTIED,
        because="that a request was met is kept, without who made it",
    ),
    "legal_holds": Holding(
        whose=OF_PERSON,
        told=("id", "person_id", "ground", "set_at", "lifted_at"),
        untold=untold(),
        erased=Erased.DELETED,
    ),
    "erased_references": of_nobody(
        *("whom", "erased_at"),
        because="a keyed hash, which keeps the erased from coming back with the next push",
        why=Untold.INDEX,
    ),
    "erasure_heads": of_nobody(*("lines", "head"), because="how far the erasure list was carried"),
    "oversight_readings": Holding(
        whose=OF_SUBJECT,
        told=("entry", "event", "category", "entries", "read_at", "delete_after"),
        untold=untold(subject=Untold.TECHNICAL),
        erased=Erased.DELETED,
    ),
    # An officer is no citizen here, and has no file that an export could be of.
    "oversight_sessions": Holding(
        whose=OF_IDENTITY,
        told=("id", "category", "opened_at", "expires_at", "ended_at", "delete_after"),
        untold=untold(
            identity_id=Untold.TECHNICAL,
            session_id=Untold.TECHNICAL,
            sealed_reason=Untold.SAFETY,
        ),
        erased=Erased.KEPT,
        because="why an officer looked into the log is evidence until its own date",
    ),
}
