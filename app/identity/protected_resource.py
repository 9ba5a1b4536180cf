"""What a program must know before it calls: whose tokens we take, and how (RFC 9728)."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from app.identity.guards import Desk
from app.identity.machines import INTEGRATION
from app.identity.persons import SCOPE
from app.identity.provider.providers import Peer
from app.identity.tokens.challenges import WELL_KNOWN
from app.identity.tokens.verification import ALGORITHM
from app.vocabulary.errors import NotFound
from app.vocabulary.ids import TenantId

router = APIRouter(prefix=WELL_KNOWN, tags=["identity"])


class ResourceBody(BaseModel):
    """RFC 9728, section 2. What is not there we do not have: answers are not signed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    resource: str
    authorization_servers: tuple[str, ...]
    scopes_supported: tuple[str, ...] = (SCOPE, INTEGRATION)
    bearer_methods_supported: tuple[str, ...] = ("header",)
    dpop_signing_alg_values_supported: tuple[str, ...] = (ALGORITHM,)
    dpop_bound_access_tokens_required: bool
    tls_client_certificate_bound_access_tokens: bool = False

    @classmethod
    def of(cls, peer: Peer) -> "ResourceBody":
        return cls(
            resource=peer.provider.audience,
            authorization_servers=(peer.provider.issuer,),
            dpop_bound_access_tokens_required=not peer.provider.bearer_clients,
        )


@router.get("/t/{tenant}")
async def of_tenant(tenant: str, identity: Desk) -> ResourceBody:
    """Of one office: the resource is the audience that its tokens name."""
    peer = identity.peers.get(TenantId(tenant))
    if peer is None:
        raise NotFound
    return ResourceBody.of(peer)


@router.get("")
async def of_the_only_one(identity: Desk) -> ResourceBody:
    """Where one office is served, its answer. Of several none could speak for all: 404."""
    peers = list(identity.peers.values())
    if len(peers) != 1:
        raise NotFound
    return ResourceBody.of(peers[0])
