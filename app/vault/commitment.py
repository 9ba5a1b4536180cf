"""Key commitment for services that encrypt with GCM alone.

GCM does not commit to its key: bytes can be made that open under two keys. With 32 zero bytes
before what is sealed, which must be there when it is opened, they cannot (Albertini et al.,
"How to Abuse and Fix Authenticated Encryption Without Key Commitment", 2022, 5.3).
"""

import hmac
from typing import Final

from app.vault.sealing import KEY_BYTES, Unopenable

_ZEROS: Final = bytes(32)


def committed(key: bytes) -> bytes:
    return _ZEROS + key


def key_of(opened: bytes) -> bytes:
    """Raises Unopenable where the zeros are missing, or there is no whole key."""
    zeros, key = opened[: len(_ZEROS)], opened[len(_ZEROS) :]
    if not hmac.compare_digest(zeros, _ZEROS) or len(key) != KEY_BYTES:
        raise Unopenable
    return key
