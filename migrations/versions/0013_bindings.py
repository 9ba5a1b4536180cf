"""Add what binding needs: how a code was sent and what became of it, why a binding ended.

Runs while the previous release is up: it names its columns, and what it writes gets an id and
comes by post. Takes a brief lock on activation_codes, bindings and cases. Codes there are rewritten
for their id, a few thousand rows at most. File numbers are indexed by the next push of a case that
changes it; until then nobody is found by name and date of birth in it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0013_bindings"
down_revision = "0012_protection"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)


def of_codes() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.text("gen_random_uuid()")),
        sa.Column("channel", sa.String(), nullable=False, server_default="post"),
        sa.Column("withdrawn_at", MOMENT),
    ]


def upgrade() -> None:
    patient(op)
    for column in of_codes():
        op.add_column("activation_codes", column)
    op.create_unique_constraint(
        "activation_codes_tenant_id_key", "activation_codes", ["tenant", "id"]
    )
    op.add_column("bindings", sa.Column("ended_reason", sa.String()))
    op.add_column("cases", sa.Column("number_index", sa.LargeBinary()))
    op.create_table(
        "vouched",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "session_id"),
    )
    op.create_index("ix_vouched_expires_at", "vouched", ["expires_at"])
    op.create_index("ix_persons_birth_index", "persons", ["tenant", "birth_index"])
    protect(op, "vouched", grants=("SELECT", "INSERT", "DELETE"))


def downgrade() -> None:
    patient(op)
    op.drop_index("ix_persons_birth_index", "persons")
    op.drop_table("vouched")
    op.drop_column("cases", "number_index")
    op.drop_column("bindings", "ended_reason")
    op.drop_constraint("activation_codes_tenant_id_key", "activation_codes")
    for column in of_codes():
        op.drop_column("activation_codes", column.name)
