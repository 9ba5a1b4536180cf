"""Programs of an office's own, signed in as themselves."""

from dataclasses import InitVar, dataclass
from typing import Final, final

from app.identity.tokens.access_tokens import Access
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.evidence import Evidence, Seal
from app.vocabulary.ids import TenantId

INTEGRATION: Final = "integration"

_SEAL: Final = Seal()


@final
@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Machine(Evidence):
    """A client with a token it got for itself. It acts for nobody and is never a Person."""

    tenant: TenantId
    client_id: str
    scopes: frozenset[str]
    seal: InitVar[Seal]

    def __post_init__(self, seal: Seal) -> None:
        if seal is not _SEAL:
            raise TypeError("a Machine is minted by app.identity.machines alone")


def of_access(access: Access, *, tenant: TenantId) -> Machine:
    """Raises Unauthenticated for a person's token, whatever its scopes say (RS-10, RS-11)."""
    if not access.of_machine or INTEGRATION not in access.scopes:
        raise Unauthenticated
    return Machine(tenant=tenant, client_id=access.client_id, scopes=access.scopes, seal=_SEAL)
