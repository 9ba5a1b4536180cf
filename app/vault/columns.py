"""Every column that is sealed with a key of the vault, and whose key that is.

Named here as text, since the rooms that own the tables lie downstream. A test holds the list
against the database: a sealed column that is missing would be forgotten when keys are renewed.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

# The log's own data key. No person or household can have this id: theirs are random.
LOG_KEY_OWNER: Final = UUID("6b6c6172-6661-6c6c-0000-7472616c0001")


class Sealed(StrEnum):
    """`table.column`, as in the address a value is sealed to."""

    CASE_VALUES = "case_values.sealed"
    CASE_CONTENTS = "case_contents.sealed"
    ANSWERS = "answers.sealed"
    FEEDBACK = "feedback.sealed_reason"
    RELEASES = "releases.sealed_items"
    MANDATE_LABELS = "mandates.sealed_label"
    GRANTEE_LABELS = "mandates.sealed_grantee_label"
    PROTECTIONS = "protections.sealed_ground"
    AUDIT_PAYLOADS = "audit_payloads.sealed"
    OVERSIGHT_REASONS = "oversight_sessions.sealed_reason"
    DATA_KEYS = "data_keys.wrapped"

    @property
    def table(self) -> str:
        return self.value.partition(".")[0]

    @property
    def column(self) -> str:
        return self.value.partition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """SQL over the table, named `t`: whose key, and the row and version of the address.

    `final`: the table's rows are final, but for being sealed anew.
    """

    sealed: Sealed
    owner: str
    row: str = "t.id"
    version: str = "1"
    final: bool = False


COLUMNS: Final = (
    SealedColumn(sealed=Sealed.CASE_VALUES, owner="t.subject", version="t.version"),
    SealedColumn(
        sealed=Sealed.CASE_CONTENTS, owner="t.subject", row="t.case_id", version="t.version"
    ),
    SealedColumn(sealed=Sealed.ANSWERS, owner="t.subject"),
    SealedColumn(
        sealed=Sealed.FEEDBACK,
        owner="(SELECT a.subject FROM answers AS a "
        "WHERE a.tenant = t.tenant AND a.id = t.answer_id)",
        row="t.answer_id",
    ),
    SealedColumn(sealed=Sealed.RELEASES, owner="t.subject", final=True),
    SealedColumn(sealed=Sealed.MANDATE_LABELS, owner="t.grantor", version="t.version", final=True),
    SealedColumn(sealed=Sealed.GRANTEE_LABELS, owner="t.grantor", version="t.version", final=True),
    SealedColumn(
        sealed=Sealed.PROTECTIONS,
        owner="t.person_id",
        row="t.person_id",
        version="t.version",
        final=True,
    ),
    SealedColumn(
        sealed=Sealed.AUDIT_PAYLOADS, owner=f"'{LOG_KEY_OWNER}'::uuid", row="t.entry", final=True
    ),
    SealedColumn(sealed=Sealed.OVERSIGHT_REASONS, owner=f"'{LOG_KEY_OWNER}'::uuid"),
)

# Sealed with a key that the browser's cookie brings, as is a question on its way through a
# sign-in: the vault never holds it, and it goes with the session.
OF_SESSIONS: Final = frozenset({"sessions.sealed_name", "vouched.sealed"})
