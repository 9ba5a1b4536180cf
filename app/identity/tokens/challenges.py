"""What a refused program is told in its headers (RFC 9449, section 7.1; RFC 9728, section 5.1).

The body of every refusal is the same. Headers say which of three things to do: get another
token, sign another proof, or sign one with the nonce that comes along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from app.identity.tokens.verification import ALGORITHM
from app.vocabulary.errors import Unauthenticated

WELL_KNOWN: Final = "/.well-known/oauth-protected-resource"
PLAIN: Final = f'DPoP algs="{ALGORITHM}"'


class Fault(StrEnum):
    ACCESS = "invalid_token"
    PROOF = "invalid_dpop_proof"
    NONCE = "use_dpop_nonce"


class Challenged(Unauthenticated):
    """Like every Unauthenticated from outside, but for `headers`."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = headers


def metadata_address(audience: str) -> str:
    """Where the metadata of this resource is (RFC 9728, section 3.1)."""
    parts = urlsplit(audience)
    return f"{parts.scheme}://{parts.netloc}{WELL_KNOWN}{parts.path}"


@dataclass(frozen=True, slots=True)
class Challenge:
    """Where a tenant's metadata is, and the nonce to use from now on."""

    metadata: str
    nonce: str

    def refusal(self, fault: Fault) -> Challenged:
        told = f'{PLAIN}, error="{fault}", resource_metadata="{self.metadata}"'
        return Challenged({"WWW-Authenticate": told, "DPoP-Nonce": self.nonce})
