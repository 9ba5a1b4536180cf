"""Backups as an operator takes them, and a search for somebody in every byte of a disk."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
from psycopg import sql

from demo import postgres
from demo.postgres import Server

SHOWN_BYTES: Final = 48
LOCK_SECONDS: Final = 60


@dataclass
class Traces:
    """What is looked for, by where it came from."""

    of: dict[str, bytes] = field(default_factory=dict)

    def found(self, content: bytes) -> set[str]:
        return {name for name, trace in self.of.items() if trace in content}

    def in_folder(self, folder: Path) -> set[str]:
        """Every file, whatever it is."""
        found: set[str] = set()
        for path in folder.rglob("*"):
            if path.is_file():
                found |= {f"{name} in {path.name}" for name in self.found(path.read_bytes())}
        return found


def run_as_superuser(server: Server, *statements: str) -> None:
    """Not in the event loop of a service: what that has locked stays locked meanwhile."""
    limited = f"-c lock_timeout={LOCK_SECONDS}s"
    with psycopg.connect(server.superuser_url(), autocommit=True, options=limited) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def collected(server: Server, person: str, **named: str) -> Traces:
    """From every row of this person in every table, as the superuser sees it."""
    traces = Traces({name: value.encode() for name, value in named.items()})
    traces.of["the id"] = UUID(person).bytes
    columns = (
        "SELECT c.table_name, c.column_name, k.column_name FROM information_schema.columns AS c "
        "JOIN information_schema.columns AS k ON k.table_name = c.table_name "
        "AND k.data_type = 'bytea' "
        "WHERE c.table_schema = 'public' AND c.data_type = 'uuid' "
        "AND c.column_name IN ('id', 'person_id', 'owner', 'subject', 'grantor', 'identity_id') "
        "AND c.table_name NOT LIKE 'audit_%' "
        "AND k.column_name NOT IN ('evidence_hash', 'notice_hash')"
    )
    with psycopg.connect(server.superuser_url()) as connection:
        for table, whose, secret in connection.execute(columns).fetchall():
            query = sql.SQL("SELECT {} FROM {} WHERE {} = %s").format(
                *(sql.Identifier(name) for name in (secret, table, whose))
            )
            for number, (value,) in enumerate(connection.execute(query, [UUID(person)])):
                # Beginnings, as long values are compressed or cut up; shared digests left out.
                if value is not None and len(value) >= 16:
                    traces.of[f"{table}.{secret} {number}"] = bytes(value[:SHOWN_BYTES])
    return traces


def back_up(server: Server, live: Path, backup: Path) -> None:
    """`pg_basebackup`, as an operator runs it, with what the demo's server needs beside it."""
    account = postgres.unprivileged()
    backup.mkdir(mode=0o711)
    programs = postgres.reachable_programs(live, account)
    subprocess.run(
        [
            *(programs / "pg_basebackup", "-D", backup / "data", "-X", "stream"),
            *("-c", "fast", "-h", "127.0.0.1", "-p", str(server.port), "-U", postgres.SUPERUSER),
        ],
        check=True,
        capture_output=True,
        env={**os.environ, "PGPASSWORD": server.passwords.superuser},
    )
    shutil.copy(live / "passwords.json", backup / "passwords.json")
    if (live / "postgresql").exists():
        (backup / "postgresql").symlink_to(live / "postgresql")
    if account is not None:
        for path in (backup / "data", *(backup / "data").rglob("*")):
            os.chown(path, account.uid, account.gid)


def dump(server: Server, live: Path) -> bytes:
    programs = postgres.reachable_programs(live, postgres.unprivileged())
    done = subprocess.run(
        [programs / "pg_dump", "--inserts", server.superuser_url()],
        check=True,
        capture_output=True,
    )
    return done.stdout
