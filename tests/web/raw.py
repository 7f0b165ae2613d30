"""HTTP as bytes on a socket, for what no client library would send."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 20


@dataclass(frozen=True)
class Reply:
    """`headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.port = port
        self.socket = socket.create_connection((host, port), timeout=PATIENCE_S)
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def ask(self, method: str, path: str, *lines: str, body: bytes = b"") -> Reply:
        """A request with the right Host and these further header lines."""
        self.send(request(self.port, method, path, *lines, body=body))
        return self.reply()

    def line(self) -> bytes:
        """One line of what has come."""
        return self._file.readline()

    def reply(self) -> Reply:
        """The next reply. Raises EOFError when the server has hung up."""
        line = self._file.readline()
        if not line:
            raise EOFError
        headers = {}
        while (header := self._file.readline().decode("latin-1").rstrip("\r\n")) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = self._file.read(int(headers.get("content-length", "0")))
        return Reply(int(line.split()[1]), headers, body)

    def is_hung_up(self) -> bool:
        """Waits until the server ends the connection, or has more to say."""
        try:
            return self._file.read(1) == b""
        except ConnectionResetError:
            return True


def request(port: int, method: str, path: str, *lines: str, body: bytes = b"") -> bytes:
    """The bytes of a request from this machine."""
    head = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def ask(port: int, method: str, path: str, *lines: str, body: bytes = b"") -> Reply:
    """One request on a connection of its own."""
    with Wire(port) as wire:
        return wire.ask(method, path, *lines, body=body)
