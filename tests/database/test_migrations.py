"""The migrations, and what each table they leave behind must be."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.fixtures import ROOT, Migrations, Urls

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))

TABLES = """
    SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
           (SELECT array_agg(p.polname::text) FROM pg_policy p WHERE p.polrelid = c.oid),
           (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1),
           (SELECT a.attname FROM pg_index i JOIN pg_attribute a
              ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
             WHERE i.indrelid = c.oid AND i.indisprimary)
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND c.relname <> 'alembic_version'
    ORDER BY 1
"""
GRANTS = """
    SELECT table_name, privilege_type FROM information_schema.role_table_grants
    WHERE grantee = 'klarfall_app' AND privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER')
"""


def test_up_then_down_then_up_leaves_no_difference_to_the_tables_in_code(
    new_database: Callable[..., Urls],
) -> None:
    urls = new_database()
    migrations = Migrations(urls.owner)

    migrations.upgrade()
    migrations.downgrade()
    with psycopg.connect(urls.owner) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'p') AND relname <> 'alembic_version'"
        ).fetchall()
    migrations.upgrade()

    assert left == []
    migrations.check()


def test_every_table_shows_rows_of_the_bound_tenant_only_to_its_owner_as_well(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as connection:
        tables = connection.execute(TABLES).fetchall()

    assert len(tables) > 10
    for name, enabled, forced, policies, first_column, key_leads_with in tables:
        assert (enabled, forced, policies) == (True, True, ["tenant_rows"]), name
        assert (first_column, key_leads_with) == ("tenant", "tenant"), name


def test_the_app_role_may_empty_no_table_and_change_no_schema(urls: Urls) -> None:
    with psycopg.connect(urls.owner) as connection:
        assert connection.execute(GRANTS).fetchall() == []
    with psycopg.connect(urls.app) as connection:
        assert connection.execute(
            "SELECT has_schema_privilege('klarfall_app', 'public', 'CREATE')"
        ).fetchone() == (False,)


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_says_what_runs_meanwhile_and_imports_nothing_of_the_app(path: Path) -> None:
    source = path.read_text()
    tree = ast.parse(source)
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        (node.module or "").split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }

    assert re.search(r"\b[Rr]uns\b", ast.get_docstring(tree) or "")
    assert "app" not in imported
    assert "patient(op)" in source or "lock_timeout = '4s'" in source
