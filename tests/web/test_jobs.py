"""Starting and looking at jobs."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from tests.faults.test_stopping import holding
from tests.faulty_answers import serve
from tests.gallery import Gallery
from tests.store.rows import THEN, Rows
from tests.web.asking_jobs import LENA, PATIENCE_S, finished, start, steer, wait_for

from artkeep.store import job_events
from artkeep.store.models import Failure, Job
from artkeep.web.services import Services

# --- starting


def test_a_started_job_runs_and_tells_how_far_it_is(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    pictures = site.add("lena", 3)
    begun = start(client)
    assert (begun["title"], begun["kind"]) == ("Download user lena", "download")
    job = finished(client, services, begun["id"])
    assert (job["state"], job["total"], job["done"], job["failed"]) == ("completed", 3, 3, 0)
    assert job["bytes"] == sum(len(picture.body) for picture in pictures)
    (line,) = job["targets"]
    assert (line["key"], line["listed"], line["have"], line["gaps"]) == (LENA, 3, 3, 0)
    assert line["listings"][0]["ended"] == "end"
    assert client.get("/api/jobs").json["jobs"] == [job]


def test_an_unfinished_job_that_asks_for_the_same_goes_on(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    (picture,) = site.add("lena")
    arrivals = threading.Semaphore(0)
    site.media(picture, holding(picture.body, arrivals), serve(picture.body))
    first = start(client, options={"concurrency": 2})
    assert arrivals.acquire(timeout=PATIENCE_S)
    assert start(client, "CIVITAI:user:Lena", status=200)["id"] == first["id"]
    assert start(client, options={"max_items": 5})["id"] != first["id"]
    steer(client, first["id"], "stop")
    wait_for(client, first["id"], "stopped")
    assert start(client, status=200)["id"] == first["id"]
    assert finished(client, services, first["id"])["state"] == "completed"


def test_several_targets_are_a_row_each_and_come_once(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    site.add("lena", 2)
    site.add("bob")
    begun = start(client, LENA, "https://civitai.com/user/bob", "civitai:user:LENA")
    job = finished(client, services, begun["id"])
    assert [(line["value"], line["have"]) for line in job["targets"]] == [
        ("lena", 2),
        ("bob", 1),
    ]


def test_a_job_lays_its_files_out_as_it_is_told_or_as_the_settings_say(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    (picture,) = site.add("lena")
    job = finished(client, services, start(client, options={"layout": "classic"})["id"])
    assert job["state"] == "completed"
    library = services.engine.library.path
    assert (library / f"Username_Search/lena/Aurora/{picture.id}_meta.txt").is_file()
    changed = client.put("/api/settings", json={"values": {"names.layout": "dataset"}})
    assert changed.status_code == 200
    finished(client, services, start(client)["id"])
    assert (library / f"lena/{picture.id}.png").samefile(
        library / f"Username_Search/lena/Aurora/{picture.id}.png"
    )


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        ({"targets": [LENA, "https://civitia.com/user/x"]}, "unknown_target", "civitai.com"),
        ({"targets": ["civitai:model:aurora"]}, "unknown_target", "aurora"),
        ({"targets": []}, "no_target", "link"),
        ({"targets": [LENA], "options": {"since": "someday"}}, "bad_date", "2026-05-01"),
        ({"targets": [LENA], "options": {"since": "<2026"}}, "bad_date", "2026-05-01"),
        ({"targets": [LENA], "then": ["frame"]}, "usage", "examine"),
        ({"targets": [LENA], "options": {"concurrency": 21}}, "invalid", "concurrency"),
        ({"targets": [LENA], "options": {"speed": 1}}, "invalid", "speed"),
        ({"targets": [LENA], "options": {"layout": "heap"}}, "usage", "dataset"),
        ({"targets": ["x\0y"]}, "invalid", "targets"),
        (
            {"targets": [LENA], "picks": [{"site": "nowhere", "site_id": "1"}]},
            "bad_picks",
            "one",
        ),
        ({"targets": [], "picks": [{"site": "civitai", "site_id": "1"}]}, "bad_picks", "one"),
        (
            {"targets": [LENA], "picks": [{"site": "civitai", "site_id": "x y"}]},
            "unknown_target",
            "x y",
        ),
    ],
)
def test_what_cannot_be_started_says_why_and_starts_nothing(
    client: FlaskClient, rows: Rows, body: dict[str, Any], code: str, word: str
) -> None:
    reply = client.post("/api/jobs", json=body)
    assert (reply.status_code, reply.json["code"]) == (422, code)
    assert word in reply.json["message"]
    assert rows.all(Job) == []


def test_options_become_the_filters_of_the_target(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    wanted = {"kind": "image", "level": 2, "tags": ("sky", "cat")}
    (picture,) = site.add("lena", **wanted)
    site.add("lena", **{**wanted, "kind": "video"})
    site.add("lena", **{**wanted, "level": 1})
    site.add("lena", **{**wanted, "tags": ("sky",)})
    site.add("lena", **{**wanted, "tags": ("sky", "cat", "blurry")})
    site.add("lena", **{**wanted, "created": "2025-01-01T00:00:00.000Z"})
    options = {
        "kinds": ["image"],
        "ratings": ["PG-13", "XXX"],
        "since": "2026-01-01",
        "with_tags": [" Sky ", "cat"],
        "without_tags": ["BLURRY"],
        "quality": "sd",
        "concurrency": 3,
    }
    job = finished(client, services, start(client, options=options)["id"])
    # The other level is not even listed: the site is not asked for it.
    assert (job["done"], job["skipped"]) == (1, 5)
    assert job["skipped_by"] == {
        "filtered_type": 1,
        "filtered_tags": 2,
        "filtered_date": 1,
        "filtered_rating": 1,
    }
    assert job["options"]["concurrency"] == 3
    (artwork,) = client.get("/api/artworks?download_status=done").json["artworks"]
    assert artwork["site_id"] == str(picture.id)


# --- looking


def test_jobs_come_in_pages_the_newest_first(client: FlaskClient, rows: Rows) -> None:
    ended = [
        rows.job(state=state) for state in ("completed", "incomplete", "failed", "stopped")
    ]
    active = [rows.job(state=state) for state in ("paused", "interrupted")]
    first = client.get("/api/jobs?limit=4").json
    rest = client.get(f"/api/jobs?limit=4&cursor={first['next_cursor']}").json
    listed = [job["id"] for job in [*first["jobs"], *rest["jobs"]]]
    assert listed == [*ended, *active][::-1]
    assert rest["next_cursor"] is None
    for state, ids in (("active", active), ("ended", ended)):
        page = client.get(f"/api/jobs?state={state}").json
        assert [job["id"] for job in page["jobs"]] == ids[::-1]
    stray = client.get(f"/api/jobs?state=ended&limit=4&cursor={first['next_cursor']}")
    assert (stray.status_code, stray.json["code"]) == (422, "bad_cursor")


def test_the_log_of_a_job_comes_in_pages(client: FlaskClient, rows: Rows) -> None:
    job_id = rows.job()
    for number in range(3):
        rows.do(job_events.say, job_id, "listed", f"<script>{number}</script>", "warning")
    first = client.get(f"/api/jobs/{job_id}/events?limit=2").json
    rest = client.get(f"/api/jobs/{job_id}/events?limit=2&cursor={first['next_cursor']}").json
    lines = [event["message"] for event in [*first["events"], *rest["events"]]]
    assert lines == [f"<script>{number}</script>" for number in (2, 1, 0)]
    assert rest["next_cursor"] is None
    other = client.get(f"/api/jobs/{rows.job()}/events?cursor={first['next_cursor']}")
    assert other.status_code == 422


def test_failures_come_in_pages_and_by_reason(client: FlaskClient, rows: Rows) -> None:
    job_id = rows.job(state="incomplete")
    ids = rows.artworks(3)
    for artwork_id, reason in zip(ids, ("html", "gone", "html"), strict=True):
        statement = insert(Failure).values(
            artwork_id=artwork_id,
            stage="download",
            job_id=job_id,
            reason=reason,
            attempts=6,
            at=THEN,
            host="image.civitai.com",
            http_status=404,
        )
        rows.do(lambda c, s=statement: c.execute(s))
    at = f"/api/jobs/{job_id}/failures"
    first = client.get(f"{at}?limit=2").json
    rest = client.get(f"{at}?limit=2&cursor={first['next_cursor']}").json
    assert [one["artwork_id"] for one in first["failures"] + rest["failures"]] == ids[::-1]
    assert [(g["reason"], g["amount"], g["is_gone"]) for g in first["groups"]] == [
        ("html", 2, False),
        ("gone", 1, True),
    ]
    by_reason = client.get(f"{at}?reason=gone").json
    assert [one["artwork_id"] for one in by_reason["failures"]] == [ids[1]]
    assert by_reason["failures"][0]["http_status"] == 404


@pytest.mark.parametrize("path", ["", "/events", "/failures"])
def test_a_job_that_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    reply = client.get(f"/api/jobs/77{path}")
    assert (reply.status_code, reply.json["code"]) == (404, "no_job")


@pytest.mark.parametrize("verb", ["pause", "resume", "stop", "retry"])
def test_nobody_steers_what_is_not_there(client: FlaskClient, verb: str) -> None:
    reply = steer(client, 77, verb)
    assert (reply.status_code, reply.json["code"]) == (404, "no_job")
