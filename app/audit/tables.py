"""Rows of the trail."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Column,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlmodel import Field, SQLModel


class QueueRow(SQLModel, table=True):
    """An entry written and not yet in the tree."""

    __tablename__ = "audit_queue"

    tenant: str = Field(primary_key=True)
    entry: UUID = Field(primary_key=True)
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class EntryRow(SQLModel, table=True):
    """An entry of the tree. Final."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("tenant", "entry", name="audit_entries_entry_once"),)

    tenant: str = Field(primary_key=True)
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    entry: UUID
    leaf: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class PayloadRow(SQLModel, table=True):
    """Salt and payload of an entry, sealed. Deletable, never changed."""

    __tablename__ = "audit_payloads"

    tenant: str = Field(primary_key=True)
    entry: UUID = Field(primary_key=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    delete_after: date


class TileRow(SQLModel, table=True):
    """A full tile: its 256 hashes, and the one above them. Final."""

    __tablename__ = "audit_tiles"

    tenant: str = Field(primary_key=True)
    level: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    index: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hashes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    root: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class CheckpointRow(SQLModel, table=True):
    """What was signed at this size. Final."""

    __tablename__ = "audit_checkpoints"

    tenant: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    note: str = Field(sa_column=Column(Text, nullable=False))
    signed_at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=func.now())
    )


class CosignatureRow(SQLModel, table=True):
    """What a witness said of a checkpoint, as the line of a note. Final."""

    __tablename__ = "audit_cosignatures"

    tenant: str = Field(primary_key=True)
    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    witness: str = Field(primary_key=True)
    line: str = Field(sa_column=Column(Text, nullable=False))


class PruningRow(SQLModel, table=True):
    """From which entry on the log has its entries still. Final."""

    __tablename__ = "audit_prunings"

    tenant: str = Field(primary_key=True)
    first: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    pruned_at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=func.now())
    )
