"""Project Wycheproof's vectors for AES-GCM, through the parser of our sealed form.

A vector becomes a sealed value: our header with the commitment of its key, its nonce, its
ciphertext and tag. What is valid and of our sizes opens; everything else is refused.
"""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from app.vault.sealing import KEY_BYTES, Address, DataKey, Unopenable
from app.vocabulary.ids import TenantId, random_id
from tests.fixtures import ROOT

VECTORS = ROOT.parent / "shared" / "data" / "wycheproof" / "aes_gcm_test.json"
OURS = {"keySize": 256, "ivSize": 96, "tagSize": 128}


@dataclass(frozen=True, slots=True)
class Placed(Address):
    """An address whose associated data is the vector's."""

    aad: bytes

    def associated_data(self) -> bytes:
        return self.aad


def groups() -> list[dict[str, Any]]:  # Any: as the file has it
    if not VECTORS.exists():
        pytest.skip("the vectors are not here")
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text())["testGroups"]  # Any: as above
    return found


def sealed(vector: dict[str, Any], key: DataKey) -> tuple[bytes, Placed]:  # Any: as above
    value = key.mark + b"".join(bytes.fromhex(vector[part]) for part in ("iv", "ct", "tag"))
    aad = bytes.fromhex(vector["aad"])
    return value, Placed(TenantId("bergstrasse"), "a.b", random_id(), 1, aad)


def test_valid_vectors_of_our_sizes_open_and_invalid_ones_are_refused() -> None:
    opened = refused = 0
    for group in groups():
        if any(group[name] != size for name, size in OURS.items()):
            continue
        for vector in group["tests"]:
            key = DataKey(bytes.fromhex(vector["key"]))
            value, address = sealed(vector, key)
            if vector["result"] == "valid":
                assert key.open(value, address).hex() == vector["msg"], vector["tcId"]
                opened += 1
            else:
                with pytest.raises(Unopenable):
                    key.open(value, address)
                refused += 1

    assert opened > 30
    assert refused > 20


def test_vectors_of_other_sizes_do_not_open_whatever_they_are() -> None:
    others = 0
    for group in groups():
        if all(group[name] == size for name, size in OURS.items()):
            continue
        for vector in group["tests"]:
            material = bytes.fromhex(vector["key"])
            others += 1
            if len(material) != KEY_BYTES:
                with pytest.raises(Unopenable):
                    DataKey(material)
                continue
            key = DataKey(material)
            value, address = sealed(vector, key)
            with pytest.raises(Unopenable):
                key.open(value, address)

    assert others > 100
