"""Being alive, and noticing by one's own clock who is not."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from tests.fake_clock import FakeClock
from tests.store.rows import Rows

from artkeep.errors import DatabaseError
from artkeep.jobs import heartbeat as module
from artkeep.jobs.heartbeat import BEAT_S, LEASE_S, Heartbeat
from artkeep.jobs.process import started, this_process
from artkeep.store import claims, instances
from artkeep.store.models import Instance


class Stopped(Exception):
    """Ends a heartbeat that would go on for ever."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def heartbeat(rows: Rows, clock: FakeClock) -> Heartbeat:
    """The heartbeat of the registered instance `me`."""
    rows.instance("me")
    return Heartbeat(rows.store, "me", time_scale=1.0, clock=clock.now, sleep=clock.sleep)


def states(rows: Rows) -> dict[str, str]:
    return {row["id"]: row["state"] for row in rows.all(Instance)}


async def watch(heartbeat: Heartbeat, clock: FakeClock, seconds: float) -> list[str]:
    """Look around every five seconds, as `run` does; who was taken over."""
    taken = []
    for _ in range(round(seconds / 5)):
        clock.time += 5
        taken += await heartbeat.look_around()
    return taken


async def test_a_counter_that_stood_still_for_the_lease_is_dead(heartbeat, clock, rows):
    job_id = rows.job(owner="other")
    rows.instance("other")
    rows.asked(1, job_id)
    rows.claim(job_id, "other")
    assert await heartbeat.look_around() == []
    assert await watch(heartbeat, clock, LEASE_S - 5) == []
    assert await watch(heartbeat, clock, 5) == ["other"]
    assert states(rows) == {"me": "alive", "other": "dead"}
    assert [row["owner"] for row in rows.work()] == [None]


async def test_a_counter_that_moves_is_alive(heartbeat, clock, rows):
    rows.instance("other")
    for _ in range(10):
        assert await watch(heartbeat, clock, LEASE_S - 5) == []
        rows.do(instances.beat, "other")
    assert states(rows) == {"me": "alive", "other": "alive"}


async def test_what_was_not_watched_did_not_stand_still(heartbeat, clock, rows):
    rows.instance("other")
    clock.time += 10 * LEASE_S  # before the first look nobody was watched
    assert await heartbeat.look_around() == []
    assert await watch(heartbeat, clock, LEASE_S - 5) == []
    clock.time += 10 * LEASE_S  # the whole machine slept, the other one too
    assert await heartbeat.look_around() == []
    rows.do(instances.beat, "other")
    assert await watch(heartbeat, clock, LEASE_S) == []
    assert states(rows) == {"me": "alive", "other": "alive"}


async def test_after_sleeping_it_takes_a_whole_lease_again(heartbeat, clock, rows):
    rows.instance("other")
    await watch(heartbeat, clock, 30)
    clock.time += LEASE_S
    assert await heartbeat.look_around() == []
    assert await watch(heartbeat, clock, LEASE_S - 5) == []
    assert await watch(heartbeat, clock, 5) == ["other"]


@pytest.mark.parametrize("days", [-1, 1])
async def test_clocks_of_the_wall_say_nothing(heartbeat, clock, rows, monkeypatch, days):
    rows.instance("other")
    jump = days * 86_400
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.0 + jump)
    rows.do(
        lambda c: c.execute(
            update(Instance).values(started_at=datetime.now(UTC) + timedelta(days=days))
        )
    )
    assert await watch(heartbeat, clock, LEASE_S) == []
    assert await watch(heartbeat, clock, 5) == ["other"]


async def test_an_instance_does_not_judge_itself(heartbeat, clock, rows):
    assert await watch(heartbeat, clock, 3 * LEASE_S) == []
    assert states(rows) == {"me": "alive"}


async def test_a_beat_between_looking_and_taking_saves_the_other(
    heartbeat, clock, rows, monkeypatch
):
    rows.instance("other")

    def beats_now(row: object) -> bool:
        rows.do(instances.beat, "other")
        return True

    monkeypatch.setattr(module, "is_gone", beats_now)
    assert await watch(heartbeat, clock, 5) == []
    assert states(rows) == {"me": "alive", "other": "alive"}


