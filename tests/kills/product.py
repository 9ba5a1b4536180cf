"""A small product that can be killed part by part, and clients that note what they were told."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import cycle
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from uuid import UUID, uuid4

import psutil
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.vault.services import FileKeyService
from demo import postgres
from demo.migrations import upgrade
from tests.fixtures import ROOT
from tests.kills.zygote import Moment
from tests.schedule import uncounted

CLIENTS: Final = 4
PATIENCE: Final = 120.0
GONE_SECONDS: Final = 30.0
SAID: Final = 2000
TABLE: Final = (
    "CREATE TABLE business (tenant text NOT NULL, id uuid PRIMARY KEY)",
    "GRANT SELECT, INSERT ON business TO klarfall_app",
)


# Below what systems draw ports for outgoing connections from: a caller that tries again and again
# while nobody listens would otherwise, once in some ten thousand times, meet itself there.
PORTS: Final = range(20_000, 30_000)


def lasting_port() -> int:
    """One that nobody has now, and that nobody is given while the part behind it is away."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as tried, suppress(OSError):
            tried.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")


class Part(StrEnum):
    APP = "app"
    SEQUENCER = "sequencer"
    POSTMASTER = "postmaster"


@dataclass
class Client(threading.Thread):
    """Asks for one thing after another, each until it is told 200. Notes those."""

    port: int
    told: list[UUID] = field(default_factory=list)
    unanswered: int = 0

    def __post_init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        while not self.stopped.is_set():
            number = uuid4()
            while not self._ask(number):
                self.unanswered += 1
                if self.stopped.wait(0.01):
                    return
            self.told.append(number)

    def _ask(self, number: UUID) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("POST", f"/{number}")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Product:
    """Everything runs within the block; `kill` ends a part and starts it again."""

    folder: Path
    port: int = field(default_factory=lasting_port)
    kills: dict[Part, int] = field(default_factory=lambda: dict.fromkeys(Part, 0))
    moments: Counter[Moment] = field(default_factory=Counter)
    clients: list[Client] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._running = ExitStack()
        self._server = self._running.enter_context(
            postgres.running(self.folder / "postgres", port=lasting_port())
        )
        upgrade(self._server.owner_url())
        with psycopg.connect(self._server.owner_url()) as connection:
            for statement in TABLE:
                connection.execute(statement.encode())
        self.master = self.folder / "master.key"
        FileKeyService.create(self.master)
        self.signing = Ed25519PrivateKey.generate().private_bytes_raw()
        with uncounted():
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "tests.kills.zygote"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                cwd=ROOT,
            )
        self._pids = {part: self._start(part) for part in (Part.APP, Part.SEQUENCER)}
        self.clients = [Client(self.port) for _ in range(CLIENTS)]
        for client in self.clients:
            client.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop_clients()
        self._zygote.communicate()
        self._running.close()

    @property
    def order(self) -> dict[str, str]:
        return {
            "database": self.app_url,
            "master": str(self.master),
            "signing": self.signing.hex(),
            "port": str(self.port),
        }

    @property
    def app_url(self) -> str:
        return self._server.app_url().replace("postgresql://", "postgresql+psycopg://")

    @property
    def told(self) -> list[UUID]:
        return [number for client in self.clients for number in client.told]

    def stop_clients(self) -> None:
        for client in self.clients:
            client.stopped.set()
        for client in self.clients:
            client.join()

    def kill(self, part: Part) -> None:
        self.kills[part] += 1
        if part is Part.POSTMASTER:
            self._kill_postmaster()
        else:
            self._end(part)
            self._pids[part] = self._start(part)

    def kill_at(self, moment: Moment) -> None:
        """By a sequencer that kills itself there; before and after it runs one that does not."""
        self._end(Part.SEQUENCER)
        self._pids[Part.SEQUENCER] = self._start(Part.SEQUENCER, dies=moment)
        self._gone(Part.SEQUENCER, PATIENCE)
        said = self._said(Part.SEQUENCER)
        assert said.endswith(f"dies {moment}\n"), f"not dead at {moment}: {said}"
        self.kills[Part.SEQUENCER] += 1
        self.moments[moment] += 1
        self._pids[Part.SEQUENCER] = self._start(Part.SEQUENCER)

    def progress(self, beyond: int) -> None:
        """Waits until clients were told more than `beyond` times. Says why where they are not."""
        deadline = time.monotonic() + PATIENCE
        while len(self.told) <= beyond:
            for part, pid in self._pids.items():
                assert psutil.pid_exists(pid), f"the {part} ended by itself: {self._said(part)}"
            assert time.monotonic() < deadline, (
                f"{len(self.told)} told after {self.kills}, and nothing goes on any more: "
                f"{self._said(Part.APP)} {self._said(Part.POSTMASTER)}"
            )
            time.sleep(0.002)

    def _start(self, part: Part, **more: str) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        order = {**self.order, "part": part, "log": str(self._log(part)), **more}
        self._zygote.stdin.write(json.dumps(order) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def _end(self, part: Part) -> None:
        """Gone before another one is started: it holds its port until then.

        One that is started too early finds the port taken and ends, and nobody starts it again.
        """
        os.kill(self._pids[part], signal.SIGKILL)
        self._gone(part, GONE_SECONDS)

    def _gone(self, part: Part, seconds: float) -> None:
        with suppress(psutil.NoSuchProcess):
            psutil.Process(self._pids[part]).wait(seconds)

    def _log(self, part: Part) -> Path:
        if part is Part.POSTMASTER:
            return self.folder / "postgres" / "postgres.log"
        return self.folder / f"{part}.log"

    def _said(self, part: Part) -> str:
        log = self._log(part)
        return log.read_text(errors="replace")[-SAID:] if log.exists() else ""

    def _kill_postmaster(self) -> None:
        """Its own processes notice by themselves; nothing may start before the last is gone."""
        port, postmaster = self._server.port, psutil.Process(self._server.pid)
        postmaster.suspend()  # so that it starts none that nobody waits for
        others = postmaster.children(recursive=True)
        postmaster.kill()
        _, left = psutil.wait_procs([postmaster, *others], timeout=GONE_SECONDS)
        assert not left, f"{len(left)} processes outlive their postmaster: {left}"
        with suppress(psutil.NoSuchProcess):
            self._running.close()
        self._server = self._running.enter_context(
            postgres.running(self.folder / "postgres", port=port)
        )


def killed(product: Product, times: int, *, seed: int) -> None:
    """Kills parts at random moments: mostly the app, each tenth time the database.

    And each fifth time a sequencer at a moment that is named, one after the other.
    """
    chance = random.Random(seed)  # noqa: S311 - the same each time
    moments = cycle(Moment)
    for number in range(times):
        product.progress(len(product.told))
        time.sleep(chance.uniform(0, 0.06))
        if number % 10 == 9:
            product.kill(Part.POSTMASTER)
        elif number % 5 == 2:
            product.kill_at(next(moments))
        else:
            product.kill(Part.APP if chance.random() < 0.6 else Part.SEQUENCER)
    product.progress(len(product.told))
