"""The file a log's signing key is kept in."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.audit.notes import Checkpoint, open_checkpoint
from app.audit.signing import SigningKeyUnfit, signing_key

ORIGIN = "klarfall.example/log/bergstrasse"
PEM = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def kept(folder: Path, data: bytes, mode: int = 0o600) -> Path:
    path = folder / "log.pem"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_a_key_read_from_its_file_signs_for_its_origin(tmp_path: Path) -> None:
    private = Ed25519PrivateKey.generate()
    key = signing_key(ORIGIN, kept(tmp_path, private.private_bytes(*PEM)))
    checkpoint = Checkpoint(ORIGIN, 0, bytes(32))

    assert open_checkpoint(key.sign(checkpoint.text), key.verifier) == checkpoint
    assert key.verifier.public == private.public_key().public_bytes_raw()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_may_read_is_not_used(tmp_path: Path, mode: int) -> None:
    """AP-15."""
    data = Ed25519PrivateKey.generate().private_bytes(*PEM)

    with pytest.raises(SigningKeyUnfit, match="others"):
        signing_key(ORIGIN, kept(tmp_path, data, mode))


def test_a_file_that_is_missing_or_holds_another_thing_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SigningKeyUnfit, match="cannot be read"):
        signing_key(ORIGIN, tmp_path / "nothing.pem")
    with pytest.raises(SigningKeyUnfit, match="not a key"):
        signing_key(ORIGIN, kept(tmp_path, b"secret, but not a key"))
    with pytest.raises(SigningKeyUnfit, match="not an Ed25519"):
        signing_key(ORIGIN, kept(tmp_path, generate_private_key(SECP256R1()).private_bytes(*PEM)))


def test_what_is_said_of_a_bad_file_quotes_nothing_of_it(tmp_path: Path) -> None:
    """AP-15."""
    with pytest.raises(SigningKeyUnfit) as refusal:
        signing_key(ORIGIN, kept(tmp_path, b"secret, but not a key"))

    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None
