"""Verifying offline: with the log's public key and nothing of ours.

A receipt, step by step:
1. The document has exactly the members a receipt has.
2. The checkpoint bears this key's signature and this log's name.
3. The leaf is at its index in the tree the checkpoint signs.
4. The leaf is of the entry the document names.
5. The payload and the salt are what the leaf commits to, and agree with it.

A whole log: the root is computed from the entries alone. Tiles are not even fetched:
who alters an entry and its tile alike gets past a verifier that trusts tiles.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.audit.canonical import Json, canonical, parsed
from app.audit.edge import Edge
from app.audit.leaves import LEAF_BYTES, Leaf, commitment, entry_in, hour_of
from app.audit.notes import Checkpoint, VerifierKey, open_checkpoint, unbase64
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH, Tile, unbundle
from app.audit.tlogproof import TlogProof
from app.audit.tree import leaf_hash, verify_inclusion
from app.vocabulary.ids import EntryId

_PROVEN: Final = {"entry", "state", "leaf", "index", "tree_size", "checkpoint", "proof"}
_TOLD: Final = {"payload", "salt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """`payload` is None where only the entry is proven, its content being deleted."""

    origin: str
    entry: EntryId
    index: int
    tree_size: int
    hour: datetime
    policy: str
    payload: Mapping[str, Json] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogVerified:
    origin: str
    size: int
    root: bytes


def verify_receipt(document: bytes, vkey: str) -> Verified:
    """Raises Rejected, with a sentence, unless everything the receipt says is so."""
    members = parsed(document)
    if members.keys() not in (_PROVEN, _PROVEN | _TOLD):
        if members.get("state") == "recorded":
            raise Rejected("The entry is not in the log yet. Ask for the receipt again shortly.")
        raise Rejected("The document does not have the members a receipt has.")
    proof = TlogProof.parse(_text(members, "proof"))
    checkpoint = open_checkpoint(proof.checkpoint, VerifierKey.parse(vkey))
    if members["state"] != "included" or (
        _text(members, "checkpoint"),
        _number(members, "index"),
        _number(members, "tree_size"),
    ) != (proof.checkpoint, proof.index, checkpoint.size):
        raise Rejected("The receipt says something else than its proof.")
    data = unbase64(_text(members, "leaf"))
    verify_inclusion(
        leaf_hash(data),
        proof.index,
        checkpoint.size,
        proof=proof.hashes,
        expected_root=checkpoint.root,
    )
    leaf = Leaf.decode(data)
    if _text(members, "entry") != str(leaf.entry):
        raise Rejected("The receipt names another entry than the one it proves.")
    return Verified(
        origin=checkpoint.origin,
        entry=leaf.entry,
        index=proof.index,
        tree_size=checkpoint.size,
        hour=leaf.hour,
        policy=leaf.policy.hex(),
        payload=_payload(members, leaf) if "payload" in members else None,
    )


def verify_log(
    fetch: Callable[[str], bytes], vkey: str, *, earlier: bytes | None = None
) -> LogVerified:
    """The whole log, from what `fetch` gives for `checkpoint` and `tile/entries/…`.

    With `earlier`, a checkpoint kept from before, the log must also begin with what that
    one signed. Raises Rejected, with a sentence; whatever `fetch` raises goes through.
    """
    key = VerifierKey.parse(vkey)
    checkpoint = open_checkpoint(_decoded(fetch("checkpoint")), key)
    older = None if earlier is None else open_checkpoint(_decoded(earlier), key)
    if older is not None and older.size > checkpoint.size:
        raise Rejected("The log is smaller than it was: entries were taken away.")
    if older is not None and older.size == 0:
        _compare(Edge(), older)
    tree = Edge()
    seen: set[bytes] = set()
    for entries in _bundles(fetch, checkpoint.size):
        seen.update(map(entry_in, entries))
        known = 0 if older is None else min(max(older.size - tree.size, 0), len(entries))
        tree.append(map(leaf_hash, entries[:known]))
        if older is not None and tree.size == older.size:
            _compare(tree, older)
        tree.append(map(leaf_hash, entries[known:]))
    _compare(tree, checkpoint)
    if len(seen) != checkpoint.size:
        raise Rejected("An entry is in the log twice.")
    return LogVerified(origin=checkpoint.origin, size=checkpoint.size, root=checkpoint.root)


def _bundles(fetch: Callable[[str], bytes], size: int) -> Iterator[Sequence[bytes]]:
    for start in range(0, size, TILE_WIDTH):
        width = min(TILE_WIDTH, size - start)
        data = fetch(Tile(None, start // TILE_WIDTH, width).path)
        if len(data) != width * (2 + LEAF_BYTES):
            raise Rejected("A bundle does not hold as many entries as it should.")
        yield unbundle(data, width)


def _compare(tree: Edge, checkpoint: Checkpoint) -> None:
    if tree.root() != checkpoint.root:
        raise Rejected("The entries are not the ones the checkpoint signs.")


def _payload(members: Mapping[str, Json], leaf: Leaf) -> Mapping[str, Json]:
    payload, salt = members["payload"], unbase64(_text(members, "salt"))
    if not isinstance(payload, Mapping) or commitment(salt, canonical(payload)) != leaf.commitment:
        raise Rejected("The payload is not the one the entry commits to.")
    try:
        at = datetime.fromisoformat(_text(payload, "at"))
    except ValueError:
        raise Rejected("The payload has no time.") from None
    if (
        _text(payload, "entry") != str(leaf.entry)
        or _text(payload, "policy") != leaf.policy.hex()
        or at.tzinfo is None
        or hour_of(at) != leaf.hour
    ):
        raise Rejected("The payload contradicts its entry.")
    return payload


def _text(members: Mapping[str, Json], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str):
        raise Rejected("A member of the document is missing or not text.")
    return value


def _number(members: Mapping[str, Json], name: str) -> int:
    value = members.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Rejected("A member of the document is missing or not a number.")
    return value


def _decoded(note: bytes) -> str:
    try:
        return note.decode()
    except UnicodeDecodeError:
        raise Rejected("The checkpoint is not text.") from None
