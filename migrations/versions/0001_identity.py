"""Who signed in: identities, sign-ins under way, sessions.

The first migration: nothing runs meanwhile, and it waits for nobody.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import patient, protect

revision = "0001_identity"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    patient(op)
    _identities()
    _logins()
    _sessions()


def downgrade() -> None:
    patient(op)
    op.drop_table("sessions")
    op.drop_table("logins")
    op.drop_table("identities")


def _identities() -> None:
    op.create_table(
        "identities",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("issuer", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        _moment("created_at"),
        sa.UniqueConstraint("tenant", "issuer", "subject"),
    )
    protect(op, "identities", grants=("SELECT", "INSERT"))


def _logins() -> None:
    op.create_table(
        "logins",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("state_hash", sa.LargeBinary, primary_key=True),
        sa.Column("browser_hash", sa.LargeBinary, nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary, nullable=False),
        sa.Column("verifier", sa.String, nullable=False),
        sa.Column("destination", sa.String, nullable=False),
        sa.Column("floor", sa.Integer, nullable=False),
        sa.Column("max_age", sa.Integer),
        sa.Column("replaces", sa.Uuid),
        _moment("expires_at"),
    )
    op.create_index("ix_logins_expires_at", "logins", ["expires_at"])
    protect(op, "logins", grants=("SELECT", "INSERT", "DELETE"))


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("tenant", sa.String, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("secret_hash", sa.LargeBinary, nullable=False),
        sa.Column("identity_id", sa.Uuid, nullable=False),
        sa.Column("assurance", sa.Integer, nullable=False),
        _moment("authenticated_at"),
        sa.Column("sealed_name", sa.LargeBinary),
        sa.Column("provider_session", sa.String),
        sa.Column("active_mandate", sa.Uuid),
        _moment("created_at"),
        _moment("last_seen_at"),
        _moment("expires_at"),
        sa.UniqueConstraint("tenant", "secret_hash"),
    )
    op.create_index("ix_sessions_identity_id", "sessions", ["identity_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    protect(op, "sessions", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.TIMESTAMP(timezone=True), nullable=False)
