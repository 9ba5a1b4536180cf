"""${message}.

Runs while: say here what keeps running meanwhile, and which locks this takes.
"""

from alembic import op
import sqlalchemy as sa

from migrations.steps import patient, protect

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade() -> None:
    patient(op)
    ${downgrades if downgrades else "raise NotImplementedError"}
