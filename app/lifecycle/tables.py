"""Rows of erasure. None says who somebody was once they are erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel


def _moment(*, nullable: bool = False) -> Column[datetime]:
    return Column(TIMESTAMP(timezone=True), nullable=nullable)


class ErasureRow(SQLModel, table=True):
    """One request. `person_id` is taken out with the person.

    `whom` is the office's reference as a blind index.
    """

    __tablename__ = "erasures"
    __table_args__ = (Index("ix_erasures_whom", "tenant", "whom"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID | None = Field(default=None, index=True)
    whom: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    asked_by: str
    state: str
    requested_at: datetime = Field(sa_column=_moment())
    due_at: datetime = Field(sa_column=_moment())
    decided_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    refusal: str | None = None
    erased_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))


class LegalHoldRow(SQLModel, table=True):
    """Nobody is erased while one stands."""

    __tablename__ = "legal_holds"

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(index=True)
    ground: str
    set_at: datetime = Field(sa_column=_moment())
    lifted_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))


class ErasedReferenceRow(SQLModel, table=True):
    """What the office may not push until it takes the person up anew. A blind index."""

    __tablename__ = "erased_references"

    tenant: str = Field(primary_key=True)
    whom: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    erased_at: datetime = Field(sa_column=_moment())


class ErasureHeadRow(SQLModel, table=True):
    """How far along the erasure list, which lies outside, this database was; the longest counts."""

    __tablename__ = "erasure_heads"

    tenant: str = Field(primary_key=True)
    lines: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    head: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
