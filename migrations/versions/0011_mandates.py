"""Add every kind of mandate, what bears on them, and objections.

Runs while the previous release is up: it names its columns and does not read the new ones.
Takes a brief lock on persons and mandates; no row is rewritten. Ages are computed by the next
push of a case that changes it; until then no mandate of a parent holds for its children.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import drop_final, make_final, patient, protect

revision = "0011_mandates"
down_revision = "0010_step_up"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
OF_PERSONS = ("fifteen_at", "eighteen_at", "died_at", "incapable_at", "restricted_at")


def of_mandates() -> list[sa.Column[object]]:
    return [
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
    protect(op, "objections", grants=("SELECT", "INSERT"))
    make_final(op, "objections")


def downgrade() -> None:
    patient(op)
    drop_final(op, "objections")
    for column in of_mandates():
        op.drop_column("mandates", column.name)
    for name in OF_PERSONS:
        op.drop_column("persons", name)
