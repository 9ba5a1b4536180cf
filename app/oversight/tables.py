"""Rows of the officer's desk. Nothing of a case is in them."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(TIMESTAMP(timezone=True), nullable=nullable)


class OversightSessionRow(SQLModel, table=True):
    """Why somebody looks. Reason and file number are sealed, with the key of the tenant's log.

    `session_id` is the browser's session it was opened in; None with an access token.
    """

    __tablename__ = "oversight_sessions"
    __table_args__ = (Index("ix_oversight_sessions_identity_id", "tenant", "identity_id"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    identity_id: UUID
    session_id: UUID | None = None
    category: str
    sealed_reason: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    opened_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment())
    ended_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    delete_after: date


class OversightReadingRow(SQLModel, table=True):
    """That an officer saw entries about this person, for the person to see.

    `entry` is the log's own entry of the reading, `entries` how many about the person it showed.
    """

    __tablename__ = "oversight_readings"
    __table_args__ = (Index("ix_oversight_readings_subject", "tenant", "subject", "read_at"),)

    tenant: str = Field(primary_key=True)
    entry: UUID = Field(primary_key=True)
    subject: UUID = Field(primary_key=True)
    event: str
    category: str
    entries: int
    read_at: datetime = Field(sa_column=_moment())
    delete_after: date
