"""Logs to test with: small ones in memory, and a real one in the database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text

from app.audit.canonical import canonical
from app.audit.events import Actor, ActorKind, Event, EventKind
from app.audit.leaves import Leaf, commitment, hour_of
from app.audit.log import Log
from app.audit.notes import Checkpoint, SigningKey
from app.audit.proofs import Position, ReceiptDocument
from app.audit.sealing import VaultSealer
from app.audit.sequencer import Sequencer
from app.audit.tiles import TILE_WIDTH, Tile, bundle, files
from app.audit.tlogproof import TlogProof
from app.audit.tree import leaf_hash
from app.database.engine import Database
from app.vault.keys import Vault
from app.vault.services import FileKeyService
from app.vocabulary.ids import EntryId, PersonId, TenantId, random_id
from tests.audit.oracle import naive_path, naive_root

POLICY = "ab" * 32
SALT = bytes(range(32))
NOON = datetime(2026, 11, 20, 12, 34, 56, 789, tzinfo=UTC)


def signing_key(name: str = "klarfall.example/log/bergstrasse") -> SigningKey:
    return SigningKey(name, Ed25519PrivateKey.generate())


def an_event(kind: EventKind = EventKind.SIGNED_IN, at: datetime = NOON) -> Event:
    return Event(kind=kind, at=at, actor=Actor(kind=ActorKind.PERSON, person=PersonId(random_id())))


def a_leaf(document: bytes = b"{}", entry: EntryId | None = None) -> Leaf:
    return Leaf(
        entry=entry or EntryId(random_id()),
        hour=hour_of(NOON),
        policy=bytes.fromhex(POLICY),
        commitment=commitment(SALT, document),
    )


@dataclass
class MemoryLog:
    """A log as a folder of files, made by the slow and obvious way."""

    key: SigningKey
    entries: list[bytes]

    @property
    def hashes(self) -> list[bytes]:
        return [leaf_hash(entry) for entry in self.entries]

    @property
    def checkpoint(self) -> str:
        root = naive_root(self.entries)
        return self.key.sign(Checkpoint(self.key.name, len(self.entries), root).text)

    def files(self) -> dict[str, bytes]:
        served = {"checkpoint": self.checkpoint.encode()}
        for tile in files(len(self.entries)):
            if tile.level is None:
                start = tile.index * TILE_WIDTH
                served[tile.path] = bundle(self.entries[start : start + tile.width])
            else:
                served[tile.path] = b"".join(self._row(tile.level, tile))
        return served

    def _row(self, level: int, tile: Tile) -> list[bytes]:
        span = TILE_WIDTH**level
        first = tile.index * TILE_WIDTH * span
        starts = range(first, first + tile.width * span, span)
        return [naive_root(self.entries[start : start + span]) for start in starts]

    def proof(self, index: int) -> TlogProof:
        return TlogProof(index, tuple(naive_path(index, self.entries)), self.checkpoint)


def memory_log(entries: Sequence[bytes], key: SigningKey | None = None) -> MemoryLog:
    return MemoryLog(key or signing_key(), list(entries))


@pytest.fixture(scope="module")
def receipt() -> tuple[bytes, str]:
    """A true receipt, as bytes, and the key to verify it with."""
    entry = EntryId(random_id())
    payload = {
        "at": NOON.isoformat(),
        "entry": str(entry),
        "event": "answered",
        "policy": POLICY,
        "basis": "§ 67b(1) SGB X",
    }
    leaf = a_leaf(canonical(payload), entry)
    log = memory_log([*(a_leaf().encode() for _ in range(5)), leaf.encode(), a_leaf().encode()])
    proven = Position(index=5, size=7, proof=log.proof(5))
    told = ReceiptDocument(
        entry=entry, leaf=leaf.encode(), position=proven, payload=payload, salt=SALT
    )
    return canonical(told.json()), log.key.verifier.vkey


@dataclass
class Trail:
    """A fresh log of its own in the shared database."""

    tenant: TenantId
    database: Database
    key: SigningKey
    sealer: VaultSealer
    log: Log
    sequencer: Sequencer

    async def write(self, count: int = 1) -> list[EntryId]:
        """Real entries, in one transaction."""
        async with self.database.transaction(self.tenant) as tx:
            receipts = [await self.log.record(tx, self.tenant, an_event()) for _ in range(count)]
        return [receipt.entry for receipt in receipts]

    async def fill(self, count: int) -> list[EntryId]:
        """Many at once, with leaves that commit to nothing: for what is about the tree alone."""
        leaves = [a_leaf() for _ in range(count)]
        rows = [{"t": self.tenant, "e": leaf.entry, "l": leaf.encode()} for leaf in leaves]
        async with self.database.transaction(self.tenant) as tx:
            await tx.execute(text("INSERT INTO audit_queue VALUES (:t, :e, :l)"), rows)
        return [leaf.entry for leaf in leaves]

    def another_sequencer(self) -> Sequencer:
        return Sequencer(self.database, {self.tenant: self.key})


@pytest.fixture(scope="session")
def sealer(tmp_path_factory: pytest.TempPathFactory) -> VaultSealer:
    master: Path = tmp_path_factory.mktemp("keys") / "master"
    FileKeyService.create(master)
    return VaultSealer(Vault(FileKeyService(master)))


@pytest.fixture
def new_trail(database: Database, sealer: VaultSealer) -> Callable[[], Trail]:
    def make() -> Trail:
        tenant = TenantId(f"tenant-{random_id().hex}")
        key = signing_key(f"klarfall.example/log/{tenant}")
        sequencer = Sequencer(database, {tenant: key})
        log = Log(sealer, policy=POLICY, wake=sequencer.wake)
        return Trail(tenant, database, key, sealer, log, sequencer)

    return make


@pytest.fixture
def trail(new_trail: Callable[[], Trail]) -> Trail:
    return new_trail()
