"""The bounds of reliability §6.4: whatever a client does, it and all others get an answer."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.web.conftest import Served, add_echo
from tests.web.raw import Wire, ask
from tests.web.raw import request as as_bytes

from artkeep.web import connections
from artkeep.web.body import LONGEST_JSON

JSON = "Content-Type: application/json"
MANY = 100  # more than may be open


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seconds that a client may take, for tests that wait for their end."""
    monkeypatch.setattr(connections, "HEAD_S", 0.3)
    monkeypatch.setattr(connections, "BODY_S", 0.3)
    monkeypatch.setattr(connections, "IDLE_S", 0.3)


@pytest.fixture
def port(served: Served) -> int:
    add_echo(served.app)
    return served.port


def test_a_body_that_is_announced_too_large_is_refused_before_it_comes(port: int) -> None:
    for length in (LONGEST_JSON + 1, 10**10, 10**11):
        assert ask(port, "POST", "/api/echo", JSON, f"Content-Length: {length}").status == 413


def test_a_client_that_sends_a_huge_body_at_once_can_read_why(port: int) -> None:
    body = b"[" + b"0," * (4 * 2**20) + b"0]"
    assert ask(port, "POST", "/api/echo", JSON, body=body).status == 413


@pytest.mark.parametrize("length", ["-1", "+2", "1_0", "2.0", "0x2", "two", "", "2, 2"])
def test_an_odd_content_length_is_a_bad_request(port: int, length: str) -> None:
    assert ask(port, "POST", "/api/echo", JSON, f"Content-Length: {length}").status == 400


def test_two_content_lengths_are_a_bad_request(port: int) -> None:
    lines = (JSON, "Content-Length: 2", "Content-Length: 2")
    with Wire(port) as wire:
        wire.send(as_bytes(port, "POST", "/api/echo", *lines) + b"[]")
        assert wire.reply().status == 400


@pytest.mark.parametrize("coding", ["chunked", "gzip, chunked", "identity", "Chunked", "x"])
def test_a_body_without_a_length_is_refused(port: int, coding: str) -> None:
    reply = ask(port, "POST", "/api/echo", JSON, f"Transfer-Encoding: {coding}")
    assert reply.status in (411, 501)


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(port: int) -> None:
    with Wire(port) as wire:
        lines = (JSON, "Expect: 100-continue", "Content-Length: 2")
        wire.send(as_bytes(port, "POST", "/api/echo", *lines))
        assert wire.reply().status == 100
        wire.send(b"[]")
        assert wire.reply().json == {"type": "list"}


def test_a_client_that_asks_before_it_sends_too_much_is_told_not_to(port: int) -> None:
    lines = (JSON, "Expect: 100-continue", f"Content-Length: {LONGEST_JSON + 1}")
    assert ask(port, "POST", "/api/echo", *lines).status == 413


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("/" + "a" * 40_000, ()),
        ("/api/status", (f"X-Long: {'a' * 40_000}",)),
        ("/api/status", tuple(f"X-{number}: a" for number in range(8000))),
    ],
)
def test_a_head_that_is_too_long_is_refused(
    port: int, path: str, lines: tuple[str, ...]
) -> None:
    assert ask(port, "GET", path, *lines).status in (413, 414)


def test_a_head_that_never_ends_is_refused(port: int) -> None:
    with Wire(port) as wire:
        wire.send(b"GET /api/status HTTP/1.1\r\nX-Long: " + b"a" * 33_000)
        assert wire.reply().status == 413
        assert wire.is_hung_up()


@pytest.mark.parametrize(
    "line",
    [
        *(b"GET", b"GET /", b"GET / HTTP/9.9", b"GET / HTTX/1.1", b"get / HTTP/1.1"),
        *(b"\x16\x03\x01\x02", b"GET x HTTP/1.1", b"GET //[ HTTP/1.1", b"GET /#f HTTP/1.1"),
        b"PRI * HTTP/2.0",
    ],
)
def test_a_line_that_is_no_request_gets_an_answer(port: int, line: bytes) -> None:
    with Wire(port) as wire:
        wire.send(line + b"\r\nHost: 127.0.0.1:%d\r\n\r\n" % port)
        assert wire.reply().status in (400, 505)
        assert wire.is_hung_up()


