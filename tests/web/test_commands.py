"""The command line."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from threading import Thread

import psycopg
import pytest
from typer.testing import CliRunner, Result

from app.web import cli
from app.web.cli import program
from tests.audit.conftest import a_leaf, memory_log, receipt
from tests.fixtures import ROOT, Urls
from tests.schedule import uncounted

RUN = CliRunner()
CANARY = "Quittengelee"
__all__ = ["receipt"]  # a fixture, made use of here


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return copytree(ROOT / "policies", tmp_path / "policies")


@pytest.fixture
def served_log(tmp_path: Path) -> Path:
    """A folder with what a log serves, and its key in the file `vkey`."""
    log = memory_log([a_leaf().encode() for _ in range(300)])
    folder = tmp_path / "log"
    for name, content in log.files().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (folder / "vkey").write_text(log.key.verifier.vkey)
    return folder


def verified(log: str, vkey: Path, *more: str) -> Result:
    return RUN.invoke(program, ["audit", "verify", log, "--vkey", str(vkey), *more])


@contextmanager
def over_http(folder: Path) -> Iterator[str]:
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def test_policies_that_fit_are_accepted_with_their_digest(policies: Path) -> None:
    result = RUN.invoke(program, ["policy", "check", "--folder", str(policies)])

    assert result.exit_code == 0
    assert "57 fields" in result.stdout
    assert "digest" in result.stdout


@pytest.mark.parametrize(
    ("sheet", "line"),
    [
        ("release.cedar", "\npermit (principal, action, resource) when { resource.nothing };"),
        ("fields.yaml", "\nperson.shoe_size: {}\n"),
        ("topics.yaml", "\nshoes: {fields: [person.shoe_size], words: {de: [Schuh], en: [shoe]}}"),
    ],
)
def test_policies_that_do_not_fit_are_refused(policies: Path, sheet: str, line: str) -> None:
    with (policies / sheet).open("a") as stream:
        stream.write(line)

    result = RUN.invoke(program, ["policy", "check", "--folder", str(policies)])

    assert result.exit_code == 1
    assert result.stderr


def test_policies_that_are_not_there_are_refused(tmp_path: Path) -> None:
    assert RUN.invoke(program, ["policy", "check", "--folder", str(tmp_path)]).exit_code == 1


def test_migrating_without_the_owners_url_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KLARFALL_OWNER_URL", raising=False)

    result = RUN.invoke(program, ["migrate"])

    assert result.exit_code == 2
    assert "KLARFALL_OWNER_URL" in result.stderr


def test_migrating_outside_a_checkout_says_where_to_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KLARFALL_OWNER_URL", "postgresql://nobody@127.0.0.1:1/none")

    result = RUN.invoke(program, ["migrate", "--config", str(tmp_path / "alembic.ini")])

    assert result.exit_code == 2
    assert "run this in the folder" in result.stderr


def test_migrate_brings_an_empty_database_to_this_version(
    monkeypatch: pytest.MonkeyPatch, empty_database: Urls
) -> None:
    monkeypatch.setenv("KLARFALL_OWNER_URL", empty_database.owner)

    result = RUN.invoke(program, ["migrate", "--config", str(ROOT / "alembic.ini")])

    assert result.exit_code == 0
    with psycopg.connect(empty_database.owner) as connection:
        assert connection.execute("SELECT count(*) FROM alembic_version").fetchone() == (1,)


def test_no_command_waits_for_what_only_another_one_needs() -> None:
    """They are most of a start, and nothing that verifies or renews a key needs them."""
    heavy = {"presidio_analyzer", "spacy", "llama_index.core"}
    look = f"import app.web.cli, sys; sys.exit(bool({heavy!r} & sys.modules.keys()))"

    with uncounted():
        looked = subprocess.run([sys.executable, "-c", look], check=False, cwd=ROOT)

    assert looked.returncode == 0


UNFIT = ["KLARFALL_ENVIRONMENT: Field required.", "KLARFALL_DATABASE_URL: Field required.",
         "KLARFALL_PUBLIC_URL: Input should be a valid URL"]  # fmt: skip


def test_without_its_settings_a_command_says_which_are_missing_and_repeats_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in [each for each in os.environ if each.startswith("KLARFALL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("KLARFALL_PUBLIC_URL", CANARY)
    monkeypatch.setattr(sys, "argv", ["klarfall", "lifecycle", "run", "--dry-run"])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    told = capsys.readouterr()
    assert ended.value.code == 2
    assert [each for each in UNFIT if each not in told.err] == []
    assert CANARY not in told.err + told.out


def test_nor_is_the_service_served_without_them() -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLARFALL_")}
    with uncounted():
        done = subprocess.run(
            [sys.executable, "-m", "app.web.cli", "serve"],
            cwd=ROOT,
            env={**kept, "KLARFALL_PUBLIC_URL": CANARY},
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert [each for each in UNFIT if each not in done.stderr] == []
    assert CANARY not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_the_command_line_outside_a_demo_says_that_none_runs(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app.web.cli", "demo", "token", "--as", "nobody-at-all"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "not running" in done.stderr or "no demo account" in done.stderr


def test_a_true_log_is_verified_from_a_folder(served_log: Path) -> None:
    result = verified(str(served_log), served_log / "vkey")

    assert result.exit_code == 0
    assert "300 entries" in result.stdout


def test_a_true_log_is_verified_as_it_is_served(served_log: Path) -> None:
    with over_http(served_log) as url:
        result = verified(url, served_log / "vkey")

    assert result.exit_code == 0
    assert "300 entries" in result.stdout


def test_a_log_that_continues_an_earlier_checkpoint_is_verified(served_log: Path) -> None:
    earlier = served_log / "checkpoint"

    assert verified(str(served_log), served_log / "vkey", "--earlier", str(earlier)).exit_code == 0


def test_an_altered_entry_is_not_verified(served_log: Path) -> None:
    bundle = served_log / "tile" / "entries" / "000"
    content = bytearray(bundle.read_bytes())
    content[40] ^= 1
    bundle.write_bytes(content)

    result = verified(str(served_log), served_log / "vkey")

    assert result.exit_code == 1
    assert "NOT VERIFIED" in result.stderr


def test_a_log_that_cannot_be_fetched_is_not_verified(served_log: Path) -> None:
    (served_log / "checkpoint").unlink()

    assert verified(str(served_log), served_log / "vkey").exit_code == 3
    with over_http(served_log) as url:
        assert verified(url, served_log / "vkey").exit_code == 3


def test_a_true_receipt_is_verified_and_an_altered_one_is_not(
    receipt: tuple[bytes, str], tmp_path: Path
) -> None:
    document, vkey = receipt
    kept, key = tmp_path / "receipt.json", tmp_path / "vkey"
    key.write_text(vkey)
    kept.write_bytes(document)
    true = RUN.invoke(program, ["audit", "receipt", str(kept), "--vkey", str(key)])
    kept.write_bytes(document.replace(b"answered", b"released"))
    altered = RUN.invoke(program, ["audit", "receipt", str(kept), "--vkey", str(key)])

    assert (true.exit_code, altered.exit_code) == (0, 1)
    assert "NOT VERIFIED" in altered.stderr
