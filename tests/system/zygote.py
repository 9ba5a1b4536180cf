"""Forks workers of the service: each is `klarfall serve` in a process of its own.

    python -m tests.system.zygote

One JSON object a line comes in: port, log, settings. The worker's pid goes out. What takes seconds
is done once and before: reading the code, patterns, and what phrases mean. A worker then sets
itself up as always, from the environment it is given, and shares nothing with the next one but
the database. When this process ends, all of them end.
"""

import gc
import json
import os
import signal
import sys
from contextlib import suppress

from app.intake.understanding import Understanding
from app.redaction.recognisers import prepared
from app.web.commands.serving import serve
from app.web.main import create_app
from app.web.settings import Settings
from tests.once import of_sheets


def warm() -> None:
    Understanding.load = of_sheets(Understanding.load)  # type: ignore[assignment,method-assign]  # the same, sooner
    create_app(Settings())
    prepared()
    gc.collect()
    gc.freeze()


def work(order: dict[str, str]) -> None:
    """Never returns."""
    log = os.open(order.pop("log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    port = int(order.pop("port"))
    os.environ.update(order)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        serve(port=port)
    finally:
        os._exit(1)


def main() -> None:
    started: list[int] = []
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    warm()
    sys.stdout.write("warm\n")
    sys.stdout.flush()
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            work(json.loads(line))
        started.append(pid)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
