"""Add every kind of mandate, what bears on them and since when it is known, and objections.

Runs while the previous release is up: it names its columns and does not read the new ones.
Takes a brief lock on persons and mandates; no row is rewritten. Ages are computed by the next
push of a case that changes it; until then no mandate of a parent holds for its children.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from migrations.steps import drop_final, make_final, patient, protect

revision = "0011_mandates"
down_revision = "0010_step_up"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
FINAL = ("objections", "person_facts")
OF_PERSONS = ("fifteen_at", "eighteen_at", "died_at", "incapable_at", "restricted_at")


def of_mandates() -> list[sa.Column[object]]:
    return [
        sa.Column(
            "reserved_groups", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"
        ),
        sa.Column("legal_basis", sa.String()),
        sa.Column("evidence_assurance", sa.SmallInteger(), nullable=False, server_default="2"),
        sa.Column("verified_by", sa.String()),
        sa.Column("verified_at", MOMENT),
        sa.Column("source", sa.String(), nullable=False, server_default="own_register"),
        sa.Column("sealed_grantee_label", sa.LargeBinary()),
        sa.Column("ended_received_at", MOMENT),
    ]


def upgrade() -> None:
    patient(op)
    for name in OF_PERSONS:
        op.add_column("persons", sa.Column(name, MOMENT))
    for column in of_mandates():
        op.add_column("mandates", column)
    op.create_table(
        "objections",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("mandate_version", sa.Integer(), nullable=False),
        sa.Column("grantor", sa.Uuid(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("raised_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    for name in ("mandate_id", "grantor"):
        op.create_index(f"ix_objections_{name}", "objections", [name])
    op.create_table(
        "person_facts",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        *(sa.Column(name, MOMENT) for name in OF_PERSONS),
        sa.PrimaryKeyConstraint("tenant", "person_id", "version"),
    )
    for table in FINAL:
        protect(op, table, grants=("SELECT", "INSERT"))
        make_final(op, table)


def downgrade() -> None:
    patient(op)
    for table in FINAL:
        drop_final(op, table)
    for column in of_mandates():
        op.drop_column("mandates", column.name)
    for name in OF_PERSONS:
        op.drop_column("persons", name)
