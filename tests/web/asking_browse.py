"""Browsing over HTTP, as the page does."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient

LENA = "civitai:user:lena"


def browse(client: FlaskClient, target: str = LENA, **query: Any) -> dict[str, Any]:
    reply = client.get("/api/browse", query_string={"target": target, **query})
    assert reply.status_code == 200, reply.json
    page: dict[str, Any] = reply.json
    return page


def refused(client: FlaskClient, target: str = LENA, **query: Any) -> tuple[int, str, str]:
    """Status, code and sentence."""
    reply = client.get("/api/browse", query_string={"target": target, **query})
    return reply.status_code, reply.json["code"], reply.json["message"]


def everything(client: FlaskClient, target: str = LENA, **query: Any) -> list[str]:
    """The ids of all cards of all pages that the filters leave."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = browse(client, target, **query, **({"cursor": cursor} if cursor else {}))
        found += [card["site_id"] for card in page["cards"] if not card["left_out"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found
