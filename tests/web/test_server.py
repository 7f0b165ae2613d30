"""The server itself: connections that stay, ports that are taken, and how it ends."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest
from tests.web.chromium import chromium
from tests.web.conftest import Served, serve
from tests.web.ear import listening
from tests.web.raw import Wire, ask, request

from artkeep.errors import UsageError
from artkeep.web.port import listen, who_answers
from artkeep.web.server import MOST_THREADS
from artkeep.web.services import Services

LOOPBACK = "127.0.0.1"


def test_a_connection_is_kept_for_the_next_request(served: Served) -> None:
    with Wire(served.port) as wire:
        for _ in range(3):
            reply = wire.ask("GET", "/api/status")
            assert reply.status == 200
            assert "connection" not in reply.headers


def test_requests_sent_together_are_answered_in_order(served: Served) -> None:
    paths = ("/api/sites", "/api/none", "/api/status")
    with Wire(served.port) as wire:
        wire.send(b"".join(request(served.port, "GET", path) for path in paths))
        assert [wire.reply().status for _ in paths] == [200, 404, 200]


def test_a_request_may_come_byte_by_byte(served: Served) -> None:
    with Wire(served.port) as wire:
        for byte in request(served.port, "GET", "/api/status"):
            wire.send(bytes([byte]))
        assert wire.reply().status == 200


def test_a_client_that_wants_no_more_is_let_go(served: Served) -> None:
    with Wire(served.port) as wire:
        assert wire.ask("GET", "/api/status", "Connection: close").status == 200
        assert wire.is_hung_up()
    with Wire(served.port) as wire:
        wire.send(f"GET /api/status HTTP/1.0\r\nHost: 127.0.0.1:{served.port}\r\n\r\n".encode())
        assert wire.reply().status == 200
        assert wire.is_hung_up()


def test_only_the_head_is_sent_when_only_the_head_is_asked_for(served: Served) -> None:
    with Wire(served.port) as wire:
        wire.send(request(served.port, "HEAD", "/api/status"))
        wire.send(request(served.port, "GET", "/api/none"))
        assert b"200" in wire.line()
        lengths = [
            line for line in iter(wire.line, b"\r\n") if b"content-length" in line.lower()
        ]
        assert lengths
        assert lengths[0].strip() != b"Content-Length: 0"
        assert wire.reply().status == 404  # nothing in between


def test_nothing_is_left_of_sockets_that_were_closed_or_cut(served: Served) -> None:
    me = psutil.Process()
    ask(served.port, "GET", "/api/status")
    before = me.num_fds()
    for number in range(40):
        with listening(served.port) as ear:
            if number % 2:
                ear.cut()
    with listening(served.port):
        pass
    for thread in threading.enumerate():
        if "simple_websocket" in thread.name or thread.name == "live":
            thread.join(20)
            assert not thread.is_alive()
    assert ask(served.port, "GET", "/api/status").status == 200
    assert me.num_fds() <= before + 3
    workers = [one for one in threading.enumerate() if one.name.startswith("CP Server")]
    assert len(workers) == MOST_THREADS


def test_ten_tabs_live_side_by_side(served: Served) -> None:
    with chromium() as browser, ExitStack() as stack:
        context = browser.new_context()
        stack.callback(context.close)
        tabs = [context.new_page() for _ in range(10)]
        for tab in tabs:
            tab.goto(f"{served.url}/api/sites")
            kind = tab.evaluate(
                """() => new Promise((done) => {
                  window.socket = new WebSocket(`ws://${location.host}/api/events`)
                  window.socket.onmessage = (event) => done(JSON.parse(event.data).type)
                })"""
            )
            assert kind == "hello"
        for tab in tabs:
            assert tab.evaluate("fetch('/api/status').then((r) => r.status)") == 200
            assert tab.evaluate("window.socket.readyState") == 1


def test_the_end_comes_quickly_even_with_open_connections(services: Services) -> None:
    release = threading.Event()

    def wait() -> str:
        release.wait()
        return "late"

    with ExitStack() as stack:
        with serve(services) as running:
            running.app.add_url_rule("/api/wait", "wait", wait)
            stack.enter_context(listening(running.port))
            resting = stack.enter_context(Wire(running.port))
            assert resting.ask("GET", "/api/status").status == 200
            working = stack.enter_context(Wire(running.port))
            working.send(request(running.port, "GET", "/api/wait"))
            release.set()
        assert resting.is_hung_up()
        with pytest.raises(ConnectionRefusedError):
            Wire(running.port)


# --- ports


class SomebodyElse(BaseHTTPRequestHandler):
    """Another program's web server."""

    server_version = "AirTunes"
    sys_version = ""

    def do_GET(self) -> None:
        self.send_error(403)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def somebody_else() -> Iterator[int]:
    server = ThreadingHTTPServer((LOOPBACK, 0), SomebodyElse)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@contextmanager
def listening_from(port: int, told: list[str]) -> Iterator[int]:
    """A server that nobody named a port for; its port."""
    server = listen(LOOPBACK, None, port, told.append)
    yield server.bind_addr[1]
    server.stop()


def test_the_next_port_is_taken_when_ours_is_and_it_is_said_who_has_it(served: Served) -> None:
    told: list[str] = []
    with listening_from(served.port, told) as port:
        assert port > served.port
    assert f"Port {served.port} cannot be used: Artkeep 0.1.0 runs there" in told[0]
    assert str(served.services.settings.data_dir) in told[0]


def test_a_port_that_was_named_is_that_one_or_none(served: Served) -> None:
    with pytest.raises(UsageError, match=r"Artkeep 0\.1\.0 runs there") as caught:
        listen(LOOPBACK, served.port, 5000, print)
    assert caught.value.code == "port_taken"
    assert "--port" in caught.value.advice


def test_another_web_server_is_named(somebody_else: int) -> None:
    assert who_answers(LOOPBACK, somebody_else) == "another web server (AirTunes) runs there"
    told: list[str] = []
    with listening_from(somebody_else, told):
        assert "AirTunes" in told[0]


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\n\r\n[]"])
def test_a_program_that_speaks_otherwise_is_told_of(words: bytes) -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]

        def speak() -> None:
            client, _ = other.accept()
            with client:
                client.recv(1000)
                client.sendall(words)

        speaking = threading.Thread(target=speak)
        speaking.start()
        assert "runs there" in str(who_answers(LOOPBACK, port))
        speaking.join()


def test_nobody_is_nobody() -> None:
    with socket.create_server((LOOPBACK, 0)) as other:
        port = other.getsockname()[1]
    assert who_answers(LOOPBACK, port) is None


def test_an_address_that_is_not_ours_says_why() -> None:
    with pytest.raises(UsageError, match="Port 5000 cannot be used"):
        listen("203.0.113.1", 5000, 5000, print)
