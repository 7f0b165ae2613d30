"""The socket `/api/events`: what becomes of pages that misbehave, and of sockets that end."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack

import pytest
from tests.web.conftest import Served, serve
from tests.web.ear import Hung, listening
from tests.web.raw import Wire, ask, request

from artkeep.web.live import MOST_BYTES, MOST_LISTENERS, MOST_QUEUED, Listener
from artkeep.web.server import SocketBudget
from artkeep.web.services import Services

PATIENCE_S = 20


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "null", "[]", '{"type": "job"}', '{"type": "ping", "more": 1}', b"\x00\xff"),
        *("[" * 20_000, "x" * (64 * 1024 + 1)),
    ],
)
def test_an_unknown_message_closes_the_socket(served: Served, text: str | bytes) -> None:
    with listening(served.port) as ear:
        ear.say(text)
        with pytest.raises(Hung):
            ear.wait_for(lambda _: False)


@pytest.mark.parametrize(
    "lines",
    [
        ("Upgrade: websocket", "Connection: Upgrade"),
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: x"),
        ("Upgrade: websocket",),
        ("Upgrade: h2c", "Connection: Upgrade"),
        (),
    ],
)
def test_what_is_no_handshake_gets_an_answer(served: Served, lines: tuple[str, ...]) -> None:
    with Wire(served.port) as wire:
        assert wire.ask("GET", "/api/events", *lines).status in (400, 426)
    with listening(served.port):
        pass


def test_bytes_that_are_no_frames_close_the_socket(served: Served) -> None:
    with Wire(served.port) as wire:
        wire.send(handshake(served.port))
        assert wire.reply().status == 101
        wire.send(b"\xff" * 1000)
        while not wire.is_hung_up():
            pass


def handshake(port: int) -> bytes:
    return request(
        *(port, "GET", "/api/events", "Connection: Upgrade", "Upgrade: websocket"),
        *("Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="),
    )


def test_one_page_too_many_is_told_so(served: Served) -> None:
    with ExitStack() as stack:
        for _ in range(MOST_LISTENERS):
            stack.enter_context(listening(served.port))
        with Wire(served.port) as wire:
            wire.send(handshake(served.port))
            reply = wire.reply()
            assert (reply.status, reply.json["code"]) == (503, "too_many_pages")
        assert ask(served.port, "GET", "/api/status").status == 200


def test_a_page_that_does_not_read_is_told_to_come_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    wakened = threading.Event()
    listener = Listener(wakened)
    for number in range(MOST_QUEUED + 1):
        listener.put(str(number))
    assert listener.is_lost
    assert listener.take() == ['{"type":"resync"}']

    listener = Listener(wakened)
    listener.put("a" * MOST_BYTES)
    assert not listener.is_lost
    listener.put("a")
    assert listener.is_lost
    listener.put("more")
    assert listener.take() == ['{"type":"resync"}']


def test_a_page_that_is_too_slow_is_dropped_and_the_others_go_on(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Wire(served.port) as slow, listening(served.port) as ear:
        slow.send(handshake(served.port))
        assert slow.reply().status == 101
        big = json.dumps({"type": "log", "line": "x" * 200_000})
        hub = served.services.live
        while len(hub._listeners) < 2:
            time.sleep(0)
        for _ in range(40):  # more than the system's own buffers hold
            for listener in list(hub._listeners):
                listener.put(big)
            assert ear.hear()
        ear.say('{"type": "ping"}')
        ear.wait_for(lambda message: message["type"] == "pong")


def test_a_page_that_talks_without_end_is_cut_off() -> None:
    budget = SocketBudget(clock=lambda: 0.0)
    budget.spend(1024 * 1024)
    with pytest.raises(OSError, match="too much"):
        budget.spend(1)


def test_when_the_server_ends_pages_are_told_to_come_again(services: Services) -> None:
    with serve(services) as running, listening(running.port) as ear:
        services.live.close()
        ear.wait_for(lambda message: message["type"] == "resync")
        with pytest.raises(Hung):
            ear.hear()


def test_nobody_looks_when_nobody_listens(served: Served) -> None:
    with listening(served.port):
        assert "live" in {thread.name for thread in threading.enumerate()}
    served.services.live.touch()
    for thread in threading.enumerate():
        if thread.name == "live":
            thread.join(PATIENCE_S)
            assert not thread.is_alive()
