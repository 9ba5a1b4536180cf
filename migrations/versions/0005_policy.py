"""Add consents and releases.

Runs before the first release: nothing else is up. Takes no lock on what is there.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import drop_final, make_final, patient, protect

revision = "0005_policy"
down_revision = "0004_records"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def upgrade() -> None:
    patient(op)
    op.create_table(
        "consents",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("decision", sa.String(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("notice_hash", sa.LargeBinary(), nullable=False),
        sa.Column("notice_language", sa.String(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "number"),
    )
    op.create_index("ix_consents_subject", "consents", ["tenant", "subject", "field", "purpose"])
    op.create_table(
        "releases",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_version", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("hosting", sa.String(), nullable=False),
        sa.Column("assurance", sa.Integer(), nullable=False),
        sa.Column("policy_digest", sa.String(), nullable=False),
        sa.Column("sealed_items", sa.LargeBinary(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_releases_case_id", "releases", ["case_id"])
    for table in ("consents", "releases"):
        protect(op, table, grants=("SELECT", "INSERT"))
        make_final(op, table)


def downgrade() -> None:
    patient(op)
    for table in ("releases", "consents"):
        drop_final(op, table)
