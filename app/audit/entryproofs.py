"""The proof of one entry as two files: the tlog-proof, and the entry it proves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from app.audit.copies import Fetch
from app.audit.leaves import Leaf, entry_in
from app.audit.notes import VerifierKey, open_checkpoint
from app.audit.quorum import TrustPolicy
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH, Tile, node_in, tile_of, unbundle
from app.audit.tlogproof import TlogProof
from app.audit.tree import HASH_BYTES, fold, inclusion, leaf_hash, verify_inclusion
from app.vocabulary.ids import EntryId


@dataclass(frozen=True, slots=True)
class EntryProof:
    """Says nothing until it is verified."""

    proof: TlogProof
    leaf: bytes

    @classmethod
    def read(cls, proof: bytes, leaf: bytes) -> Self:
        try:
            return cls(TlogProof.parse(proof.decode()), leaf)
        except UnicodeDecodeError:
            raise Rejected("The proof is not text.") from None

    @property
    def index(self) -> int:
        return self.proof.index

    @property
    def origin(self) -> str:
        return self.proof.checkpoint.partition("\n")[0]

    @property
    def entry(self) -> EntryId:
        return Leaf.decode(self.leaf).entry

    def verify(self, vkey: str | None, policy: TrustPolicy | None = None) -> int:
        """The size of the log it is proven in. Raises Rejected, with a sentence."""
        key = None if vkey is None else VerifierKey.parse(vkey)
        if policy is not None:
            checkpoint = policy.open(self.proof.checkpoint, key)
        elif key is not None:
            checkpoint = open_checkpoint(self.proof.checkpoint, key)
        else:
            raise Rejected("There is neither a key nor a policy to verify with.")
        verify_inclusion(
            leaf_hash(self.leaf),
            self.index,
            checkpoint.size,
            proof=self.proof.hashes,
            expected_root=checkpoint.root,
        )
        return checkpoint.size


def prove(fetch: Fetch, index: int, note: str) -> EntryProof:
    """From the tiles of a log, which may lie: whoever wants to know verifies what comes of it."""
    size = int(note.split("\n")[1])
    if not 0 <= index < size:
        raise Rejected("The log has no such entry.")
    groups = inclusion(index, size)
    needed = {tile_of(node, size) for group in groups for node in group}
    tiles = {tile: _tile(fetch, tile) for tile in needed}
    hashes = tuple(fold([node_in(tiles, node, size) for node in group]) for group in groups)
    leaf = _bundle(fetch, index // TILE_WIDTH, size)[index % TILE_WIDTH]
    return EntryProof(TlogProof(index, hashes, note), leaf)


def find(
    fetch: Fetch, entry: UUID, size: int, *, first: int, tell: Callable[[int, int], None]
) -> int:
    """The number of an entry. Nobody but its owner knows its id, so there is no index of them."""
    for number in range(first // TILE_WIDTH, -(-size // TILE_WIDTH)):
        ids = [entry_in(leaf) for leaf in _bundle(fetch, number, size)]
        if entry.bytes in ids:
            return number * TILE_WIDTH + ids.index(entry.bytes)
        tell(number * TILE_WIDTH, size)
    raise Rejected("The log has no such entry.")


def _bundle(fetch: Fetch, number: int, size: int) -> list[bytes]:
    width = min(TILE_WIDTH, size - number * TILE_WIDTH)
    return list(unbundle(fetch(Tile(None, number, width).path), width))


def _tile(fetch: Fetch, tile: Tile) -> bytes:
    data = fetch(tile.path)
    if len(data) != tile.width * HASH_BYTES:
        raise Rejected("A tile does not hold as many hashes as it should.")
    return data
