"""Key wrap with padding (RFC 5649): the RFC's vectors, and Project Wycheproof's, through our own.

Ours opens keys of 32 bytes under keys of 32 bytes, as the first release had them, and nothing else.
"""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap,
    aes_key_wrap_with_padding,
)

from app.vault import keywrap
from app.vault.sealing import Unopenable
from tests.fixtures import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "wycheproof"
# RFC 5649, 6: a key of 20 octets, and one of 7, under one of 192 bits.
UNDER = bytes.fromhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8")
RFC = {
    "20 octets": (
        "c37b7e6492584340bed12207808941155068f738",
        "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
    ),
    "7 octets": ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
}


def vectors(name: str) -> list[dict[str, Any]]:  # Any: as the file has it
    path = FOLDER / name
    if not path.exists():
        pytest.skip("the vectors are not here")
    groups: list[dict[str, Any]] = json.loads(path.read_text())["testGroups"]  # Any: as above
    return [vector for group in groups for vector in group["tests"]]


@pytest.mark.parametrize("which", RFC)
def test_the_rfcs_own_vectors_hold_for_what_ours_is_made_of(which: str) -> None:
    key, wrapped = (bytes.fromhex(part) for part in RFC[which])

    assert aes_key_wrap_with_padding(UNDER, key) == wrapped
    assert aes_key_unwrap_with_padding(UNDER, wrapped) == key
    with pytest.raises(InvalidUnwrap):
        aes_key_unwrap_with_padding(UNDER, wrapped[:-1] + bytes([wrapped[-1] ^ 1]))
    for under in (UNDER, UNDER + UNDER[:8]):
        with pytest.raises(Unopenable):
            keywrap.opened(under, wrapped)


def test_a_key_of_ours_is_opened_and_whatever_differs_from_it_in_one_bit_is_not() -> None:
    under, key = bytes(range(32)), bytes(range(32, 64))
    wrapped = aes_key_wrap_with_padding(under, key)

    assert keywrap.opened(under, wrapped) == key
    for bit in range(0, len(wrapped) * 8, 7):
        spoilt = bytearray(wrapped)
        spoilt[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Unopenable):
            keywrap.opened(under, bytes(spoilt))
    for other in (b"", wrapped[:-8], wrapped + bytes(8), aes_key_wrap(under, key)):
        with pytest.raises(Unopenable):
            keywrap.opened(under, other)
    with pytest.raises(Unopenable):
        keywrap.opened(under, aes_key_wrap_with_padding(under, key[:-1]))


def test_wycheproofs_keys_of_our_size_open_and_everything_else_is_refused() -> None:
    opened = refused = 0
    for vector in vectors("aes_kwp_test.json"):
        under, wrapped, key = (bytes.fromhex(vector[part]) for part in ("key", "ct", "msg"))
        if vector["result"] == "valid" and (len(under), len(key)) == (32, 32):
            assert keywrap.opened(under, wrapped) == key, vector["tcId"]
            opened += 1
        else:
            with pytest.raises(Unopenable):
                keywrap.opened(under, wrapped)
            refused += 1

    assert (opened, refused) == (3, 251)


def test_wycheproofs_invalid_wrappings_are_refused_whatever_their_size() -> None:
    """What ours is made of: modified padding, wrong lengths, overflowing counters."""
    valid = invalid = 0
    for vector in vectors("aes_kwp_test.json"):
        under, wrapped, key = (bytes.fromhex(vector[part]) for part in ("key", "ct", "msg"))
        if vector["result"] == "valid":
            assert aes_key_unwrap_with_padding(under, wrapped) == key, vector["tcId"]
            valid += 1
        else:
            with pytest.raises((InvalidUnwrap, ValueError)):
                aes_key_unwrap_with_padding(under, wrapped)
            invalid += 1

    assert valid > 70
    assert invalid > 170


def test_what_was_wrapped_without_padding_is_none_of_ours() -> None:
    """RFC 3394 has another start value: even a valid wrapping of a key of our size is refused."""
    of_our_size = 0
    for vector in vectors("aes_wrap_test.json"):
        under, wrapped = bytes.fromhex(vector["key"]), bytes.fromhex(vector["ct"])
        of_our_size += (len(under), len(wrapped)) == (32, 40)
        with pytest.raises(Unopenable):
            keywrap.opened(under, wrapped)

    assert of_our_size > 10
