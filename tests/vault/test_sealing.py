"""A sealed value opens with its key, at its place, unaltered, and in no other way."""

from dataclasses import replace
from secrets import token_bytes
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vault.sealing import KEY_BYTES, Address, DataKey, Unopenable
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId, random_id

HERE = Address(TenantId("bergstrasse"), "case_values.sealed", random_id(), 1)
KEY = DataKey(token_bytes(KEY_BYTES))


@given(st.binary(max_size=4096))
def test_what_was_sealed_opens_at_its_place(plaintext: bytes) -> None:
    assert KEY.open(KEY.seal(plaintext, HERE), HERE) == plaintext


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(HERE, tenant=TenantId("main-kinzig")),
        replace(HERE, column="answers.sealed"),
        replace(HERE, row=random_id()),
        replace(HERE, version=2),
        replace(HERE, version=10),
    ],
)
def test_what_was_moved_does_not_open(elsewhere: Address) -> None:
    sealed = KEY.seal(b"506,00", HERE)

    with pytest.raises(Unopenable):
        KEY.open(sealed, elsewhere)


def test_no_two_addresses_have_the_same_bytes() -> None:
    row = UUID(int=0)
    near = [
        Address(TenantId("ab"), "c", row, 1),
        Address(TenantId("a"), "bc", row, 1),
        Address(TenantId("a"), "b", row, 11),
        Address(TenantId("a"), "b", row, 1),
    ]

    assert len({address.associated_data() for address in near}) == len(near)


def test_every_byte_flipped_is_refused() -> None:
    sealed = KEY.seal(b"a value", HERE)

    for place in range(len(sealed)):
        for flip in (0x01, 0x80):
            spoilt = bytearray(sealed)
            spoilt[place] ^= flip
            with pytest.raises(Unopenable):
                KEY.open(bytes(spoilt), HERE)


def test_every_cut_is_refused() -> None:
    sealed = KEY.seal(b"a value", HERE)

    for length in range(len(sealed)):
        with pytest.raises(Unopenable):
            KEY.open(sealed[:length], HERE)
    with pytest.raises(Unopenable):
        KEY.open(sealed + b"\0", HERE)


def test_another_key_is_refused_by_its_commitment_before_anything_is_deciphered() -> None:
    other = DataKey(token_bytes(KEY_BYTES))
    ours, theirs = KEY.seal(b"a value", HERE), other.seal(b"a value", HERE)

    with pytest.raises(Unopenable):
        other.open(ours, HERE)
    with pytest.raises(Unopenable):
        KEY.open(theirs[:9] + ours[9:], HERE)
    assert ours[:9] != theirs[:9]


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert len({KEY.seal(b"a value", HERE) for _ in range(50)}) == 50


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_key_has_256_bits(length: int) -> None:
    with pytest.raises(Unopenable):
        DataKey(token_bytes(length))


def test_a_key_has_no_text_form() -> None:
    key = token_bytes(KEY_BYTES)

    assert repr(DataKey(key)) == str(DataKey(key)) == "<DataKey>"
    assert not hasattr(DataKey(key), "__dict__")


def test_what_does_not_open_is_a_part_that_is_away_and_says_nothing() -> None:
    refusal = Unopenable()

    assert isinstance(refusal, Unavailable)
    assert refusal.part == "keys"
    assert "key" not in str(refusal).lower()
