"""Add the case file.

Runs before the first release: nothing else is up. Takes no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0004_records"
down_revision = "0003_vault"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "case_values",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "recorded_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.PrimaryKeyConstraint("tenant", "case_id", "subject", "field"),
    )
    protect(op, "case_values", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("case_values")
