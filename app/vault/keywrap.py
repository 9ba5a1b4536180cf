"""Keys as the first release had them wrapped: RFC 5649, AES key wrap with padding.

They are only ever opened, and wrapped anew in today's form by the next renewal.
"""

from typing import Final

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap_with_padding

from app.vault.sealing import KEY_BYTES, Unopenable

# A key of 32 bytes and the eight of RFC 5649, 3.
WRAPPED_BYTES: Final = KEY_BYTES + 8


def opened(under: bytes, wrapped: bytes) -> bytes:
    """Raises Unopenable for what is not a whole key of ours, wrapped under this one."""
    if len(under) != KEY_BYTES or len(wrapped) != WRAPPED_BYTES:
        raise Unopenable
    try:
        key = aes_key_unwrap_with_padding(under, wrapped)
    except (InvalidUnwrap, ValueError):
        raise Unopenable from None
    if len(key) != KEY_BYTES:
        raise Unopenable
    return key
