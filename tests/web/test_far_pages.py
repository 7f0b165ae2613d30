"""Pages far into the list, by a cursor and a number of artworks behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.store.rows import THEN, Rows

from artkeep.store import leap
from artkeep.store.order import Sort


def page(client: FlaskClient, **query: Any) -> dict[str, Any]:
    reply = client.get("/api/artworks", query_string=query)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def ids(found: dict[str, Any]) -> list[int]:
    return [card["id"] for card in found["artworks"]]


@pytest.mark.parametrize("query", ["", "kind:image"])
@pytest.mark.parametrize("sort", list(Sort))
def test_a_jump_arrives_where_walking_does(
    client: FlaskClient, rows: Rows, monkeypatch: pytest.MonkeyPatch, sort: Sort, query: str
) -> None:
    monkeypatch.setattr(leap, "_STRIDE", 4)  # several to each jump
    for day in range(9):
        rows.artworks(
            1, first=day + 1, posted_at=THEN + timedelta(days=day % 4), rating=day % 3
        )
    rows.artworks(4, first=10)  # without a day
    words = {"q": query, "sort": sort.value}
    whole = ids(page(client, **words))
    assert len(whole) == 13
    begin = page(client, **words, limit=2)
    for skip in range(1, 14):
        far = page(client, **words, limit=3, skip=skip)
        assert (ids(far), far["total"]) == (whole[skip : skip + 3], None)
        behind = page(client, **words, limit=3, cursor=begin["next_cursor"], skip=skip)
        assert ids(behind) == whole[2 + skip : 5 + skip]
        if far["next_cursor"]:
            assert ids(page(client, **words, cursor=far["next_cursor"])) == whole[skip + 3 :]


def test_a_path_in_two_files_is_documented_with_both_methods(client: FlaskClient) -> None:
    described = client.get("/api/openapi.json").json
    assert described is not None
    assert {"get", "patch"} <= described["paths"]["/api/artworks/{artwork_id}"].keys()
