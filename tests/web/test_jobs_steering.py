"""Pausing, resuming, stopping and retrying jobs."""

from __future__ import annotations

import threading

import pytest
from flask.testing import FlaskClient
from tests.faults.scene import Scene
from tests.faults.test_stopping import holding
from tests.faulty_answers import json_reply, serve
from tests.gallery import Gallery
from tests.store.rows import Rows
from tests.web.asking_jobs import PATIENCE_S, finished, show, start, steer, wait_for

from artkeep.web.services import Services


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
