"""`klarfall lifecycle`, as an operator runs it."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from app.web.cli import program
from tests.doubles.lying_provider import CLIENT, ORIGIN, LyingProvider
from tests.fixtures import ROOT, MovableClock, Urls
from tests.service import write_client_key, write_tenant


@pytest.fixture
def urls_here(
    new_database: Callable[..., Urls],
    migrated_template: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Urls:
    urls = new_database(migrated_template)
    write_client_key(tmp_path, LyingProvider(MovableClock()))
    write_tenant(tmp_path, "bergstrasse", client=CLIENT)
    for name, value in {
        "ENVIRONMENT": "testing",
        "DATABASE_URL": urls.app,
        "OWNER_URL": urls.owner,
        "PUBLIC_URL": ORIGIN,
        "TENANTS": str(tmp_path / "tenants"),
        "POLICIES": str(ROOT / "policies"),
        "ERASURE_LIST": str(tmp_path / "erased"),
    }.items():
        monkeypatch.setenv(f"KLARFALL_{name}", value)
    with psycopg.connect(urls.owner) as connection:
        connection.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        connection.execute(
            "INSERT INTO logout_notices (tenant, digest, said_at, came_at, expires_at) "
            "VALUES ('bergstrasse', '\\x00', now(), now(), now() - interval '1 hour'), "
            "('bergstrasse', '\\x01', now(), now(), now() + interval '1 hour')"
        )
    return urls


def left(urls: Urls) -> int:
    with psycopg.connect(urls.owner) as connection:
        connection.execute("SELECT set_config('klarfall.tenant', 'bergstrasse', true)")
        row = connection.execute("SELECT count(*) FROM logout_notices").fetchone()
    assert row is not None
    return int(row[0])


def test_a_dry_run_tells_and_deletes_nothing_and_a_run_deletes_what_it_told(
    urls_here: Urls,
) -> None:
    """And no more: what is not over is there still, and once more there is nothing to do."""
    told = "bergstrasse: sign_in logout_notices 1\n"

    dry = CliRunner().invoke(program, ["lifecycle", "run", "--dry-run", "--ids"])
    untouched = left(urls_here)
    real = CliRunner().invoke(program, ["lifecycle", "run", "--tenant", "bergstrasse"])
    gone = left(urls_here)
    again = CliRunner().invoke(program, ["lifecycle", "run"])

    assert (dry.exit_code, dry.stdout) == (0, f"{told}  00\n")
    assert (real.exit_code, real.stdout) == (0, f"{told}bergstrasse: 0 erasures finished\n")
    assert "logout_notices 1 of 1" in real.stderr
    assert (untouched, gone) == (2, 1)
    assert again.stdout == "bergstrasse: nothing is over\nbergstrasse: 0 erasures finished\n"


def test_replay_and_scrub_say_what_they_did(urls_here: Urls) -> None:
    replayed = CliRunner().invoke(program, ["lifecycle", "replay"])
    scrubbed = CliRunner().invoke(program, ["lifecycle", "scrub"])
    unknown = CliRunner().invoke(program, ["lifecycle", "run", "--tenant", "nowhere"])

    assert (replayed.exit_code, replayed.stdout) == (0, "bergstrasse: 0 erased again\n")
    assert scrubbed.exit_code == 0
    assert "data_keys: rewritten\n" in scrubbed.stdout
    assert unknown.exit_code == 2


def test_scrub_leaves_a_table_that_is_in_use_and_names_it(urls_here: Urls) -> None:
    with psycopg.connect(urls_here.superuser) as connection:
        connection.execute("LOCK TABLE data_keys IN ACCESS SHARE MODE")
        scrubbed = CliRunner().invoke(program, ["lifecycle", "scrub", "--patience", "1"])

    assert scrubbed.exit_code == 1
    assert scrubbed.stderr == "data_keys: in use for 1 s, left as it is. Try again.\n"
    assert "data_keys" not in scrubbed.stdout
    assert "persons: rewritten\n" in scrubbed.stdout


def test_scrub_names_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KLARFALL_OWNER_URL", raising=False)

    refused = CliRunner().invoke(program, ["lifecycle", "scrub"])

    assert refused.exit_code == 2
    assert "KLARFALL_OWNER_URL" in refused.stderr
