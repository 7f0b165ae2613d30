"""The library over HTTP: facets, completion, statistics, saved searches, changes, exports."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from flask.testing import FlaskClient
from tests.store.rows import THEN, Rows
from tests.web.asking_jobs import finished

from artkeep.store import facets
from artkeep.store.base import Store
from artkeep.web.schemas.artworks import ArtworkCard
from artkeep.web.schemas.library import Completions, Facets, Statistics, Timeline


def get(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    reply = client.get(path, query_string=query)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def shelf(rows: Rows) -> None:
    rows.artworks(3, author="lena", rating=1, posted_at=THEN, prompt="a castle")
    april = THEN.replace(month=4, day=3)
    rows.artworks(2, first=10, author="bob b", rating=16, kind="video", posted_at=april)
    rows.artworks(1, first=20, download_status="skipped", author="lena")


def facet(said: dict[str, Any], field: str) -> dict[str, tuple[int, str | None]]:
    (found,) = [one for one in said["facets"] if one["field"] == field]
    return {one["value"]: (one["amount"], one["term"]) for one in found["values"]}


def test_the_library_at_a_glance(client: FlaskClient, rows: Rows, monkeypatch: Any) -> None:
    shelf(rows)
    changed = client.post(
        "/api/artworks/change", json={"ids": [1, 4], "add_tags": ["sky blue"]}
    )
    assert changed.json == {"changed": 2, "looked_at": 2, "next_after": None}
    said = get(client, "/api/facets")
    Facets.model_validate(said, strict=True)
    assert (said["artworks"], said["is_estimate"]) == (5, False)
    assert facet(said, "author") == {
        "lena": (3, "author:lena"),
        "bob b": (2, 'author:"bob b"'),
    }
    assert facet(said, "rating") == {"PG": (3, "rating:PG"), "XXX": (2, "rating:XXX")}
    assert facet(said, "tag") == {"sky blue": (2, 'tag:"sky blue"')}
    for q in ("castle", "author:lena", "rating:pg kind:image"):
        said = get(client, "/api/facets", q=q)
        assert (said["artworks"], facet(said, "author")) == (3, {"lena": (3, "author:lena")})
        assert facet(said, "tag") == {"sky blue": (1, 'tag:"sky blue"')}
    monkeypatch.setattr(facets, "MOST_EXACT", 1)
    monkeypatch.setattr(facets, "MOST_COUNTED", 2)
    for q in ("castle", "author:lena"):
        assert get(client, "/api/facets", q=q)["is_estimate"]
    monkeypatch.undo()

    said = get(client, "/api/timeline", sort="newest")
    Timeline.model_validate(said, strict=True)
    assert [(one["month"], one["amount"]) for one in said["months"]] == [
        ("2026-05", 3),
        ("2026-04", 2),
    ]
    cursor = said["months"][1]["cursor"]
    april = get(client, "/api/artworks", sort="newest", cursor=cursor)
    assert [card["author"] for card in april["artworks"]] == ["bob b", "bob b"]
    said = get(client, "/api/statistics", q="kind:video")
    Statistics.model_validate(said, strict=True)
    assert (said["artworks"], said["months"]) == (2, [{"value": "2026-04", "amount": 2}])
    assert said["stages"][0]["none"] == 2


def test_a_query_is_completed_where_the_cursor_is(client: FlaskClient, rows: Rows) -> None:
    shelf(rows)
    client.patch("/api/artworks/1", json={"add_tags": ["blue_sky"]})

    def complete(q: str, **more: Any) -> tuple[str, list[tuple[str, int | None]]]:
        said = get(client, "/api/complete", q=q, **more)
        Completions.model_validate(said, strict=True)
        chosen = [(item["text"], item["amount"]) for item in said["items"]]
        return q[said["start"] : said["end"]], chosen

    assert complete("castle aut") == ("aut", [("author:", None)])
    assert complete("author:L rating:pg", at=8) == ("author:L", [("author:lena", 3)])
    assert complete("-author:b") == ("-author:b", [('-author:"bob b"', 2)])
    assert complete("rating:pg,x") == (
        "rating:pg,x",
        [("rating:pg,X", None), ("rating:pg,XXX", 2)],
    )
    assert complete("sky") == ("sky", [("tag:blue_sky", 1)])
    assert complete('tag:"blue') == ('tag:"blue', [("tag:blue_sky", 1)])
    problem = get(client, "/api/complete", q="castle atuhor:x")["problem"]
    assert (problem["position"], "author" in problem["advice"]) == (7, True)


def test_searches_are_kept_by_name(client: FlaskClient) -> None:
    first = client.post("/api/searches", json={"name": "nights", "query": "tag:night"})
    again = {"name": "nights", "query": "tag:night -tag:day", "sort": "stars"}
    saved = client.post("/api/searches", json=again).json
    assert saved["id"] == first.json["id"]
    assert client.post("/api/searches", json={"name": "x", "query": "(cat"}).status_code == 422
    assert get(client, "/api/searches") == {"searches": [saved]}
    gone = client.delete(f"/api/searches/{saved['id']}", json={})
    assert gone.json == {"searches": []}
    assert client.delete(f"/api/searches/{saved['id']}", json={}).json["code"] == "no_search"


def test_marks_are_set_for_one_for_many_and_for_a_query(
    client: FlaskClient, rows: Rows
) -> None:
    shelf(rows)
    card = client.patch("/api/artworks/2", json={"stars": 5, "is_favourite": True}).json
    ArtworkCard.model_validate(card, strict=True)
    assert (card["stars"], card["is_favourite"]) == (5, True)
    by_query = {"query": "author:lena stars:0", "stars": 3, "add_tags": ["seen"]}
    assert client.post("/api/artworks/change", json=by_query).json["changed"] == 2
    assert client.post("/api/artworks/change", json=by_query).json["looked_at"] == 0
    for q, ids in (("stars:3", [1, 3]), ("fav:yes", [2]), ("tag:seen", [1, 3])):
        found = get(client, "/api/artworks", q=q, sort="id")
        assert [one["id"] for one in found["artworks"]] == ids
    assert client.patch("/api/artworks/99", json={"stars": 1}).json["code"] == "no_artwork"
    for wrong in ({"stars": 6}, {"stars": -1}, {"star": 1}):
        assert client.patch("/api/artworks/1", json=wrong).status_code == 422
    both = {"ids": [1], "query": "", "stars": 1}
    assert client.post("/api/artworks/change", json=both).json["code"] == "bad_scope"


def test_exports_stream_what_a_query_means(
    client: FlaskClient, rows: Rows, store: Store, tmp_path: Any
) -> None:
    shelf(rows)
    rows.file(1, path="Images/1.png", size=3)
    rows.file(2, path="Images/../2.png")
    root = tmp_path / "elsewhere"
    (root / "Images").mkdir(parents=True)
    (root / "Images" / "1.png").write_bytes(b"abc")
    (tmp_path / "2.png").write_bytes(b"secret")
    with store.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE roots SET path = ? WHERE path = '/library'", (str(root),)
        )

    def body(extension: str, **query: Any) -> bytes:
        reply = client.get(f"/api/artworks.{extension}", query_string=query)
        assert "attachment" in reply.headers["Content-Disposition"]
        return reply.data

    lines = [json.loads(line) for line in body("jsonl", q="castle", sort="id").splitlines()]
    assert [(one["id"], one["tags"], one["size"]) for one in lines][:1] == [(1, [], 3)]
    assert lines[2]["generation"] is None
    header = body("csv", q="castle", tags="false").splitlines()[0]
    assert b'"tags"' not in header
    assert b'"tags"' in body("csv", q="castle").splitlines()[0]
    assert body("txt", q="id:1").decode() == f"{root}/Images/1.png\n"
    with zipfile.ZipFile(io.BytesIO(body("zip", q="castle"))) as archive:
        assert archive.testzip() is None
        assert archive.read("Images/1.png") == b"abc"
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        assert set(archive.namelist()) == {"Images/1.png", "left-out.txt"}  # SE-16, SE-18


def test_duplicates_are_found_and_decided(
    client: FlaskClient, rows: Rows, services: Any
) -> None:
    rows.artworks(5, posted_at=THEN, download_status="done")
    hashes = ("0" * 16, "0" * 15 + "3", "f" * 16, "f" * 16, "00ff" * 4)
    for number, value in enumerate(hashes, start=1):
        size = {"width": number * 100, "height": 100, "size": number}
        rows.file(number, path=f"{number}.png", perceptual_hash=value, **size)

    def look(amount: int = 5) -> dict[str, Any]:
        started = client.post("/api/duplicates", json={"distance": 2}).json
        job = finished(client, services, started["job_id"])
        assert (job["state"], job["done"]) == ("completed", amount), job
        return get(client, "/api/duplicates")

    found = look()
    assert found["total"] == 2
    first, second = found["groups"]
    assert [one["artwork"]["id"] for one in first["artworks"]] == [2, 1]
    assert [one["distance"] for one in first["artworks"]] == [0, 2]
    assert first["artworks"][0]["hints"] == ["largest_picture", "largest_file"]
    nothing = client.post("/api/duplicates/decide", json={"groups": [first["id"]], "keep": [5]})
    assert nothing.json["code"] == "nothing_kept"
    no_duplicates = {"groups": [second["id"]], "not_duplicates": True}
    assert client.post("/api/duplicates/decide", json=no_duplicates).json["groups"] == 1
    by_rule = {"groups": [first["id"]], "rule": "largest"}
    done = client.post("/api/duplicates/decide", json=by_rule).json
    assert (done["removed"], get(client, "/api/duplicates")["total"]) == (1, 0)
    assert len(done["batches"]) == 1  # to undo it with
    assert [card["badge"] for card in get(client, "/api/artworks", q="id:1")["artworks"]] == [
        "deleted"
    ]
    assert look(4)["groups"] == []  # what was told apart stays so
