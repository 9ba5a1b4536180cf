"""Add limits: how much of a budget somebody used, shared by all workers.

Runs while the previous release is up: that release has no such table and needs none. Takes no
lock on what is there. Logged like every table, so that a crash gives nobody a fresh budget.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0014_limits"
down_revision = "0013_bindings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "limits",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "key"),
    )
    op.create_index("ix_limits_ends_at", "limits", ["ends_at"])
    protect(op, "limits", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("limits")
