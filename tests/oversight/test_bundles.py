"""A bundle verifies offline with the log's key, and an altered one does not."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from app.audit.canonical import canonical
from app.audit.events import Category
from app.audit.leaves import Leaf, commitment, hour_of
from app.audit.notes import Checkpoint, SigningKey
from app.audit.proofs import Position, ReceiptDocument
from app.audit.rejection import Rejected
from app.audit.tlogproof import TlogProof
from app.oversight.bundles import Taken, bundle, verify_bundle
from app.vocabulary.ids import EntryId, IdentityId, random_id
from app.web.cli import program
from tests.audit.oracle import naive_path, naive_root

KEY = SigningKey("klarfall.example/log/bergstrasse", Ed25519PrivateKey.generate())
OTHER = SigningKey(KEY.name, Ed25519PrivateKey.generate())
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
POLICY, SALT = "ab" * 32, bytes(range(32))


def receipts(key: SigningKey = KEY, number: int = 3) -> list[dict[str, Any]]:
    """Of all entries of a small log."""
    told = []
    for _ in range(number):
        entry = EntryId(random_id())
        payload = {
            "at": NOON.isoformat(),
            "entry": str(entry),
            "event": "released",
            "policy": POLICY,
        }
        leaf = Leaf(
            entry=entry,
            hour=hour_of(NOON),
            policy=bytes.fromhex(POLICY),
            commitment=commitment(SALT, canonical(payload)),
        )
        told.append((entry, payload, leaf.encode()))
    leaves = [leaf for _, _, leaf in told]
    note = key.sign(Checkpoint(key.name, number, naive_root(leaves)).text)
    return [
        dict(
            ReceiptDocument(
                entry=entry,
                leaf=leaf,
                position=Position(
                    index=n,
                    size=number,
                    proof=TlogProof(n, tuple(naive_path(n, leaves)), note),
                ),
                payload=payload,
                salt=SALT,
            ).json()
        )
        for n, (entry, payload, leaf) in enumerate(told)
    ]


def made(entries: list[dict[str, Any]], key: SigningKey = KEY) -> dict[str, Any]:
    taken = Taken(
        at=NOON,
        officer=IdentityId(UUID(int=1)),
        session=UUID(int=2),
        category=Category.COMPLAINT,
        recorded_as=EntryId(UUID(int=3)),
    )
    document: dict[str, Any] = json.loads(json.dumps(bundle(taken, entries, key)))
    return document


def resigned(document: dict[str, Any]) -> dict[str, Any]:
    """By who has the log's key: the entries must hold by themselves."""
    return made(document["bundle"]["entries"])


Tampering = Callable[[dict[str, Any]], dict[str, Any]]


def _drop(document: dict[str, Any]) -> dict[str, Any]:
    document["bundle"]["entries"].pop()
    return document


def _why(document: dict[str, Any]) -> dict[str, Any]:
    document["bundle"]["category"] = "random_check"
    return document


def _who(document: dict[str, Any]) -> dict[str, Any]:
    document["bundle"]["officer"] = str(UUID(int=9))
    return document


def _payload(document: dict[str, Any]) -> dict[str, Any]:
    document["bundle"]["entries"][0]["payload"]["event"] = "answered"
    return document


def _swapped(document: dict[str, Any]) -> dict[str, Any]:
    first, second = document["bundle"]["entries"][:2]
    first["payload"], second["payload"] = second["payload"], first["payload"]
    return document


def _proof(document: dict[str, Any]) -> dict[str, Any]:
    first = document["bundle"]["entries"][0]
    first["proof"] = document["bundle"]["entries"][1]["proof"]
    return document


def _twice(document: dict[str, Any]) -> dict[str, Any]:
    document["bundle"]["entries"].append(document["bundle"]["entries"][0])
    return document


def _member(document: dict[str, Any]) -> dict[str, Any]:
    document["more"] = "x"
    return document


def _note(document: dict[str, Any]) -> dict[str, Any]:
    """A checkpoint is signed by the key as well, and is no bundle's note."""
    proof = document["bundle"]["entries"][0]["proof"]
    document["note"] = proof.partition("\n\n")[2]
    return document


def _unsigned(document: dict[str, Any]) -> dict[str, Any]:
    document["note"] = document["note"].partition("\n\n")[0]
    return document


ALTERED: list[Tampering] = [
    *(_drop, _why, _who, _payload, _swapped, _proof, _twice, _member, _note, _unsigned)
]


@pytest.mark.parametrize("alter", ALTERED, ids=lambda each: each.__name__.strip("_"))
def test_an_altered_bundle_is_rejected(alter: Tampering) -> None:
    document = made(receipts())
    assert len(verify_bundle(json.dumps(document).encode(), KEY.verifier.vkey).entries) == 3

    with pytest.raises(Rejected):
        verify_bundle(json.dumps(alter(document)).encode(), KEY.verifier.vkey)


@pytest.mark.parametrize("alter", [_payload, _swapped, _proof, _twice], ids=lambda e: e.__name__)
def test_signing_it_anew_does_not_make_its_entries_true(alter: Tampering) -> None:
    altered = resigned(alter(made(receipts())))

    with pytest.raises(Rejected):
        verify_bundle(json.dumps(altered).encode(), KEY.verifier.vkey)
    again = resigned(made(receipts()))
    assert len(verify_bundle(json.dumps(again).encode(), KEY.verifier.vkey).entries) == 3


def test_a_bundle_of_another_key_is_rejected() -> None:
    forged = json.dumps(made(receipts(OTHER), OTHER)).encode()

    assert verify_bundle(forged, OTHER.verifier.vkey).category is Category.COMPLAINT
    with pytest.raises(Rejected):
        verify_bundle(forged, KEY.verifier.vkey)


def test_one_command_and_the_key_are_enough(tmp_path: Path) -> None:
    document = made(receipts())
    file, key = tmp_path / "bundle.json", tmp_path / "vkey"
    file.write_text(json.dumps(document))
    key.write_text(KEY.verifier.vkey + "\n")

    held = CliRunner().invoke(program, ["audit", "bundle", str(file), "--vkey", str(key)])
    file.write_text(json.dumps(_payload(document)))
    altered = CliRunner().invoke(program, ["audit", "bundle", str(file), "--vkey", str(key)])

    assert (held.exit_code, altered.exit_code) == (0, 1)
    assert "3 entries" in held.output
