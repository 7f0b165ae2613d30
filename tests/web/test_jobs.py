"""Starting, steering and looking at jobs."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert
from tests.faults.scene import Scene
from tests.faults.test_stopping import holding
from tests.faulty_answers import html, json_reply, serve
from tests.gallery import IMAGES, Gallery, Picture
from tests.store.rows import THEN, Rows

from artkeep.store import job_events
from artkeep.store.models import Failure, Job, JobPick
from artkeep.web.previewed import Previewed
from artkeep.web.services import Services

LENA = "civitai:user:lena"
PATIENCE_S = 30


def start(client: FlaskClient, *targets: str, status: int = 201, **body: Any) -> dict[str, Any]:
    reply = client.post("/api/jobs", json={"targets": targets or (LENA,), **body})
    assert reply.status_code == status, reply.json
    job: dict[str, Any] = reply.json
    return job


def show(client: FlaskClient, job_id: int) -> dict[str, Any]:
    reply = client.get(f"/api/jobs/{job_id}")
    assert reply.status_code == 200, reply.json
    job: dict[str, Any] = reply.json
    return job


def finished(client: FlaskClient, services: Services, job_id: int) -> dict[str, Any]:
    """The job when it is over."""
    services.engine.run_job(job_id).result(timeout=PATIENCE_S)
    return show(client, job_id)


def wait_for(client: FlaskClient, job_id: int, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE_S
    while (job := show(client, job_id))["state"] != state:
        assert time.monotonic() < deadline, job
        threading.Event().wait(0.02)
    return job


def steer(client: FlaskClient, job_id: int, verb: str, **body: Any) -> Any:
    return client.post(f"/api/jobs/{job_id}/{verb}", json=body)


def listings(site: Gallery) -> int:
    """How often the site was asked for a list."""
    return sum(request.path == IMAGES for request in site.server.requests)


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
    assert (job["done"], job["skipped"]) == (1, 4)
    assert job["skipped_by"] == {"filtered_type": 1, "filtered_tags": 2, "filtered_date": 1}
    assert job["options"]["concurrency"] == 3
    (artwork,) = client.get("/api/artworks?download_status=done").json["artworks"]
    assert artwork["site_id"] == str(picture.id)


# --- picks


def preview(client: FlaskClient, *pictures: Picture) -> list[dict[str, str]]:
    """Browse, then tick these."""
    cards = client.get("/api/browse", query_string={"target": LENA}).json["cards"]
    assert {str(picture.id) for picture in pictures} <= {card["site_id"] for card in cards}
    return ticks(*pictures)


def ticks(*pictures: Picture) -> list[dict[str, str]]:
    return [{"site": "civitai", "site_id": str(picture.id)} for picture in pictures]


def test_ticked_artworks_are_fetched_without_listing_anything(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    pictures = site.add("lena", 5)
    picked = pictures[1:3]
    picks = preview(client, *picked)
    asked_before = listings(site)
    begun = start(client, picks=picks, options={"max_items": 1, "kinds": ["video"]})
    assert begun["title"] == "Download 2 of user lena"
    job = finished(client, services, begun["id"])
    assert listings(site) == asked_before
    assert (job["state"], job["total"], job["done"], job["reasons"]) == ("completed", 2, 2, [])
    (line,) = job["targets"]
    assert (line["key"], line["is_listed"], line["listed"], line["have"]) == (LENA, True, 2, 2)
    scene.require_exactly(picked)
    (target,) = client.get("/api/targets").json["targets"]
    assert target["is_listed"] is False


def test_ticked_artworks_that_are_forgotten_are_asked_for_by_their_ids(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    known, forgotten, other = site.add("lena", 3)
    preview(client, known, forgotten)
    remembered = services.previewed.recall("civitai", str(known.id))
    assert remembered is not None
    services.previewed = Previewed(services)
    services.previewed.remember([remembered])
    job = finished(client, services, start(client, picks=ticks(known, forgotten))["id"])
    assert (job["state"], job["done"]) == ("completed", 2)
    assert [line["kind"] for line in job["targets"]] == ["user", "image"]
    scene.require_exactly([known, forgotten])
    services.previewed = Previewed(services)
    job = finished(client, services, start(client, picks=ticks(other))["id"])
    assert (job["state"], job["title"]) == ("completed", f"Download image {other.id}")


def test_ticking_what_is_there_fetches_nothing_and_what_was_deleted_anew(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    kept, deleted = site.add("lena", 2)
    finished(client, services, start(client)["id"])
    scene.place(deleted).unlink()
    picks = preview(client, kept, deleted)
    job = finished(client, services, start(client, picks=picks)["id"])
    assert (job["state"], job["done"], job["have"]) == ("completed", 1, 1)
    assert (len(site.asked(kept)), len(site.asked(deleted))) == (1, 2)
    scene.require_exactly([kept, deleted])


def test_picks_do_not_wait_for_the_rest_of_their_target(
    client: FlaskClient, services: Services, site: Gallery, rows: Rows
) -> None:
    """Another job is busy with the whole of it: that is nothing of theirs."""
    pictures = site.add("lena", 2)
    slow, picked = pictures
    arrivals = threading.Semaphore(0)
    site.media(slow, holding(slow.body, arrivals), serve(slow.body))
    site.media(picked, html(status=404))
    everything = start(client)
    assert arrivals.acquire(timeout=PATIENCE_S)
    (fresh,) = site.add("lena")
    picks = preview(client, fresh)
    job = finished(client, services, start(client, picks=picks)["id"])
    assert (job["state"], job["done"]) == ("completed", 1)
    assert show(client, everything["id"])["state"] == "running"
    assert len(rows.all(JobPick)) == 1


def test_the_same_ticks_again_go_on_with_the_job_that_has_them(
    client: FlaskClient, services: Services, site: Gallery
) -> None:
    one, other = site.add("lena", 2)
    arrivals = threading.Semaphore(0)
    site.media(one, holding(one.body, arrivals))
    first = start(client, picks=preview(client, one))
    assert arrivals.acquire(timeout=PATIENCE_S)
    assert start(client, picks=ticks(one, one), status=200)["id"] == first["id"]
    assert start(client, picks=ticks(one, other))["id"] != first["id"]


# --- steering


def test_pause_and_resume_take_effect_at_once_and_lose_nothing(
    client: FlaskClient, services: Services, site: Gallery, scene: Scene
) -> None:
    pictures = site.add("lena", 6)
    arrivals = threading.Semaphore(0)
    for picture in pictures:
        site.media(picture, holding(picture.body, arrivals), serve(picture.body))
    job_id = start(client, options={"concurrency": 1})["id"]
    assert arrivals.acquire(timeout=PATIENCE_S)
    assert steer(client, job_id, "pause").json["wanted_state"] == "paused"
    assert wait_for(client, job_id, "paused")["is_here"] is True
    assert steer(client, job_id, "pause").status_code == 200
    assert steer(client, job_id, "stop").status_code == 200
    job = wait_for(client, job_id, "stopped")
    assert (job["wanted_state"], job["owner_port"]) == (None, None)
    for picture in pictures:
        site.media(picture, serve(picture.body))
    assert steer(client, job_id, "resume").status_code == 200
    assert wait_for(client, job_id, "completed")["done"] == 6
    scene.require_exactly(pictures)


def test_a_job_of_another_instance_is_told_what_is_wanted(
    client: FlaskClient, rows: Rows
) -> None:
    rows.instance("ghost")
    job_id = rows.job(owner="ghost", wanted_state="running")
    for verb, wanted in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        job = steer(client, job_id, verb).json
        assert (job["state"], job["wanted_state"]) == ("running", wanted)
        assert job["is_here"] is False


def test_what_nobody_leads_changes_at_once(client: FlaskClient, rows: Rows) -> None:
    queued, interrupted = rows.job(state="queued"), rows.job(state="interrupted")
    assert steer(client, queued, "pause").json["state"] == "paused"
    assert steer(client, interrupted, "stop").json["state"] == "stopped"


@pytest.mark.parametrize(
    ("state", "verb", "code"),
    [
        ("completed", "pause", "job_ended"),
        ("incomplete", "pause", "job_ended"),
        ("stopped", "pause", "job_not_running"),
        ("interrupted", "pause", "job_not_running"),
        ("completed", "stop", "job_ended"),
        ("failed", "stop", "job_ended"),
        ("completed", "resume", "job_completed"),
        ("completed", "retry", "nothing_to_retry"),
    ],
)
def test_what_cannot_be_done_now_is_refused_and_changes_nothing(
    client: FlaskClient, rows: Rows, state: str, verb: str, code: str
) -> None:
    job_id = rows.job(state=state)
    reply = steer(client, job_id, verb)
    assert (reply.status_code, reply.json["code"]) == (409, code)
    assert show(client, job_id)["state"] == state


@pytest.mark.parametrize("state", ["paused", "stopped", "interrupted", "incomplete", "failed"])
def test_whatever_is_not_completed_can_be_resumed(
    client: FlaskClient, rows: Rows, services: Services, state: str
) -> None:
    job_id = rows.job(state=state)
    assert steer(client, job_id, "resume").status_code == 200
    assert wait_for(client, job_id, "completed")


@pytest.mark.parametrize("which", ["reason", "artwork", "all"])
def test_failures_are_asked_for_again(
    client: FlaskClient, services: Services, site: Gallery, which: str
) -> None:
    good, bad = site.add("lena", 2)
    site.media(bad, *[json_reply({"error": "no"}, status=400)] * 12)
    for rung in ("width=2200", "width=1200", "width=450"):
        site.media(bad, json_reply({"error": "no"}, status=400), rung=rung)
    job = finished(client, services, start(client)["id"])
    assert (job["state"], job["failed"]) == ("incomplete", 1)
    (group,) = job["failures"]
    page = client.get(f"/api/jobs/{job['id']}/failures").json
    (failure,) = page["failures"]
    assert page["groups"] == [group]
    assert (failure["site_id"], failure["reason"]) == (str(bad.id), group["reason"])
    assert group["title"]
    assert group["advice"]
    assert group["can_retry"] is True
    body = {
        "reason": {"reason": group["reason"]},
        "artwork": {"artwork_id": failure["artwork_id"]},
        "all": {},
    }[which]
    site.media(bad, serve(bad.body))
    assert steer(client, job["id"], "retry", **body).status_code == 200
    again = wait_for(client, job["id"], "completed")
    assert (again["done"], again["failed"]) == (2, 0)
    assert len(site.asked(good)) == 1
    assert steer(client, job["id"], "retry", **body).json["code"] == "nothing_to_retry"


def test_retrying_what_is_no_failure_of_the_job_is_refused(
    client: FlaskClient, rows: Rows
) -> None:
    job_id = rows.job(state="incomplete")
    for body in ({"reason": "html"}, {"artwork_id": 5}):
        assert steer(client, job_id, "retry", **body).status_code == 409
    assert show(client, job_id)["state"] == "incomplete"


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
