"""Nonces for DPoP proofs, which no proof made in advance can hold (RFC 9449, section 9).

Nothing is kept: a nonce is a keyed hash of the five minutes it was given out in, so every worker
knows those of all others, and those of before a restart.
"""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PERIOD: Final = timedelta(minutes=5)

_PURPOSE: Final = b"klarfall: nonces of DPoP proofs, 1"
_BYTES: Final = 18


@final
class Nonces:
    """Those of one tenant. `secret` is one that all its workers have, and nobody else."""

    def __init__(self, secret: bytes) -> None:
        kdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
        self._key = kdf.derive(secret)

    def current(self, now: datetime) -> str:
        return self._of(_period(now))

    def is_current(self, nonce: str, now: datetime) -> bool:
        return hmac.compare_digest(nonce.encode(), self.current(now).encode())

    def accepts(self, nonce: str, now: datetime) -> bool:
        """Whether it is of this period or of the one before."""
        former = self._of(_period(now) - 1)
        return self.is_current(nonce, now) or hmac.compare_digest(nonce.encode(), former.encode())

    def _of(self, period: int) -> str:
        digest = hmac.digest(self._key, period.to_bytes(8), sha256)
        return urlsafe_b64encode(digest[:_BYTES]).decode()


def _period(now: datetime) -> int:
    return int(now.timestamp() // PERIOD.total_seconds())
