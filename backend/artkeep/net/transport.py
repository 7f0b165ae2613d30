"""What we add to aiohttp's connections: checked addresses, and eyes for dishonest replies.

aiohttp says nothing about bytes after a declared body, about a broken end of a body without
length, or about endless preliminary replies. `ReplyProtocol` notices them. Two private hooks of
aiohttp 3.14 are used: the connector's protocol factory and `_wrap_create_connection`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import ClientConnectorError, StreamReader, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.http import HttpProcessingError, RawResponseMessage

from artkeep.net.guard import AddressRefused, Guard, family_of

LONGEST_HEAD = 64 * 1024  # bytes, all header lines together
MOST_INTERIM = 20  # 1xx replies before the real one
DNS_CACHE_S = 600
WINNER_S = 600.0
CONNECTIONS = 100
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)

Lookup = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Every wait has a limit (NF-7). Seconds; `total_s` grows with the size of the body."""

    resolve_s: float = 10.0
    connect_s: float = 10.0  # TLS included
    head_s: float = 60.0  # resolve, connect, send, and all of the reply's head
    idle_s: float = 30.0  # first byte, and between bytes
    rate_window_s: float = 60.0
    min_bytes_per_s: float = 1024.0
    total_s: float = 600.0
    min_total_bytes_per_s: float = 8192.0


class SurplusBytes(HttpProcessingError):
    """More came than the head announced."""


class ReplyProtocol(ResponseHandler):
    """One connection. What it notices about a body is asked for by that body."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self.surplus_after: StreamReader | None = None
        self.broken_in: StreamReader | None = None
        self._body: StreamReader | None = None
        self._is_whole = False
        self._interim = 0
        self._head_bytes = 0
        self._latest = b""

    def set_response_params(self, **params: Any) -> None:
        """Starts a new exchange on this connection."""
        self._body = None
        self._is_whole = False
        self._interim = self._head_bytes = 0
        super().set_response_params(**params)

    def feed_data(self, item: tuple[RawResponseMessage, StreamReader], size: int = 0) -> None:
        """Takes the head of a reply from the parser."""
        message, body = item
        if self._body is not None:
            self._notice_surplus()
        elif 100 <= message.code < 200 and message.code != 101:
            self._interim += 1
            if self._interim > MOST_INTERIM:
                self._fail("too many preliminary replies")
        elif sum(len(name) + len(value) for name, value in message.raw_headers) > LONGEST_HEAD:
            self._fail("head too long")
        else:
            self._body = body
            super().feed_data(item, size)

    def data_received(self, data: bytes) -> None:
        """Takes bytes from the socket; empty when the parser goes on after a pause."""
        if self._is_whole and data:
            self._notice_surplus()
            return
        self._latest = data
        super().data_received(data)
        self._latest = b""
        if self._body is None:
            self._head_bytes += len(data)
            if self._head_bytes > LONGEST_HEAD and self._exception is None:
                self._fail("head too long")
        elif not self._is_whole and self._body.is_eof():
            self._is_whole = True
            if isinstance(self._exception, HttpProcessingError):
                self.surplus_after = self._body

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Calls a whole reply with too much behind it by its name."""
        if self._body is None and isinstance(exc, HttpProcessingError) and self._is_over_long():
            exc = SurplusBytes(message="more data than announced")
        super().set_exception(exc, *cause)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Remembers that a body did not end but broke off."""
        if exc is not None and self._body is not None and not self._body.is_eof():
            self.broken_in = self._body
        super().connection_lost(exc)

    def _is_over_long(self) -> bool:
        head, gap, rest = self._latest.partition(b"\r\n\r\n")
        declared = CONTENT_LENGTH.search(head + b"\r\n")
        return bool(gap and declared and len(rest) > int(declared[1]))

    def _notice_surplus(self) -> None:
        self.surplus_after = self._body
        if self.transport is not None:
            self.transport.abort()

    def _fail(self, message: str) -> None:
        if self.transport is not None:
            self.transport.abort()
        self.set_exception(HttpProcessingError(message=message))


class GuardedResolver(AbstractResolver):
    """Lets only checked addresses of a name through; aiohttp connects to just those."""

    def __init__(self, guard: Guard, timeout_s: float, lookup: Lookup | None = None) -> None:
        self._guard = guard
        self._timeout_s = timeout_s
        self._lookup = lookup or system_lookup

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError; AddressRefused when any address is not allowed."""
        try:
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._lookup(host, port)
        except TimeoutError:
            raise OSError(f"no answer about {host} in time") from None
        except UnicodeError:
            raise OSError(f"{host} is not a name") from None
        if not addresses:
            raise OSError(f"{host} has no address")
        self._guard.check_addresses(host, port, addresses)
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=family_of(address),
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for address in addresses
        ]

    async def close(self) -> None:
        """Nothing is held open."""


async def system_lookup(host: str, port: int) -> list[str]:
    """All addresses as the operating system knows them."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedConnector(TCPConnector):
    """Checks every new connection's peer; remembers the family that works for 10 min."""

    def __init__(self, guard: Guard, resolver: AbstractResolver) -> None:
        super().__init__(resolver=resolver, limit=CONNECTIONS, ttl_dns_cache=DNS_CACHE_S)
        # `partial` does not know that a ReplyProtocol is a ResponseHandler.
        self._factory = partial(ReplyProtocol, loop=self._loop)  # type: ignore[assignment]
        self._guard = guard
        self._winners: dict[str, tuple[int, float]] = {}

    async def _wrap_create_connection(
        self, *args: Any, addr_infos: list[Any], req: Any, **options: Any
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        host = req.url.raw_host
        family, until = self._winners.get(host, (0, 0.0))
        if until > time.monotonic():
            addr_infos.sort(key=lambda info: info[0] != family)
        transport, protocol = await super()._wrap_create_connection(
            *args, addr_infos=addr_infos, req=req, **options
        )
        peer = transport.get_extra_info("peername") or ("", 0)
        try:
            self._guard.check_peer(peer[0], peer[1])
        except AddressRefused as refused:
            transport.abort()
            raise ClientConnectorError(req.connection_key, refused) from refused
        self._winners[host] = (family_of(peer[0]), time.monotonic() + WINNER_S)
        return transport, protocol
