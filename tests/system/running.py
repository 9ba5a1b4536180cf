"""The whole product, really running, with a handle on each of its parts.

Started from the same functions as `make demo`, in a folder of its own and on free ports. A part
can be taken away and given back, which `demo.stack.running` has no need of; some accounts are
known to the provider that the world has no case for. Further services on the same database, each
with a model of its own, answer beside the first: a worker more, as far as the others can tell.
"""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import psutil

from app.vocabulary.dates import today
from demo import postgres, stack
from demo.migrations import upgrade
from demo.processes import Child, start
from demo.state import ROOT, Place, ensure_secrets
from demo.world.accounts import Account
from demo.world.world import World, build
from tests.schedule import uncounted

# Accounts that nobody bound to a case yet, each test module its own.
STRANGERS = tuple(f"stranger-{number}" for number in range(1, 13))
# And those who live while parts are killed: as many as the longest run has.
CROWD = tuple(f"crowd-{number}" for number in range(1, 161))


def _stranger(name: str) -> Account:
    return Account(
        name=name,
        display_name="Toni Neumann",
        tenant="bergstrasse",
        try_this="",
        given="Toni",
        family="Neumann",
    )


def world_of_today() -> World:
    return build(today(lambda: datetime.now(UTC)))


@dataclass
class System:
    """`url` is where the service without a model answers, and what all of them call themselves."""

    folder: Path
    place: Place
    world: World
    _database: ExitStack = field(default_factory=ExitStack)
    _provider: Child | None = None
    _service: Child | None = None
    _earlier: list[str] = field(default_factory=list)
    server: postgres.Server | None = None

    @property
    def url(self) -> str:
        return self.place.url

    @property
    def database(self) -> postgres.Server:
        assert self.server is not None
        return self.server

    @property
    def master_key(self) -> Path:
        return self.folder / "keys" / "master.key"

    def __enter__(self) -> Self:
        try:
            self.start_database()
            upgrade(self.database.owner_url())
            ensure_secrets(self.folder)
            self.start_provider()
            with uncounted():
                self._service = stack.started_service(
                    self.folder, self.place, self.database.app_url(), 1
                )
            stack.until_ready(f"{self.url}/readyz", self._service)
            asyncio.run(stack.load_world(self.place, self.folder, self.world))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._service is not None:
            self._service.stop()
        self.stop_provider()
        self.stop_database()

    def start_database(self) -> None:
        port = None if self.server is None else self.server.port
        self.server = self._database.enter_context(
            postgres.running(self.folder / "postgres", port=port)
        )

    def stop_database(self) -> None:
        self._keep_logs()
        self._database.close()

    def kill_database(self) -> None:
        """SIGKILL to the postmaster, and the same data served again once the last process is gone.

        The others of the server notice by themselves; none may be left when another one starts.
        """
        postmaster = psutil.Process(self.database.pid)
        postmaster.suspend()  # so that it starts no process that nobody waits for
        others = postmaster.children(recursive=True)
        postmaster.kill()
        _, left = psutil.wait_procs([postmaster, *others], timeout=30)
        if left:
            raise RuntimeError(f"{len(left)} processes of the killed server are still there")
        with suppress(psutil.NoSuchProcess):
            self.stop_database()
        self.start_database()

    def start_provider(self) -> None:
        known = replace(
            self.world, accounts=(*self.world.accounts, *map(_stranger, (*STRANGERS, *CROWD)))
        )
        self._provider = stack.started_provider(self.folder, self.place, known)

    def stop_provider(self) -> None:
        self._keep_logs()
        if self._provider is not None:
            self._provider.stop()

    @contextmanager
    def another(self, name: str, environment: Mapping[str, str]) -> Iterator[str]:
        """One more service, with settings of its own; gives where it answers."""
        port = postgres.free_port()
        url = f"http://127.0.0.1:{port}"
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with uncounted():
            child = start(
                f"The service {name}",
                [sys.executable, "-m", "app.web.cli", "serve", "--port", str(port)],
                log=folder / "service.log",
                folder=ROOT,
                environment={
                    **os.environ,
                    **stack.service_environment(self.folder, self.place, self.database.app_url()),
                    **environment,
                },
            )
        try:
            stack.until_ready(f"{url}/readyz", child)
            yield url
        finally:
            child.stop()

    def logs(self) -> str:
        """Everything any part ever wrote into a log; a part that starts again begins a new file."""
        return "\n".join([*self._earlier, *self._read_logs()])

    def _keep_logs(self) -> None:
        self._earlier += self._read_logs()

    def _read_logs(self) -> list[str]:
        return [path.read_text(errors="replace") for path in sorted(self.folder.rglob("*.log"))]

    def ready(self, url: str | None = None) -> tuple[int, dict[str, str]]:
        """The status of /readyz, and the state of each part."""
        answer = httpx2.get(f"{url or self.url}/readyz", timeout=15, trust_env=False)
        return answer.status_code, dict(answer.json()["parts"])
