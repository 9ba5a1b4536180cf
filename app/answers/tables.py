"""Rows of given answers, sealed with the subject's key."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


class AnswerRow(SQLModel, table=True):
    """Kept as evidence of what was said, for as long as a late objection may need it."""

    __tablename__ = "answers"
    __table_args__ = (Index("ix_answers_subject", "tenant", "subject"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    case_id: UUID
    subject: UUID
    actor: UUID
    release_id: UUID
    entry_id: UUID
    outcome_entry_id: UUID
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answered_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))
    delete_after: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))


class FeedbackRow(SQLModel, table=True):
    """Whether an answer helped. The newest word of a person counts."""

    __tablename__ = "feedback"

    tenant: str = Field(primary_key=True)
    answer_id: UUID = Field(primary_key=True)
    actor: UUID = Field(primary_key=True)
    useful: bool
    sealed_reason: bytes | None = Field(sa_column=Column(LargeBinary))
    given_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))
