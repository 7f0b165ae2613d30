"""The wire of the tag tab: what waits, which way is gone, what was found, logging in."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from tests.store.rows import TAGS, Rows
from tests.store.test_tags import NOW, vote

from artkeep.domain.tags import TagMethod, TagSet
from artkeep.store import tags
from artkeep.store.base import Store
from artkeep.store.tags import Found
from artkeep.web.services import Services


def get(client: FlaskClient, path: str) -> dict[str, Any]:
    reply = client.get(path)
    assert reply.status_code == 200, reply.json
    return dict(reply.json or {})


def test_the_overview_tells_what_a_job_would_ask_for(client: FlaskClient, rows: Rows) -> None:
    rows.artworks(3, download_status="done")
    rows.artworks(2, first=10, download_status="done", tags_status="done", tagged_at=NOW)
    rows.artworks(1, first=20, download_status="done", tags_status="failed")
    rows.artworks(1, first=30)  # not downloaded
    found = get(client, "/api/tags/overview")
    assert (found["artworks"], found["due"], found["none"]) == (6, 4, 3)
    assert (found["done"], found["failed"]) == (2, 1)
    assert found["oldest_at"] == found["newest_at"] == NOW.isoformat()
    assert get(client, "/api/tags/overview?older_than=1d")["due"] == 6
    assert get(client, "/api/tags/overview?again=true")["due"] == 6
    assert get(client, "/api/tags/overview?q=id:1,2")["due"] == 2


@pytest.mark.parametrize(
    "query", ["q=)", "older_than=x", "older_than=1d)+OR+tags:0", "again=maybe"]
)
def test_a_scope_that_is_none_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/api/tags/overview?{query}").status_code == 422


def test_the_way_and_its_reason_are_told(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: None)
    found = get(client, "/api/tags/method")
    assert (found["method"], found["why"], found["has_key"]) == ("page", "no_key", False)
    assert found["problem"] == "no_browser"
    assert found["browser"]["install_command"] in found["advice"]
    assert found["limiter"] is None
    chosen = get(client, "/api/tags/method?method=key")
    assert (chosen["method"], chosen["why"], chosen["problem"]) == ("key", "chosen", "no_key")
    assert client.get("/api/tags/method?site=nowhere").status_code == 404


def test_a_browser_that_is_there_is_no_problem(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: "/usr/bin/x")
    found = get(client, "/api/tags/method")
    assert (found["problem"], found["browser"]["path"]) == (None, "/usr/bin/x")
    assert found["browser"]["is_running"] is False


def test_what_a_job_found_is_shown(client: FlaskClient, store: Store, rows: Rows) -> None:
    rows.instance("a")
    job = rows.job(kind="tags")
    rows.asked(2, job, TAGS)
    for claim in rows.claim(job, stage=TAGS):
        found = TagSet((vote(1, name="1girl", display="woman"), vote(2, -1)))
        rows.do(tags.save, "a", [Found(claim, "civitai", found, TagMethod.PAGE, NOW)])
    top = get(client, f"/api/jobs/{job}/top-tags")["tags"]
    assert [(tag["name"], tag["category"], tag["amount"]) for tag in top] == [
        ("1girl", "Label", 2),
        ("tag 2", "Label", 2),
    ]
    (newest, _) = get(client, f"/api/jobs/{job}/tagged")["artworks"]
    assert (newest["method"], newest["amount"]) == ("page", 2)
    assert newest["artwork"]["site_id"] in ("1", "2")
    assert newest["tags"][0] == {
        "name": "1girl",
        "display": "woman",
        "category": "Label",
        "level": 1,
        "score": 5,
        "up": 1,
        "down": 0,
        "automated": True,
    }
    assert get(client, f"/api/tags/changes?job_id={job}")["changes"] == []
    assert client.get("/api/jobs/999/top-tags").status_code == 404


def test_a_job_of_tags_is_started_with_its_options(client: FlaskClient, rows: Rows) -> None:
    body = {
        "kind": "tags",
        "query": "author:lena",
        "tags": {"method": "key", "rate": 2, "older_than": "30d"},
        "options": {"concurrency": 3},
        "then": ["embed"],
    }
    reply = client.post("/api/jobs", json=body)
    assert reply.status_code == 201, reply.json
    made = reply.json or {}
    assert (made["kind"], made["then"]) == ("tags", ["embed"])
    told = {"method": "key", "rate": 2.0, "at_once": 3}
    assert made["options"]["stages"] == {"tags": told}
    wrong = {**body, "tags": {"method": "magic"}}
    assert client.post("/api/jobs", json=wrong).status_code == 422


def test_a_download_may_be_followed_by_tags(client: FlaskClient, site: Any) -> None:
    site.add("lena")
    body = {"targets": ["civitai:user:lena"], "then": ["tags"], "tags": {"method": "key"}}
    reply = client.post("/api/jobs", json=body)
    assert reply.status_code == 201, reply.json
    stages = (reply.json or {})["options"]["stages"]
    assert stages["tags"]["method"] == "key"


# --- logging in


def test_without_a_browser_nobody_logs_in(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: None)
    reply = client.post("/api/sites/civitai/login", json={})
    assert (reply.status_code, (reply.json or {})["code"]) == (409, "no_browser")


def test_without_a_screen_nobody_logs_in(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: "/usr/bin/x")
    monkeypatch.setattr("artkeep.web.tags.has_display", lambda: False)
    reply = client.post("/api/sites/civitai/login", json={})
    assert (reply.status_code, (reply.json or {})["code"]) == (409, "no_display")
    assert "cookie" in (reply.json or {})["message"]
    state = get(client, "/api/sites/civitai/login")
    assert (state["phase"], state["can_open"]) == ("none", False)


def test_only_the_page_itself_may_open_a_window(client: FlaskClient) -> None:
    headers = {"Origin": "http://evil.test"}
    reply = client.post("/api/sites/civitai/login", json={}, headers=headers)
    assert reply.status_code == 403


def test_a_window_that_cannot_open_says_so(
    client: FlaskClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("artkeep.stages._tagging.find_chromium", lambda: "/bin/false")
    monkeypatch.setattr("artkeep.web.tags.has_display", lambda: True)
    assert client.post("/api/sites/civitai/login", json={}).status_code == 200
    browser = services.engine.context.tagging.running("civitai")
    assert browser is not None

    async def over() -> None:
        assert browser._login is not None
        await browser._login

    services.engine.submit(over()).result(timeout=30)
    assert get(client, "/api/sites/civitai/login")["phase"] == "failed"
