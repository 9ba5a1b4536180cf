"""Runs one command and ends it when the process that asked for it is gone.

The asking process holds the writing end of this process's standard input. When that
closes, for whatever reason (a normal end, a crash, `kill -9`), the command gets the named
signal, ten seconds, and then SIGKILL. So nothing is ever left running behind a demo or a
test. Imports the standard library only: it starts in a few milliseconds.

    python -I -S demo/tether.py SIGNAL UID GID COMMAND…     (UID and GID `-`: keep ours)
"""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

GRACE_SECONDS = 10


def end(child: "subprocess.Popen[bytes]", with_signal: signal.Signals) -> None:
    child.send_signal(with_signal)
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        sweep(child.pid)


def sweep(group: int) -> None:
    """Ends what is left of the command's process group, its workers included."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def wait_for_the_asker() -> None:
    while os.read(0, 64):
        pass


def main(arguments: list[str]) -> int:
    signal_name, uid, gid, *command = arguments
    with_signal = signal.Signals[signal_name]
    for passed_over in (signal.SIGINT, signal.SIGHUP):
        # Not SIG_IGN, which the command would inherit.
        signal.signal(passed_over, lambda *_: None)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        user=None if uid == "-" else int(uid),
        group=None if gid == "-" else int(gid),
        extra_groups=None if gid == "-" else [],
        start_new_session=True,
    )
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(with_signal))

    def watch() -> None:
        wait_for_the_asker()
        end(child, with_signal)

    threading.Thread(target=watch, daemon=True).start()
    status = child.wait()
    sweep(child.pid)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
