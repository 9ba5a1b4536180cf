"""Rows of the policy room: consents and releases."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Column, Identity, Index, LargeBinary
from sqlmodel import Field, SQLModel


class ConsentRow(SQLModel, table=True):
    """One event: granted, refused or withdrawn. The newest of a field and purpose counts."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_subject", "tenant", "subject", "field", "purpose"),)

    tenant: str = Field(primary_key=True)
    number: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    subject: UUID
    field: str
    purpose: str
    decision: str
    notice_id: str
    notice_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    notice_language: str
    actor: UUID
    mandate_id: UUID
    recorded_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))


class ReleaseRow(SQLModel, table=True):
    """What was decided. The items are sealed: which fields were asked says something too."""

    __tablename__ = "releases"

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(index=True)
    subject: UUID
    actor: UUID
    mandate_id: UUID
    mandate_version: int
    purpose: str
    hosting: str
    assurance: int
    policy_digest: str
    sealed_items: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    decided_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))
