"""Stopping and going on within one program: whatever was in hand can be claimed again."""

from __future__ import annotations

import threading

from tests.faults.scene import Scene
from tests.faults.test_resume import LARGE
from tests.faulty import Answer, Exchange
from tests.faulty_answers import serve
from tests.gallery import Gallery

from artkeep.store import jobs


def holding(body: bytes, arrivals: threading.Semaphore) -> Answer:
    """Half of a body, and then nothing; `arrivals` tells when that half is on its way."""

    async def answer(exchange: Exchange) -> None:
        headers = {"Content-Length": str(len(body)), "ETag": '"v1"'}
        await exchange.send_head(200, headers)
        await exchange.send(body[: len(body) // 2])
        arrivals.release()
        await exchange.wait()

    return answer


def test_a_stopped_job_goes_on_in_the_same_program(scene: Scene, site: Gallery) -> None:
    pictures = site.add("lena", 12)
    held = pictures[4:7]
    arrivals = threading.Semaphore(0)
    for picture in held:
        site.media(picture, holding(picture.body, arrivals))
    job_id = scene.start("lena", concurrency=3)

    with scene.running() as (engine, store):
        running = engine.run_job(job_id)
        for _ in held:
            assert arrivals.acquire(timeout=20)
        store.transact(lambda connection: jobs.want(connection, job_id, "stopped"))
        assert running.result(timeout=20).state == "stopped"
        assert scene.rows("SELECT count(*) FROM work WHERE owner IS NOT NULL") == [(0,)]
        assert [name for name in scene.on_disk() if name.endswith(".part")] == []

        for picture in held:
            site.media(picture, serve(picture.body))
        store.transact(lambda connection: jobs.want(connection, job_id, "running"))
        engine.run_job(job_id).result(timeout=30)
        report = scene.report(store, job_id)

    assert report.state == "completed"
    assert report.progress.done == 12
    assert all(len(site.asked(one)) == (2 if one in held else 1) for one in pictures)
    scene.require_exactly(pictures)


def test_a_large_body_that_is_stopped_goes_on_where_it_was(scene: Scene, site: Gallery) -> None:
    (large,) = site.add("lena", body=LARGE)
    arrivals = threading.Semaphore(0)
    site.media(large, holding(LARGE, arrivals))
    job_id = scene.start("lena")

    with scene.running() as (engine, store):
        running = engine.run_job(job_id)
        assert arrivals.acquire(timeout=20)
        store.transact(lambda connection: jobs.want(connection, job_id, "stopped"))
        assert running.result(timeout=20).state == "stopped"

    (part,) = scene.on_disk().values()
    assert LARGE.startswith(part)
    site.media(large, serve(LARGE))
    with scene.running() as (engine, store):
        store.transact(lambda connection: jobs.want(connection, job_id, "running"))
        engine.run_job(job_id).result(timeout=20)
        report = scene.report(store, job_id)

    assert report.state == "completed"
    assert site.asked(large)[1].headers["range"] == f"bytes={len(part)}-"
    scene.require_exactly([large])
