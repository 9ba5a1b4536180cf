"""Runs migrations as the owner role, each in a transaction of its own.

Every `tables.py` below `app` is imported, so that `alembic check` compares all of them.
"""

import os
from importlib import import_module
from pathlib import Path

from alembic import context
from sqlalchemy import Connection, create_engine, pool
from sqlmodel import SQLModel


def owner_url() -> str:
    """Raises with a sentence when nobody said which database."""
    url = context.get_x_argument(as_dictionary=True).get("url") or os.environ.get(
        "KLARFALL_OWNER_URL"
    )
    if not url:
        raise SystemExit("Say which database: set KLARFALL_OWNER_URL to the owner role's URL.")
    return url


def import_tables() -> None:
    root = Path(__file__).parent.parent
    for module in sorted((root / "app").rglob("tables.py")):
        import_module(".".join(module.relative_to(root).with_suffix("").parts))


def run(connection: Connection) -> None:
    import_tables()
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if isinstance(given, Connection):
    run(given)
else:
    engine = create_engine(owner_url(), poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as opened:
        run(opened)
