"""Room for cosignatures of witnesses, and for pruning a log by prefix under the published rule.

Runs before any release that uses it. New tables; and entries, which nobody could delete, can go
from now on where the rule of docs/log.md lets them: through `audit_prune`, which holds the rule,
and for the app role in no other way. A running release notices nothing of it.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import APP_ROLE, drop_final, make_final, patient, protect

revision = "0016_witnesses"
down_revision = "0015_key_levels"
branch_labels = None
depends_on = None

# Hours since 1970, four bytes of the leaf behind version and id.
HOUR = "('x' || encode(substring(leaf FROM 18 FOR 4), 'hex'))::bit(32)::bigint"


def upgrade() -> None:
    patient(op)
    op.create_table(
        "audit_cosignatures",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("witness", sa.String(), primary_key=True),
        sa.Column("line", sa.Text(), nullable=False),
    )
    protect(op, "audit_cosignatures", grants=("SELECT", "INSERT"))
    make_final(op, "audit_cosignatures")

    op.create_table(
        "audit_prunings",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("first", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column(
            "pruned_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    protect(op, "audit_prunings", grants=("SELECT",))
    make_final(op, "audit_prunings")
    let_entries_go()
    make_pruning()


def let_entries_go() -> None:
    """An entry goes within `audit_prune`, and there only what that has written down before."""
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_entries_are_final() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN "
        "IF TG_OP = 'DELETE' AND current_setting('klarfall.pruning', true) = 'on' "
        "THEN RETURN NULL; END IF; "
        "RAISE EXCEPTION 'audit_entries are final'; END $$"
    )
    op.execute(
        "CREATE FUNCTION audit_entries_go_by_the_rule() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF OLD.index >= coalesce("
        "(SELECT max(first) FROM audit_prunings WHERE tenant = OLD.tenant), 0) "
        "THEN RAISE EXCEPTION 'audit_entries are final'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_entries_go_by_the_rule BEFORE DELETE ON audit_entries "
        "FOR EACH ROW EXECUTE FUNCTION audit_entries_go_by_the_rule()"
    )
    op.execute("ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_go_by_the_rule")


def make_pruning() -> None:
    """The rule: whole bundles, nothing with a payload, nothing of the last five years.

    Runs as the owner, for the tenant the transaction is bound to. Gives the index of the first
    entry that is still there.
    """
    op.execute(
        "CREATE FUNCTION audit_prune() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER "
        "SET search_path = pg_catalog, public AS $$ "
        "DECLARE bound text := current_setting('klarfall.tenant', true); "
        "done bigint; until bigint; "
        "BEGIN "
        "PERFORM pg_advisory_xact_lock(hashtextextended('klarfall trail ' || bound, 0)); "
        "SELECT coalesce(max(first), 0) INTO done FROM audit_prunings WHERE tenant = bound; "
        # The first entry that has to stay, else the end of the log.
        "SELECT coalesce(min(index), (SELECT coalesce(max(size), 0) FROM audit_checkpoints "
        "WHERE tenant = bound)) INTO until FROM audit_entries AS entries "
        f"WHERE tenant = bound AND ({HOUR} * interval '1 hour' + timestamptz 'epoch' "
        "> now() - interval '5 years' OR EXISTS (SELECT FROM audit_payloads AS payload "
        "WHERE payload.tenant = bound AND payload.entry = entries.entry)); "
        "until := until - until % 256; "
        "IF until <= done THEN RETURN done; END IF; "
        "INSERT INTO audit_prunings (tenant, first) VALUES (bound, until); "
        "PERFORM set_config('klarfall.pruning', 'on', true); "
        "DELETE FROM audit_entries WHERE tenant = bound AND index < until; "
        "PERFORM set_config('klarfall.pruning', 'off', true); "
        "RETURN until; END $$"
    )
    op.execute("REVOKE ALL ON FUNCTION audit_prune() FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION audit_prune() TO {APP_ROLE}")


def downgrade() -> None:
    patient(op)
    op.execute("DROP FUNCTION audit_prune()")
    op.execute("DROP TRIGGER audit_entries_go_by_the_rule ON audit_entries")
    op.execute("DROP FUNCTION audit_entries_go_by_the_rule()")
    op.execute(
        "CREATE OR REPLACE FUNCTION audit_entries_are_final() RETURNS trigger LANGUAGE plpgsql "
        "AS $$ BEGIN RAISE EXCEPTION 'audit_entries are final'; END $$"
    )
    drop_final(op, "audit_prunings")
    drop_final(op, "audit_cosignatures")
