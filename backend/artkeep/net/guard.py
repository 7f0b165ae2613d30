"""What we may connect to (SE-9): the rules for URLs, for names' addresses, and for peers.

Three checks, because each sees something the others do not: the URL before every request and
every redirect, all addresses of a name when it is resolved, the peer after connecting.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from yarl import URL

from artkeep.net.retry import FetchFailed

IpAddress = IPv4Address | IPv6Address
Endpoint = tuple[str, int]

WEB_PORTS = (80, 443)
# Wrongly or not at all marked by the standard library of 3.11: IETF protocol assignments,
# the old 6to4 relays.
NOT_PUBLIC_4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
DOCUMENTATION_6 = IPv6Network("3fff::/20")
NAT64 = IPv6Network("64:ff9b::/96")
NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
# What the system's resolver would read as a number: 127.1, 0x7f.1, 2130706433, 0177.0.0.1
NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """Where one site may be asked, and how fast.

    `hosts` are exact names, or `.civitai.com` for all sub-domains. `origins` are the configured
    base and media URLs as `scheme://host:port`: allowed even when private.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    requests_per_s: float = 1.0
    burst: int = 2
    media_requests_per_s: float = 10.0
    media_concurrency: int = 20


class AddressRefused(OSError):
    """A name or a connection that leads to where we may not go."""


class Guard:
    """Knows the hosts of all sites. `allow_private` is the test switch."""

    def __init__(
        self,
        policies: Iterable[HostPolicy],
        *,
        allow_private: bool = False,
        proxies: Iterable[Endpoint] = (),
    ) -> None:
        self._policies = tuple(policies)
        self._allow_private = allow_private
        self._origins = {
            origin_of(URL(origin)): policy
            for policy in self._policies
            for origin in policy.origins
        }
        # These may be anywhere. Their addresses join when the names are resolved.
        self._trusted = {(host, port) for _, host, port in self._origins} | set(proxies)
        self._verdicts: dict[tuple[str, str, int], str] = {}

    def trust(self, proxies: Iterable[Endpoint]) -> None:
        """These proxies may be anywhere, too; URLs are judged anew."""
        self._trusted |= set(proxies)
        self._verdicts.clear()

    def policy_for(self, url: URL) -> HostPolicy | None:
        """The policy of the site that the URL belongs to."""
        policy = self._origins.get(origin_of(url))
        return policy or self._policy_of_name(plain_host(url))

    def check_url(self, url: URL, *, is_proxied: bool = False) -> None:
        """Raises FetchFailed(address_refused) with the rule that was broken."""
        if url.raw_user is not None or url.raw_password is not None:
            raise FetchFailed("address_refused", host=url.host or "", detail="login in URL")
        origin = origin_of(url)
        why = self._verdicts.get(origin)
        if why is None:
            if len(self._verdicts) > 10_000:  # sites decide how many hosts we hear of
                self._verdicts.clear()
            why = self._verdicts[origin] = self._why_refused(origin, is_proxied)
        if why:
            raise FetchFailed("address_refused", host=origin[1], detail=why)

    def check_addresses(self, host: str, port: int, addresses: Iterable[str]) -> None:
        """Every address of a name must be public. Raises AddressRefused."""
        host = host.rstrip(".").lower()
        found = list(addresses)
        if (host, port) in self._trusted:
            self._trusted.update((address, port) for address in found)
            return
        is_listed = self._policy_of_name(host) is not None
        for address in found:
            is_public = is_global(address)
            if is_public and not is_listed:
                raise AddressRefused(f"{host} is not a host of a known site")
            if not is_public and not self._allow_private:
                raise AddressRefused(f"{host} leads to a private address")

    def check_peer(self, address: str, port: int) -> None:
        """Where a connection really ended. Raises AddressRefused."""
        if not (self._allow_private or is_global(address) or (address, port) in self._trusted):
            raise AddressRefused(f"connected to the private address {address}")

    def _policy_of_name(self, host: str) -> HostPolicy | None:
        for policy in self._policies:
            if host in policy.hosts:
                return policy
            if any(listed[0] == "." and host.endswith(listed) for listed in policy.hosts):
                return policy
        return None

    def _why_refused(self, origin: tuple[str, str, int], is_proxied: bool) -> str:
        scheme, host, port = origin
        if scheme not in ("http", "https"):
            return f"{scheme or 'no'} scheme"
        if origin in self._origins:
            return ""
        address = parse_address(host)
        if address is None and (NUMBER.fullmatch(host) or not NAME.fullmatch(host)):
            return "odd host name"
        if not port or (port not in WEB_PORTS and not self._allow_private):
            return f"port {port}"
        is_listed = self._policy_of_name(host) is not None
        if address is not None and not is_global(host):
            return "" if self._allow_private else "private address"
        if is_listed:
            return ""
        # The test switch lets other private names pass; what they lead to is seen on resolving.
        if address is None and self._allow_private and not is_proxied:
            return ""
        return "not a host of a known site"


def origin_of(url: URL) -> tuple[str, str, int]:
    """Scheme, host, port in one spelling."""
    return url.scheme, plain_host(url), url.port or 0


def plain_host(url: URL) -> str:
    """The host as it will be asked for: lower case, ASCII, no trailing dot."""
    return (url.raw_host or "").lower().removesuffix(".")


def is_loopback(host: str) -> bool:
    """This very machine, by name or number."""
    address = parse_address(host)
    if address is None:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback


def is_global(text: str) -> bool:
    """A public address of one machine; a wrapped address is judged by what it holds."""
    address = parse_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_global(str(address.ipv4_mapped))
        if address in NAT64:
            return is_global(str(IPv4Address(int(address) & 0xFFFFFFFF)))
        if address.sixtofour and not is_global(str(address.sixtofour)):
            return False
        if address.teredo:
            return False
        if address not in GLOBAL_UNICAST_6 or address in DOCUMENTATION_6:
            return False
    if isinstance(address, IPv4Address) and any(address in net for net in NOT_PUBLIC_4):
        return False
    return address is not None and address.is_global and not address.is_multicast


def parse_address(text: str) -> IpAddress | None:
    """An address in its one canonical spelling, else None. Zones (`%eth0`) are not taken."""
    try:
        return None if "%" in text else ip_address(text)
    except ValueError:
        return None


def family_of(address: str) -> socket.AddressFamily:
    """AF_INET6 for anything with a colon."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET
