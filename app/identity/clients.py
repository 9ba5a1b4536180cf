"""The key our client signs its assertions with (private_key_jwt, RFC 7523)."""

import json
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_OPEN_TO_OTHERS: Final = 0o077


class KeyUnfit(ValueError):
    """Start-up stops here. Names the file and never its content."""


def client_key(path: Path) -> ECKey:
    """A private P-256 JWK with its `kid`, in a file only its owner may read."""
    try:
        open_to_others = path.stat().st_mode & _OPEN_TO_OTHERS
        key = ECKey.import_key(json.loads(path.read_text()))
    except (OSError, TypeError, ValueError, JoseError) as error:
        raise KeyUnfit(f"{path.name} cannot be read: {type(error).__name__}") from None
    if open_to_others:
        raise KeyUnfit(f"{path.name} may be read by others than its owner")
    if not key.is_private or key.kid is None or key.curve_name != "P-256":
        raise KeyUnfit(f"{path.name} needs a private P-256 key and a kid")
    return key
