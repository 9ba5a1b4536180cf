"""Rows of the case file. No value is in clear."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Column, LargeBinary, func
from sqlmodel import Field, SQLModel


class CaseValueRow(SQLModel, table=True):
    """One field of one person, or of the household, whose subject is the case itself."""

    __tablename__ = "case_values"

    tenant: str = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    subject: UUID = Field(primary_key=True)
    field: str = Field(primary_key=True)
    id: UUID
    version: int
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    recorded_at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=func.now())
    )


class CaseContentsRow(SQLModel, table=True):
    """What one person's part of a file holds, or the household's: no cell comes back alone."""

    __tablename__ = "case_contents"

    tenant: str = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    subject: UUID = Field(primary_key=True)
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
