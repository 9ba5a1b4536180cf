"""A receipt and a log, verified by ours and by a stranger, true and tampered with."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.audit.canonical import Json, canonical
from app.audit.notes import Checkpoint
from app.audit.rejection import Rejected
from app.audit.tlogproof import TlogProof
from app.audit.tree import leaf_hash
from app.audit.verification import verify_log, verify_receipt
from demo.verify_receipt import verify as stranger_verifies
from tests.audit.conftest import MemoryLog, a_leaf, memory_log, signing_key
from tests.audit.oracle import naive_root
from tests.schedule import uncounted

STRANGER = Path("demo/verify_receipt.py")
Change = Callable[[dict[str, Json]], object]


def ours_rejects(document: bytes, vkey: str) -> bool:
    try:
        verify_receipt(document, vkey)
    except Rejected:
        return True
    return False


def stranger_rejects(document: bytes, vkey: str, folder: Path) -> bool:
    """In a process of its own that cannot import the service."""
    (folder / "receipt.json").write_bytes(document)
    (folder / "vkey.txt").write_text(vkey)
    arguments = [str(STRANGER.resolve()), str(folder / "receipt.json"), str(folder / "vkey.txt")]
    with uncounted():  # it holds nothing of ours that coverage could follow
        done = subprocess.run(
            [sys.executable, "-I", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
        )
    assert done.stderr.startswith("NOT VERIFIED: ") == (done.returncode == 1), done.stderr
    assert done.stdout.startswith("VERIFIED: ") == (done.returncode == 0), done.stdout
    return done.returncode != 0


def changed(document: bytes, change: Change) -> bytes:
    members = json.loads(document)
    change(members)
    return canonical(members)


def in_payload(name: str, value: Json) -> Change:
    def change(members: dict[str, Json]) -> None:
        payload = members["payload"]
        assert isinstance(payload, dict)
        payload[name] = value

    return change


def without(*names: str) -> Change:
    def change(members: dict[str, Json]) -> None:
        for name in names:
            del members[name]

    return change


CHANGES: dict[str, Change] = {
    "another outcome": in_payload("event", "answer_failed"),
    "a member more in the payload": in_payload("note", "x"),
    "another entry in the payload": in_payload("entry", "00000000-0000-0000-0000-000000000000"),
    "the index moved": lambda m: m.update(index=4),
    "the index as text": lambda m: m.update(index="5"),
    "the index as a truth": lambda m: m.update(index=True),
    "the size grown": lambda m: m.update(tree_size=8),
    "the size as text": lambda m: m.update(tree_size="7"),
    "only recorded": lambda m: m.update(state="recorded"),
    "the entry renamed": lambda m: m.update(entry="00000000-0000-0000-0000-000000000000"),
    "the entry without dashes": lambda m: m.update(entry=str(m["entry"]).replace("-", "")),
    "the leaf emptied": lambda m: m.update(leaf=""),
    "another checkpoint beside the proof": lambda m: m.update(checkpoint=f"{m['checkpoint']}\n"),
    "a step of the proof lost": lambda m: m.update(proof=drop_line(str(m["proof"]), 2)),
    "a step of the proof doubled": lambda m: m.update(proof=double_line(str(m["proof"]), 2)),
    "another header": lambda m: m.update(proof=str(m["proof"]).replace("@v1", "@v2")),
    "unsigned extra data": lambda m: m.update(proof=extra_data(str(m["proof"]))),
    "no proof": without("proof"),
    "the salt alone gone": without("salt"),
    "the payload alone gone": without("payload"),
    "a shorter salt": lambda m: m.update(salt="YQ=="),
    "a payload that is none": lambda m: m.update(payload=[]),
    "a member more": lambda m: m.update(more=1),
    "a leaf that is no text": lambda m: m.update(leaf=7),
}  # fmt: skip


def long_proof(text: str) -> str:
    return text.replace("index 1\n", "index 1\n" + f"{'A' * 43}=\n" * 100)


def extra_data(text: str) -> str:
    return text.replace("index", "extra YQ==\nindex")


def drop_line(text: str, at: int) -> str:
    lines = text.split("\n")
    return "\n".join(lines[:at] + lines[at + 1 :])


def double_line(text: str, at: int) -> str:
    lines = text.split("\n")
    return "\n".join(lines[: at + 1] + lines[at:])


class TestReceipt:
    def test_a_true_one_is_verified_by_ours_and_by_the_stranger(
        self, receipt: tuple[bytes, str], tmp_path: Path
    ) -> None:
        document, vkey = receipt

        verified = verify_receipt(document, vkey)

        assert (verified.index, verified.tree_size) == (5, 7)
        assert verified.payload is not None
        assert verified.payload["event"] == "answered"
        assert not stranger_rejects(document, vkey, tmp_path)

    def test_one_whose_content_was_deleted_still_proves_its_entry(
        self, receipt: tuple[bytes, str], tmp_path: Path
    ) -> None:
        document, vkey = receipt
        emptied = changed(document, without("payload", "salt"))

        assert verify_receipt(emptied, vkey).payload is None
        assert not stranger_rejects(emptied, vkey, tmp_path)

    @pytest.mark.parametrize("name", CHANGES)
    def test_one_that_was_changed_is_rejected_by_both(
        self, receipt: tuple[bytes, str], name: str, tmp_path: Path
    ) -> None:
        document, vkey = receipt
        tampered = changed(document, CHANGES[name])

        assert tampered != document
        assert ours_rejects(tampered, vkey)
        assert stranger_rejects(tampered, vkey, tmp_path)

    def test_every_flipped_bit_is_rejected_by_both(self, receipt: tuple[bytes, str]) -> None:
        document, vkey = receipt
        accepted = []
        for at in range(len(document)):
            altered = bytearray(document)
            altered[at] ^= 1 << (at % 8)
            if not ours_rejects(bytes(altered), vkey):
                accepted.append(("ours", at))
            try:
                stranger_verifies(bytes(altered), vkey.encode())
            except SystemExit:
                continue
            accepted.append(("stranger", at))

        assert accepted == []

    def test_another_logs_key_verifies_nothing(
        self, receipt: tuple[bytes, str], tmp_path: Path
    ) -> None:
        document, _ = receipt
        stranger_key = signing_key().verifier.vkey

        assert ours_rejects(document, stranger_key)
        assert stranger_rejects(document, stranger_key, tmp_path)

    @pytest.mark.parametrize(
        "document", [b"", b"null", b"{}", b'{"state":"recorded"}', b"\xff", b"[" * 9999]
    )
    def test_what_is_no_receipt_is_rejected(self, document: bytes, tmp_path: Path) -> None:
        vkey = signing_key().verifier.vkey

        assert ours_rejects(document, vkey)
        assert stranger_rejects(document, vkey, tmp_path)

    @pytest.mark.parametrize(
        ("member", "value"),
        [
            ("at", "2026-11-20T13:34:56+00:00"),
            ("at", "2026-11-20T12:34:56"),
            ("at", "noon"),
            ("policy", "cd" * 32),
            ("entry", "00000000-0000-0000-0000-000000000000"),
        ],
    )
    def test_a_payload_that_contradicts_its_leaf_is_rejected(
        self, member: str, value: str, tmp_path: Path
    ) -> None:
        """The log itself lied: it committed to a payload that does not fit the leaf."""
        document, vkey = lying_receipt(member, value)

        assert ours_rejects(document, vkey)
        if value != "2026-11-20T12:34:56":
            assert stranger_rejects(document, vkey, tmp_path)

    def test_a_proof_is_read_as_it_is_written(self) -> None:
        log = memory_log([a_leaf().encode() for _ in range(3)])

        assert TlogProof.parse(log.proof(1).text) == log.proof(1)
        true = log.proof(1).text
        others = [true.replace("index 1", f"index {other}") for other in ("9" * 40, "01", "-1", "")]
        for text in ("", "x", true.replace("\n\n", "\n"), *others, long_proof(true)):
            with pytest.raises(Rejected):
                TlogProof.parse(text)


def lying_receipt(member: str, value: str) -> tuple[bytes, str]:
    from app.audit.proofs import Position, ReceiptDocument  # noqa: PLC0415 - only here
    from tests.audit.conftest import NOON, POLICY, SALT  # noqa: PLC0415 - only here

    entry = a_leaf().entry
    payload = {"at": NOON.isoformat(), "entry": str(entry), "policy": POLICY, "event": "answered"}
    payload[member] = value
    leaf = a_leaf(canonical(payload), entry).encode()
    log = memory_log([leaf])
    told = ReceiptDocument(
        entry=entry,
        leaf=leaf,
        position=Position(index=0, size=1, proof=log.proof(0)),
        payload=payload,
        salt=SALT,
    )
    return canonical(told.json()), log.key.verifier.vkey


def fetcher(files: dict[str, bytes]) -> Callable[[str], bytes]:
    return files.__getitem__


def log_of(size: int) -> MemoryLog:
    return memory_log([a_leaf().encode() for _ in range(size)])


def log_rejected(files: dict[str, bytes], log: MemoryLog, earlier: bytes | None = None) -> bool:
    try:
        verify_log(fetcher(files), log.key.verifier.vkey, earlier=earlier)
    except Rejected:
        return True
    return False


class TestLog:
    @pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 600])
    def test_a_true_one_is_verified(self, size: int) -> None:
        log = log_of(size)

        verified = verify_log(fetcher(log.files()), log.key.verifier.vkey)

        assert (verified.size, verified.root) == (size, naive_root(log.entries))

    def test_every_flipped_bit_of_a_bundle_is_noticed(self) -> None:
        """AP-12."""
        log = log_of(3)
        true = log.files()
        bundle = true["tile/entries/000.p/3"]
        for at in range(len(bundle)):
            altered = bytearray(bundle)
            altered[at] ^= 1 << (at % 8)

            assert log_rejected({**true, "tile/entries/000.p/3": bytes(altered)}, log)

    def test_an_entry_altered_together_with_its_tile_is_noticed(self) -> None:
        """CVE-2026-56865: a verifier that reads hashes from tiles accepts this."""
        log = log_of(300)
        forged = memory_log([log.entries[0], a_leaf().encode(), *log.entries[2:]], log.key).files()
        true = log.files()

        assert forged["tile/0/000"][32:64] != true["tile/0/000"][32:64]
        assert forged["tile/0/000"][32:64] == leaf_hash(forged["tile/entries/000"][89:174])
        assert log_rejected({**forged, "checkpoint": true["checkpoint"]}, log)

    @pytest.mark.parametrize("kept", [0, 1, 256, 300])
    def test_one_that_begins_as_it_did_is_consistent(self, kept: int) -> None:
        log = log_of(300)
        earlier = memory_log(log.entries[:kept], log.key).checkpoint.encode()

        assert not log_rejected(log.files(), log, earlier)

    def test_one_that_was_rewritten_truncated_or_restored_is_not(self) -> None:
        """AP-12."""
        log = log_of(300)
        earlier = log.checkpoint.encode()
        rewritten = memory_log([a_leaf().encode(), *log.entries[1:], a_leaf().encode()], log.key)
        restored = memory_log(log.entries[:200], log.key)

        assert not log_rejected(rewritten.files(), log)
        assert log_rejected(rewritten.files(), log, earlier)
        assert not log_rejected(restored.files(), log)
        assert log_rejected(restored.files(), log, earlier)

    def test_an_empty_log_cannot_pass_for_an_earlier_one_of_another_root(self) -> None:
        log = log_of(2)
        note = log.key.sign(Checkpoint(log.key.name, 0, bytes(32)).text)

        assert log_rejected(log.files(), log, note.encode())

    @pytest.mark.parametrize("entries", [[b"\x02" * 85], [b"short"], ["same", "same"]])
    def test_signed_entries_that_are_none_of_ours_are_rejected(
        self, entries: Sequence[bytes | str]
    ) -> None:
        same = a_leaf().encode()
        log = memory_log([same if isinstance(entry, str) else entry for entry in entries])

        assert log_rejected(log.files(), log)

    def test_a_checkpoint_that_is_no_text_is_rejected(self) -> None:
        log = log_of(1)

        assert log_rejected({**log.files(), "checkpoint": b"\xff"}, log)
