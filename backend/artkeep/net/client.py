"""The only way out: one request, politely, under the outbound rules (SE-9, SE-10).

Every method does one try and raises FetchFailed with a reason; trying again is
`retry.with_retries`. One client serves all jobs of a process, so that they share each host's
limits.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode

import aiohttp
from yarl import URL

import artkeep
from artkeep.net.answers import media_failure, read_answer, read_text, secrets_in
from artkeep.net.body import MediaReply, is_encoded, read_page
from artkeep.net.failures import REQUEST_ERRORS, failure_of
from artkeep.net.guard import Guard, HostPolicy, plain_host
from artkeep.net.hosts import Hosts
from artkeep.net.limiter import HostStatus, LaneName
from artkeep.net.proxy import Proxies, Proxy, socks_connector
from artkeep.net.retry import FetchFailed
from artkeep.net.shared import SharedBudget
from artkeep.net.transport import (
    CONNECTIONS,
    LONGEST_HEAD,
    GuardedConnector,
    GuardedResolver,
    Lookup,
    Timeouts,
)
from artkeep.settings import Net

__all__ = ["Client", "HostPolicy", "MediaReply", "Timeouts"]

Headers = Mapping[str, str]

MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
# All that goes along to another host: never a key, a cookie or a site's own header (SE-10).
HARMLESS_HEADERS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "if-range",
        "range",
        "referer",
        "user-agent",
    }
)
READ_BUFFER = 256 * 1024


class Client:
    """Owns the connections; use it as `async with` inside the running loop."""

    def __init__(
        self,
        net: Net,
        policies: Iterable[HostPolicy],
        *,
        version: str = artkeep.__version__,
        budget: SharedBudget | None = None,
        timeouts: Timeouts | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._proxies = Proxies(net.proxy)
        self._guard = Guard(
            policies, allow_private=net.allow_private, proxies=self._proxies.endpoints
        )
        self._hosts = Hosts(net, self._guard, budget=budget)
        self._lookup = lookup
        self._own_name = f"Artkeep/{version} (+https://github.com/artkeep/artkeep)"
        self._user_agent = net.user_agent or self._own_name
        self._sessions: dict[Proxy | None, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        self._session_for(None)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._hosts.close()
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def apply(self, net: Net) -> None:
        """Go on with other settings. What is being fetched ends as it began."""
        self._proxies = Proxies(net.proxy)
        self._guard.trust(self._proxies.endpoints)
        self._hosts.apply(net)
        self._user_agent = net.user_agent or self._own_name

    @property
    def is_offline(self) -> bool:
        """Nothing is reachable: everything waits (NF-5)."""
        return self._hosts.offline.is_offline

    def snapshot(self) -> list[HostStatus]:
        """Every host we talked to, for the status page."""
        return self._hosts.snapshot()

    async def get_json(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Headers | None = None,
    ) -> Any:
        """The decoded reply, of any JSON type. FetchFailed carries the body of an error."""
        target = parse_url(url)
        target = target.update_query(params) if params else target
        return await self._json("GET", target, headers or {})

    async def get_text(
        self,
        url: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Headers | None = None,
    ) -> str:
        """The reply as text, for sites that answer in XML, in a web page or with nothing."""
        target = parse_url(url)
        target = target.update_query(params) if params else target
        wanted = {"Accept": "*/*", **(headers or {})}
        async with self._open("GET", target, "api", wanted) as response:
            host, page = await self._page(response)
            return read_text(response, host, page, secrets_in(wanted, target.query))

    async def post_json(self, url: str, body: Any, *, headers: Headers | None = None) -> Any:
        """As `get_json`, for questions that do not fit into a URL. Redirects are refused."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        return await self._json("POST", parse_url(url), sent, json.dumps(body).encode())

    async def post_form(
        self, url: str, fields: Mapping[str, str], *, headers: Headers | None = None
    ) -> Any:
        """As `post_json`, for logins that take nothing but a form."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return await self._json("POST", parse_url(url), sent, urlencode(fields).encode())

    @property
    def guard(self) -> Guard:
        """The outbound rules."""
        return self._guard

    @property
    def proxies(self) -> Proxies:
        """The ways out."""
        return self._proxies

    @asynccontextmanager
    async def visit(self, url: str) -> AsyncIterator[None]:
        """The turn of a request that the browser makes in our place, as polite as our own.

        Raises FetchFailed; what is raised within teaches the host's limits.
        """
        target = parse_url(url)
        self._guard.check_url(target, is_proxied=self._proxies.proxy_for(target) is not None)
        async with self._hosts.visit(target, "api"):
            yield

    @asynccontextmanager
    async def stream(
        self, url: str, *, headers: Headers | None = None
    ) -> AsyncIterator[MediaReply]:
        """A file. 206 and 416 come through only when the headers ask for a `Range`."""
        wanted = {**(headers or {}), "Accept-Encoding": "identity"}
        usable = {200, 206, 416} if any(name.lower() == "range" for name in wanted) else {200}
        async with self._open("GET", parse_url(url), "media", wanted) as response:
            host = plain_host(response.url)
            is_good = response.status in usable and not is_encoded(response)
            if not is_good or "cf-mitigated" in response.headers:
                raise await media_failure(response, host, secrets_in(wanted))
            yield MediaReply(response, host, self._timeouts)

    async def _json(
        self, method: str, url: URL, headers: Headers, body: bytes | None = None
    ) -> Any:
        wanted = {"Accept": "application/json", **headers}
        async with self._open(method, url, "api", wanted, body) as response:
            host, page = await self._page(response)
            return read_answer(response, host, page, secrets_in(wanted, url.query))

    async def _page(self, response: aiohttp.ClientResponse) -> tuple[str, bytes]:
        """The host that answered, and what it said."""
        host = plain_host(response.url)
        try:
            return host, await read_page(response, host, self._timeouts)
        except FetchFailed:
            if response.status < 300:
                raise
            return host, b""  # the status alone says enough

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: URL,
        lane: LaneName,
        headers: Headers,
        body: bytes | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The reply after redirects, each hop checked and without another host's secrets."""
        seen: list[URL] = []
        while True:
            try:
                self._guard.check_url(url, is_proxied=self._proxies.proxy_for(url) is not None)
                async with self._hosts.visit(url, lane):
                    response = await self._send(method, url, lane, headers, body)
                    try:
                        if response.status not in REDIRECTS:
                            yield response
                            return
                        seen.append(url)
                        url = next_hop(method, response, seen)
                    finally:
                        response.release()  # closes the connection when bytes are left
            except FetchFailed as failure:
                if seen and failure.reason == "address_refused":
                    raise FetchFailed(
                        "redirect_refused",
                        host=plain_host(seen[-1]),
                        detail=f"to {failure.host}, {failure.detail}",
                    ) from failure
                raise
            if url.origin() != seen[-1].origin():
                headers = {
                    name: value
                    for name, value in headers.items()
                    if name.lower() in HARMLESS_HEADERS
                }

    async def _send(
        self, method: str, url: URL, lane: LaneName, headers: Headers, body: bytes | None
    ) -> aiohttp.ClientResponse:
        proxy = self._proxies.proxy_for(url)
        is_socks = proxy is not None and proxy.is_socks
        session = self._session_for(proxy if is_socks else None)
        try:
            async with asyncio.timeout(self._timeouts.head_s):
                return await session.request(
                    method,
                    url,
                    headers={"User-Agent": self._user_agent, **headers},
                    data=body,
                    proxy=proxy.url if proxy and not is_socks else None,
                    allow_redirects=False,
                    auto_decompress=lane == "api",
                )
        except REQUEST_ERRORS as error:
            raise failure_of(error, plain_host(url)) from error

    def _session_for(self, proxy: Proxy | None) -> aiohttp.ClientSession:
        """One session for all, and one for each SOCKS proxy: those are connectors."""
        if proxy in self._sessions:
            return self._sessions[proxy]
        connector: aiohttp.TCPConnector
        if proxy is None:
            resolver = GuardedResolver(self._guard, self._timeouts.resolve_s, self._lookup)
            connector = GuardedConnector(self._guard, resolver)
        else:
            connector = socks_connector(proxy, limit=CONNECTIONS)
        self._sessions[proxy] = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None,
                sock_connect=self._timeouts.connect_s,
                sock_read=self._timeouts.idle_s,
            ),
            max_line_size=LONGEST_HEAD,
            max_field_size=LONGEST_HEAD,
            read_bufsize=READ_BUFFER,
        )
        return self._sessions[proxy]


