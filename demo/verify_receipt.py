"""Verify a receipt with nothing but Python, `cryptography` and the log's public key.

    python demo/verify_receipt.py receipt.json vkey.txt [policy]

Exit code 0 and one line when everything the receipt says is so; 1 and the reason when not. With a
policy file (c2sp.org/tlog-policy) the witnesses it asks for must have cosigned the checkpoint.
This is a second, independent reading of docs/log.md: it shares no code with the service.
"""

import base64
import hashlib
import json
import sys
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

TAG = b"klarfall trail commitment v1\x00"
MEMBERS = {"entry", "state", "leaf", "index", "tree_size", "checkpoint", "proof"}
ARGUMENTS = (3, 4)
COSIGNATURE_BYTES = 4 + 8 + 64


def need(condition: object, reason: str) -> None:
    if not condition:
        raise SystemExit(f"NOT VERIFIED: {reason}")


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def unbase64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "base64 is not in its canonical spelling")
    return data


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    need(len(members) == len(pairs), "a member is given twice")
    return members


def open_checkpoint(note: str, vkey: str) -> tuple[int, bytes]:
    """Size and root, when the log's key signed them."""
    name, key_id, encoded = vkey.strip().split("+", 2)
    key = unbase64(encoded)
    need(key[:1] == b"\x01", "the verifier key is not Ed25519")
    expected_id = sha256(name.encode(), b"\n", key)[:4]
    need(expected_id.hex() == key_id, "the verifier key contradicts itself")

    body, _, signatures = note.rpartition("\n\n")
    text = body + "\n"
    origin, size, root = body.split("\n")
    need(origin == name, "the checkpoint is of another log")
    need(str(int(size)) == size, "the size is not a plain number")
    need(signatures.endswith("\n"), "the note does not end as notes end")
    verified = False
    for line in signatures[:-1].split("\n"):
        dash, signer, encoded = line.split(" ")
        need(dash == "\N{EM DASH}", "a line of the note is no signature")
        signature = unbase64(encoded)
        if signer == name and signature[:4] == expected_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text.encode())
            verified = True
    need(verified, "this log's key did not sign the checkpoint")
    return int(size), unbase64(root)


def cosigned(note: str, policy: str) -> str:
    """Which of the policy's witnesses cosigned, in words; they must be as many as it asks for."""
    witnesses, groups, quorum = read_policy(policy)
    body, _, signatures = note.rpartition("\n\n")
    there = {
        name
        for name, (signer, key) in witnesses.items()
        if any(
            cosigns(line, signer, key, body + "\n") for line in signatures.rstrip("\n").split("\n")
        )
    }

    def held(name: str) -> bool:
        if name not in groups:
            return name in there
        needed, members = groups[name]
        return sum(map(held, members)) >= needed

    need(quorum == "none" or held(quorum), "the witnesses that the policy asks for did not cosign")
    return f", cosigned by {', '.join(sorted(there)) or 'nobody'}"


def read_policy(
    policy: str,
) -> tuple[dict[str, tuple[str, bytes]], dict[str, tuple[int, list[str]]], str]:
    """Witnesses by name, groups by name, and the quorum."""
    witnesses: dict[str, tuple[str, bytes]] = {}
    groups: dict[str, tuple[int, list[str]]] = {}
    quorum = ""
    for line in policy.split("\n"):
        match line.split():
            case ["witness", name, vkey, *_]:
                signer, key_id, encoded = vkey.split("+", 2)
                key = unbase64(encoded)
                need(key[:1] == b"\x04", "a witness's key is not one for cosigning")
                named = sha256(signer.encode(), b"\n", key)[:4].hex() == key_id
                need(named, "a witness's key contradicts itself")
                witnesses[name] = (signer, key)
            case ["group", name, needed, *members]:
                counts = {"any": "1", "all": str(len(members))}
                groups[name] = (int(counts.get(needed, needed)), members)
            case ["quorum", name]:
                quorum = name
            case [word, *_] if word != "log" and not word.startswith("#"):
                need(False, "a line of the policy is none that is known")
            case _:
                pass
    need(quorum == "none" or quorum in {*witnesses, *groups}, "the policy has no quorum")
    return witnesses, groups, quorum


