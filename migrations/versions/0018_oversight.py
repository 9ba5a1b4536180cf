"""Add the officer's desk: why somebody looked into the log, and whose entries they saw.

Runs while the previous release is up, which knows nothing of either table and needs none. Takes
no lock on what is there. Readings are final but for the person's own erasure, and go with their
date; a session's row changes once, when it ends.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0018_oversight"
down_revision = "0017_lifecycle"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.create_table(
        "oversight_sessions",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid()),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT),
        sa.Column("delete_after", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index(
        "ix_oversight_sessions_identity_id", "oversight_sessions", ["tenant", "identity_id"]
    )
    op.create_table(
        "oversight_readings",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.Column("delete_after", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "entry", "subject"),
    )
    op.create_index(
        "ix_oversight_readings_subject", "oversight_readings", ["tenant", "subject", "read_at"]
    )
    protect(op, "oversight_sessions", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect(op, "oversight_readings", grants=("SELECT", "INSERT", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("oversight_readings")
    op.drop_table("oversight_sessions")
