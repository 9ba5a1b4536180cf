"""The server that the demo and the tests run on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Event, Thread

import psutil
import psycopg
import pytest
from sqlalchemy import text

from app.database.engine import Database
from app.vocabulary.ids import TenantId
from demo.postgres import Server, pid_file_lines, reachable, running, unprivileged
from tests.fixtures import ROOT, Urls

HOLD_A_SERVER = """
import sys, time
from pathlib import Path
from demo.postgres import running
with running(Path(sys.argv[1])) as server:
    print(server.pid, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own, which is closed to the user that PostgreSQL runs as."""
    made = Path(mkdtemp(prefix="klarfall-test-"))
    made.chmod(0o711)
    yield made / "postgres"
    rmtree(made, ignore_errors=True)


def gone(pid: int, *, within_seconds: float = 10) -> bool:
    deadline = time.monotonic() + within_seconds
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not psutil.pid_exists(pid)


def note(server: Server, word: str) -> None:
    with psycopg.connect(server.owner_url()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS noted (word text)")
        connection.execute("INSERT INTO noted VALUES (%s)", [word])


def noted(server: Server) -> list[str]:
    with psycopg.connect(server.owner_url()) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM noted")]


def test_the_service_connects_as_a_role_that_owns_nothing_and_bypasses_nothing(urls: Urls) -> None:
    with psycopg.connect(urls.app) as connection:
        role = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole "
            "FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (x int)")

    assert role == ("klarfall_app", False, False, False, False)
    assert owned == (0,)


def test_a_wrong_password_is_refused(postgres: Server) -> None:
    wrong = postgres.app_url().replace(postgres.passwords.app, "wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_the_server_does_not_run_as_root(postgres: Server) -> None:
    assert psutil.Process(postgres.pid).uids().real != 0


async def test_a_transaction_is_bound_to_its_tenant(database: Database, tenant: TenantId) -> None:
    async with database.transaction(tenant) as session:
        bound = await session.scalar(text("SELECT current_setting('klarfall.tenant', true)"))

    assert bound == tenant


def test_what_was_stored_is_there_after_a_stop(folder: Path) -> None:
    with running(folder) as server:
        note(server, "kept")
        first = server.pid
    assert gone(first)

    with running(folder) as server:
        assert noted(server) == ["kept"]


def test_a_killed_server_starts_again_over_its_own_pid_file(folder: Path) -> None:
    with running(folder) as server:
        note(server, "kept")
        os.kill(server.pid, signal.SIGKILL)
    assert (folder / "data" / "postmaster.pid").exists()

    with running(folder) as server:
        assert noted(server) == ["kept"]


def test_a_pid_file_whose_number_another_program_has_by_now_is_no_obstacle(folder: Path) -> None:
    with running(folder) as server:
        os.kill(server.pid, signal.SIGKILL)
    pid_file = folder / "data" / "postmaster.pid"
    _, *rest = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *rest]) + "\n")

    with running(folder) as server:
        assert server.pid != os.getpid()


def test_a_pid_file_that_comes_and_goes_while_it_is_looked_for_is_no_error(folder: Path) -> None:
    """A server that starts takes an old one away first."""
    pid_file = folder / "data" / "postmaster.pid"
    pid_file.parent.mkdir(parents=True)
    going = Event()

    def come_and_go() -> None:
        while not going.is_set():
            pid_file.write_text("17\n")
            pid_file.unlink()

    other = Thread(target=come_and_go)
    other.start()
    try:
        read = [pid_file_lines(folder) for _ in range(20_000)]
    finally:
        going.set()
        other.join()

    assert ["17"] in read
    assert {tuple(lines) for lines in read} <= {(), ("17",)}


def test_a_second_server_on_the_same_folder_is_refused_with_a_sentence(folder: Path) -> None:
    with (
        running(folder),
        pytest.raises(RuntimeError, match=r"is running on .* already"),
        running(folder),
    ):
        pass


def test_nothing_is_left_running_when_the_starting_process_is_killed(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_A_SERVER, folder],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        server_pid = int(starter.stdout.readline())
        assert psutil.pid_exists(server_pid)
        starter.kill()

    assert gone(server_pid)


def test_a_folder_closed_to_the_servers_user_is_replaced_by_an_open_one(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    home = reachable(closed / "postgres", unprivileged())

    if os.geteuid() == 0:
        assert not home.is_relative_to(closed)
        home.rmdir()
    else:
        assert home == closed / "postgres"
