"""What an audited write costs beside the same write with a plain row, at 8 and at 32 connections.

    python -m bench.writes

In pairs, one right after the other and by turns first, as this machine's speed changes within
seconds: what counts is the ratio within a pair. All connections are open before anything is
counted, with one to spare for the sequencer, which else had to open one again and again. What an
audited turn leaves in the queue is sequenced before the plain one beside it begins, or that one
would pay for it; `sequenced` is the ratio with that time counted as well. `work` is the ratio of
processor time, of this process and the database's together and sequenced: what others do on the
machine meanwhile hardly moves it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Final, Protocol

import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.notes import SigningKey
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Sequencer
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import PersonId, TenantId, random_id
from bench.baselines import PLAIN_INSERT, make_plain_table
from demo import postgres
from demo.migrations import upgrade
from demo.postgres import Server

TENANT: Final = TenantId("bench")
POLICY: Final = "0" * 64
CLIENTS: Final = (8, 32)
PAIRS: Final = 24
TURN_SECONDS: Final = 0.4
SPARE: Final = 4
TARGET: Final = 0.85
_QUEUED: Final = text("SELECT count(*) FROM audit_queue WHERE tenant = :tenant")


class Figure(Protocol):
    def __call__(self, name: str, value: float, unit: str, **more: object) -> None: ...


@dataclass(frozen=True, slots=True)
class Pair:
    """Writes a second, each of its turn; and `work`, plain by audited."""

    plain: float
    audited: float
    sequenced: float
    work: float

    @property
    def ratio(self) -> float:
        return self.audited / self.plain


@dataclass(frozen=True, slots=True)
class Turn:
    """`work` is processor time for one write."""

    writes: int
    rate: float
    work: float


@dataclass(frozen=True, slots=True)
class Writers:
    """So many callers, each on a connection of its own and waiting for its answer."""

    clients: int
    database: Database
    sequencer: Sequencer
    log: Log
    server: Server

    async def plain(self) -> None:
        async with self.database.transaction(TENANT) as tx:
            await tx.execute(PLAIN_INSERT, row())
            await tx.execute(PLAIN_INSERT, row())

    async def audited(self) -> None:
        actor = Actor(kind=ActorKind.PERSON, person=PersonId(random_id()))
        event = Event(kind=EventKind.SIGNED_IN, at=datetime.now(UTC), actor=actor)
        async with self.database.transaction(TENANT) as tx:
            await tx.execute(PLAIN_INSERT, row())
            await self.log.record(tx, TENANT, event)

    async def connect(self) -> None:
        """All at once hold one, so that each is open afterwards; then some writes of each kind."""
        everybody = asyncio.Barrier(self.clients + 1)

        async def one() -> None:
            async with self.database.transaction(TENANT):
                await everybody.wait()

        await asyncio.gather(*(one() for _ in range(self.clients + 1)))
        for each in (self.plain, self.audited):
            await self.turn(each)
        await self.drained()

    async def pair(self, *, plain_first: bool) -> Pair:
        plain = await self.turn(self.plain) if plain_first else None
        begun, spent = perf_counter(), self.spent()
        audited = await self.turn(self.audited)
        await self.drained()
        sequenced = audited.writes / (perf_counter() - begun)
        work = (self.spent() - spent) / audited.writes
        plain = plain or await self.turn(self.plain)
        return Pair(plain.rate, audited.rate, sequenced, plain.work / work)

    async def turn(self, once: Callable[[], Awaitable[None]]) -> Turn:
        begun, spent = perf_counter(), self.spent()

        async def one() -> int:
            done = 0
            while perf_counter() < begun + TURN_SECONDS:
                await once()
                done += 1
            return done

        done = sum(await asyncio.gather(*(one() for _ in range(self.clients))))
        return Turn(done, done / (perf_counter() - begun), (self.spent() - spent) / done)

    def spent(self) -> float:
        """Seconds of processor time so far, here and in the database."""
        postmaster = psutil.Process(self.server.pid)
        total = process_time()
        for each in (postmaster, *postmaster.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = each.cpu_times()
                total += times.user + times.system
        return total

    async def drained(self) -> None:
        """Returns when the queue is empty, whoever of the two sequencers emptied it."""
        while True:
            await self.sequencer.drain(TENANT)
            async with self.database.transaction(TENANT) as tx:
                if not (await tx.execute(_QUEUED, {"tenant": TENANT})).scalar_one():
                    return


async def writing(server: Server, keys: Path, figure: Figure, *, pairs: int = PAIRS) -> None:
    """The same row with a plain entry beside it, and with an audited one, sequencer running."""
    make_plain_table(server)
    key = SigningKey("klarfall.example/log/bench", Ed25519PrivateKey.generate())
    for clients in CLIENTS:
        database = Database(server.app_url(), pool_size=clients + SPARE)
        sequencer = Sequencer(database, {TENANT: key})
        sealer = VaultSealer(Vault(FileKeyService(keys / "master.key")))
        log = Log(sealer, policy=POLICY, wake=sequencer.wake)
        writers = Writers(clients, database, sequencer, log, server)
        sequencing = asyncio.create_task(sequencer.run())
        try:
            await writers.connect()
            found = [await writers.pair(plain_first=turn % 2 == 0) for turn in range(pairs)]
            told(figure, clients, found)
        finally:
            sequencing.cancel()
            with suppress(asyncio.CancelledError):
                await sequencing
            await database.close()


def told(figure: Figure, clients: int, found: list[Pair]) -> None:
    """The median of the pairs, and between which ratios the middle half of them is."""
    low, middle, high = quantiles([each.ratio for each in found], n=4)
    figure(
        "audited write",
        median(each.audited for each in found),
        "writes/s",
        clients=clients,
        plain=round(median(each.plain for each in found), 1),
        times_plain=round(middle, 3),
        middle_half=[round(low, 3), round(high, 3)],
        sequenced=round(median(each.sequenced / each.plain for each in found), 3),
        work=round(median(each.work for each in found), 3),
        pairs=len(found),
        target=TARGET,
    )


def row() -> dict[str, object]:
    return {"entry": random_id(), "leaf": bytes(85), "sealed": bytes(700)}


def main() -> None:
    from bench.run import figure  # noqa: PLC0415 - which reads all of the benchmark

    with TemporaryDirectory(prefix="klarfall-writes-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        FileKeyService.create(folder / "master.key")
        with postgres.running(folder / "postgres") as server:
            upgrade(server.owner_url())
            asyncio.run(writing(server, folder, figure))


if __name__ == "__main__":
    main()
