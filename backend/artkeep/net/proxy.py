"""Which proxy, if any, leads to a URL: `net.proxy`, else the usual environment variables."""

from __future__ import annotations

import urllib.request
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientConnectionError, TCPConnector
from yarl import URL

from artkeep.errors import UsageError
from artkeep.net.guard import Endpoint, is_loopback, plain_host

DEFAULT_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks4": 1080}
SOCKS = frozenset({"socks5", "socks4"})


class ProxyFailed(ClientConnectionError):
    """A SOCKS proxy did not do what it was asked for."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One proxy. It resolves names itself, also with plain `socks5`."""

    url: URL

    @property
    def is_socks(self) -> bool:
        """Spoken to by a connector of its own."""
        return self.url.scheme in SOCKS

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return plain_host(self.url), self.url.port or DEFAULT_PORTS[self.url.scheme]


class Proxies:
    """The proxies of one process, read once.

    A proxy in the settings takes everything. Those of the environment never take loopback, and
    respect NO_PROXY.
    """

    def __init__(self, configured: str | None) -> None:
        self._configured = parse_proxy(configured) if configured else None
        found = urllib.request.getproxies_environment() if self._configured is None else {}
        self._environment = found
        self._by_scheme = {
            scheme: parse_proxy(found[name])
            for scheme, name in (
                ("http", "http" if found.get("http") else "all"),
                ("https", "https" if found.get("https") else "all"),
            )
            if found.get(name)
        }

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """Where our proxies listen: they may be anywhere."""
        every = [self._configured, *self._by_scheme.values()]
        return tuple(proxy.endpoint for proxy in every if proxy is not None)

    def proxy_for(self, url: URL) -> Proxy | None:
        """The proxy to ask for this URL, or None to go there directly."""
        if self._configured is not None:
            return self._configured
        proxy = self._by_scheme.get(url.scheme)
        if proxy is None or is_loopback(plain_host(url)):
            return None
        is_exempt = urllib.request.proxy_bypass_environment(  # type: ignore[attr-defined]  # no stub
            f"{url.host}:{url.port}", self._environment
        )
        return None if is_exempt else proxy


def parse_proxy(text: str) -> Proxy:
    """Raises UsageError; the text may hold a password and is not repeated."""
    text = text if "://" in text else f"http://{text}"
    try:
        url = URL(text)
        scheme = {"socks5h": "socks5", "socks": "socks5", "socks4a": "socks4"}.get(
            url.scheme, url.scheme
        )
        if scheme not in DEFAULT_PORTS or not url.raw_host:
            raise ValueError(scheme)
        port = url.port or DEFAULT_PORTS[scheme]
        url = URL.build(
            scheme=scheme, user=url.user, password=url.password, host=url.host or "", port=port
        )
    except ValueError:
        raise UsageError(
            "The proxy address is not valid.",
            advice="It looks like http://host:port or socks5://host:port.",
        ) from None
    return Proxy(url)


def socks_connector(proxy: Proxy, *, limit: int) -> TCPConnector:
    """Connects through a SOCKS proxy, which resolves the names."""
    import aiohttp_socks  # slow to load, rarely used

    class SocksConnector(aiohttp_socks.ProxyConnector):
        """Raises what aiohttp raises."""

        async def _wrap_create_connection(self, *args: Any, **options: Any) -> Any:
            try:
                return await super()._wrap_create_connection(*args, **options)
            except (
                aiohttp_socks.ProxyError,
                aiohttp_socks.ProxyConnectionError,
                aiohttp_socks.ProxyTimeoutError,
            ) as error:
                raise ProxyFailed(str(error)) from error

    return SocksConnector.from_url(str(proxy.url), rdns=True, limit=limit)
