"""Add the register: persons, cases, memberships, bindings, activation codes, mandates.

Runs before the first release: nothing else is up. Takes no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from migrations.steps import drop_final, make_final, patient, protect

revision = "0002_legitimation"
down_revision = "0001_identity"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def tenant() -> sa.Column[str]:
    return sa.Column("tenant", sa.String(), nullable=False)


def uuid(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def upgrade() -> None:
    patient(op)
    op.create_table(
        "persons",
        tenant(),
        uuid("id"),
        sa.Column("given_index", sa.LargeBinary()),
        sa.Column("family_index", sa.LargeBinary()),
        sa.Column("birth_index", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_table(
        "cases",
        tenant(),
        uuid("id"),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("tenant", "id"),
        sa.UniqueConstraint("tenant", "ref"),
    )
    op.create_table(
        "memberships",
        tenant(),
        uuid("case_id"),
        uuid("person_id"),
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id", "person_id"),
        sa.UniqueConstraint("tenant", "case_id", "ref"),
    )
    op.create_table(
        "representatives",
        tenant(),
        uuid("person_id"),
        sa.Column("ref", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "person_id"),
        sa.UniqueConstraint("tenant", "ref"),
    )
    op.create_table(
        "bindings",
        tenant(),
        uuid("id"),
        uuid("identity_id"),
        uuid("person_id"),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_bindings_identity_id", "bindings", ["identity_id"])
    op.create_index("ix_bindings_person_id", "bindings", ["person_id"])
    op.create_index(
        "bindings_one_identity_a_person",
        "bindings",
        ["tenant", "person_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "activation_codes",
        tenant(),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        uuid("person_id"),
        uuid("case_id", nullable=True),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT),
        sa.PrimaryKeyConstraint("tenant", "code_hash"),
    )
    op.create_index("ix_activation_codes_person_id", "activation_codes", ["person_id"])
    op.create_table(
        "mandates",
        tenant(),
        uuid("id"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("ref", sa.String()),
        sa.Column("kind", sa.String(), nullable=False),
        uuid("grantor"),
        uuid("grantee"),
        uuid("case_id"),
        sa.Column("groups", ARRAY(sa.Text()), nullable=False),
        sa.Column("actions", ARRAY(sa.Text()), nullable=False),
        sa.Column("evidence_kind", sa.String(), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_label", sa.LargeBinary()),
        sa.Column("valid_from", MOMENT, nullable=False),
        sa.Column("valid_to", MOMENT),
        sa.Column("ended_reason", sa.String()),
        sa.PrimaryKeyConstraint("tenant", "id", "version"),
    )
    for name in ("ref", "grantor", "grantee"):
        op.create_index(f"ix_mandates_{name}", "mandates", [name])
    protect(op, "persons", grants=("SELECT", "INSERT", "UPDATE"))
    protect(op, "cases", grants=("SELECT", "INSERT", "UPDATE"))
    protect(op, "memberships", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect(op, "representatives", grants=("SELECT", "INSERT"))
    protect(op, "bindings", grants=("SELECT", "INSERT", "UPDATE"))
    protect(op, "activation_codes", grants=("SELECT", "INSERT", "UPDATE"))
    protect(op, "mandates", grants=("SELECT", "INSERT"))
    make_final(op, "mandates")


def downgrade() -> None:
    patient(op)
    drop_final(op, "mandates")
    for table in (
        "activation_codes",
        "bindings",
        "representatives",
        "memberships",
        "cases",
        "persons",
    ):
        op.drop_table(table)
