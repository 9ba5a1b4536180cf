"""Make room for the trail: queue, entries, payloads, tiles, checkpoints.

Runs before any release that writes to it: only new tables, nothing that a running
release reads or locks. Entries, tiles and checkpoints are final from the first row
on; a payload can be deleted and not changed.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import drop_final, make_final, patient, protect

revision = "0006_audit"
down_revision = "0005_policy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    op.create_table(
        "audit_queue",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("entry", sa.Uuid(), primary_key=True),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
    )
    protect(op, "audit_queue", grants=("SELECT", "INSERT", "DELETE"))

    op.create_table(
        "audit_entries",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("index", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Uuid(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.UniqueConstraint("tenant", "entry", name="audit_entries_entry_once"),
    )
    protect(op, "audit_entries", grants=("SELECT", "INSERT"))
    make_final(op, "audit_entries")

    op.create_table(
        "audit_payloads",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("entry", sa.Uuid(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("delete_after", sa.Date(), nullable=False),
    )
    protect(op, "audit_payloads", grants=("SELECT", "INSERT", "DELETE"))
    keep_unchanged()

    op.create_table(
        "audit_tiles",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("level", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("index", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
    )
    protect(op, "audit_tiles", grants=("SELECT", "INSERT"))
    make_final(op, "audit_tiles")

    op.create_table(
        "audit_checkpoints",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column(
            "signed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    protect(op, "audit_checkpoints", grants=("SELECT", "INSERT"))
    make_final(op, "audit_checkpoints")


def keep_unchanged() -> None:
    """Payloads go one by one or not at all, and never change."""
    op.execute(
        "CREATE FUNCTION audit_payloads_stay_as_they_are() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit_payloads are not changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_payloads_stay_as_they_are "
        "BEFORE UPDATE OR TRUNCATE ON audit_payloads "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_payloads_stay_as_they_are()"
    )
    op.execute("ALTER TABLE audit_payloads ENABLE ALWAYS TRIGGER audit_payloads_stay_as_they_are")


def downgrade() -> None:
    patient(op)
    drop_final(op, "audit_checkpoints")
    drop_final(op, "audit_tiles")
    op.execute("DROP TABLE audit_payloads")
    op.execute("DROP FUNCTION audit_payloads_stay_as_they_are()")
    drop_final(op, "audit_entries")
    op.execute("DROP TABLE audit_queue")
