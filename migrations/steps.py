"""Steps that every migration with a table takes. Imports nothing of the app."""

from collections.abc import Sequence
from typing import Protocol

APP_ROLE = "klarfall_app"


class Operations(Protocol):
    """`alembic.op`, as far as these steps need it."""

    def execute(self, sqltext: str) -> None: ...


def patient(op: Operations) -> None:
    """Give up rather than queue behind a long transaction while holding others up."""
    op.execute("SET LOCAL lock_timeout = '4s'")


def protect(op: Operations, table: str, *, grants: Sequence[str]) -> None:
    """Rows of the bound tenant only, also for the owner; the app role gets these grants alone."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_rows ON {table} "
        "USING (tenant = current_setting('klarfall.tenant', true)) "
        "WITH CHECK (tenant = current_setting('klarfall.tenant', true))"
    )
    op.execute(f"REVOKE ALL ON {table} FROM PUBLIC")
    op.execute(f"GRANT {', '.join(grants)} ON {table} TO {APP_ROLE}")


def make_final(op: Operations, table: str) -> None:
    """Rows are added and never changed or removed, whoever asks."""
    op.execute(
        f"CREATE FUNCTION {table}_are_final() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} are final'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_are_final BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_are_final()"
    )
    op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_are_final")


def drop_final(op: Operations, table: str) -> None:
    """Takes the table and what `make_final` added."""
    op.execute(f"DROP TABLE {table}")
    op.execute(f"DROP FUNCTION {table}_are_final()")
