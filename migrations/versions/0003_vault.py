"""Add the data keys.

Runs before the first release: nothing else is up. Takes no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0003_vault"
down_revision = "0002_legitimation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "data_keys",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("owner", sa.Uuid(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
        sa.PrimaryKeyConstraint("tenant", "owner"),
    )
    protect(op, "data_keys", grants=("SELECT", "INSERT"))


def downgrade() -> None:
    patient(op)
    op.drop_table("data_keys")
