"""Converting over HTTP: counting, trying, starting, the history, taking it back."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from tests.faults.pictures import PARAMETERS, jpeg_photo, png_photo
from tests.gallery import Gallery
from tests.web.test_removal import fetched, lena

from artkeep.web.services import Services


@pytest.fixture
def library(client: FlaskClient, services: Services, site: Gallery) -> list[int]:
    """Three pictures that were downloaded; their sizes."""
    bodies = [png_photo(1, PARAMETERS), png_photo(2), jpeg_photo(3)]
    for body in bodies:
        site.add("lena", body=body)
    lena(client, services)
    return [len(body) for body in bodies]


def got(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    reply = client.get(path, query_string=query)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def posted(client: FlaskClient, path: str, **body: Any) -> dict[str, Any]:
    reply = client.post(path, json=body)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def test_the_scope_is_counted_by_format(client: FlaskClient, library: list[int]) -> None:
    scope = got(client, "/api/conversions/scope", q="")

    assert (scope["artworks"], scope["files"], scope["done"]) == (3, 3, 0)
    assert scope["bytes"] == sum(library)
    assert {line["format"]: line["files"] for line in scope["formats"]} == {"png": 2, "jpeg": 1}
    assert got(client, "/api/conversions/scope", q="format:jpeg")["artworks"] == 1


def test_a_bad_query_points_at_the_word(client: FlaskClient) -> None:
    reply = client.get("/api/conversions/scope?q=formt:png")

    assert reply.status_code == 422
    assert reply.json["code"] == "bad_query"


def test_trying_shows_results_and_changes_nothing(
    client: FlaskClient, services: Services, library: list[int]
) -> None:
    before = {
        path: path.read_bytes()
        for path in services.engine.library.path.rglob("*.*")
        if path.is_file()
    }

    tried = posted(client, "/api/conversions/try", query="", convert={"quality": 70}, samples=2)

    assert [one["outcome"] for one in tried["samples"]] == ["done", "done"]
    assert tried["bytes_after"] < tried["bytes_before"]
    first = tried["samples"][0]
    assert first["infotext"].startswith("a quiet harbour, 港の朝\n")
    assert first["metadata"]
    with client.get(first["after_url"]) as reply:
        assert Image.open(BytesIO(reply.data)).size == (first["width"], first["height"])
        assert len(reply.data) == first["bytes_after"]
    with client.get(first["before_url"]) as reply:
        assert len(reply.data) == first["bytes_before"]
    after = {
        path: path.read_bytes()
        for path in services.engine.library.path.rglob("*.*")
        if path.is_file()
    }
    assert after == before


@pytest.mark.parametrize("name", ["../secret", "0" * 32 + ".png", "x.webp", "0" * 32 + ".webp"])
def test_only_tried_files_are_served_as_such(client: FlaskClient, name: str) -> None:
    assert client.get(f"/trials/{name}").status_code == 404


def test_a_job_its_history_and_taking_it_back(
    client: FlaskClient, services: Services, library: list[int]
) -> None:
    job = fetched(
        client,
        services,
        kind="convert",
        query="format:png",
        convert={"originals": "trash", "quality": 80},
    )

    assert (job["kind"], job["state"], job["total"], job["done"]) == (
        "convert",
        "completed",
        2,
        2,
    )
    (batch,) = got(client, "/api/conversions")["batches"]
    assert (batch["job_id"], batch["files"], batch["restorable"]) == (job["id"], 2, 2)
    assert batch["bytes_before"] - batch["bytes_after"] == job["bytes"] > 0
    assert batch["bytes_before"] == library[0] + library[1]
    assert batch["options"]["quality"] == 80

    undone = posted(client, f"/api/conversions/{batch['id']}/undo")

    assert (undone["files"], undone["stuck"]) == (2, 0)
    assert undone["batch"]["undone_at"]
    assert (undone["batch"]["files"], undone["batch"]["restorable"]) == (2, 0)
    assert undone["batch"]["bytes_before"] == batch["bytes_before"]
    assert client.post(f"/api/conversions/{batch['id']}/undo", json={}).status_code == 409
    assert client.post("/api/conversions/99/undo", json={}).status_code == 404


@pytest.mark.parametrize(
    "told",
    [
        {"kind": "convert", "targets": ["civitai:user:lena"]},
        {"kind": "convert", "convert": {"quality": 101}},
        {"kind": "convert", "convert": {"folder": "../outside"}},
        {"kind": "convert", "convert": {"format": "avif", "lossless": True}},
        {"kind": "convert", "query": "formt:png"},
        {"kind": "conwert"},
    ],
)
def test_what_cannot_be_done_is_refused_at_once(
    client: FlaskClient, told: dict[str, Any]
) -> None:
    reply = client.post("/api/jobs", json=told)

    assert reply.status_code in (400, 422), reply.json
    assert reply.json["message"]


def test_what_is_inside_a_file_is_shown(
    client: FlaskClient, services: Services, library: list[int]
) -> None:
    fetched(client, services, kind="embed")
    (card,) = got(client, "/api/artworks", q="format:jpeg")["artworks"]
    (file,) = got(client, f"/api/artworks/{card['id']}")["files"]

    inside = got(client, f"/api/files/{file['id']}/embedded")

    assert inside["prompt"] == f"picture {card['site_id']}"
    assert inside["problem"] is None
    assert {"EXIF:UserComment"} <= {text["place"] for text in inside["texts"]}
    assert client.get("/api/files/999/embedded").status_code == 404
