"""Where a request comes from, as far as a limit has to know."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from starlette.requests import HTTPConnection

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

# All whose address cannot be told are counted as one.
UNKNOWN: Final = "unknown"
# What one line is given (RFC 6177): whoever has a /64 has 2^64 addresses to come from.
_LINE_BITS: Final = 64


def address_of(connection: HTTPConnection, proxies: Sequence[Network]) -> str:
    """An IPv4 address or an IPv6 /64, of the peer.

    `X-Forwarded-For` is looked at only where the peer is one of our own `proxies`, and then from
    its end: the last hop that is none of them. What stands further left anybody can have written.
    """
    peer = None if connection.client is None else _read(connection.client.host)
    if peer is None:
        return UNKNOWN
    if not _among(peer, proxies):
        return _line(peer)
    hops = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
    for hop in reversed(hops):
        found = _read(hop.strip())
        if found is None:
            break
        if not _among(found, proxies):
            return _line(found)
    return _line(peer)


def _read(text: str) -> Address | None:
    try:
        found = ip_address(text)
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped or found
    return found


def _among(address: Address, networks: Sequence[Network]) -> bool:
    return any(address.version == each.version and address in each for each in networks)


def _line(address: Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    first = int(address) >> _LINE_BITS << _LINE_BITS
    return str(ip_network((first, _LINE_BITS)))
