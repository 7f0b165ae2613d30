"""Open connections: one thread gathers requests, and workers get them when they are whole.

So a client that is slow, dead or sends without end costs a descriptor and a bounded buffer,
never a worker (reliability §6.4). When there are too many connections, the one that has been
waited for longest makes room; only when every one is being answered, a new one gets 503.
"""

from __future__ import annotations

import contextlib
import re
import selectors
import threading
import time
from collections import deque
from socket import SHUT_RDWR, SHUT_WR, socket, socketpair
from typing import Any

from cheroot.makefile import MakeFile
from cheroot.server import HTTPConnection

from artkeep.web.body import LONGEST_JSON

MOST_CONNECTIONS = 64
LONGEST_HEAD = 32 * 1024
HEAD_S = 10.0  # from the first byte of a request, or from connecting, to the end of its head
BODY_S = 60.0  # without a byte of the body
IDLE_S = 60.0  # between two requests
SEND_S = 20  # without the client taking a byte
_DRAIN_S = 1.0
_DRAIN_MOST = 64 * 2**20
_CHUNK = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,12})[ \t]*\r\n", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class Inbox:
    """What a client has sent and nobody has read yet; the file that cheroot reads from."""

    def __init__(self, client: socket) -> None:
        self.bytes = bytearray()
        self.bytes_read = 0
        self.closed = False
        self._socket = client

    def receive(self) -> bool:
        """Take what has arrived, after waiting for something; False at the end."""
        chunk = self._socket.recv(_CHUNK)
        self.bytes += chunk
        return bool(chunk)

    def read(self, size: int) -> bytes:
        """This many bytes, fewer at the end. A body too large to be gathered comes this way."""
        self._socket.settimeout(BODY_S)
        while len(self.bytes) < size and self.receive():
            pass
        self._socket.settimeout(SEND_S)
        return self._take(size)

    def readline(self, size: int) -> bytes:
        """Up to the next line feed that is there, at most `size` bytes. Never waits."""
        end = self.bytes.find(b"\n", 0, size) + 1
        return self._take(end or size)

    def has_data(self) -> bool:
        """Whether the next request has begun to arrive."""
        return bool(self.bytes)

    def close(self) -> None:
        """Forget what is left."""
        self.closed = True
        self.bytes.clear()

    def _take(self, size: int) -> bytes:
        taken = bytes(self.bytes[:size])
        del self.bytes[:size]
        self.bytes_read += len(taken)
        return taken


class Connection(HTTPConnection):
    """One client. `since` is when what it is waited for began."""

    rfile: Inbox

    def __init__(self, server: Any, client: socket, makefile: Any = MakeFile) -> None:
        super().__init__(server, client, makefile)
        self.rfile = Inbox(client)
        self.is_open = True
        self.is_socket = False  # a WebSocket: counted by the app, not here
        self.is_cut = False  # more of a request may come that nobody is going to read
        self.since = time.monotonic()
        self._needed: int | None = None  # bytes of the whole request, once its head is there
        self._is_idle = False

    def rest(self) -> None:
        """A request has been answered; wait for another."""
        self.since, self._needed, self._is_idle = time.monotonic(), None, True

    def is_whole(self) -> bool:
        """Whether a worker can go on without waiting for the client."""
        inbox = self.rfile.bytes
        if inbox and self._is_idle:
            self.since, self._is_idle = time.monotonic(), False
        if self._needed is None:
            end = inbox.find(b"\r\n\r\n")
            if end < 0:
                return len(inbox) > LONGEST_HEAD  # the worker says what is wrong with it
            self._needed = end + 4 + self._length_of_body(bytes(inbox[: end + 2]))
        if len(inbox) < self._needed:
            self.since = time.monotonic()  # the body makes progress
        return len(inbox) >= self._needed

    def _length_of_body(self, head: bytes) -> int:
        """0 for a body that is too large to be gathered: the app reads or refuses it."""
        found = _LENGTH.search(head)
        length = int(found[1]) if found else 0
        if length > LONGEST_JSON:
            return 0
        if length and _EXPECTS.search(head):
            self._say(b"HTTP/1.1 100 Continue\r\n\r\n")
        return length

    def is_late(self, now: float) -> bool:
        """Whether it has been waited for long enough."""
        if self._is_idle:
            return now - self.since > IDLE_S
        return now - self.since > (HEAD_S if self._needed is None else BODY_S)

    def dismiss(self, status: str) -> None:
        """End a connection that no worker has; a request that has begun is told why."""
        if not self._is_idle:
            head = f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            self._say(head.encode())
        self.close()

    def _say(self, reply: bytes) -> None:
        with contextlib.suppress(OSError):
            self.socket.settimeout(0)  # who does not even take this gets nothing
            self.socket.send(reply)
            self.socket.settimeout(SEND_S)

    def close(self) -> None:
        """Close; unread bytes first, because they would make the system take the reply back."""
        if not self.is_open:
            return
        self.is_open = False
        self.server.connections.forget(self)
        if self.is_cut:
            self._drain()
        with contextlib.suppress(OSError):
            super().close()

    def _drain(self) -> None:
        deadline, left = time.monotonic() + _DRAIN_S, _DRAIN_MOST
        with contextlib.suppress(OSError):
            self.socket.shutdown(SHUT_WR)
            while left > 0 and (remaining_s := deadline - time.monotonic()) > 0:
                self.socket.settimeout(remaining_s)
                chunk = self.socket.recv(_CHUNK)
                if not chunk:
                    return
                left -= len(chunk)


