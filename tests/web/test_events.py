"""The socket `/api/events`: what pages are told, and when."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from typing import Any

import pytest
from tests.e2e.program import Pace, hang_up
from tests.faults.scene import SHORT, Scene
from tests.faulty_answers import server_error
from tests.gallery import Gallery
from tests.web.conftest import Served, serve
from tests.web.ear import listening

from artkeep.domain.target import Target, TargetKind
from artkeep.jobs.start import Options, start_download
from artkeep.logs import get_logger
from artkeep.store import jobs
from artkeep.web.live import Listener
from artkeep.web.services import Services


def is_job(*states: str) -> Callable[[dict[str, Any]], bool]:
    return lambda message: message["type"] == "job" and message["job"]["state"] in states


def start(services: Services, user: str = "lena", **options: Any) -> int:
    """What the page's button does."""
    target = Target("civitai", TargetKind.USER, user)
    started = services.store.transact(
        lambda connection: start_download(connection, [target], Options(**options))
    )
    services.engine.begin(started.job_id)
    services.live.touch()
    return started.job_id


def want(services: Services, job_id: int, state: str) -> None:
    services.store.transact(lambda connection: jobs.want(connection, job_id, state))
    services.live.touch()


def test_a_page_is_greeted_and_its_pings_are_answered(served: Served) -> None:
    with listening(served.port) as ear:
        assert ear.hello["instance"] == served.services.engine.owner
        ear.say('{"type": "ping"}')
        ear.wait_for(lambda message: message["type"] == "pong")


def test_a_download_is_told_from_its_start_to_its_end(served: Served, site: Gallery) -> None:
    site.add("lena", 12)
    with listening(served.port) as ear:
        job_id = start(served.services)
        heard = ear.wait_for(is_job("completed"))
    told = [message["job"] for message in heard if message["type"] == "job"]
    assert {job["id"] for job in told} == {job_id}
    last = told[-1]
    assert (last["done"], last["failed"], last["total"], last["asked"]) == (12, 0, 12, 12)
    assert (last["targets"][0]["have"], last["targets"][0]["is_listed"]) == (12, True)
    counts = [job["done"] for job in told]
    assert counts == sorted(counts)
    shown = [
        card["site_id"]
        for message in heard
        if message["type"] == "finished"
        for card in message["artworks"]
    ]
    assert shown
    assert len(shown) == len(set(shown))
    assert set(shown) <= {str(number) for number in site.pictures}


def test_what_is_told_is_committed_and_less_than_a_second_old(
    served: Served, site: Gallery
) -> None:
    hang_up(site, "lena", 30, Pace(0.05))
    with listening(served.port) as ear:
        start(served.services, concurrency=2)
        while True:
            message = ear.hear()
            if message["type"] != "job":
                continue
            with served.services.store.reading() as connection:
                committed = sum(
                    tally.amount
                    for tally in jobs.tallies(connection, message["job"]["id"])
                    if tally.outcome == "done"
                )
            assert message["job"]["done"] <= committed
            # Two at a time, a twentieth of a second each: 40 a second at most.
            assert committed - message["job"]["done"] <= 40
            if message["job"]["state"] == "completed":
                break


def test_a_job_is_told_at_most_five_times_a_second(
    served: Served, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_at: list[float] = []
    put = Listener.put

    def note(self: Listener, message: str) -> None:
        if message.startswith('{"type":"job"'):
            told_at.append(time.monotonic())
        put(self, message)

    monkeypatch.setattr(Listener, "put", note)
    hang_up(site, "lena", 60, Pace(0.02))
    with listening(served.port) as ear:
        start(served.services)
        ear.wait_for(is_job("completed"))
    apart = [later - earlier for earlier, later in pairwise(told_at)]
    assert len(told_at) > 2
    assert min(apart) >= 0.19


def test_pausing_resuming_and_stopping_are_told(served: Served, site: Gallery) -> None:
    pace = Pace(0.05)
    hang_up(site, "lena", 200, pace)
    with listening(served.port) as ear:
        job_id = start(served.services, concurrency=1)
        ear.wait_for(lambda one: is_job("running")(one) and one["job"]["done"] > 0)
        want(served.services, job_id, "paused")
        assert ear.wait_for(is_job("paused"))[-1]["job"]["is_here"] is True
        want(served.services, job_id, "running")
        ear.wait_for(is_job("running"))
        want(served.services, job_id, "stopped")
        ear.wait_for(is_job("stopped"))


def test_failures_are_told_with_what_to_do(served: Served, site: Gallery) -> None:
    blocked, missing, *_ = site.add("lena", 4)
    site.media(blocked, server_error(451))
    site.media(missing)  # it may be back in an hour
    with listening(served.port) as ear:
        start(served.services)
        job = ear.wait_for(is_job("completed", "incomplete"))[-1]["job"]
    assert (job["state"], job["done"]) == ("incomplete", 2)
    assert (job["failed"], job["deferred"]) == (1, 1)
    assert job["deferred_until"] is not None
    (group,) = job["failures"]
    assert (group["reason"], group["amount"]) == ("region_blocked", 1)
    assert group["title"] == "The site is not available in your region"
    assert "net.proxy" in group["advice"]
    assert group["can_retry"] is True
    assert {reason["code"] for reason in job["reasons"]} == {"region_blocked", "deferred"}


def test_instances_tell_one_anothers_jobs(served: Served, scene: Scene, site: Gallery) -> None:
    hang_up(site, "lena", 40, Pace(0.05))
    with scene.running(SHORT) as (engine, store):
        other = Services(scene.settings, store, engine, port=0)
        with serve(other) as second, listening(second.port) as ear:
            job_id = start(served.services, concurrency=1)
            job = ear.wait_for(is_job("running"))[-1]["job"]
            assert (job["id"], job["is_here"]) == (job_id, False)
            want(other, job_id, "stopped")
            ear.wait_for(is_job("stopped"))
        with served.services.store.reading() as connection:
            row = jobs.get(connection, job_id)
    assert row is not None
    assert row.state == "stopped"


def test_log_lines_are_told_without_secrets(served: Served) -> None:
    with listening(served.port) as ear:
        ear.wait_for(lambda message: message["type"] == "status")  # it looks by now
        get_logger("artkeep.test").warning("looked", api_key="s3cret-value", job=7, where="x")
        line = ear.wait_for(lambda message: message["type"] == "log")[-1]["line"]
    assert (line["level"], line["event"], line["job"]) == ("warning", "looked", 7)
    assert line["fields"]["where"] == "x"
    assert "s3cret-value" not in json.dumps(line)


def test_the_status_is_told_when_it_changes(served: Served, site: Gallery) -> None:
    site.add("lena", 3)
    with listening(served.port) as ear:
        start(served.services)
        heard = ear.wait_for(
            lambda message: (
                message["type"] == "status" and message["status"]["jobs_done_today"] == 1
            )
        )
    assert heard[-1]["status"]["downloaded"] == 3


def test_ten_pages_hear_the_same(served: Served, site: Gallery) -> None:
    site.add("lena", 5)
    with ExitStack() as stack:
        ears = [stack.enter_context(listening(served.port)) for _ in range(10)]
        start(served.services)
        ends = [ear.wait_for(is_job("completed"))[-1] for ear in ears]
    assert all(end == ends[0] for end in ends)
