"""Add tables of contents of files, a book of alarms, and room for a moved index key.

Runs while the previous release is up, which neither reads nor writes them. What that release
files from now on is refused by this one until `klarfall keys contents` has listed it, or the
office has pushed it again: run that command once the previous release is down. So that a push
counts even where it says nothing new, no case remembers its last one. Takes a brief lock on cases
to look past its policy, which binds the owner of the table as well.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0019_contents"
down_revision = "0018_oversight"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "case_contents",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "case_id", "subject"),
    )
    protect(op, "case_contents", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    op.execute("ALTER TABLE cases NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE cases SET body_digest = ''")
    op.execute("ALTER TABLE cases FORCE ROW LEVEL SECURITY")
    op.create_table(
        "key_alarms",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "place"),
    )
    protect(op, "key_alarms", grants=("SELECT", "INSERT", "UPDATE"))
    op.create_table(
        "index_keys",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant"),
    )
    protect(op, "index_keys", grants=("SELECT",))


def downgrade() -> None:
    """Files stay as they are; only what watched over them is gone."""
    patient(op)
    op.drop_table("index_keys")
    op.drop_table("key_alarms")
    op.drop_table("case_contents")
