"""Add what ends the right sessions: by the provider's word, and those of one browser's other tabs.

Runs while the previous release is up, which does not notice: columns that may be empty, indexes and
a new table. Holds writes to sessions up for as long as its indexes take: the table has the rows of
eight hours.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0009_sessions"
down_revision = "0008_replay"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.add_column("logins", sa.Column("sitting", sa.Uuid()))
    op.add_column("sessions", sa.Column("sitting", sa.Uuid()))
    op.create_index("ix_sessions_provider_session", "sessions", ["tenant", "provider_session"])
    op.create_index("ix_sessions_sitting", "sessions", ["tenant", "sitting"])
    # A sign-in that comes back takes the browser's others into its sitting.
    op.execute("GRANT UPDATE (sitting) ON logins TO klarfall_app")
    op.create_table(
        "logout_notices",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.Column("came_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "digest"),
    )
    op.create_index("ix_logout_notices_expires_at", "logout_notices", ["expires_at"])
    protect(op, "logout_notices", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("logout_notices")
    op.drop_index("ix_sessions_sitting", "sessions")
    op.drop_index("ix_sessions_provider_session", "sessions")
    op.execute("REVOKE UPDATE (sitting) ON logins FROM klarfall_app")
    op.drop_column("sessions", "sitting")
    op.drop_column("logins", "sitting")
