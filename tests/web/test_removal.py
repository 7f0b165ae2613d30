"""Deleting and bringing back over HTTP, and what a target left out."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.faults.scene import Scene
from tests.gallery import Gallery
from tests.store.rows import Rows

from artkeep.domain.target import Filters
from artkeep.store import artworks
from artkeep.web.services import Services


def fetched(client: FlaskClient, services: Services, **body: Any) -> dict[str, Any]:
    """A job, from its start to its end."""
    reply = client.post("/api/jobs", json=body)
    assert reply.status_code in (200, 201), reply.json
    services.engine.run_job(reply.json["id"]).result(timeout=60)
    job: dict[str, Any] = client.get(f"/api/jobs/{reply.json['id']}").json
    return job


def lena(client: FlaskClient, services: Services, **options: Any) -> dict[str, Any]:
    return fetched(client, services, targets=["civitai:user:lena"], options=options)


def posted(client: FlaskClient, path: str, **body: Any) -> dict[str, Any]:
    reply = client.post(f"/api/artworks/{path}", json=body)
    assert reply.status_code == 200, reply.json
    found: dict[str, Any] = reply.json
    return found


def shown(client: FlaskClient, q: str = "") -> dict[int, str]:
    """Site id and badge of every artwork of a search."""
    page = client.get("/api/artworks", query_string={"q": q}).json
    assert page["total"] == len(page["artworks"])
    return {int(card["site_id"]): card["badge"] for card in page["artworks"]}


def test_what_is_deleted_leaves_the_list_and_undo_brings_it_back(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    one, other = site.add("lena", 2)
    lena(client, services)
    ids = [card["id"] for card in client.get("/api/artworks?q=id:1000").json["artworks"]]

    told = posted(client, "remove", ids=ids)

    assert {**told, "batches": len(told["batches"])} == {
        "removed": 1,
        "busy": 0,
        "files": 1,
        "left": 0,
        "batches": 1,
        "trash_days": 7,
    }
    assert shown(client) == {other.id: "have"}
    assert shown(client, "download:skipped") == {one.id: "deleted"}
    assert b"1000" not in client.get("/api/artworks.csv").data
    details = client.get(f"/api/artworks/{ids[0]}").json
    assert details["card"]["badge"] == "deleted"
    assert details["card"]["media_url"] is None
    assert [file["state"] for file in details["files"]] == ["trashed"]

    back = posted(client, "restore", batches=told["batches"])

    assert back == {"restored": 1, "files": 1, "lost": 0, "stuck": 0, "job_id": None}
    assert shown(client) == {one.id: "have", other.id: "have"}
    with client.get(details["files"][0]["media_url"]) as reply:
        assert reply.data == one.body


def test_a_query_says_which_and_deleted_ones_stay_away(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    site.add("lena", 3)
    lena(client, services)
    assert posted(client, "remove", query="id:1000,1001")["removed"] == 2
    job = lena(client, services)
    assert (job["state"], job["skipped_by"]) == ("completed", {"deleted_by_me": 2})
    (target,) = job["targets"]
    assert (target["have"], target["skipped_by"]) == (1, {"deleted_by_me": 2})
    cards = client.get("/api/browse?target=civitai:user:lena").json["cards"]
    assert [(card["badge"], card["badge_reason"]) for card in cards[:2]] == [
        ("deleted", "deleted_by_me")
    ] * 2
    assert posted(client, "restore", query="download:skipped")["restored"] == 2


def test_ticking_a_deleted_one_brings_it_back_out_of_the_trash(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    one, _ = site.add("lena", 2)
    lena(client, services)
    posted(client, "remove", query="id:1000")
    client.get("/api/browse?target=civitai:user:lena")

    pick = {"site": "civitai", "site_id": str(one.id)}
    job = fetched(client, services, targets=["civitai:user:lena"], picks=[pick])

    assert (job["state"], job["have"]) == ("completed", 1)
    assert len(site.asked(one)) == 1
    assert shown(client)[one.id] == "have"


def test_getting_again_what_is_gone_for_good_is_a_job(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    (one,) = site.add("lena")
    lena(client, services)
    posted(client, "remove", query="id:1000")
    for path in (scene.library / ".artkeep" / "trash").iterdir():
        path.unlink()
    back = posted(client, "restore", query="download:skipped", fetch=True)
    assert (back["restored"], back["lost"]) == (1, 1)
    services.engine.run_job(back["job_id"]).result(timeout=60)
    assert client.get(f"/api/jobs/{back['job_id']}").json["state"] == "completed"
    assert shown(client) == {one.id: "have"}


@pytest.mark.parametrize("path", ["remove", "restore"])
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad_scope"),
        ({"ids": [1], "query": "cat"}, "bad_scope"),
        ({"query": "(cat"}, "bad_query"),
        ({"ids": [0]}, "invalid"),
        ({"ids": ["x"]}, "invalid"),
        ({"ids": [1], "all": True}, "invalid"),
        ({"ids": list(range(1, 5002))}, "invalid"),
    ],
)
def test_a_slip_removes_nothing(
    client: FlaskClient, rows: Rows, path: str, body: dict[str, Any], code: str
) -> None:
    rows.artworks(1)
    reply = client.post(f"/api/artworks/{path}", json=body)
    assert (reply.status_code, reply.json["code"]) == (422, code)
    assert rows.status(1) == "none"


@pytest.mark.parametrize("path", ["/api/artworks/remove", "/api/artworks/restore"])
def test_looking_removes_nothing(client: FlaskClient, rows: Rows, path: str) -> None:
    """SE-3, SE-22: only a POST with a JSON body, from our own page."""
    rows.artworks(1)
    assert client.get(path).status_code in (404, 405, 422)  # "remove" is no artwork's number
    assert client.post(path, data="ids=1").status_code == 415
    body = {"ids": [1]}
    elsewhere = {"Origin": "http://evil.test"}
    assert client.post(path, json=body, headers=elsewhere).status_code == 403
    assert rows.status(1) == "none"


def test_an_empty_query_is_no_way_to_delete_everything(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(2)
    assert client.post("/api/artworks/remove", json={"query": ""}).status_code == 422
    assert rows.status(1) == "none"


def test_what_a_target_left_out_is_a_job_without_a_listing(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    site.add("lena", 2, changes={"width": 64, "height": 64})
    site.add("lena", 1, tags=("dog",))
    job = lena(client, services, min_size="10", without_tags=["dog"])
    (target,) = job["targets"]
    assert target["skipped_by"] == {"filtered_tags": 1}
    asked = len(site.server.requests) - len(site.media_requests())

    rest = fetched(client, services, skipped_of=target["id"], reasons=["filtered_tags"])

    assert (rest["state"], rest["done"]) == ("completed", 1)
    assert len(site.server.requests) - len(site.media_requests()) == asked
    nothing = client.post("/api/jobs", json={"skipped_of": target["id"]})
    assert (nothing.status_code, nothing.json["code"]) == (422, "nothing_skipped")
    unknown = client.post("/api/jobs", json={"skipped_of": 99})
    assert (unknown.status_code, unknown.json["code"]) == (404, "no_target")
    both = client.post("/api/jobs", json={"skipped_of": 1, "targets": ["civitai:user:x"]})
    assert (both.status_code, both.json["code"]) == (422, "bad_scope")


def test_every_filter_of_a_job_becomes_one_of_its_target(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    site.add("lena", 1)
    options = {
        "until": "2026-05-31",
        "with_prompt": [" Castle "],
        "without_prompt": ["sketch"],
        "min_size": "1080x1920",
        "max_per_model": 7,
    }
    job = lena(client, services, **options)
    (target,) = job["targets"]
    assert target["filters"] == {
        "until": "2026-06-01T00:00:00+00:00",
        "with_prompt": ["castle"],
        "without_prompt": ["sketch"],
        "min_size": "1920x1080",
    }
    assert job["options"]["max_per_model"] == 7
    # Asking for the same again, as the page does, is the same target.
    again = {**target["filters"], "until": "<2026-06-01T00:00:00", "max_per_model": 7}
    assert lena(client, services, **again)["targets"][0]["id"] == target["id"]
    wrong = client.post(
        "/api/jobs", json={"targets": ["civitai:user:x"], "options": {"min_size": "big"}}
    )
    assert (wrong.status_code, wrong.json["code"]) == (422, "bad_size")


def test_the_reasons_of_a_target_are_in_its_ledger(client: FlaskClient, rows: Rows) -> None:
    target = rows.target()
    ids = rows.artworks(3)
    left_out = [(ids[0], "filtered_size"), (ids[1], "filtered_size"), (ids[2], None)]
    rows.do(artworks.add_to_target, target, 0, left_out)
    line = client.get(f"/api/targets/{target}/ledger").json
    assert (line["skipped"], line["skipped_by"]) == (2, {"filtered_size": 2})
    assert Filters.from_json(line["filters"]) == Filters()
