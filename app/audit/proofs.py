"""The receipt document: an entry, its payload, and the proof that both are in the log."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.canonical import Json, parsed
from app.audit.leaves import SALT_BYTES
from app.audit.reading import latest, tiles_bytes, witnessed
from app.audit.rejection import TrailBroken
from app.audit.sealing import Sealer
from app.audit.tiles import node_in, tile_of
from app.audit.tlogproof import TlogProof
from app.audit.tree import Node, fold, inclusion
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import EntryId, TenantId

_FIND: Final = text("""
    WITH found AS (
        SELECT index AS at, leaf FROM audit_entries WHERE tenant = :tenant AND entry = :entry
        UNION ALL
        SELECT NULL, leaf FROM audit_queue WHERE tenant = :tenant AND entry = :entry
    )
    SELECT found.at, found.leaf, payload.sealed
    FROM found LEFT JOIN audit_payloads AS payload
    ON payload.tenant = :tenant AND payload.entry = :entry
""")


class State(StrEnum):
    """`RECORDED`: committed and not yet in the tree. `INCLUDED`: provable to anybody."""

    RECORDED = "recorded"
    INCLUDED = "included"


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where an entry is in the log, under the newest checkpoint."""

    index: int
    size: int
    proof: TlogProof


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptDocument:
    """All about one entry. `payload` and `salt` are None once their time is up."""

    entry: EntryId
    leaf: bytes
    position: Position | None
    payload: Mapping[str, Json] | None
    salt: bytes | None

    @property
    def state(self) -> State:
        return State.RECORDED if self.position is None else State.INCLUDED

    def json(self) -> dict[str, Json]:
        document: dict[str, Json] = {
            "entry": str(self.entry),
            "state": self.state,
            "leaf": b64encode(self.leaf).decode(),
        }
        if self.position is not None:
            document["index"] = self.position.index
            document["tree_size"] = self.position.size
            document["checkpoint"] = self.position.proof.checkpoint
            document["proof"] = self.position.proof.text
        if self.payload is not None and self.salt is not None:
            document["payload"] = self.payload
            document["salt"] = b64encode(self.salt).decode()
        return document


async def document(
    tx: AsyncSession, tenant: TenantId, entry: EntryId, *, sealer: Sealer
) -> ReceiptDocument:
    """For whoever the caller knows may read this entry's payload.

    Raises NotFound for an entry that is not this tenant's, Unopenable for a payload
    that was tampered with.
    """
    row = (await tx.execute(_FIND, {"tenant": tenant, "entry": entry})).one_or_none()
    if row is None:
        raise NotFound
    payload = salt = None
    if row.sealed is not None:
        opened = await sealer.open(tx, tenant, entry, bytes(row.sealed))
        salt, payload = opened[:SALT_BYTES], parsed(opened[SALT_BYTES:])
    return ReceiptDocument(
        entry=entry,
        leaf=bytes(row.leaf),
        position=None if row.at is None else await position(tx, tenant, row.at),
        payload=payload,
        salt=salt,
    )


async def position(tx: AsyncSession, tenant: TenantId, index: int) -> Position:
    """The proof of the entry at `index`, under the newest checkpoint that a witness cosigned.

    Under the newest of all where none of those has the entry.
    """
    last = await witnessed(tx, tenant)
    if last is None or index >= last[0]:
        last = await latest(tx, tenant)
    if last is None or index >= last[0]:
        raise TrailBroken
    size, note = last
    hashes = await folded(tx, tenant, inclusion(index, size), size)
    return Position(index=index, size=size, proof=TlogProof(index, hashes, note))


async def folded(
    tx: AsyncSession, tenant: TenantId, groups: Iterable[Sequence[Node]], size: int
) -> tuple[bytes, ...]:
    """The hashes of a proof in a log of `size` entries."""
    parts = tuple(groups)
    needed = {tile_of(node, size) for group in parts for node in group}
    tiles = await tiles_bytes(tx, tenant, needed)
    return tuple(fold([node_in(tiles, node, size) for node in group]) for group in parts)
