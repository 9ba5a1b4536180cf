"""Rows of sign-in. Secrets are here as SHA-256 only; names only sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel


def _moment(*, index: bool = False) -> Column[datetime]:
    return Column(TIMESTAMP(timezone=True), nullable=False, index=index)


def _digest(*, key: bool = False) -> Column[bytes]:
    return Column(LargeBinary, nullable=False, primary_key=key)


class IdentityRow(SQLModel, table=True):
    """An account at a provider, which is (iss, sub) and never an e-mail address or a name."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("tenant", "issuer", "subject"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    issuer: str
    subject: str
    created_at: datetime = Field(sa_column=_moment())


class LoginRow(SQLModel, table=True):
    """A sign-in under way. The row is deleted by the callback that uses it."""

    __tablename__ = "logins"

    tenant: str = Field(primary_key=True)
    state_hash: bytes = Field(sa_column=_digest(key=True))
    browser_hash: bytes = Field(sa_column=_digest())
    nonce_hash: bytes = Field(sa_column=_digest())
    verifier: str
    destination: str
    floor: int
    max_age: int | None = None
    replaces: UUID | None = None
    expires_at: datetime = Field(sa_column=_moment(index=True))


class SessionRow(SQLModel, table=True):
    """A signed-in browser. `sealed_name` opens with the cookie's secret, which is not kept."""

    __tablename__ = "sessions"
    __table_args__ = (UniqueConstraint("tenant", "secret_hash"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(sa_column=_digest())
    identity_id: UUID = Field(index=True)
    assurance: int
    authenticated_at: datetime = Field(sa_column=_moment())
    sealed_name: bytes | None = Field(sa_column=Column(LargeBinary))
    provider_session: str | None = None
    active_mandate: UUID | None = None
    created_at: datetime = Field(sa_column=_moment())
    last_seen_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment(index=True))
