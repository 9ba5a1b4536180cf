"""Where a provider's name leads: looked up, checked, and then connected to (API7, ASVS 13.2.5).

One look-up for both. A second one, by whoever opens the connection, could find something else.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv6Address, ip_address

import httpx2

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class LeadsElsewhere(httpx2.TransportError):
    """A name that leads nowhere, or to where no provider is."""


async def resolved(host: str, port: int) -> Sequence[str]:
    """In the order of the system's own choice, each once."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port)
    return list(dict.fromkeys(str(where[0]) for *_, where in found))


async def addresses(url: httpx2.URL, resolve: Resolve) -> Sequence[str]:
    """Of the host in this address. Raises LeadsElsewhere where one of them is unfit.

    Private networks are fit: a broker may stand beside us. An address, or `localhost`, in the
    configuration is its own word, and nothing is looked up.
    """
    host = url.raw_host.decode("ascii")
    if host == "localhost" or _is_address(host):
        return [host]
    try:
        found = await resolve(host, url.port or (443 if url.scheme == "https" else 80))
    except OSError:
        raise LeadsElsewhere("the name leads nowhere") from None
    if not found or any(map(_unfit, found)):
        raise LeadsElsewhere("no provider is there")
    return found


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _unfit(address: str) -> bool:
    """This machine, its link (where clouds keep their secrets), everybody, nobody."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return (
        ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved
    )
