"""What sign-in works with, put together once by `app.web`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.audit.events import Event
from app.catalogue.actions import Actions
from app.database.engine import Database
from app.identity.limits.limits import Limits
from app.identity.officers import Officers
from app.identity.provider.providers import Peer
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unauthenticated
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance


class Journal(Protocol):
    """`app.audit.log.Log` is one."""

    async def record(self, tx: AsyncSession, tenant: TenantId, event: Event, /) -> object: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`origin` is where browsers find us, as they write it: `https://fall.example`.

    `destinations` are our own paths that a sign-in may lead back to; `{id}` stands for a UUID.
    The first is where everybody else ends up. `vouching` are the tenants whose provider vouches
    for name and date of birth, each with the least assurance it does so at. `officers` are no
    citizens.
    """

    database: Database
    peers: Mapping[TenantId, Peer]
    journal: Journal
    clock: Clock
    origin: str
    actions: Actions
    limits: Limits
    destinations: tuple[str, ...] = ("/",)
    vouching: Mapping[TenantId, Assurance] = field(default_factory=dict)
    officers: Officers = field(default_factory=Officers)

    def peer(self, tenant: TenantId) -> Peer:
        """Raises Unauthenticated for a tenant that is not served here."""
        try:
            return self.peers[tenant]
        except KeyError:
            raise Unauthenticated from None

    def peer_for_audience(self, audience: str) -> Peer:
        for peer in self.peers.values():
            if peer.provider.audience == audience:
                return peer
        raise Unauthenticated

    def peer_of_client(self, issuer: object, audience: object) -> Peer:
        """Whose client this provider names, as a logout token does."""
        for peer in self.peers.values():
            client = peer.provider.client_id
            if issuer == peer.provider.issuer and audience in (client, [client]):
                return peer
        raise Unauthenticated

    def destination(self, wanted: str | None) -> str:
        """The wanted path if it is one of ours, character for character (ID-24)."""
        for template in self.destinations:
            parts = map(re.escape, template.split("{id}"))
            if wanted is not None and re.fullmatch("[0-9a-f-]{36}".join(parts), wanted, re.ASCII):
                return wanted
        return self.destinations[0]

    async def ready(self) -> None:
        """Raises Unavailable when a tenant's provider does not answer now."""
        for peer in self.peers.values():
            await peer.probe()
