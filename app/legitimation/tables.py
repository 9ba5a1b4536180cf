"""Rows of the register: who there is, in which case, bound to whom, acting for whom."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    TIMESTAMP,
    Column,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel


def _moment(*, nullable: bool = False, default: bool = False) -> Column[datetime]:
    return Column(
        TIMESTAMP(timezone=True),
        nullable=nullable,
        server_default=func.now() if default else None,
    )


class PersonRow(SQLModel, table=True):
    """Names and the date of birth are blind indexes: comparable, not readable.

    `fifteen_at` and `eighteen_at` are computed from the date of birth, which is not kept;
    `restricted_at` is when a parent restricted what the minor applies for (§ 36(2) SGB I).
    """

    __tablename__ = "persons"
    __table_args__ = (Index("ix_persons_birth_index", "tenant", "birth_index"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    given_index: bytes | None = Field(sa_column=Column(LargeBinary))
    family_index: bytes | None = Field(sa_column=Column(LargeBinary))
    birth_index: bytes | None = Field(sa_column=Column(LargeBinary))
    fifteen_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    eighteen_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    died_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    incapable_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    restricted_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    created_at: datetime | None = Field(default=None, sa_column=_moment(default=True))


class PersonFactsRow(SQLModel, table=True):
    """What was known of a person from `recorded_at` until the next version. Final."""

    __tablename__ = "person_facts"

    tenant: str = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_column=_moment())
    fifteen_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    eighteen_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    died_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    incapable_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    restricted_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))


class CaseRow(SQLModel, table=True):
    """`version` is what `ETag` carries; it counts the pushes that changed something."""

    __tablename__ = "cases"
    __table_args__ = (UniqueConstraint("tenant", "ref"),)

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    ref: str
    version: int
    body_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    number_index: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    created_at: datetime | None = Field(default=None, sa_column=_moment(default=True))


class MembershipRow(SQLModel, table=True):
    """A fact about a case (§ 7(3) SGB II), never a right."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("tenant", "case_id", "ref"),)

    tenant: str = Field(primary_key=True)
    case_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    ref: str
    role: str


class RepresentativeRow(SQLModel, table=True):
    """Somebody without a case of their own who acts for others."""

    __tablename__ = "representatives"
    __table_args__ = (UniqueConstraint("tenant", "ref"),)

    tenant: str = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    ref: str


class BindingRow(SQLModel, table=True):
    """Which signed-in identity is which person. Ending one sets `valid_to`."""

    __tablename__ = "bindings"
    __table_args__ = (
        Index(
            "bindings_one_identity_a_person",
            "tenant",
            "person_id",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
    )

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    identity_id: UUID = Field(index=True)
    person_id: UUID = Field(index=True)
    evidence: str
    valid_from: datetime = Field(sa_column=_moment())
    valid_to: datetime | None = Field(sa_column=_moment(nullable=True))
    ended_reason: str | None = None


class ActivationCodeRow(SQLModel, table=True):
    """A code's hash. The code itself is shown once, to whoever sends the letter.

    `id` is what the office knows it by, and tells nothing of the code.
    """

    __tablename__ = "activation_codes"
    __table_args__ = (UniqueConstraint("tenant", "id"),)

    tenant: str = Field(primary_key=True)
    code_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    id: UUID
    channel: str
    person_id: UUID = Field(index=True)
    case_id: UUID | None = None
    issued_at: datetime = Field(sa_column=_moment())
    expires_at: datetime = Field(sa_column=_moment())
    used_at: datetime | None = Field(sa_column=_moment(nullable=True))
    withdrawn_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))


class MandateRow(SQLModel, table=True):
    """One version of a mandate. Rows are final: a change or an end is a new version.

    `sealed_label` names the grantor to the grantee, `sealed_grantee_label` the grantee to the
    grantor; both with the grantor's key. `reserved_groups` are those of a guardian's order in
    which the ward does not apply alone (§ 1825 BGB).
    """

    __tablename__ = "mandates"

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_column=_moment(default=True))
    ref: str | None = Field(default=None, index=True)
    kind: str
    grantor: UUID = Field(index=True)
    grantee: UUID = Field(index=True)
    case_id: UUID
    groups: list[str] = Field(sa_column=Column(ARRAY(Text()), nullable=False))
    actions: list[str] = Field(sa_column=Column(ARRAY(Text()), nullable=False))
    reserved_groups: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(Text()), nullable=False, server_default="{}"),
    )
    legal_basis: str | None = None
    evidence_kind: str
    evidence_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    evidence_assurance: int = Field(
        default=2, sa_column=Column(SmallInteger, nullable=False, server_default="2")
    )
    verified_by: str | None = None
    verified_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    source: str = Field(
        default="own_register",
        sa_column=Column(String, nullable=False, server_default="own_register"),
    )
    sealed_label: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    sealed_grantee_label: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    valid_from: datetime = Field(sa_column=_moment())
    valid_to: datetime | None = Field(sa_column=_moment(nullable=True))
    ended_received_at: datetime | None = Field(default=None, sa_column=_moment(nullable=True))
    ended_reason: str | None = None


class ObjectionRow(SQLModel, table=True):
    """The represented person's objection, kept for the office whatever it did. Final."""

    __tablename__ = "objections"

    tenant: str = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    mandate_id: UUID = Field(index=True)
    mandate_version: int
    grantor: UUID = Field(index=True)
    effect: str
    raised_at: datetime = Field(sa_column=_moment())


class ProtectionRow(SQLModel, table=True):
    """One version of a flag: set or lifted, by the office or the person. Final."""

    __tablename__ = "protections"

    tenant: str = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    version: int = Field(primary_key=True)
    recorded_at: datetime = Field(sa_column=_moment())
    active: bool
    source: str
    sealed_ground: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