def next_hop(method: str, response: aiohttp.ClientResponse, seen: list[URL]) -> URL:
    """Where a redirect leads. Raises FetchFailed; the guard has yet to see the answer."""
    host, status = plain_host(seen[-1]), response.status
    if method != "GET":
        raise FetchFailed("redirect_refused", host=host, http_status=status)
    location = response.headers.get("Location")
    if not location:
        raise FetchFailed("bad_reply", host=host, http_status=status, detail="no Location")
    try:
        hop = seen[-1].join(URL(location)).with_fragment(None)
        is_worse = hop.scheme != seen[-1].scheme and hop.scheme != "https"
        if is_worse or not hop.raw_host:
            raise ValueError("to another scheme")
    except ValueError as error:
        raise FetchFailed("redirect_refused", host=host, http_status=status) from error
    if hop in seen or len(seen) > MOST_REDIRECTS:
        raise FetchFailed("redirect_loop", host=host, http_status=status)
    return hop


def parse_url(text: str) -> URL:
    """Raises FetchFailed(address_refused): what is no URL has no host to blame."""
    try:
        url = URL(text).with_fragment(None)
    except ValueError:
        raise FetchFailed("address_refused", detail="not a URL") from None
    if not url.raw_host:
        raise FetchFailed("address_refused", detail="not a URL")
    return url
