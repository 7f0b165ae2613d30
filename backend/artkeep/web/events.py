"""The socket `/api/events`, one per open page: it says, and is told only pings (SE-5)."""

from __future__ import annotations

import threading
from functools import partial

import orjson
from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_sock import Sock
from simple_websocket import ConnectionError as NoHandshake
from simple_websocket import Server as WebSocket
from wsproto.utilities import ProtocolError

from artkeep.web.errors import problem
from artkeep.web.live import MOST_LISTENERS, Listener
from artkeep.web.schemas.events import Pong
from artkeep.web.services import services

bp = APIBlueprint("events", __name__)
_sock = Sock()

SOCKET_OPTIONS = {
    "ping_interval": 25,
    "max_message_size": 64 * 1024,
    "thread_class": partial(threading.Thread, daemon=True),
}


@bp.before_request
def require_room() -> Response | None:
    """One too many is told so before the handshake."""
    if services().live.is_full:
        sentence = f"There are {MOST_LISTENERS} pages open already. Close one."
        return problem(503, "too_many_pages", sentence, retry_after_s=5)
    return None


@bp.errorhandler(ProtocolError)
@bp.errorhandler(NoHandshake)
def refuse_handshake(error: Exception) -> Response:
    """What asks for an upgrade and is no WebSocket."""
    return problem(400, "no_websocket", "This is not the beginning of a WebSocket.")


@_sock.route("/api/events", bp=bp)  # type: ignore[untyped-decorator]  # it has no types
def tell(socket: WebSocket) -> None:
    """Everything that goes on, until either side leaves."""
    with services().live.listening(socket.event) as listener:
        while socket.connected:
            socket.event.wait()
            socket.event.clear()
            if not _answer(socket, listener):
                return
            is_lost = listener.is_lost  # before taking, so that "resync" is among the taken
            for message in listener.take():
                socket.send(message)
            if is_lost:
                return


def _answer(socket: WebSocket, listener: Listener) -> bool:
    """Answer pings; False for anything else."""
    while (message := socket.receive(timeout=0)) is not None:
        try:
            is_ping = orjson.loads(message) == {"type": "ping"}
        except orjson.JSONDecodeError:
            is_ping = False
        if not is_ping:
            return False
        listener.put(Pong().model_dump_json())
    return True
