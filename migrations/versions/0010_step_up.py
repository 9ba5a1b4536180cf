"""Keep a question over a sign-in.

Runs while the previous release is up: adds a table and a column that may be empty, which that
release does not know. Takes a brief lock on logins only.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0010_step_up"
down_revision = "0009_sessions"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.add_column("logins", sa.Column("kept_question", sa.Uuid()))
    op.create_table(
        "kept_questions",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("identity_id", sa.Uuid(), nullable=False),
        sa.Column("mandate", sa.Uuid()),
        sa.Column("floor", sa.Integer(), nullable=False),
        sa.Column("max_age", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("for_return", sa.LargeBinary(), nullable=False),
        sa.Column("for_session", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_kept_questions_session", "kept_questions", ["tenant", "session_id"])
    op.create_index("ix_kept_questions_expires_at", "kept_questions", ["expires_at"])
    protect(op, "kept_questions", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    # A step-up in one tab moves the sign-ins of the others to the session that follows.
    op.execute("GRANT UPDATE (replaces) ON logins TO klarfall_app")


def downgrade() -> None:
    patient(op)
    op.execute("REVOKE UPDATE (replaces) ON logins FROM klarfall_app")
    op.drop_table("kept_questions")
    op.drop_column("logins", "kept_question")
