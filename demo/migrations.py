"""The demo's database brought to the newest version, or made anew.

A migration that has been released never changes, so an installation only ever goes up. A
folder of demo data may have been made by another state of the source than this one; its
invented world is loaded anew at each start, so nothing is lost with it.
"""

import json
from hashlib import sha256
from pathlib import Path
from typing import Final

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, pool

from demo.postgres import DATABASE, Server
from demo.state import ROOT, write_private

VERSIONS: Final = ROOT / "migrations" / "versions"


def migrate(server: Server, folder: Path, *, versions: Path = VERSIONS) -> bool:
    """Up to the newest version. True where the database had to be made anew for it."""
    anew = holds_tables(server) and not reached_by(noted(folder), fingerprints(versions))
    if anew:
        server.drop_database(DATABASE)
        server.create_database(DATABASE)
    upgrade(server.owner_url())
    write_private(note(folder), json.dumps(fingerprints(versions)).encode())
    return anew


def upgrade(owner_url: str) -> None:
    engine = create_engine(owner_url, poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        config = Config(ROOT / "alembic.ini")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def holds_tables(server: Server) -> bool:
    with psycopg.connect(server.superuser_url()) as connection:
        found = connection.execute("SELECT to_regclass('public.alembic_version')").fetchone()
    return found is not None and found[0] is not None


def reached_by(applied: dict[str, str], present: dict[str, str]) -> bool:
    """Whether today's migrations begin with those that the database went through."""
    return bool(applied) and applied.items() <= present.items()


def fingerprints(versions: Path) -> dict[str, str]:
    return {
        path.name: sha256(path.read_bytes()).hexdigest() for path in sorted(versions.glob("*.py"))
    }


def noted(folder: Path) -> dict[str, str]:
    """What this folder's database went through; nothing where nobody noted it."""
    try:
        known = json.loads(note(folder).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def note(folder: Path) -> Path:
    return folder / "migrations.json"
