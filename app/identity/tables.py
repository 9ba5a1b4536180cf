"""Rows of sign-in. Secrets are here as SHA-256 only; names only sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, Column, Index, LargeBinary, UniqueConstraint
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
    """A sign-in under way. The row is deleted by the callback that uses it.

    `sitting` is what all sign-ins of one browser at a time have in common.
    """

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
    sitting: UUID | None = None
    kept_question: UUID | None = None
    expires_at: datetime = Field(sa_column=_moment(index=True))


class KeptQuestionRow(SQLModel, table=True):
    """A question on its way through a sign-in. Its copies open with cookies, which are not kept."""

    __tablename__ = "kept_questions"
    __table_args__ = (Index("ix_kept_questions_session", "tenant", "session_id"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    session_id: UUID
    identity_id: UUID
    mandate: UUID | None = None
    floor: int
    max_age: int
    state: str
    for_return: bytes = Field(sa_column=_digest())
    for_session: bytes = Field(sa_column=_digest())
    expires_at: datetime = Field(sa_column=_moment(index=True))


class SessionRow(SQLModel, table=True):
    """A signed-in browser. `sealed_name` opens with the cookie's secret, which is not kept."""

    __tablename__ = "sessions"
    __table_args__ = (
        UniqueConstraint("tenant", "secret_hash"),
        Index("ix_sessions_provider_session", "tenant", "provider_session"),
        Index("ix_sessions_sitting", "tenant", "sitting"),
    )

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    secret_hash: bytes = Field(sa_column=_digest())
    identity_id: UUID = Field(index=True)
    assurance: int
    authenticated_at: datetime = Field(sa_column=_moment())
    sealed_name: bytes | None = Field(sa_column=Column(LargeBinary))
    provider_session: str | None = None
    sitting: UUID | None = None
    active_mandate: UUID | None = None
    created_at: datetime = Field(sa_column=_moment())
    last_seen_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment(index=True))


class ReplayRow(SQLModel, table=True):
    """What holds once and was used, until it would be too old anyway. `use` is its one call."""

    __tablename__ = "replay"

    tenant: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=_digest(key=True))
    use: UUID
    expires_at: datetime = Field(sa_column=_moment(index=True))


class LogoutNoticeRow(SQLModel, table=True):
    """Who signed out at the provider, as a digest, while sign-ins may be under way.

    `said_at` is the provider's time, `came_at` ours.
    """

    __tablename__ = "logout_notices"

    tenant: str = Field(primary_key=True)
    digest: bytes = Field(sa_column=_digest(key=True))
    said_at: datetime = Field(sa_column=_moment())
    came_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment(index=True))


class VouchedRow(SQLModel, table=True):
    """Name and date of birth of a sign-in, sealed with the ticket of its session."""

    __tablename__ = "vouched"

    tenant: str = Field(primary_key=True)
    session_id: UUID = Field(primary_key=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: datetime = Field(sa_column=_moment(index=True))


class LimitRow(SQLModel, table=True):
    """What somebody used of a budget in the window that ends then. `key` is a keyed hash.

    `granted` is how much the last one to ask was given.
    """

    __tablename__ = "limits"

    tenant: str = Field(primary_key=True)
    key: bytes = Field(sa_column=_digest(key=True))
    used: int
    granted: int
    ends_at: datetime = Field(sa_column=_moment(index=True))
