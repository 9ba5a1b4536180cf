"""What somebody may do to a log, by name, and who would believe it all the same.

Every forgery starts from the same true log, which all verifiers accept: that is its twin.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from app.audit.notes import Checkpoint, SigningKey
from app.audit.tree import leaf_hash, root
from tests.audit.conftest import MemoryLog, a_leaf, memory_log, signing_key
from tests.audit.strangers import EARLIER, Verifier

Forged = dict[str, bytes]
SIZE: Final = 261
KEPT: Final = 130
FULL: Final = "tile/entries/000"
PARTIAL: Final = "tile/entries/001.p/5"
ENTRY: Final = 87  # a length and an entry


@dataclass(frozen=True)
class Scene:
    """A true log, the checkpoint that somebody kept of it, and a stranger with a key."""

    log: MemoryLog
    files: Forged
    other: SigningKey

    @classmethod
    def make(cls) -> "Scene":
        log = memory_log([a_leaf().encode() for _ in range(SIZE)])
        kept = memory_log(log.entries[:KEPT], log.key).checkpoint.encode()
        return cls(log, {**log.files(), EARLIER: kept}, signing_key(log.key.name))

    @property
    def vkey(self) -> str:
        return self.log.key.verifier.vkey

    def again(self, entries: list[bytes], key: SigningKey | None = None) -> Forged:
        """The files of a log of these entries, signed as if it were this one."""
        made = memory_log(entries, key or self.log.key).files()
        return {**made, EARLIER: self.files[EARLIER]}

    def with_note(self, note: str) -> Forged:
        return {**self.files, "checkpoint": note.encode()}

    @property
    def note(self) -> str:
        return self.log.checkpoint


Forging = Callable[[Scene], Forged]


@dataclass(frozen=True)
class Forgery:
    """`believed_by` are verifiers that do not look at what was done here."""

    make: Forging
    believed_by: frozenset[Verifier] = field(default_factory=frozenset)


PYTHON: Final = frozenset({Verifier.PYTHON})
GO: Final = frozenset({Verifier.GO})
RUST: Final = frozenset({Verifier.RUST})
ALL: Final = GO | RUST | PYTHON


def patched(path: str, at: int, new: bytes) -> Forging:
    def forge(scene: Scene) -> Forged:
        old = scene.files[path]
        return {**scene.files, path: old[:at] + new + old[at + len(new) :]}

    return forge


def flipped(path: str, at: int) -> Forging:
    return lambda scene: patched(path, at, bytes([scene.files[path][at] ^ 1]))(scene)


def lengthened(path: str, more: bytes) -> Forging:
    return lambda scene: {**scene.files, path: scene.files[path] + more}


def shortened(path: str, by: int) -> Forging:
    return lambda scene: {**scene.files, path: scene.files[path][:-by]}


def without(path: str) -> Forging:
    return lambda scene: {name: data for name, data in scene.files.items() if name != path}


def entries(change: Callable[[list[bytes]], list[bytes]]) -> Forging:
    """Other entries with tiles of their own, under the checkpoint that was signed."""
    return lambda scene: {
        **scene.again(change(list(scene.log.entries))),
        "checkpoint": scene.files["checkpoint"],
    }


def resigned(change: Callable[[list[bytes]], list[bytes]]) -> Forging:
    """Other entries, signed by the log's own key: whoever holds it lies; only the past tells."""
    return lambda scene: scene.again(change(list(scene.log.entries)))


def with_text(change: Callable[[str], str]) -> Forging:
    """Another text over the signature that was made for the true one."""

    def forge(scene: Scene) -> Forged:
        text, _, signatures = scene.note.partition("\n\n")
        return scene.with_note(f"{change(text + chr(10))}\n{signatures}")

    return forge


def replaced(at: int, new: Callable[[bytes], bytes]) -> Callable[[list[bytes]], list[bytes]]:
    return lambda old: [*old[:at], new(old[at]), *old[at + 1 :]]


