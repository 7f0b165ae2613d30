"""A page that listens at `/api/events`, without a browser."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, Request
from wsproto.utilities import ProtocolError

PATIENCE_S = 20


class Hung(Exception):
    """The server has ended the socket."""


class Ear:
    """Raises Hung wherever the server has ended it."""

    def __init__(self, port: int) -> None:
        self.hello: dict[str, Any] = {}
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._heard: list[dict[str, Any]] = []
        self._text = ""
        self._is_over = False
        host = f"127.0.0.1:{port}"
        self._socket.sendall(self._protocol.send(Request(host=host, target="/api/events")))
        self.is_open = False
        while not self.is_open:
            self._receive()

    def hear(self) -> dict[str, Any]:
        """The next message."""
        while not self._heard:
            self._receive()
        return self._heard.pop(0)

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Everything said up to the message that is wanted, which is the last."""
        heard: list[dict[str, Any]] = []
        while not heard or not wanted(heard[-1]):
            heard.append(self.hear())
        return heard

    def say(self, text: str | bytes) -> None:
        self._socket.sendall(self._protocol.send(Message(text)))

    def cut(self) -> None:
        """End without a word, as a killed browser does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        with suppress(OSError, ProtocolError):
            self._socket.sendall(self._protocol.send(CloseConnection(1000)))
        self._socket.close()

    def _receive(self) -> None:
        if self._is_over:
            raise Hung
        try:
            data = self._socket.recv(65536)
        except ConnectionResetError:
            data = b""
        if not data:
            raise Hung
        self._protocol.receive_data(data)
        for event in self._protocol.events():
            match event:
                case AcceptConnection():
                    self.is_open = True
                case Message():
                    self._text += str(event.data)
                    if event.message_finished:
                        self._heard.append(json.loads(self._text))
                        self._text = ""
                case Ping():
                    self._socket.sendall(self._protocol.send(event.response()))
                case CloseConnection():
                    self._is_over = True


@contextmanager
def listening(port: int) -> Iterator[Ear]:
    """A page that has heard `hello`."""
    ear = Ear(port)
    try:
        ear.hello = ear.hear()
        assert ear.hello["type"] == "hello"
        yield ear
    finally:
        ear.close()
