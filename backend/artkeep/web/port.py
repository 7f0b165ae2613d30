"""Finding a port for the page, and saying who has the one that is taken."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException

from artkeep.errors import UsageError
from artkeep.web.server import Server, make_server

_TRIES = 50
_PATIENCE_S = 1.0
_LONGEST = 64 * 1024


def listen(host: str, named: int | None, default: int, tell: Callable[[str], None]) -> Server:
    """A listening server on the named port, else on `default` or the next free one after it.

    `tell` gets a sentence for each port that was passed over. Raises UsageError.
    """
    if named is not None:
        try:
            return make_server(host, named)
        except OSError as error:
            raise UsageError(
                f"Port {named} cannot be used: {who_answers(host, named) or error}.",
                advice="Choose another one, or leave --port out.",
                code="port_taken",
            ) from None
    for port in range(default, default + _TRIES):
        try:
            return make_server(host, port)
        except OSError as error:
            tell(f"Port {port} cannot be used: {who_answers(host, port) or error}.")
    raise UsageError("No free port was found.", advice="Name one: --port N", code="port_taken")


def who_answers(host: str, port: int) -> str | None:
    """What is behind a port, in words; None when nobody answers at all."""
    name = f"[{host}]" if ":" in host else host
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{name}:{port}/api/status", timeout=_PATIENCE_S) as reply:
            said = json.loads(reply.read(_LONGEST))
        return f"Artkeep {said['version']} runs there, with the data folder {said['data_dir']}"
    except urllib.error.HTTPError as error:
        server = error.headers.get("Server", "without a name").strip()
        return f"another web server ({server}) runs there"
    except (ValueError, KeyError, TypeError):
        return "another web server runs there"
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            return None
        return "another program runs there, which does not answer"
    except (OSError, HTTPException):
        return "another program runs there, which does not answer"
