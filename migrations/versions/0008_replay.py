"""Add the store of DPoP proofs already seen.

Runs while the previous release is up: a new table, and no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0008_replay"
down_revision = "0007_answers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "replay",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("use", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest"),
    )
    op.create_index("ix_replay_expires_at", "replay", ["expires_at"])
    protect(op, "replay", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("replay")
