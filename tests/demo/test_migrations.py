"""A folder of demo data that another state of the source made is no dead end."""

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp

import psycopg
import pytest

from demo.migrations import VERSIONS, migrate, note
from demo.postgres import Server, running


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="klarfall-test-"))
    made.chmod(0o711)
    yield made
    rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with running(folder / "postgres") as server:
        yield server


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    return copytree(VERSIONS, tmp_path / "versions")


def marked(server: Server) -> bool:
    """Whether this is still the database that `mark` was called on."""
    with psycopg.connect(server.owner_url()) as connection:
        found = connection.execute("SELECT to_regclass('public.mark')").fetchone()
    return found is not None and found[0] is not None


def mark(server: Server) -> None:
    with psycopg.connect(server.owner_url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS mark ()")


def test_a_database_that_went_through_these_migrations_is_kept(
    server: Server, folder: Path, versions: Path
) -> None:
    migrate(server, folder, versions=versions)
    mark(server)

    assert migrate(server, folder, versions=versions) is False
    assert marked(server)


def test_a_database_is_kept_where_only_a_newer_migration_came(
    server: Server, folder: Path, versions: Path
) -> None:
    migrate(server, folder, versions=versions)
    mark(server)
    (versions / "9999_newer.py").write_text("# none yet\n")

    assert migrate(server, folder, versions=versions) is False
    assert marked(server)


@pytest.mark.parametrize("change", ["changed", "gone", "not noted"])
def test_a_database_that_went_through_others_is_made_anew(
    server: Server, folder: Path, versions: Path, change: str
) -> None:
    migrate(server, folder, versions=versions)
    mark(server)
    first = min(versions.glob("*.py"))
    match change:
        case "changed":
            first.write_text(first.read_text("utf-8") + "\n# changed\n", "utf-8")
        case "gone":
            first.unlink()
        case _:
            note(folder).write_text("{}")

    assert migrate(server, folder, versions=versions) is True
    assert not marked(server)
    assert migrate(server, folder, versions=versions) is False
