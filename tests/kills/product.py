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
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from enum import StrEnum
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
from tests.schedule import uncounted

CLIENTS: Final = 4
PATIENCE: Final = 120.0
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
            os.kill(self._pids[part], signal.SIGKILL)
            self._pids[part] = self._start(part)

    def progress(self, beyond: int) -> None:
        """Waits until clients were told more than `beyond` times."""
        deadline = time.monotonic() + PATIENCE
        while len(self.told) <= beyond:
            assert time.monotonic() < deadline, "nothing goes on any more"
            time.sleep(0.002)

    def _start(self, part: Part) -> int:
        assert self._zygote.stdin is not None
        assert self._zygote.stdout is not None
        self._zygote.stdin.write(json.dumps({**self.order, "part": part}) + "\n")
        self._zygote.stdin.flush()
        return int(self._zygote.stdout.readline())

    def _kill_postmaster(self) -> None:
        """Its own processes notice by themselves; nothing may start before the last is gone."""
        port, postmaster = self._server.port, psutil.Process(self._server.pid)
        others = postmaster.children(recursive=True)
        postmaster.kill()
        psutil.wait_procs([postmaster, *others], timeout=30)
        with suppress(psutil.NoSuchProcess):
            self._running.close()
        self._server = self._running.enter_context(
            postgres.running(self.folder / "postgres", port=port)
        )


def killed(product: Product, times: int, *, seed: int) -> None:
    """Kills parts at random moments: mostly the app, each tenth time the database."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    for number in range(times):
        product.progress(len(product.told))
        time.sleep(chance.uniform(0, 0.06))
        if number % 10 == 9:
            product.kill(Part.POSTMASTER)
        else:
            product.kill(Part.APP if chance.random() < 0.6 else Part.SEQUENCER)
    product.progress(len(product.told))
