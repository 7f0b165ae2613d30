"""The door of the automation browser: a SOCKS proxy of ours that applies the outbound rules.

Chromium is told to send everything through it: pages, frames, WebSockets, its own look-ups. So
a scraped page reaches what our client may reach, by the same checks (SE-9, SE-13): the name and
port, every address it resolves to, and the connection is made to exactly a checked address.
A proxy of the user lies behind it, and then resolves the names.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import python_socks
from python_socks.async_.asyncio import Proxy as ProxyDialer
from yarl import URL

from artkeep.logs import get_logger
from artkeep.net.guard import WEB_PORTS, AddressRefused, Guard, is_global, parse_address
from artkeep.net.proxy import Proxies
from artkeep.net.retry import FetchFailed
from artkeep.net.transport import Lookup, Timeouts, system_lookup

log = get_logger(__name__)

_VERSION = 5
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_OK, _FAILED, _NOT_ALLOWED, _UNREACHABLE, _REFUSED = 0, 1, 2, 4, 5
_CHUNK = 64 * 1024
_MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class _Refusal(Exception):
    """Why a connection is not made: what the browser is told, and a reason of the matrix."""

    answer: int
    reason: str
    detail: str = ""


class Relay:
    """Listens on loopback while it is open; use it as `async with`.

    `further_hosts` may be reached besides those of known sites. With `is_open` every public
    host may, which is for a window that a person steers; never anything private.
    """

    def __init__(
        self,
        guard: Guard,
        proxies: Proxies,
        *,
        further_hosts: frozenset[str] = frozenset(),
        is_open: bool = False,
        timeouts: Timeouts | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        self._guard = guard
        self._proxies = proxies
        self._further = further_hosts
        self._is_open = is_open
        self._timeouts = timeouts or Timeouts()
        self._lookup = lookup or system_lookup
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._problems: dict[str, tuple[str, str]] = {}
        self.refused: dict[str, int] = {}  # `host:port` to how often it was not let through

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def problem(self, url: URL) -> FetchFailed | None:
        """Why the last connection to the URL's host failed, if it did."""
        found = self._problems.get(f"{url.raw_host}:{url.port}")
        if found is None:
            return None
        return FetchFailed(found[0], host=url.raw_host or "", detail=found[1])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await self._relay(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # one of both ends is gone
        finally:
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self._timeouts.connect_s):
            host, port = await _read_wish(reader, writer)
        name = f"{host}:{port}"
        try:
            there = await self._connect(host, port)
        except _Refusal as refusal:
            if refusal.reason == "address_refused":
                log.info("browser kept from", host=name, why=refusal.detail)
            for book in (self._problems, self.refused):
                if len(book) > _MOST_REMEMBERED:
                    book.clear()  # a page decides how many there are
            self._problems[name] = (refusal.reason, refusal.detail)
            if refusal.answer == _NOT_ALLOWED:
                self.refused[name] = self.refused.get(name, 0) + 1
            writer.write(_reply(refusal.answer))
            await writer.drain()
            return
        self._problems.pop(name, None)
        other_reader, other_writer = there
        try:
            writer.write(_reply(_OK))
            async with asyncio.TaskGroup() as group:
                group.create_task(_pump(reader, other_writer))
                group.create_task(_pump(other_reader, writer))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            other_writer.transport.abort()

    async def _connect(
        self, host: str, port: int
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            url = URL.build(scheme="https" if port == 443 else "http", host=host, port=port)
        except ValueError:
            raise _Refusal(_NOT_ALLOWED, "address_refused", "odd host name") from None
        proxy = self._proxies.proxy_for(url)
        is_further = self._check_name(host, port, is_proxied=proxy is not None)
        try:
            async with asyncio.timeout(self._timeouts.connect_s):
                if proxy is not None:
                    dialer = ProxyDialer.from_url(str(proxy.url), rdns=True)
                    connected = await dialer.connect(host, port)
                    return await asyncio.open_connection(sock=connected)
                addresses = await self._addresses(host, port)
                self._check_addresses(host, port, addresses, is_further=is_further)
                connected = await _dial(addresses, port)
        except AddressRefused as refused:
            raise _Refusal(_NOT_ALLOWED, "address_refused", str(refused)) from refused
        except TimeoutError:
            raise _Refusal(_UNREACHABLE, "connect_timeout") from None
        except ConnectionRefusedError:
            raise _Refusal(_REFUSED, "connect_refused") from None
        except (
            python_socks.ProxyError,
            python_socks.ProxyConnectionError,
            python_socks.ProxyTimeoutError,
        ):
            raise _Refusal(_FAILED, "proxy") from None
        except OSError as error:
            reason = "dns" if isinstance(error, socket.gaierror) else "connect_timeout"
            raise _Refusal(_UNREACHABLE, reason) from None
        return await asyncio.open_connection(sock=connected)

    def _check_name(self, host: str, port: int, *, is_proxied: bool) -> bool:
        """Whether it is allowed besides the known sites. Raises _Refusal."""
        why = ""
        for scheme in ("https", "http") if port == 443 else ("http", "https"):
            try:
                url = URL.build(scheme=scheme, host=host, port=port)
                self._guard.check_url(url, is_proxied=is_proxied)
            except FetchFailed as failed:
                why = why or failed.detail
            else:
                return False
        is_public = port in WEB_PORTS and (parse_address(host) is None or is_global(host))
        is_named = host.lower().rstrip(".") in self._further
        if is_public and (is_named or self._is_open) and why == _STRANGER:
            return True
        raise _Refusal(_NOT_ALLOWED, "address_refused", why)

    async def _addresses(self, host: str, port: int) -> list[str]:
        if parse_address(host) is not None:
            return [host]
        async with asyncio.timeout(self._timeouts.resolve_s):
            return await self._lookup(host, port)

    def _check_addresses(
        self, host: str, port: int, addresses: list[str], *, is_further: bool
    ) -> None:
        if not addresses:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        if not is_further:
            self._guard.check_addresses(host, port, addresses)
        elif not all(map(is_global, addresses)):
            raise AddressRefused(f"{host} leads to a private address")


_STRANGER = "not a host of a known site"


async def _read_wish(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> tuple[str, int]:
    """RFC 1928, as far as a browser needs it. Raises OSError for anything else."""
    version, count = await reader.readexactly(2)
    await reader.readexactly(count)
    if version != _VERSION:
        raise OSError("not SOCKS 5")
    writer.write(bytes((_VERSION, 0)))  # no login: it opens nothing that was not open before
    version, command, _, kind = await reader.readexactly(4)
    if kind == _IPV4:
        host = socket.inet_ntop(socket.AF_INET, await reader.readexactly(4))
    elif kind == _IPV6:
        host = socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    elif kind == _NAME:
        (length,) = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii", "replace")
    else:
        raise OSError("odd address")
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if version != _VERSION or command != _CONNECT:
        raise OSError("only connections are relayed")
    return host, port


def _reply(answer: int) -> bytes:
    return bytes((_VERSION, answer, 0, _IPV4, 0, 0, 0, 0, 0, 0))


async def _dial(addresses: list[str], port: int) -> socket.socket:
    """To the first of these addresses that answers, and to nothing else."""
    loop = asyncio.get_running_loop()
    last: OSError | None = None
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        tried = socket.socket(family, socket.SOCK_STREAM)
        tried.setblocking(False)
        try:
            await loop.sock_connect(tried, (address, port))
        except OSError as error:
            tried.close()
            last = error
        except BaseException:
            tried.close()
            raise
        else:
            tried.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return tried
    raise last or OSError("no address")


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()
