"""Verifying offline: with the log's public key and nothing of ours.

A receipt, step by step:
1. The document has exactly the members a receipt has.
2. The checkpoint bears this key's signature and this log's name, and the cosignatures that a
   policy asks for.
3. The leaf is at its index in the tree the checkpoint signs.
4. The leaf is of the entry the document names.
5. The payload and the salt are what the leaf commits to, and agree with it.

A whole log: the root is computed from the entries alone (recount.py). Tiles are held against
them: who alters an entry and its tile alike gets past a verifier that trusts tiles.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.audit.canonical import Json, canonical, parsed
from app.audit.leaves import Leaf, commitment, hour_of
from app.audit.notes import Checkpoint, VerifierKey, open_checkpoint, unbase64
from app.audit.quorum import TrustPolicy
from app.audit.recount import Fetch, Recount
from app.audit.rejection import Rejected
from app.audit.tiles import TILE_WIDTH
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
    """`first` is the entry from which on there are entries: 0 for a log that was never pruned."""

    origin: str
    size: int
    root: bytes
    first: int
    checkpoint: str


def verify_receipt(
    document: bytes, vkey: str | None = None, *, policy: TrustPolicy | None = None
) -> Verified:
    """Raises Rejected, with a sentence, unless everything the receipt says is so."""
    members = parsed(document)
    if members.keys() not in (_PROVEN, _PROVEN | _TOLD):
        if members.get("state") == "recorded":
            raise Rejected("The entry is not in the log yet. Ask for the receipt again shortly.")
        raise Rejected("The document does not have the members a receipt has.")
    proof = TlogProof.parse(_text(members, "proof"))
    checkpoint = _opener(vkey, policy)(proof.checkpoint)
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


def verify_log(  # noqa: PLR0913 - what a verifier may ask for, each by name
    fetch: Fetch,
    vkey: str | None = None,
    *,
    policy: TrustPolicy | None = None,
    earlier: bytes | None = None,
    resume: bytes | None = None,
    first: int = 0,
    tell: Callable[[Recount, int], None] = lambda _recount, _size: None,
) -> LogVerified:
    """The whole log, from what `fetch` gives for `checkpoint` and below `tile/`.

    With `earlier`, a checkpoint kept from before, the log must also begin with what that
    one signed. `resume` is what `Recount.kept` gave before; `first` the entry from which on the
    log has them still. `tell` hears of the work after each bundle, with the size to come to.
    Raises Rejected, with a sentence; whatever `fetch` raises goes through.
    """
    opened = _opener(vkey, policy)
    note = _decoded(fetch("checkpoint"))
    checkpoint = opened(note)
    key = _opener(vkey, None if policy is None else policy.without_quorum())
    older = None if earlier is None else key(_decoded(earlier))
    if older is not None and older.origin != checkpoint.origin:
        raise Rejected("The kept checkpoint is of another log.")
    if older is not None and older.size > checkpoint.size:
        raise Rejected("The log is smaller than it was: entries were taken away.")
    if resume is None:
        recount = Recount(checkpoint.origin, first=first)
        recount.start(fetch, checkpoint.size)
    else:
        recount = Recount.resumed(resume, checkpoint.origin)
    if recount.size > checkpoint.size:
        raise Rejected("The log is smaller than it was: entries were taken away.")
    _recounted(recount, fetch, checkpoint, older, tell)
    return LogVerified(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        first=recount.first,
        checkpoint=note,
    )


def _recounted(
    recount: Recount,
    fetch: Fetch,
    checkpoint: Checkpoint,
    older: Checkpoint | None,
    tell: Callable[[Recount, int], None],
) -> None:
    if older is not None and older.size < recount.size:
        raise Rejected("The kept checkpoint is older than where this verification begins.")
    while True:
        until = checkpoint.size
        if older is not None and recount.size <= older.size:
            if recount.size == older.size:
                recount.compare(older)
            elif older.size - recount.size < TILE_WIDTH:
                until = older.size
        if recount.size == checkpoint.size:
            break
        recount.take(fetch, checkpoint.size, until=until)
        tell(recount, checkpoint.size)
    recount.close(fetch)
    recount.compare(checkpoint)


def _opener(vkey: str | None, policy: TrustPolicy | None) -> Callable[[str], Checkpoint]:
    key = None if vkey is None else VerifierKey.parse(vkey)
    if policy is not None:
        return lambda note: policy.open(note, key)
    if key is None:
        raise Rejected("There is neither a key nor a policy to verify with.")
    return lambda note: open_checkpoint(note, key)


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
