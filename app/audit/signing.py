"""The key a tenant's log is signed with."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from app.audit.notes import SigningKey

_OPEN_TO_OTHERS: Final = 0o077


class SigningKeyUnfit(ValueError):
    """Start-up stops here. Names the file and never its content."""


def signing_key(origin: str, path: Path) -> SigningKey:
    """An Ed25519 key in PKCS #8 PEM, in a file only its owner may read."""
    try:
        if path.stat().st_mode & _OPEN_TO_OTHERS:
            raise SigningKeyUnfit(f"{path.name} may be read by others than its owner")
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise SigningKeyUnfit(f"{path.name} cannot be read: {type(error).__name__}") from None
    except ValueError as error:
        if isinstance(error, SigningKeyUnfit):
            raise
        raise SigningKeyUnfit(f"{path.name} is not a key in PEM") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningKeyUnfit(f"{path.name} is not an Ed25519 key")
    return SigningKey(origin, key)
