"""Add what erasure needs: requests, legal holds, references that stay shut, rights to delete.

Runs while the previous release is up, which neither reads nor writes the new tables. Rows that are
final stay so for every statement: two functions of the owner's take them out, of somebody who is
being erased and of releases that no answer rests on. Takes brief locks to replace triggers.
"""

import sqlalchemy as sa
from alembic import op

from migrations.steps import APP_ROLE, patient, protect

revision = "0017_lifecycle"
down_revision = "0016_witnesses"
branch_labels = None
depends_on = None

MOMENT = sa.TIMESTAMP(timezone=True)
FINAL = ("consents", "mandates", "objections", "person_facts", "protections", "releases")
DELETABLE = (
    "persons",
    "cases",
    "representatives",
    "bindings",
    "activation_codes",
    "identities",
    "feedback",
)
HEAD = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS"
# What the triggers of final tables look at, for as long as one of the functions runs.
ON = "PERFORM set_config('klarfall.lifecycle', 'on', true);"
OFF = "PERFORM set_config('klarfall.lifecycle', 'off', true);"


def upgrade() -> None:
    patient(op)
    op.create_table(
        "erasures",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("whom", sa.LargeBinary(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT),
        sa.Column("refusal", sa.String()),
        sa.Column("erased_at", MOMENT),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_erasures_person_id", "erasures", ["person_id"])
    op.create_index("ix_erasures_whom", "erasures", ["tenant", "whom"])
    op.create_table(
        "legal_holds",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT),
        sa.PrimaryKeyConstraint("tenant", "id"),
    )
    op.create_index("ix_legal_holds_person_id", "legal_holds", ["person_id"])
    op.create_table(
        "erased_references",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("whom", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("tenant", "whom"),
    )
    op.create_table(
        "erasure_heads",
        sa.Column("tenant", sa.String(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "lines"),
    )
    protect(op, "erasures", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect(op, "legal_holds", grants=("SELECT", "INSERT", "UPDATE", "DELETE"))
    protect(op, "erased_references", grants=("SELECT", "INSERT", "DELETE"))
    protect(op, "erasure_heads", grants=("SELECT", "INSERT", "UPDATE"))
    for table in DELETABLE:
        op.execute(f"GRANT DELETE ON {table} TO {APP_ROLE}")
    for table in FINAL:
        final_but_for_lifecycle(table)
    erase_final_rows()
    drop_releases()


def final_but_for_lifecycle(table: str, *, lifecycle: bool = True) -> None:
    """Without a word about the function, which other migrations change."""
    unless = "WHEN (current_setting('klarfall.lifecycle', true) IS DISTINCT FROM 'on') "
    op.execute(f"DROP TRIGGER {table}_are_final ON {table}")
    op.execute(
        f"CREATE TRIGGER {table}_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT {unless if lifecycle else ''}EXECUTE FUNCTION {table}_are_final()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_are_final")


def erase_final_rows() -> None:
    """All of a person who is being erased, and of a household that nobody is left of."""
    op.execute(
        f"""
        CREATE FUNCTION erase_final_rows(whose uuid, household uuid) RETURNS bigint {HEAD} $$
        DECLARE
            here text := current_setting('klarfall.tenant', true);
            subjects uuid[];
            gone bigint;
            total bigint := 0;
        BEGIN
            IF NOT EXISTS (SELECT FROM erasures AS e WHERE e.tenant = here
                           AND e.person_id = whose AND e.state = 'erasing') THEN
                RAISE EXCEPTION 'nobody is being erased here';
            END IF;
            {ON}
            subjects := ARRAY[whose];
            IF household IS NOT NULL AND NOT EXISTS (
                SELECT FROM memberships AS m WHERE m.tenant = here AND m.case_id = household
            ) THEN
                subjects := subjects || household;
            END IF;
            DELETE FROM consents WHERE tenant = here AND subject = ANY(subjects);
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM releases WHERE tenant = here AND subject = ANY(subjects);
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM objections WHERE tenant = here AND (grantor = whose OR mandate_id IN (
                SELECT id FROM mandates WHERE tenant = here AND grantee = whose));
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM mandates WHERE tenant = here AND (grantor = whose OR grantee = whose);
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM person_facts WHERE tenant = here AND person_id = whose;
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            DELETE FROM protections WHERE tenant = here AND person_id = whose;
            GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
            {OFF}
            RETURN total;
        END $$
        """
    )
    only_the_app("erase_final_rows(uuid, uuid)")


def drop_releases() -> None:
    """Those of these that no answer rests on any more."""
    op.execute(
        f"""
        CREATE FUNCTION drop_releases(old uuid[]) RETURNS bigint {HEAD} $$
        DECLARE
            here text := current_setting('klarfall.tenant', true);
            gone bigint;
        BEGIN
            {ON}
            DELETE FROM releases AS r WHERE r.tenant = here AND r.id = ANY(old)
                AND NOT EXISTS (SELECT FROM answers AS a
                                WHERE a.tenant = here AND a.release_id = r.id);
            GET DIAGNOSTICS gone = ROW_COUNT;
            {OFF}
            RETURN gone;
        END $$
        """
    )
    only_the_app("drop_releases(uuid[])")


def only_the_app(function: str) -> None:
    op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}")


def downgrade() -> None:
    patient(op)
    op.execute("DROP FUNCTION drop_releases(uuid[])")
    op.execute("DROP FUNCTION erase_final_rows(uuid, uuid)")
    for table in FINAL:
        final_but_for_lifecycle(table, lifecycle=False)
    for table in DELETABLE:
        op.execute(f"REVOKE DELETE ON {table} FROM {APP_ROLE}")
    for table in ("erasure_heads", "erased_references", "legal_holds", "erasures"):
        op.drop_table(table)
