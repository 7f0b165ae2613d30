"""A server that answers exactly as badly as a test wants.

    async with FaultyServer() as server:
        server.on("/a.png", reset_after(b"half"), reply(PNG))   # first fails, then works
        ... server.url("/a.png") ...
        assert len(server.requests_to("/a.png")) == 2

Each path has a list of answers, used one after the other; the last one repeats. An answer is a
coroutine function taking an `Exchange`; `tests/faulty_answers.py` makes the usual ones. Other
paths get 404. For programs in another process, and for tests without a loop, `with in_thread()
as server` runs it in a thread of its own.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

REASONS = {200: "OK", 206: "Partial Content", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are lower case; `path` is without the query."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    head: bytes


class Exchange:
    """One request and the connection to answer it on."""

    def __init__(self, request: Request, writer: asyncio.StreamWriter, is_over: asyncio.Event):
        self.request = request
        self.should_close = False
        self._writer = writer
        self._is_over = is_over

    async def send(self, raw: bytes) -> None:
        """Send bytes as they are."""
        self._writer.write(raw)
        await self._writer.drain()

    async def send_head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send a status line and headers."""
        lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Whatever')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))

    async def wait(self, seconds: float | None = None) -> None:
        """Do nothing until the server stops, or for so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._is_over.wait()

    def close(self) -> None:
        """End the connection cleanly after this answer."""
        self.should_close = True

    def reset(self) -> None:
        """End the connection with a RST."""
        self.should_close = True
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()


Answer = Callable[[Exchange], Awaitable[None]]


class FaultyServer:
    """Listens on a free loopback port. `requests` holds everything that was asked."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0
        self._tls = tls
        self._answers: dict[str, list[Answer]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def on(self, path: str, *answers: Answer) -> None:
        """Set how requests to a path are answered, in turn."""
        self._answers[path] = list(answers)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """A URL of this server, by any of its names."""
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    @property
    def origin(self) -> str:
        """scheme://host:port"""
        return self.url("")

    def requests_to(self, path: str) -> list[Request]:
        """What was asked of one path."""
        return [request for request in self.requests if request.path == path]

    async def __aenter__(self) -> Self:
        self._is_over = asyncio.Event()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while request := await _read_request(reader):
                    self.requests.append(request)
                    exchange = Exchange(request, writer, self._is_over)
                    await self._next_answer(request.path)(exchange)
                    if exchange.should_close:
                        break
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    def _next_answer(self, path: str) -> Answer:
        answers = self._answers.get(path) or [_not_here]
        return answers.pop(0) if len(answers) > 1 else answers[0]


async def _not_here(exchange: Exchange) -> None:
    await exchange.send_head(404, {"Content-Length": "0"})


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines)
    }
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, body, head)


@contextmanager
def in_thread(tls: ssl.SSLContext | None = None) -> Iterator[FaultyServer]:
    """A running server in a thread of its own; set its answers before they are asked for."""
    server = FaultyServer(tls)
    started = threading.Event()
    loop = asyncio.new_event_loop()
    is_over = asyncio.Event()

    async def run() -> None:
        async with server:
            started.set()
            await is_over.wait()

    def main() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(run())

    thread = threading.Thread(target=main, daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(is_over.set)
        thread.join(10)