def cosigns(line: str, signer: str, key: bytes, text: str) -> bool:
    """Whether the line is this witness's; then it must hold (c2sp.org/tlog-cosignature)."""
    _, name, encoded = line.split(" ")
    signature = unbase64(encoded)
    if name != signer or signature[:4] != sha256(signer.encode(), b"\n", key)[:4]:
        return False
    need(len(signature) == COSIGNATURE_BYTES, "a cosignature is not as long as they are")
    seconds = int.from_bytes(signature[4:12])
    message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[12:], message)
    return True


def climb(leaf: bytes, index: int, size: int, steps: list[bytes]) -> bytes:
    """The root that follows, read off RFC 6962 2.1.1 as a recursion from the top."""
    if size == 1:
        need(not steps, "the proof is too long")
        return sha256(b"\x00", leaf)
    need(steps, "the proof is too short")
    split = 1
    while split * 2 < size:
        split *= 2
    *below, sibling = steps
    if index < split:
        return sha256(b"\x01", climb(leaf, index, split, below), sibling)
    return sha256(b"\x01", sibling, climb(leaf, index - split, size - split, below))


def verify(document: bytes, vkey: bytes, policy: bytes | None = None) -> str:
    """What was verified, in one line; raises SystemExit with the reason when it does not hold."""
    try:
        found = compare(document.decode(), vkey.decode())
        if policy is None:
            return found
        return found + cosigned(json.loads(document)["checkpoint"], policy.decode())
    except InvalidSignature:
        reason = "a signature on the checkpoint is wrong"
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        reason = "the receipt is not written as receipts are"
    raise SystemExit(f"NOT VERIFIED: {reason}")


def compare(document: str, vkey: str) -> str:
    receipt = json.loads(document, object_pairs_hook=once)
    need(receipt.keys() - {"payload", "salt"} == MEMBERS, "these are not a receipt's members")
    need(("payload" in receipt) == ("salt" in receipt), "payload and salt belong together")
    need(receipt["state"] == "included", "the entry is not in the log yet")

    size, root = open_checkpoint(receipt["checkpoint"], vkey)
    above, gap, checkpoint = receipt["proof"].partition("\n\n")
    header, position, *steps = above.split("\n")
    need(gap and header == "c2sp.org/tlog-proof@v1", "this is not a tlog-proof")
    index = receipt["index"]
    need(type(index) is int and 0 <= index < size, "the log has no such entry")
    need(type(receipt["tree_size"]) is int, "the size is not a number")
    need(
        (position, checkpoint, size)
        == (f"index {index}", receipt["checkpoint"], receipt["tree_size"]),
        "the receipt says something else than its proof",
    )
    leaf = unbase64(receipt["leaf"])
    hashes = [unbase64(step) for step in steps]
    need(all(len(step) == len(root) for step in hashes), "a step of the proof is no hash")
    need(climb(leaf, index, size, hashes) == root, "the entry is not in the log")

    need(len(leaf) == 85 and leaf[:1] == b"\x01", "the leaf is of another version")  # noqa: PLR2004 - docs/log.md
    entry, hour, policy, commitment = leaf[1:17], leaf[17:21], leaf[21:53], leaf[53:]
    need(receipt["entry"].replace("-", "") == entry.hex(), "the receipt names another entry")
    need(len(receipt["entry"]) == 36, "the entry's id is not written as ids are")  # noqa: PLR2004 - a UUID
    if "payload" not in receipt:
        return f"entry {receipt['entry']} is number {index} of {size}; its content was deleted"

    payload, salt = receipt["payload"], unbase64(receipt["salt"])
    spelled = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    need(len(salt) == len(root), "the salt is too short")
    need(sha256(TAG, salt, spelled.encode()) == commitment, "the payload is another one")
    at = datetime.fromisoformat(payload["at"])
    need(int(at.timestamp()) // 3600 == int.from_bytes(hour), "the hours differ")
    need(payload["policy"] == policy.hex(), "the policies differ")
    need(payload["entry"] == receipt["entry"], "the payload is of another entry")
    return f"entry {receipt['entry']} ({payload['event']}) is number {index} of {size}"


def main(arguments: list[str]) -> None:
    if len(arguments) not in ARGUMENTS:
        raise SystemExit(f"usage: {arguments[0]} receipt.json vkey.txt [policy]")
    print(f"VERIFIED: {verify(*(Path(name).read_bytes() for name in arguments[1:]))}")


if __name__ == "__main__":
    main(sys.argv)
