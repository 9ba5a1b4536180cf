"""Add protection of persons: who must not be found through this service.

Runs while the previous release is up, which neither reads nor writes the new table. Takes no
lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import drop_final, make_final, patient, protect

revision = "0012_protection"
down_revision = "0011_mandates"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.create_table(
        "protections",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sealed_ground", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("tenant", "person_id", "version"),
    )
    protect(op, "protections", grants=("SELECT", "INSERT"))
    make_final(op, "protections")


def downgrade() -> None:
    patient(op)
    drop_final(op, "protections")
