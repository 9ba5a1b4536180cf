"""The whole demo, started as `make ask` starts it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import psutil
import pytest

from demo import stack
from demo.postgres import free_port
from demo.stack import NotStarted, running
from demo.state import Place, Running, ensure_secrets, held, remember_port
from tests.fixtures import ROOT
from tests.schedule import uncounted

pytestmark = pytest.mark.provider


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = Path(mkdtemp(prefix="klarfall-test-"))
    made.chmod(0o711)
    yield made / "demo"
    rmtree(made, ignore_errors=True)


@pytest.fixture(autouse=True)
def _uncounted() -> Iterator[None]:
    """What is started has to be ready in time, and coverage makes it three times slower."""
    with uncounted():
        yield


def run(module: str, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, "KLARFALL_DEMO_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )


def left_running(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        told = process.info["environ"] or {}
        command = " ".join(process.info["cmdline"] or [])
        if str(folder) in command or told.get("KLARFALL_STATE") == str(folder):
            found.append(command)
    return found


def test_one_question_is_answered_and_its_receipt_verified_by_another_program(folder: Path) -> None:
    done = run("demo.ask", folder)

    assert done.returncode == 0, done.stdout + done.stderr
    stages = re.findall(r"^ +\d+ ms  (\w+)$", done.stdout, flags=re.MULTILINE)
    assert stages == [
        "identity", "legitimation", "intake", "policy", "records", "redaction", "synthesis",
        "answers", "answer",
    ]  # fmt: skip
    assert re.search(r"\d,\d\d\s€", done.stdout)
    assert "used       benefit.next_payment" in done.stdout
    assert re.search(r"VERIFIED: entry .+, cosigned by demo$", done.stdout, flags=re.MULTILINE)
    assert "NOT VERIFIED" not in done.stdout
    assert left_running(folder) == []


def test_an_account_that_there_is_not_is_named_and_nothing_starts(folder: Path) -> None:
    done = run("demo.ask", folder, "--as", "nobody")

    assert done.returncode == 1
    assert "There is no demo account called nobody" in done.stdout
    assert "PostgreSQL" not in done.stdout


def test_a_running_demo_gives_tokens_and_answers_and_leaves_nothing_behind(folder: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "demo.stack"],
        cwd=ROOT,
        env={**os.environ, "KLARFALL_DEMO_FOLDER": str(folder), "KLARFALL_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        welcome = []
        for line in demo.stdout:
            welcome.append(line)
            if "Ctrl-C" in line:
                break
        token = run("demo.access", folder, "--as", "erika")
        (cosigning,) = (
            each
            for each in psutil.Process(demo.pid).children(recursive=True)
            if each.cmdline()[1:3] == ["-m", "demo.witness"]
        )
        cosigning.kill()
        asked = run("demo.ask", folder, "--as", "mehmet", "Bis wann ist meine Leistung bewilligt?")
        by_password = run("demo.ask", folder, "--as", "jonas")
        second = run("demo.stack", folder)
        demo.send_signal(signal.SIGINT)
        rest = demo.stdout.read()

    assert f"http://127.0.0.1:{port}" in "".join(welcome)
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", token.stdout)
    assert (asked.returncode, demo.returncode) == (0, 0), asked.stdout
    assert "did not cosign it in time" in asked.stdout
    assert "VERIFIED: entry" in asked.stdout
    assert by_password.returncode == 1 or "needs_step_up" in by_password.stdout
    assert not re.search(r"\d,\d\d\s€", by_password.stdout)
    assert second.returncode == 1
    assert "running already" in second.stdout
    assert "Nothing is left running" in rest
    assert left_running(folder) == []


def test_a_killed_demo_leaves_nothing_running_and_its_folder_free(folder: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "demo.stack"],
        cwd=ROOT,
        env={
            **os.environ,
            "KLARFALL_DEMO_FOLDER": str(folder),
            "KLARFALL_PORT": str(free_port()),
        },
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        for line in demo.stdout:
            if "Service" in line:
                break
        children = psutil.Process(demo.pid).children(recursive=True)
        demo.kill()
    psutil.wait_procs(children, timeout=20)

    assert children
    assert left_running(folder) == []
    assert Place.read(folder) is None
    with held(folder):
        pass


def test_a_taken_port_is_said_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with (
            pytest.raises(NotStarted, match=f"KLARFALL_PORT={port + 1}"),
            running(tmp_path / "demo", port=port),
        ):
            pass


def test_secrets_are_made_once_and_readable_by_their_owner_only(tmp_path: Path) -> None:
    ensure_secrets(tmp_path)
    first = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    ensure_secrets(tmp_path)

    again = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    private = [path for path in (tmp_path / "keys").iterdir() if "public" not in path.name]
    assert again == first
    assert len(private) >= 6
    assert [path for path in private if path.stat().st_mode & 0o077] == []


def test_a_folder_is_held_by_one_process_at_a_time(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(Running), held(tmp_path):
        pass
    with held(tmp_path):
        pass


def test_a_remembered_port_that_is_taken_is_not_used(tmp_path: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        remember_port(tmp_path, "provider", port)

        assert stack.provider_port(tmp_path) != port
    remember_port(tmp_path, "provider", port)
    assert stack.provider_port(tmp_path) == port
