"""Rows of the vault."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, Column, LargeBinary, func
from sqlmodel import Field, SQLModel


class DataKeyRow(SQLModel, table=True):
    """A person's, household's or log's data key, wrapped. Deleting it erases what it sealed.

    `wrapped` says itself which version of the tenant's key it is under (`app.vault.rings`).
    `created_at` is when the newest version was made.
    """

    __tablename__ = "data_keys"

    tenant: str = Field(primary_key=True)
    owner: UUID = Field(primary_key=True)
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=func.now())
    )


class TenantKeyRow(SQLModel, table=True):
    """A version of a tenant's key, wrapped by the key service."""

    __tablename__ = "tenant_keys"

    tenant: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = Field(
        sa_column=Column(TIMESTAMP(timezone=True), nullable=False, server_default=func.now())
    )


class KeyAlarmRow(SQLModel, table=True):
    """How often something of one table and column did not open, until somebody looked."""

    __tablename__ = "key_alarms"

    tenant: str = Field(primary_key=True)
    place: str = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    first_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))
    last_at: datetime = Field(sa_column=Column(TIMESTAMP(timezone=True), nullable=False))


class IndexKeyRow(SQLModel, table=True):
    """An index key that came along from another key service, wrapped by the one in use."""

    __tablename__ = "index_keys"

    tenant: str = Field(primary_key=True)
    wrapped: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