# --- clients that misbehave


def test_a_head_that_does_not_come_in_time_is_given_up(port: int, impatient: None) -> None:
    with Wire(port) as wire:
        wire.send(b"GET /api/status HTTP/1.1\r\n")
        assert wire.reply().status == 408
        assert wire.is_hung_up()


def test_a_client_that_says_nothing_is_given_up(port: int, impatient: None) -> None:
    with Wire(port) as wire:
        assert wire.reply().status == 408
        assert wire.is_hung_up()


def test_a_body_that_does_not_come_is_given_up(port: int, impatient: None) -> None:
    with Wire(port) as wire:
        wire.send(as_bytes(port, "POST", "/api/echo", JSON, "Content-Length: 10") + b"[")
        assert wire.reply().status == 408
        assert wire.is_hung_up()


def test_a_connection_that_rests_too_long_is_closed_without_a_word(
    port: int, impatient: None
) -> None:
    with Wire(port) as wire:
        assert wire.ask("GET", "/api/status").status == 200
        assert wire.is_hung_up()


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"G",
        b"GET /api/status HTTP/1.1\r\nHost: ",
        b"POST /api/echo HTTP/1.1\r\nContent-Length: 2000000\r\n\r\n[",
    ],
)
def test_slow_and_dead_clients_do_not_keep_others_from_being_served(
    port: int, begin: bytes
) -> None:
    with ExitStack() as stack:
        for _ in range(MANY):
            stack.enter_context(Wire(port)).send(begin)
        for _ in range(3):
            assert ask(port, "GET", "/api/status").status == 200


def test_resting_connections_make_room_for_new_ones(port: int) -> None:
    with ExitStack() as stack:
        wires = []
        for _ in range(MANY):
            wires.append(stack.enter_context(Wire(port)))
            assert wires[-1].ask("GET", "/api/status").status == 200
        assert wires[0].is_hung_up()
        assert wires[-1].ask("GET", "/api/status").status == 200


def test_a_client_that_asks_and_never_reads_holds_up_nobody(port: int) -> None:
    with Wire(port) as flood:
        flood.socket.setblocking(False)
        asked = as_bytes(port, "GET", "/api/openapi.json") * 1000
        with contextlib.suppress(BlockingIOError):
            while flood.socket.send(asked):
                pass
        assert ask(port, "GET", "/api/status").status == 200


class Waiting:
    """`GET /api/wait` answers when `end` is set; `begun` counts those that wait."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.end = threading.Event()

    def answer(self) -> str:
        self.begun.release()
        self.end.wait()
        return ""

    def ask(self, port: int, stack: ExitStack) -> Wire:
        """A request that has reached its view."""
        wire = stack.enter_context(Wire(port))
        wire.send(as_bytes(port, "GET", "/api/wait"))
        assert self.begun.acquire(timeout=20)
        return wire


@pytest.fixture
def waiting(served: Served) -> Iterator[Waiting]:
    found = Waiting()
    served.app.add_url_rule("/api/wait", "wait", found.answer)
    yield found
    found.end.set()


def test_when_every_connection_is_being_answered_a_new_one_is_told_so_at_once(
    served: Served, waiting: Waiting
) -> None:
    with ExitStack() as stack:
        wires = [waiting.ask(served.port, stack) for _ in range(connections.MOST_CONNECTIONS)]
        for _ in range(3):
            with Wire(served.port) as wire:
                assert wire.reply().status == 503
        waiting.end.set()
        assert [wire.reply().status for wire in wires] == [200] * len(wires)
    assert ask(served.port, "GET", "/api/status").status == 200


def test_twenty_slow_requests_do_not_slow_a_small_one_down(
    served: Served, waiting: Waiting
) -> None:
    with ExitStack() as stack:
        for _ in range(20):
            waiting.ask(served.port, stack)
        with Wire(served.port) as small:
            for _ in range(100):
                assert small.ask("GET", "/api/status").status == 200
        waiting.end.set()
