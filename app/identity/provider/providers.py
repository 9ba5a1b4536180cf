"""Whom we trust to say who somebody is: one provider a tenant, and what it says of itself.

A provider's metadata tells where its endpoints are. It cannot change what we accept: issuer,
algorithm, audience and levels are our own configuration.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Final, final
from urllib.parse import urlsplit

import httpx2
from joserfc.jwk import ECKey

from app.identity.provider.keys import Keys
from app.identity.provider.outbound import CappedTransport, answering, fetch
from app.identity.provider.profile import Profile
from app.identity.tokens.nonces import Nonces
from app.identity.tokens.strict_json import strict_object
from app.identity.tokens.verification import ALGORITHM, Expected, key_set
from app.vocabulary.dates import Clock
from app.vocabulary.errors import Unavailable
from app.vocabulary.ids import TenantId
from app.vocabulary.levels import Assurance

METADATA_LIFETIME: Final = timedelta(minutes=10)
PAUSE: Final = timedelta(seconds=5)

_OFFERED: Final = {
    "response_types_supported": "code",
    "code_challenge_methods_supported": "S256",
    "token_endpoint_auth_methods_supported": "private_key_jwt",
    "id_token_signing_alg_values_supported": ALGORITHM,
}
_OFFERED_STRICTLY: Final = {"dpop_signing_alg_values_supported": ALGORITHM}
_PUSHING: Final = "pushed_authorization_request_endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """One tenant's configuration. `key` signs our client's assertions and carries its `kid`."""

    tenant: TenantId
    profile: Profile
    issuer: str
    client_id: str
    key: ECKey = field(repr=False)
    acr: Mapping[str, Assurance]
    redirect_uri: str
    after_logout: str
    audience: str
    bearer_clients: frozenset[str]
    dpop_clients: frozenset[str] = frozenset()
    loopback: bool = False
    leeway: timedelta = timedelta(seconds=5)

    def acr_values(self, floor: Assurance) -> str:
        """The provider's own words for every level that is not below, weakest first."""
        levels = sorted(self.acr.items(), key=lambda item: item[1])
        return " ".join(acr for acr, level in levels if level >= floor)

    @property
    def expected(self) -> Expected:
        return Expected(
            issuer=self.issuer,
            client_id=self.client_id,
            audience=self.audience,
            bearer_clients=self.bearer_clients,
            dpop_clients=self.dpop_clients,
            acr=self.acr,
            leeway=self.leeway,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """Where the provider's doors are. All of them are on the issuer's own origin.

    `pushing` is where requests are pushed, and None in the plain profile.
    """

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None
    pushing: str | None


@final
class Peer:
    """A provider we talk to: its metadata, its keys, its connections.

    `proof_nonce` is the one it gave last for our proofs (RFC 9449, section 8); `nonces` are those
    we give to who calls us (section 9).
    """

    def __init__(
        self,
        provider: Provider,
        clock: Clock,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self.provider = provider
        self.transport = transport or CappedTransport()
        self.keys = Keys(self._fetch_keys, clock)
        self.proof_nonce: str | None = None
        # Every worker has this key, so each knows the nonces of all.
        self.nonces = Nonces(str(provider.key.as_dict(private=True)["d"]).encode())
        self._clock = clock
        self._lock = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._read_at: datetime | None = None
        self._tried_at: datetime | None = None
        self._probing = asyncio.Lock()
        self._probed_at: datetime | None = None
        self._answered = False

    async def metadata(self) -> Metadata:
        """Ten minutes old at most. Unavailable for a provider that is away or will not do."""
        async with self._lock:
            now = self._clock()
            if self._metadata is None or not _within(METADATA_LIFETIME, self._read_at, now):
                if _within(PAUSE, self._tried_at, now):
                    raise Unavailable("provider")
                self._tried_at = now
                self._metadata = None
                self._metadata = await self._fetch_metadata()
                self._read_at, self._tried_at = now, None
            return self._metadata

    async def probe(self) -> None:
        """Whether it answers now, asked every five seconds at most. Raises Unavailable."""
        async with self._probing:
            now = self._clock()
            if not _within(PAUSE, self._probed_at, now):
                self._probed_at, self._answered = now, False
                await self._fetch_metadata()
                self._answered = True
            if not self._answered:
                raise Unavailable("provider")

    async def close(self) -> None:
        await self.transport.aclose()

    async def _fetch_metadata(self) -> Metadata:
        url = f"{self.provider.issuer.removesuffix('/')}/.well-known/openid-configuration"
        document = await fetch(self.transport, url)
        async with answering():
            return read_metadata(strict_object(document), self.provider)

    async def _fetch_keys(self) -> Mapping[str, ECKey]:
        document = await fetch(self.transport, (await self.metadata()).jwks_uri)
        async with answering():
            return key_set(strict_object(document))


def read_metadata(document: object, provider: Provider) -> Metadata:
    """Raises ValueError for metadata that is another issuer's or offers less than we need.

    1. the issuer is the configured one, byte for byte (OIDC Discovery 4.3)
    2. code flow, PKCE with S256, private_key_jwt, our algorithm, `iss` in the callback (RFC 9207);
       in FAPI2 pushed requests (RFC 9126) and proofs with our algorithm (RFC 9449) as well
    3. every endpoint is on the issuer's origin, https, or http on loopback where that is allowed
    """
    # 1
    if not isinstance(document, dict) or document.get("issuer") != provider.issuer:
        raise ValueError("another issuer")
    # 2
    strict = provider.profile is Profile.FAPI2
    for member, needed in (_OFFERED | _OFFERED_STRICTLY if strict else _OFFERED).items():
        offered = document.get(member)
        if not isinstance(offered, list) or needed not in offered:
            raise ValueError("not on offer")
    if document.get("authorization_response_iss_parameter_supported") is not True:
        raise ValueError("no iss in the callback")
    only_pushed = document.get("require_pushed_authorization_requests", False)
    if not isinstance(only_pushed, bool) or (only_pushed and not strict):
        raise ValueError("pushed requests alone")
    # 3
    logout = document.get("end_session_endpoint")
    return Metadata(
        authorization_endpoint=_endpoint(document.get("authorization_endpoint"), provider),
        token_endpoint=_endpoint(document.get("token_endpoint"), provider),
        jwks_uri=_endpoint(document.get("jwks_uri"), provider),
        end_session_endpoint=None if logout is None else _endpoint(logout, provider),
        pushing=_endpoint(document.get(_PUSHING), provider) if strict else None,
    )


def _endpoint(value: object, provider: Provider) -> str:
    if not isinstance(value, str):
        raise TypeError("not an address")
    url, home = urlsplit(value), urlsplit(provider.issuer)
    if (url.scheme, url.netloc) != (home.scheme, home.netloc) or url.fragment:
        raise ValueError("on another origin")
    if url.scheme != "https" and not (provider.loopback and _is_loopback(url.hostname)):
        raise ValueError("not https")
    return value


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


def _within(age: timedelta, since: datetime | None, now: datetime) -> bool:
    return since is not None and now - since < age
