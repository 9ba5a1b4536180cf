"""Workers of the running product that may be killed at any moment, and come back by themselves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Final, Self

import httpx2
import psutil

from demo import stack
from tests.fixtures import ROOT
from tests.kills.product import lasting_port
from tests.schedule import uncounted
from tests.system.running import System

READY_SECONDS: Final = 90
GONE_SECONDS: Final = 30
SAID: Final = 2000


@dataclass
class Workers:
    """`urls` are two of them, on ports of their own, as behind a load balancer."""

    system: System
    urls: list[str] = field(default_factory=list)
    kills: int = 0
    _pids: dict[str, int] = field(default_factory=dict)
    _born: dict[str, float] = field(default_factory=dict)
    _outage: float = 0.0

    def __enter__(self) -> Self:
        with uncounted():
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.system.zygote"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                env={**os.environ, **self._settings(self.system.database.app_url())},
            )
        self._out.readline()
        self.urls = [self._start(self._settings(self.system.database.app_url())) for _ in range(2)]
        for url in self.urls:
            self.until_ready(url)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._zygote.communicate()

    def kill(self, which: int) -> None:
        """SIGKILL; another one takes its place on the port. Callers meanwhile ask the other."""
        url = self.urls[which % len(self.urls)]
        self._end(url)
        self.kills += 1
        self._start(self._settings(self.system.database.app_url()), url)

    @contextmanager
    def on(self, database_url: str) -> Iterator[str]:
        """One more, that serves another database with the same keys, log and erasure list."""
        url = self._start(self._settings(database_url))
        try:
            self.until_ready(url)
            yield url
        finally:
            self._end(url)

    def until_ready(self, url: str) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self._must_run(url)
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"{url}/readyz", timeout=5, trust_env=False).is_success:
                    return
            time.sleep(0.05)
        raise AssertionError(f"a worker is not ready: {self.said(url)}")

    def kill_database(self) -> None:
        self.system.kill_database()
        self._outage = time.monotonic()

    def look_after(self) -> None:
        """Starts again who could not start while the database was away, as uvicorn does for its
        own: nobody is served before the list of the erased was read. No worker ends otherwise."""
        for url in self.urls:
            if not psutil.pid_exists(self._pids[url]):
                self._must_run(url)
                self._start(self._settings(self.system.database.app_url()), url)

    def _must_run(self, url: str) -> None:
        running = psutil.pid_exists(self._pids[url]) or self._born[url] < self._outage
        assert running, f"a worker ended by itself: {self.said(url)}"

    def said(self, url: str) -> str:
        log = self.system.folder / f"worker-{url.rpartition(':')[2]}.log"
        return log.read_text(errors="replace")[-SAID:]

    def _settings(self, database_url: str) -> Mapping[str, str]:
        return stack.service_environment(self.system.folder, self.system.place, database_url)

    def _start(self, settings: Mapping[str, str], url: str | None = None) -> str:
        url = url or f"http://127.0.0.1:{lasting_port()}"
        port = url.rpartition(":")[2]
        log = self.system.folder / f"worker-{port}.log"
        self._in.write(json.dumps({**settings, "port": port, "log": str(log)}) + "\n")
        self._in.flush()
        self._pids[url], self._born[url] = int(self._out.readline()), time.monotonic()
        return url

    def _end(self, url: str) -> None:
        """Gone before the next one asks for its port."""
        with suppress(psutil.NoSuchProcess):
            worker = psutil.Process(self._pids[url])
            worker.kill()
            worker.wait(GONE_SECONDS)

    @property
    def _in(self) -> IO[str]:
        assert self._zygote.stdin is not None
        return self._zygote.stdin

    @property
    def _out(self) -> IO[str]:
        assert self._zygote.stdout is not None
        return self._zygote.stdout
