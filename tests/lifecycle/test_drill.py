"""The drill: a real backup, an erasure, every byte on disk searched, the backup restored.

On a server of its own, whose data directory is read file by file. What is searched for is what
somebody with the disk would search for: the names the office and the provider have for the
person, their ids as the tables hold them, their wrapped key, their indexes and sealed values.
"""

import asyncio
import io
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from app.audit.verification import verify_log
from app.lifecycle.erasure_list import ListBroken
from app.telemetry import logs
from app.vocabulary.json import Json
from app.web.main import create_app
from demo import postgres
from demo.postgres import Server
from tests.fixtures import Migrations
from tests.lifecycle_home import erase, rows_of
from tests.parties import BERGSTRASSE
from tests.refuge import asked, family, mandates
from tests.service import Whole, serving, settings_in

SHOWN_BYTES = 48
AT = "/v1/integration/cases/drill"


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


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(mkdtemp(prefix="klarfall-drill-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_as_superuser(server: Server, *statements: str) -> None:
    with psycopg.connect(server.superuser_url(), autocommit=True) as connection:
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
        "AND c.table_name NOT LIKE 'audit_%' AND k.column_name <> 'evidence_hash'"
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


@asynccontextmanager
async def started_again(whole: Whole, database_url: str) -> AsyncIterator[Whole]:
    """Another process on another database: the same keys, tenants and erasure list."""
    settings = settings_in(whole.folder, database_url)
    app = create_app(settings, whole.clock, transport=whole.liar)
    logged = io.StringIO()
    logs.configure(logged)
    async with app.router.lifespan_context(app):
        yield Whole(app=app, liar=whole.liar, clock=whole.clock, logged=logged, folder=whole.folder)


async def published(whole: Whole) -> dict[str, bytes]:
    """Everything a verifier fetches, which it then verifies."""
    await whole.parts.sequencer.drain(BERGSTRASSE)
    loop, fetched = asyncio.get_running_loop(), dict[str, bytes]()

    async def get(path: str) -> bytes:
        answer = await whole.call("GET", f"/log/{BERGSTRASSE}/{path}")
        assert answer.status_code == 200, path
        fetched[path] = answer.content
        return answer.content

    def fetch(path: str) -> bytes:
        return asyncio.run_coroutine_threadsafe(get(path), loop).result(30)

    vkey = whole.parts.reader.vkey(BERGSTRASSE)
    found = await asyncio.to_thread(verify_log, fetch, vkey)
    assert found.size > 0
    return fetched


def dump(server: Server, live: Path) -> bytes:
    programs = postgres.reachable_programs(live, postgres.unprivileged())
    done = subprocess.run(
        [programs / "pg_dump", "--inserts", server.superuser_url()],
        check=True,
        capture_output=True,
    )
    return done.stdout


async def test_an_erased_person_is_nowhere_on_the_disk_and_in_no_backup_that_opens(
    place: Path,
) -> None:
    """Art. 17 GDPR, end to end; see docs/lifecycle.md for what an operator does."""
    live, backup = place / "live", place / "backup"
    account, ref = f"kanarienkonto{token_hex(6)}", f"kanarienperson{token_hex(6)}"
    with postgres.running(live) as server:
        Migrations(server.owner_url()).upgrade()
        run_as_superuser(server, "ALTER SYSTEM SET wal_recycle = off", "SELECT pg_reload_conf()")
        (place / "service").mkdir()
        async with serving(place / "service", server.app_url()) as whole:
            ids = await lived(whole, ref, account)
            traces = collected(server, ids[ref], account=account, ref=ref)
            back_up(server, live, backup)
            before = traces.in_folder(live / "data")
            assert {each.partition(" in ")[0] for each in before} == traces.of.keys()
            assert len(traces.of) > 12

            await erase(whole, account)

            assert await rows_of(whole, ids[ref]) == {}
            run_as_superuser(
                server,
                "VACUUM (FULL, ANALYZE)",
                "CHECKPOINT",
                "SELECT pg_switch_wal()",
                "CHECKPOINT",
            )
            assert traces.in_folder(live / "data") == set()
            assert traces.found(dump(server, live)) == set()
            for path, content in (await published(whole)).items():
                assert traces.found(content) == set(), path
            assert traces.found(whole.logged.getvalue().encode()) == set()
            listed = next((place / "service" / "erased").iterdir())
            assert traces.found(listed.read_bytes()) == set()
    assert traces.found((live / "postgres.log").read_bytes()) == set()

    with postgres.running(backup) as restored:
        there = "SELECT count(*) FROM persons WHERE id = %s"
        with psycopg.connect(restored.superuser_url()) as connection:
            assert connection.execute(there, [UUID(ids[ref])]).fetchone() == (1,)
        async with started_again(whole, restored.app_url()) as again:
            assert await rows_of(again, ids[ref]) == {}
            assert (await rows_of(again, ids["p2"]))["persons.id"] == 1
            me = await again.call("GET", "/v1/me", again.citizen(account))
            assert me.json()["mandates"] == []
            pushed = await again.call("PUT", AT, again.machine(), household(ref))
            assert pushed.json()["code"] == "erased"
            await published(again)
        listed.unlink()
        with pytest.raises(ListBroken):
            async with started_again(whole, restored.app_url()):
                pass


def household(ref: str) -> dict[str, Json]:
    """The family, whose first one has this reference and a name that nobody else has."""
    document = family()
    persons = document["persons"]
    assert isinstance(persons, list)
    first = persons[0]
    assert isinstance(first, dict)
    fields = first["fields"]
    assert isinstance(fields, dict)
    first["ref"] = ref
    fields["person.name"] = {"given": "Kunigunde", "family": "Kanarienvogel"}
    return document


async def lived(whole: Whole, ref: str, account: str) -> dict[str, str]:
    """A case, and all that the first one of it does with this account."""
    pushed = await whole.call("PUT", AT, whole.machine(), household(ref))
    assert pushed.status_code == 201, pushed.text
    ids = {"case": pushed.json()["case_id"], **pushed.json()["persons"]}
    await whole.bound("drill", ref, account)
    await whole.bound("drill", "p2")
    async with whole.browser() as browser:
        await whole.sign_in(browser, account)
    own = (await mandates(whole, account))["SELF", ids[ref]]
    answer = (await asked(whole, account, ids["case"], own)).json()
    said = {"useful": False, "reason": "Kanarienwort"}
    words = f"/v1/answers/{answer['id']}/feedback"
    await whole.call("POST", words, whole.citizen(account), said)
    consents = f"/v1/cases/{ids['case']}/consents"
    choice = (await whole.call("GET", consents, whole.citizen(account))).json()["choices"][0]
    decided = {"decision": "granted", "notice": choice["notice"]}
    chosen = f"{consents}/{choice['field']}/{choice['purpose']}"
    await whole.call("PUT", chosen, whole.citizen(account), decided)
    await whole.call("PUT", "/v1/me/protection", whole.citizen(account))
    return ids
