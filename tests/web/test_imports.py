"""`/api/imports`: captures over HTTP, looked at first and then imported."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faults.importing import SAMPLES, everything_written, har_of, of_services, reads
from tests.faults.importing import serve_media as serve_all
from tests.faults.scene import SHORT, Scene
from tests.faulty_answers import json_reply
from tests.gallery import Gallery
from tests.web.conftest import PORT, Served
from tests.web.raw import ask

from artkeep.web import import_previews, imports
from artkeep.web.services import Services

STARRYAI = SAMPLES / "starryai-creationsV2.response.json"
CANARY = "cAnArY"
URL = "/api/imports"


@pytest.fixture
def scene(tmp_path: Path, site: Gallery) -> Scene:
    return of_services(Scene(tmp_path, site))


@pytest.fixture
def services(scene: Scene) -> Iterator[Services]:
    with scene.running(SHORT) as (engine, store):
        yield Services(scene.settings, store, engine, port=PORT)


def post(client: FlaskClient, capture: bytes | Path, **query: str) -> Any:
    body = capture if isinstance(capture, bytes) else capture.read_bytes()
    return client.post(
        URL, data=body, query_string=query, content_type="application/octet-stream"
    )


def test_a_capture_is_shown_with_small_pictures_and_then_imported(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    serve_all(site, reads(STARRYAI).creations)

    preview = post(client, STARRYAI, name="mine.json")

    assert preview.status_code == 201
    told = preview.json
    assert told["services"] == [
        {
            "name": "starryai",
            "title": "StarryAI",
            "creations": 2,
            "new": 5,
            "here": 0,
            "deleted": 0,
        }
    ]
    newest, oldest = told["creations"]
    assert newest["created_at"] > oldest["created_at"]
    assert oldest["prompt"].startswith("a paper lighthouse")
    assert (oldest["outputs"], oldest["new"]) == (4, 4)
    assert site.server.requests == []
    with client.get(oldest["thumbnail"]) as picture:
        assert (picture.status_code, picture.mimetype) == (200, "image/png")

    ended = client.post(f"{URL}/{told['token']}/commit", json={"without": [newest["key"]]})
    assert ended.status_code == 201
    assert ended.json["title"] == "Import 4 of StarryAI"
    services.engine.run_job(ended.json["id"]).result(timeout=60)
    assert client.get(f"/api/jobs/{ended.json['id']}").json["done"] == 4
    again = post(client, STARRYAI).json
    assert [(one["new"], one["here"]) for one in again["creations"]] == [(1, 0), (0, 4)]
    assert client.post(f"{URL}/{told['token']}/commit", json={}).status_code == 404


def test_a_har_and_an_archive_come_as_they_are(client: FlaskClient) -> None:
    har = har_of(
        {"url": "https://app.starryai.com/graphql", "text": STARRYAI.read_text("utf-8")}
    )
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("a.har", har)
    for body in (har, memory.getvalue()):
        assert [one["new"] for one in post(client, body).json["services"]] == [5]


def test_what_cannot_be_read_is_told_with_its_place(client: FlaskClient) -> None:
    broken = post(client, b'{"a": [1, 2', name="half.json")
    assert (broken.status_code, broken.json["code"]) == (422, "bad_capture")
    assert "half.json: It ends in the middle, at line 1, column 12." in broken.json["message"]
    nothing = post(client, json.dumps({"secret": CANARY}).encode()).json
    assert (nothing["total"], nothing["unrecognised"]) == (0, 1)
    assert CANARY not in json.dumps(nothing)
    refused = client.post(f"{URL}/{nothing['token']}/commit", json={})
    assert refused.json["code"] == "nothing_to_import"


def test_bodies_have_limits(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "LONGEST_CAPTURE", 1000)
    assert post(client, b'["' + b"x" * 2000 + b'"]').status_code == 413
    monkeypatch.setattr(imports, "LONGEST_CAPTURE", 2**20)
    monkeypatch.setattr(imports, "LONGEST_ARCHIVE", 100)
    assert post(client, b"PK\x03\x04" + b"x" * 200).status_code == 413


def test_only_the_page_itself_may_send_one(client: FlaskClient) -> None:
    """SE-3: no form of another page can, and files are taken nowhere else."""
    body = STARRYAI.read_bytes()
    for kind in ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ""):
        assert client.post(URL, data=body, content_type=kind).status_code == 415
    octets = "application/octet-stream"
    assert client.post("/api/jobs", data=body, content_type=octets).status_code == 415
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        asked = client.post(URL, data=body, content_type=octets, headers=headers)
        assert asked.status_code == 403


def test_previews_are_few_and_can_be_dropped(client: FlaskClient) -> None:
    tokens = [post(client, STARRYAI).json["token"] for _ in range(import_previews._MOST + 1)]
    assert client.get(f"{URL}/{tokens[0]}").json["code"] == "import_over"
    assert client.get(f"{URL}/{tokens[-1]}").json["total"] == 2
    assert client.delete(f"{URL}/{tokens[-1]}", json={}).status_code == 200
    assert client.get(f"{URL}/{tokens[-1]}").status_code == 404


def test_a_copied_request_is_sent_when_told_and_forgotten(
    client: FlaskClient, scene: Scene, site: Gallery
) -> None:
    liked = json.loads((SAMPLES / "nightcafe-user-liked.response.json").read_text("utf-8"))
    path = "/api.nightcafe.studio/creations"
    site.server.on(path, json_reply({"results": liked["results"]}))
    options = {"headers": {"authorization": f"Bearer {CANARY}-login"}}
    text = f'fetch("https://api.nightcafe.studio/creations?a=1", {json.dumps(options)});'

    told = post(client, text.encode()).json

    assert told["requests"] == [
        {"method": "GET", "host": "api.nightcafe.studio", "service": "nightcafe"}
    ]
    assert site.server.requests == []
    sent = client.post(f"{URL}/{told['token']}/send", json={}).json
    assert (sent["total"], sent["requests"]) == (1, [])
    assert len(site.server.requests_to(path)) == 1
    assert client.post(f"{URL}/{told['token']}/send", json={}).json["code"] == "nothing_to_send"
    assert CANARY.encode() not in everything_written(scene)


def test_over_a_real_connection_a_large_capture_is_read_while_it_comes(
    served: Served,
) -> None:
    """Larger than any other body may be."""
    padding = {"url": "https://x.example", "text": json.dumps({"a": "x" * 3_000_000})}
    har = har_of(
        padding, {"url": "https://a.example", "text": STARRYAI.read_text("utf-8")}, padding
    )
    reply = ask(served.port, "POST", URL, "Content-Type: application/octet-stream", body=har)
    assert (reply.status, reply.json["total"]) == (201, 2)