def backdated(entry: bytes) -> bytes:
    return entry[:17] + (int.from_bytes(entry[17:21]) - 24).to_bytes(4) + entry[21:]


def exchanged(old: list[bytes]) -> list[bytes]:
    return [*old[:7], old[8], old[7], *old[9:]]


def forged_tile(scene: Scene) -> Forged:
    """CVE-2026-56865: entry and tile agree with each other and with nothing that was signed."""
    new = a_leaf().encode()
    bundle = scene.files[FULL]
    tile = scene.files["tile/0/000"]
    changed = tile[:32] + leaf_hash(new) + tile[64:]
    return {
        **scene.files,
        FULL: bundle[: ENTRY + 2] + new + bundle[2 * ENTRY :],
        "tile/0/000": changed,
        "tile/1/000.p/1": root([changed[at : at + 32] for at in range(0, len(changed), 32)]),
    }


def another_tenants(scene: Scene) -> Forged:
    """All of it true, and of the office next door."""
    other = memory_log([a_leaf().encode() for _ in range(SIZE)], signing_key("other.example/log"))
    kept = memory_log(other.entries[:KEPT], other.key).checkpoint.encode()
    return {**other.files(), EARLIER: kept}


def same_key_other_origin(scene: Scene) -> Forged:
    """One key for two offices: the signature is right, the origin is not."""
    text = scene.note.replace(scene.log.key.name, "other.example/log", 1)
    body = text.partition("\n\n")[0] + "\n"
    return scene.with_note(scene.log.key.sign(body))


def colliding(scene: Scene) -> Forged:
    """Four bytes are soon hit upon: a stranger's signature behind our key's name and id."""
    body = scene.note.partition("\n\n")[0] + "\n"
    signature = scene.other.private.sign(body.encode())
    line = b64encode(scene.log.key.verifier.id + signature).decode()
    return scene.with_note(f"{body}\n— {scene.log.key.name} {line}\n")


def colliding_beside_the_true_one(scene: Scene) -> Forged:
    forged = colliding(scene)["checkpoint"].decode().partition("\n\n")[2]
    return scene.with_note(scene.note + forged)


def flipped_signature(scene: Scene) -> Forged:
    head, _, encoded = scene.note.rstrip("\n").rpartition(" ")
    data = bytearray(b64decode(encoded))
    data[20] ^= 1
    return scene.with_note(f"{head} {b64encode(bytes(data)).decode()}\n")


def unsigned(scene: Scene) -> Forged:
    return scene.with_note(scene.note.partition("\n\n")[0] + "\n\n")


def rolled_back(scene: Scene) -> Forged:
    """Yesterday's backup, rightly signed then; who kept today's checkpoint notices."""
    old = memory_log(scene.log.entries[: KEPT - 30], scene.log.key).files()
    return {**old, EARLIER: scene.files[EARLIER]}


def forked(old: list[bytes]) -> list[bytes]:
    return [*old[: KEPT - 1], *(a_leaf().encode() for _ in range(SIZE - KEPT + 1))]


def partial_as_full(scene: Scene) -> Forged:
    """The partial bundle says that it is the first five of the full one."""
    return {**scene.files, PARTIAL: scene.files[FULL][: 5 * ENTRY]}


def wrong_length(scene: Scene) -> Forged:
    bundle = scene.files[PARTIAL]
    return {**scene.files, PARTIAL: b"\xff\xff" + bundle[2:]}


def merged_entries(scene: Scene) -> Forged:
    """Two entries in one, so that the bytes stay what they were and the count does not."""
    bundle = scene.files[PARTIAL]
    merged = (85 + ENTRY).to_bytes(2) + bundle[2:]
    return {**scene.files, PARTIAL: merged}


def emptied(scene: Scene) -> Forged:
    text = Checkpoint(scene.log.key.name, 0, sha256(b"").digest()).text
    return {"checkpoint": scene.log.key.sign(text).encode(), EARLIER: scene.files[EARLIER]}