@pytest.fixture
def gone() -> int:
    """The id of a process of this host that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


async def test_a_process_of_this_host_that_is_gone_is_dead_at_once(heartbeat, rows, gone):
    rows.do(instances.register, replace(this_process(), id="crashed", pid=gone))
    rows.instance("elsewhere", pid=gone)
    assert await heartbeat.look_around() == ["crashed"]
    assert states(rows) == {"me": "alive", "crashed": "dead", "elsewhere": "alive"}


@pytest.fixture
def living_process() -> Iterator[int]:
    """The id of another process of this host that runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    )
    yield process.pid
    process.communicate()


async def test_a_process_id_given_out_again_is_not_who_it_was(heartbeat, rows, living_process):
    same = replace(this_process(), pid=living_process)
    began = started(living_process) or ""
    rows.do(instances.register, replace(same, id="alive", process_started=began))
    rows.do(instances.register, replace(same, id="reused", process_started="long ago"))
    assert await heartbeat.look_around() == ["reused"]


async def test_who_wakes_after_being_declared_dead_changes_nothing(heartbeat, clock, rows):
    job_id = rows.job()
    rows.asked(1, job_id)
    mine = rows.claim(job_id, "me")
    rows.do(instances.declare_dead, "me", 0)
    (theirs,) = rows.claim(job_id, "other")
    assert not await heartbeat.beat()
    rows.do(claims.release, "me", mine)
    assert [(row["owner"], row["epoch"]) for row in rows.work()] == [("other", theirs.epoch)]
    assert states(rows) == {"me": "dead"}


async def test_without_a_beat_for_half_the_lease_nothing_new_begins(heartbeat, clock):
    assert heartbeat.may_start_work
    clock.time += LEASE_S / 2
    assert not heartbeat.may_start_work
    assert await heartbeat.beat()
    assert heartbeat.may_start_work


async def test_a_beat_that_is_refused_is_none(heartbeat, clock, rows):
    rows.do(instances.declare_dead, "me", 0)
    clock.time += LEASE_S / 2
    assert not await heartbeat.beat()
    assert not heartbeat.may_start_work


async def never() -> None:
    raise AssertionError("nobody declared us dead")


async def test_it_beats_every_fifteen_seconds(heartbeat, clock, rows, monkeypatch):
    at: list[float] = []
    beat, began = heartbeat.beat, clock.time

    async def note() -> bool:
        at.append(clock.time - began)
        if len(at) == 3:
            raise Stopped
        return await beat()

    monkeypatch.setattr(heartbeat, "beat", note)
    with pytest.raises(Stopped):
        await heartbeat.run(never)
    assert at == [BEAT_S, 2 * BEAT_S, 3 * BEAT_S]
    assert {row["id"]: row["beat"] for row in rows.all(Instance)} == {"me": 2}


async def test_who_was_declared_dead_is_told_and_judges_nobody(heartbeat, clock, rows, gone):
    rows.do(instances.declare_dead, "me", 0)
    rows.do(instances.register, replace(this_process(), id="crashed", pid=gone))
    clock.time += LEASE_S
    told: list[bool] = []

    async def on_death() -> None:
        told.append(True)

    await heartbeat.run(on_death)
    assert told == [True]
    assert states(rows) == {"me": "dead", "crashed": "alive"}


async def test_a_database_out_of_reach_is_asked_again(heartbeat, clock, rows, monkeypatch):
    beat = heartbeat.beat
    failures = [DatabaseError("locked by another program", code="database_busy")] * 2

    async def unsteady() -> bool:
        if failures:
            raise failures.pop()
        await beat()
        raise Stopped

    monkeypatch.setattr(heartbeat, "beat", unsteady)
    with pytest.raises(Stopped):
        await heartbeat.run(never)
    assert failures == []
    assert {row["beat"] for row in rows.all(Instance)} == {1}
