"""Add an index for ending the sessions that a provider's own session began.

Runs while the previous release is up, which does not notice. Holds writes to sessions up for as
long as the index takes: the table has the rows of eight hours.
"""

from alembic import op

from migrations.steps import patient

revision = "0009_sessions"
down_revision = "0008_replay"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_index("ix_sessions_provider_session", "sessions", ["tenant", "provider_session"])


def downgrade() -> None:
    patient(op)
    op.drop_index("ix_sessions_provider_session", "sessions")
