"""Child processes that never outlive the process that started them (see tether.py)."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

TETHER: Final = Path(__file__).with_name("tether.py")
STOP_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class Account:
    """The user of the machine a command runs as."""

    uid: int
    gid: int


class Ended(Exception):
    """A child ended before it was ready. The message says where its output is."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running command. `stop` may be called again."""

    name: str
    log: Path
    tether: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        if self.tether.stdin is not None and not self.tether.stdin.closed:
            self.tether.stdin.close()
        try:
            self.tether.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.tether.kill()
            self.tether.wait()

    def started(self, pid: int) -> bool:
        """Whether `pid` is the command itself."""
        try:
            return psutil.Process(pid).ppid() == self.tether.pid
        except psutil.NoSuchProcess:
            return False

    def must_run(self) -> None:
        """Raises Ended, with the last lines of the child's output, if it is over."""
        if self.tether.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise Ended(f"{self.name} ended by itself. Its output is in {self.log}:\n{tail}")


def start(  # noqa: PLR0913 - what a process is started with
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    account: Account | None = None,
    end_with: str = "SIGTERM",
) -> Child:
    """Starts `command`; its output goes to `log`, readable by its starter only."""
    identity = ["-", "-"] if account is None else [str(account.uid), str(account.gid)]
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        tether = subprocess.Popen(
            [sys.executable, "-I", "-S", TETHER, end_with, *identity, *command],
            stdin=subprocess.PIPE,
            stdout=descriptor,
            stderr=subprocess.STDOUT,
            env=None if environment is None else dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return Child(name, log, tether)
