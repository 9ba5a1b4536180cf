"""Make room for a key of each tenant, and let keys be renewed and destroyed.

Runs while the previous release is up: it adds a table that release does not know, and changes
no row. Data keys that were wrapped by the key service itself stay as they are and still open;
`klarfall keys rotate` takes them under their tenant's key.

The app role cannot delete keys at large: it may destroy named owners' keys through one
function. Rows that are final stay so, but for one thing: whoever owns the tables may seal a
value anew, in the same place and beside everything else as it was.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import APP_ROLE, patient, protect

revision = "0015_key_levels"
down_revision = "0014_limits"
branch_labels = None
depends_on = None

# Tables whose rows are final, and their sealed columns.
FINAL = {
    "mandates": ("sealed_label", "sealed_grantee_label"),
    "protections": ("sealed_ground",),
    "releases": ("sealed_items",),
}


def upgrade() -> None:
    patient(op)
    op.create_table(
        "tenant_keys",
        sa.Column("tenant", sa.String(), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.func.now(),
        ),
    )
    protect(op, "tenant_keys", grants=("SELECT", "INSERT"))
    op.execute(
        "CREATE FUNCTION destroy_data_keys(of text, owners uuid[]) RETURNS bigint "
        "LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ "
        "WITH gone AS (DELETE FROM public.data_keys AS k "
        "WHERE k.tenant = of AND k.owner = ANY(owners) RETURNING 1) SELECT count(*) FROM gone $$"
    )
    op.execute("REVOKE ALL ON FUNCTION destroy_data_keys(text, uuid[]) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION destroy_data_keys(text, uuid[]) TO {APP_ROLE}")
    for table, columns in FINAL.items():
        allow_resealing(table, f"{table}_are_final", f"{table} are final", columns)
    allow_resealing(
        "audit_payloads",
        "audit_payloads_stay_as_they_are",
        "audit_payloads are not changed",
        ("sealed",),
    )


def allow_resealing(table: str, function: str, refusal: str, columns: tuple[str, ...]) -> None:
    """An UPDATE of a transaction that said so may change these columns, and nothing beside."""
    op.execute(
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN IF TG_OP = 'UPDATE' AND current_setting('klarfall.resealing', true) = 'on' "
        f"THEN RETURN NULL; END IF; RAISE EXCEPTION '{refusal}'; END $$"
    )
    names = ", ".join(f"'{column}'" for column in columns)
    op.execute(
        f"CREATE FUNCTION {table}_resealed_alone() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF to_jsonb(NEW) - ARRAY[{names}] IS DISTINCT FROM "
        f"to_jsonb(OLD) - ARRAY[{names}] THEN RAISE EXCEPTION '{refusal}'; END IF; "
        "RETURN NEW; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_resealed_alone BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_resealed_alone()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_resealed_alone")


def forbid_resealing(table: str, function: str, refusal: str) -> None:
    op.execute(f"DROP TRIGGER {table}_resealed_alone ON {table}")
    op.execute(f"DROP FUNCTION {table}_resealed_alone()")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
    )


def downgrade() -> None:
    """For a database nothing was sealed in: without its tenant keys nothing opens again."""
    patient(op)
    forbid_resealing(
        "audit_payloads", "audit_payloads_stay_as_they_are", "audit_payloads are not changed"
    )
    for table in FINAL:
        forbid_resealing(table, f"{table}_are_final", f"{table} are final")
    op.execute("DROP FUNCTION destroy_data_keys(text, uuid[])")
    op.drop_table("tenant_keys")
