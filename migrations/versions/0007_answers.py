"""Add the answers, sealed, and what people said of them.

Runs before the first release: nothing else is up. Takes no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0007_answers"
down_revision = "0006_audit"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.create_table(
        "answers",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("outcome_entry_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.Column("delete_after", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_answers_subject", "answers", ["tenant", "subject"])
    protect(op, "answers", grants=("SELECT", "INSERT", "DELETE"))
    op.create_table(
        "feedback",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("useful", sa.Boolean(), nullable=False),
        sa.Column("sealed_reason", sa.LargeBinary()),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "answer_id", "actor"),
    )
    protect(op, "feedback", grants=("SELECT", "INSERT", "UPDATE"))


def downgrade() -> None:
    patient(op)
    op.drop_table("feedback")
    op.drop_table("answers")