class Connections:
    """All of them. What cheroot calls its connection manager; `run` is the gathering thread."""

    can_add_keepalive_connection = True  # the oldest makes room

    def __init__(self, server: Any, kind: type[Connection]) -> None:
        self._server = server
        self._kind = kind
        self._listening: socket = server.socket
        self._open: set[Connection] = set()
        self._answered: deque[Connection] = deque()
        self._wakes, self._wakened = socketpair()
        self._selector = selectors.DefaultSelector()
        for own in (self._listening, self._wakened, self._wakes):
            own.setblocking(False)
        self._selector.register(self._listening, selectors.EVENT_READ, None)
        self._selector.register(self._wakened, selectors.EVENT_READ, None)
        self._is_stopping = False
        self._is_over = threading.Event()
        self._is_over.set()

    def put(self, conn: Connection) -> None:
        """A worker has answered a request and the connection stays open; from any thread."""
        self._answered.append(conn)
        self._wake()

    def forget(self, conn: Connection) -> None:
        """It is closed; from any thread."""
        self._open.discard(conn)

    def run(self, expiration_interval: float) -> None:
        """Until `stop`."""
        self._is_over.clear()
        try:
            while not self._is_stopping:
                self._turn(expiration_interval)
        finally:
            self._is_over.set()

    def stop(self) -> None:
        """End `run`; what is being answered goes on."""
        self._is_stopping = True
        self._wake()
        self._is_over.wait()

    def close(self) -> None:
        """Let go of what nobody answers."""
        for conn in self._waiting():
            conn.close()
        self._selector.close()
        self._wakes.close()
        self._wakened.close()

    def cut_all(self) -> None:
        """Wake every worker that is still sending: the server ends."""
        for conn in list(self._open):
            with contextlib.suppress(OSError):
                conn.socket.shutdown(SHUT_RDWR)

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: it is awake anyway
            self._wakes.send(b"!")

    def _turn(self, pause_s: float) -> None:
        for key, _ in self._selector.select(pause_s):
            if key.fileobj is self._listening:
                self._accept()
            elif key.fileobj is self._wakened:
                self._wakened.recv(_CHUNK)
            elif key.data.is_open:  # not dismissed since
                self._selector.unregister(key.fileobj)
                self._receive(key.data)
        while self._answered:
            conn = self._answered.popleft()
            conn.rest()
            self._go_on(conn)
        now = time.monotonic()
        for conn in self._waiting():
            if conn.is_late(now):
                self._dismiss(conn, "408 Request Timeout")

    def _accept(self) -> None:
        try:
            client, address = self._listening.accept()
        except OSError:  # gone again
            return
        client.settimeout(SEND_S)
        conn = self._kind(self._server, client)
        conn.remote_addr, conn.remote_port = address[:2]
        if sum(not other.is_socket for other in list(self._open)) >= MOST_CONNECTIONS:
            longest = min(self._waiting(), key=lambda other: other.since, default=None)
            if longest is None:
                conn.dismiss("503 Service Unavailable")
                return
            self._dismiss(longest, "503 Service Unavailable")
        self._open.add(conn)
        self._selector.register(client, selectors.EVENT_READ, conn)

    def _receive(self, conn: Connection) -> None:
        try:
            is_there = conn.rfile.receive()
        except OSError:
            is_there = False
        if is_there:
            self._go_on(conn)
        else:
            conn.close()

    def _go_on(self, conn: Connection) -> None:
        if conn.is_whole():
            self._server.requests.put(conn)
        else:
            self._selector.register(conn.socket, selectors.EVENT_READ, conn)

    def _waiting(self) -> list[Connection]:
        return [key.data for key in self._selector.get_map().values() if key.data is not None]

    def _dismiss(self, conn: Connection, status: str) -> None:
        self._selector.unregister(conn.socket)
        conn.dismiss(status)
