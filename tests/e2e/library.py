"""A program whose database has something in it, for tests of what the page shows of it."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from tests.web.ear import listening

CREATOR = "Vela_Maris"  # of the sample site, with a small gallery
_ENDED = ("completed", "incomplete", "failed", "stopped")
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url: str, body: Any = None) -> Any:
    """GET, or POST when there is a body; what the reply says."""
    request = urllib.request.Request(url)
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with _opener.open(request, timeout=20) as reply:
        return json.loads(reply.read())


def download(url: str, *targets: str, **options: Any) -> dict[str, Any]:
    """Download these to the end; the job as it ended."""
    port = urlsplit(url).port
    assert port is not None
    with listening(port) as ear:
        asked = {"targets": list(targets), "options": options}
        job = ask(f"{url}/api/jobs", asked)["id"]
        heard = ear.wait_for(
            lambda said: (
                said["type"] == "job"
                and said["job"]["id"] == job
                and said["job"]["state"] in _ENDED
            )
        )
    ended: dict[str, Any] = heard[-1]["job"]
    return ended


def artworks(url: str, query: str = "") -> list[dict[str, Any]]:
    """Every card, page by page, newest first."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        words = urllib.parse.urlencode(
            {"q": query, "limit": 7} | ({"cursor": cursor} if cursor else {})
        )
        page = ask(f"{url}/api/artworks?{words}")
        found += page["artworks"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