FORGERIES: Final[dict[str, Forgery]] = {
    "a bit of an entry's id": Forgery(flipped(FULL, 3)),
    "a bit of an entry's commitment": Forgery(flipped(FULL, ENTRY - 1)),
    "a bit of the last entry": Forgery(flipped(PARTIAL, 4 * ENTRY + 50)),
    "an entry of another version": Forgery(flipped(FULL, 2)),
    "an entry backdated by a day": Forgery(entries(replaced(20, backdated))),
    "an entry replaced": Forgery(entries(replaced(20, lambda _: a_leaf().encode()))),
    "an entry and its tile replaced alike (CVE-2026-56865)": Forgery(forged_tile),
    "two entries exchanged": Forgery(entries(exchanged)),
    "an entry doubled": Forgery(entries(lambda old: [*old[:9], old[8], *old[9:-1]])),
    "an entry dropped": Forgery(entries(lambda old: [*old[:9], *old[10:]])),
    "an entry put in": Forgery(entries(lambda old: [*old[:9], a_leaf().encode(), *old[9:-1]])),
    "the last entry cut off": Forgery(entries(lambda old: old[:-1])),
    "a bundle cut off": Forgery(shortened(PARTIAL, 1)),
    "a bundle lost": Forgery(without(PARTIAL)),
    "bytes behind a bundle": Forgery(lengthened(PARTIAL, b"\x00"), GO),
    "an entry behind a bundle": Forgery(
        lengthened(PARTIAL, (85).to_bytes(2) + a_leaf().encode()), GO
    ),
    "a length prefix beyond the bundle": Forgery(wrong_length),
    "two entries behind one length": Forgery(merged_entries),
    "a partial bundle that repeats the full one": Forgery(partial_as_full),
    "a bit of a full tile": Forgery(flipped("tile/0/000", 40), GO | PYTHON),
    "a bit of a partial tile": Forgery(flipped("tile/0/001.p/5", 40), GO | PYTHON),
    "a bit of a tile further up": Forgery(flipped("tile/1/000.p/1", 4), GO | PYTHON),
    "a hash behind a tile": Forgery(lengthened("tile/0/001.p/5", bytes(32)), ALL),
    "a tile cut off": Forgery(shortened("tile/0/000", 32), GO | PYTHON),
    "a tile lost": Forgery(without("tile/0/000"), GO | PYTHON),
    "another origin": Forgery(with_text(lambda text: text.replace("klarfall", "klarfoll")), PYTHON),
    "another office's origin, signed by the same key": Forgery(same_key_other_origin, GO | PYTHON),
    "a smaller size": Forgery(with_text(lambda text: text.replace("\n261\n", "\n260\n"))),
    "a size with a zero before it": Forgery(
        with_text(lambda text: text.replace("\n261\n", "\n0261\n"))
    ),
    "another root": Forgery(
        with_text(lambda text: text[: text[:-1].rindex("\n") + 1] + f"{'A' * 43}=\n")
    ),
    "an extension line that nobody signed": Forgery(with_text(lambda text: f"{text}more\n")),
    "a bit of the signature": Forgery(flipped_signature, PYTHON),
    "no signature": Forgery(unsigned, PYTHON),
    "another key of the same name": Forgery(
        lambda scene: scene.again(scene.log.entries, scene.other), PYTHON
    ),
    "another key with the same id": Forgery(colliding, PYTHON),
    "another key with the same id, beside the true one": Forgery(
        colliding_beside_the_true_one, PYTHON | GO  # reads one line a key
    ),
    "the log of another office": Forgery(another_tenants, PYTHON),
    "a fork behind the kept checkpoint, signed": Forgery(resigned(forked)),
    "the beginning rewritten, signed": Forgery(
        resigned(replaced(0, lambda _: a_leaf().encode()))
    ),
    "an entry backdated, signed": Forgery(resigned(replaced(20, backdated))),
    "two old entries exchanged, signed": Forgery(resigned(exchanged)),
    "yesterday's backup": Forgery(rolled_back),
    "an empty log": Forgery(emptied),
}  # fmt: skip
