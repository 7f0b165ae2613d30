"""The web server: cheroot with bounds, and with what WebSockets need.

See docs/decisions/006-web-server.md.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cheroot import wsgi
from cheroot.server import HeaderReader, HTTPRequest

from artkeep.logs import get_logger
from artkeep.web.body import LONGEST_JSON
from artkeep.web.connections import LONGEST_HEAD, SEND_S, Connection, Connections
from artkeep.web.schemas.common import Problem

log = get_logger(__name__)

MOST_THREADS = 64  # RB-10
_LONGEST_BODY = 256 * 2**20
_GRACE_S = 2  # for what is being answered when the server ends
_ONCE = frozenset({b"Host", b"Origin", b"Content-Length", b"Content-Type"})


class SocketBudget:
    """What a page may say on a WebSocket: it only sends pings, so more is a flood."""

    _PER_S = 16 * 1024
    _MOST = 1024 * 1024

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(self._MOST)
        self._counted_at = clock()

    def spend(self, size: int) -> None:
        """Raises OSError when it was too much."""
        now = self._clock()
        self._left = min(self._left + (now - self._counted_at) * self._PER_S, self._MOST) - size
        self._counted_at = now
        if self._left < 0:
            raise OSError("the client says too much")


class UpgradedSocket:
    """The app's own copy of a client's socket, for a WebSocket.

    A copy, because closing the one that cheroot watches would stop the server. It sends all or
    fails, one message at a time: simple-websocket answers pings from another thread.
    """

    def __init__(self, client: socket.socket) -> None:
        self.is_taken = False
        self._socket = client.dup()
        self._socket.settimeout(SEND_S)
        self._lock = threading.Lock()
        self._budget = SocketBudget()

    def send(self, frame: bytes) -> int:
        """Send all of it; from the first time on the connection is the app's."""
        self.is_taken = True
        with self._lock:
            self._socket.sendall(frame)
        return len(frame)

    def recv(self, size: int) -> bytes:
        """What has come. Raises OSError when that is too much."""
        received = self._socket.recv(size)
        self._budget.spend(len(received))
        return received

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the copy."""
        self._socket.close()

    def end(self) -> None:
        """The request is over: wake who still reads, and closes; close what nobody took."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if not self.is_taken:
            self.close()


class _Headers(dict[bytes, bytes]):
    """What matters here may be said once; twice makes the request a bad one."""

    def __setitem__(self, name: bytes, value: bytes) -> None:
        if name in self and (name in _ONCE or name.startswith(b"Sec-")):
            raise ValueError(f"The header {name.decode('latin-1')} is there twice.")
        if name == b"Content-Length" and not value.isdigit():
            raise ValueError("Content-Length is not a number.")
        if name != b"Expect":  # answered when the head was gathered
            super().__setitem__(name, value)


class _HeaderReader(HeaderReader):
    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name  # would look like the same name with a dash


class _Request(HTTPRequest):
    """Adds what cheroot is lenient about."""

    header_reader = _HeaderReader()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.inheaders = _Headers()
        self.upgraded: UpgradedSocket | None = None

    def read_request_line(self) -> bool:
        try:
            return bool(super().read_request_line())  # type: ignore[no-untyped-call]
        except ValueError:  # "//[" is no address
            self.simple_response("400 Bad Request", "Malformed Request-Line")
            return False

    def read_request_headers(self) -> bool:
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        if self.chunked_read:
            self.simple_response("411 Length Required", "The body needs a Content-Length.")
            return False
        return True

    def simple_response(self, status: str, msg: str = "") -> None:
        """What never reaches the app, as the app would say it."""
        code = status[4:].lower().replace(" ", "_").replace("-", "_")
        body = Problem(code=code, message=msg or status[4:] + ".").model_dump_json().encode()
        self.close_connection = self.conn.is_cut = True
        head = (
            f"{self.server.protocol} {status}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Security-Policy: default-src 'none'\r\nConnection: close\r\n\r\n"
        )
        with contextlib.suppress(OSError):
            self.conn.wfile.write(head.encode("latin-1") + body)

    def send_headers(self) -> None:
        # A body that the app left unread would be read into memory here, whatever its size.
        if getattr(self.rfile, "remaining", 0) > LONGEST_JSON:
            self.close_connection = self.conn.is_cut = True
        super().send_headers()

    def ensure_headers_sent(self) -> None:
        if self.upgraded is None or not self.upgraded.is_taken:
            super().ensure_headers_sent()


class _Gateway(wsgi.Gateway_10):
    """Hands the socket of an upgrade to the app."""

    def get_environ(self) -> Any:
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        if "websocket" in environ.get("HTTP_UPGRADE", "").lower():
            self.req.upgraded = UpgradedSocket(self.req.conn.socket)
            environ["werkzeug.socket"] = self.req.upgraded
            environ.pop("HTTP_SEC_WEBSOCKET_EXTENSIONS", None)  # compressing costs, expands
            self.req.close_connection = True
        return environ

    def respond(self) -> None:
        try:
            super().respond()
        finally:
            if self.req.upgraded is not None:
                self.req.upgraded.end()


class _Connection(Connection):
    RequestHandlerClass = _Request


class Server(wsgi.Server):
    """`prepare()` listens, `serve()` answers until `stop()`."""

    connections: Connections
    _connections: Any

    def prepare(self) -> None:
        """Listen, and start the workers. Raises OSError."""
        super().prepare()
        self._connections.close()
        self._connections = self.connections = Connections(self, _Connection)

    def stop(self) -> None:
        """Let what is being answered end within a moment, then cut it off."""
        if not self.ready:
            return
        cutting = threading.Timer(_GRACE_S, self.connections.cut_all)
        cutting.daemon = True
        cutting.start()
        super().stop()
        cutting.cancel()

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        """Into our log; what a client does to its own connection is no news."""
        log.log(level, "web server", message=msg, exc_info=traceback)

    def bind(self, family: int, type: int, proto: int = 0) -> socket.socket:
        """Nobody else may listen on the same port; on Windows that has to be asked for."""
        made = socket.socket(family, type, proto)
        exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
        made.setsockopt(socket.SOL_SOCKET, exclusive or socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            made.bind(self.bind_addr)
        except OSError:
            made.close()
            raise
        self.socket = made
        self.bind_addr = made.getsockname()[:2]
        return made


def make_server(host: str, port: int) -> Server:
    """A server that listens already; `bind_addr` says where. Raises OSError.

    `wsgi_app` has to be set before it serves: the app wants to know the port.
    """
    server = Server(
        (host, port),
        None,
        numthreads=MOST_THREADS,
        max=MOST_THREADS,
        server_name="Artkeep",
        request_queue_size=128,
        timeout=SEND_S,
        shutdown_timeout=_GRACE_S,
    )
    server.gateway = _Gateway
    server.max_request_header_size = LONGEST_HEAD
    server.max_request_body_size = _LONGEST_BODY
    server.prepare()
    return server


@contextmanager
def serving(server: Server) -> Iterator[None]:
    """Answer in threads of its own until the block ends."""
    thread = threading.Thread(target=server.serve, name="web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()
