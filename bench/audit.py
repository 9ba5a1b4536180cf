"""What the trail costs: to write (writes.py), to be in it, to be verified whole, to be proven.

    python -m bench.audit [entries]

Part of `make bench`. The log to verify is made by our own tree code in a folder, without a
database; `entries` says how many it has (1,000,000 by itself, fewer in `make bench`).
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import mkdtemp
from time import perf_counter
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from app.audit.copies import keep, opened
from app.audit.edge import Edge
from app.audit.entryproofs import prove
from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.log import Log
from app.audit.notes import Checkpoint, SigningKey
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Sequencer
from app.audit.tiles import TILE_WIDTH, Tile, bundle
from app.audit.tree import leaf_hash
from app.audit.verification import verify_log
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import PersonId, TenantId, random_id
from bench.writes import POLICY, Figure, writing
from demo.postgres import Server

TENANT: Final = TenantId("waiting")
ENTRIES: Final = 100_000
MILLION: Final = 1_000_000
GO_SOURCES: Final = Path("/usr/share/gocode")
GO_PROGRAM: Final = Path(__file__).parent.parent / "tests" / "audit" / "tlog_verify"


def measure(server: Server, keys: Path, figure: Figure, *, entries: int = ENTRIES) -> None:
    asyncio.run(writing(server, keys, figure))
    asyncio.run(waiting(server, keys, figure))
    verifying(figure, entries)


async def waiting(server: Server, keys: Path, figure: Figure) -> None:
    """How long an entry is on its way, with nobody else writing."""
    database = Database(server.app_url())
    key = SigningKey("klarfall.example/log/waiting", Ed25519PrivateKey.generate())
    sequencer = Sequencer(database, {TENANT: key})
    sealer = VaultSealer(Vault(FileKeyService(keys / "master.key")))
    log = Log(sealer, policy=POLICY, wake=sequencer.wake)
    sequencing = asyncio.create_task(sequencer.run())
    try:
        waits = await included(database, log)
        figure("inclusion p99", quantiles(waits, n=100)[98], "s", count=len(waits), target=1.5)
    finally:
        sequencing.cancel()
        with suppress(asyncio.CancelledError):
            await sequencing
        await database.close()


async def included(database: Database, log: Log) -> list[float]:
    """From the commit to the signed tree, for entries written at any moment."""
    found = text("SELECT 1 FROM audit_entries WHERE tenant = :tenant AND entry = :entry")
    waits = []
    for number in range(100):
        actor = Actor(kind=ActorKind.PERSON, person=PersonId(random_id()))
        event = Event(kind=EventKind.SIGNED_IN, at=datetime.now(UTC), actor=actor)
        async with database.transaction(TENANT) as tx:
            receipt = await log.record(tx, TENANT, event)
        begun = perf_counter()
        while True:
            async with database.transaction(TENANT) as tx:
                at = {"tenant": TENANT, "entry": receipt.entry}
                if (await tx.execute(found, at)).scalar_one_or_none():
                    break
            await asyncio.sleep(0.005)
        waits.append(perf_counter() - begun)
        await asyncio.sleep(0.003 * (number % 7))
    return waits


def verifying(figure: Figure, entries: int) -> None:
    folder = Path(mkdtemp(prefix="klarfall-log-"))
    try:
        key = made(folder / "log", entries)
        vkey = key.verifier.vkey
        ours = shortest(lambda: whole(folder / "log", vkey, entries))
        share = entries / MILLION
        figure("whole log, ours", ours, "s", entries=entries, target=round(20 * share, 2))
        go = built(folder)
        if go is not None:
            (folder / "vkey").write_text(vkey)
            command = [str(go), str(folder / "vkey"), str(folder / "log")]
            theirs = shortest(lambda: ran(command))
            figure("whole log, Go", theirs, "s", entries=entries, target=round(3 * share, 2))
        note = (folder / "log" / "checkpoint").read_text()
        with opened(str(folder / "log")) as fetch:
            spent = []
            for number in range(300):
                begun = perf_counter()
                prove(fetch, number * (entries // 301), note).verify(vkey)
                spent.append((perf_counter() - begun) * 1000)
        figure("one proof, made and verified, p50", quantiles(spent, n=2)[0], "ms", target=5)
        figure("one proof, made and verified, p99", quantiles(spent, n=100)[98], "ms")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ran(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - what we built


def made(folder: Path, entries: int) -> SigningKey:
    """A log as a folder of files."""
    key = SigningKey("klarfall.example/log/bench", Ed25519PrivateKey.generate())
    edge = Edge()
    for number, leaves in enumerate(bundles(entries)):
        keep(folder, Tile(None, number, len(leaves)).path, bundle(leaves))
        for full in edge.append(map(leaf_hash, leaves)):
            keep(folder, full.tile.path, full.hashes)
    for tile, hashes in edge.partial():
        keep(folder, tile.path, hashes)
    note = key.sign(Checkpoint(key.name, edge.size, edge.root()).text)
    keep(folder, "checkpoint", note.encode())
    return key


def bundles(entries: int) -> Iterator[list[bytes]]:
    for start in range(0, entries, TILE_WIDTH):
        width = min(TILE_WIDTH, entries - start)
        drawn = os.urandom(84 * width)
        yield [b"\x01" + drawn[84 * at : 84 * (at + 1)] for at in range(width)]


def whole(folder: Path, vkey: str, entries: int) -> None:
    with opened(str(folder)) as fetch:
        if verify_log(fetch, vkey).size != entries:
            raise ValueError("the log is not as long as it was made")


def shortest(work: Callable[[], object], times: int = 2) -> float:
    spent = []
    for _ in range(times):
        begun = perf_counter()
        work()
        spent.append(perf_counter() - begun)
    return min(spent)


def built(folder: Path) -> Path | None:
    """The verifier in Go, where Debian's Go and its library are installed."""
    go = shutil.which("go")
    if go is None or not (GO_SOURCES / "src/golang.org/x/mod/sumdb").is_dir():
        return None
    environment = {
        **os.environ,
        "GOPATH": str(GO_SOURCES),
        "GO111MODULE": "off",
        "GOCACHE": str(folder / "cache"),
    }
    program = folder / "tlog-verify"
    command = [go, "build", "-o", str(program), "."]
    subprocess.run(command, check=True, cwd=GO_PROGRAM, env=environment)  # noqa: S603 - Debian's Go
    return program


if __name__ == "__main__":
    from bench.run import figure as printed

    verifying(printed, int(sys.argv[1]) if sys.argv[1:] else MILLION)
