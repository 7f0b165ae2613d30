"""Who is alive, and what becomes of the work of the dead."""

from __future__ import annotations

import pytest
from tests.store import claimers
from tests.store.rows import DOWNLOAD, TAGS, Rows

from artkeep.store import claims, instances, work
from artkeep.store.models import Instance, Job


def states(rows: Rows) -> dict[str, str]:
    return {row["id"]: row["state"] for row in rows.all(Instance)}


def test_a_heartbeat_counts_up_and_needs_no_clock(rows):
    rows.instance("a")
    assert [rows.do(instances.beat, "a") for _ in range(3)] == [True, True, True]
    (row,) = rows.do(instances.living)
    assert (row.id, row.beat) == ("a", 3)


def test_who_was_never_registered_has_no_heartbeat(rows):
    assert not rows.do(instances.beat, "a")


def test_an_instance_is_declared_dead_only_with_the_beat_that_was_seen(rows):
    rows.instance("a")
    rows.do(instances.beat, "a")
    assert not rows.do(instances.declare_dead, "a", 0)
    assert states(rows) == {"a": "alive"}
    assert rows.do(instances.declare_dead, "a", 1)
    assert states(rows) == {"a": "dead"}
    assert not rows.do(instances.beat, "a")
    assert rows.do(instances.living) == []


def test_nothing_is_taken_from_who_has_beaten_since(rows):
    job_id = rows.job(owner="a")
    rows.instance("a")
    rows.asked(1, job_id)
    rows.claim(job_id, "a")
    rows.do(instances.beat, "a")
    rows.do(instances.declare_dead, "a", 0)
    assert [row["owner"] for row in rows.work()] == ["a"]
    assert [row["owner"] for row in rows.all(Job)] == ["a"]


def test_of_many_observers_one_takes_over(store, rows):
    rows.instance("dead")
    taken = claimers.together(store, [(claimers.declare_dead, ("dead", 0))] * 3)
    assert sorted(taken) == [False, False, True]


def test_the_dead_leave_everything_to_the_living(rows):
    leading, paused, other = (
        rows.job(owner="a"),
        rows.job(owner="a", state="paused"),
        rows.job(owner="b"),
    )
    rows.instance("a")
    rows.asked(4, leading)
    claimed, working, verified = rows.claim(leading, "a", limit=3)
    (of_b,) = rows.claim(leading, "b", limit=1)
    rows.do(claims.save_scratch, "a", [(working, {"part": 1})], state="working")
    rows.do(claims.save_scratch, "a", [(verified, {"path": "x"})], state="verified")
    rows.do(instances.declare_dead, "a", 0)
    assert {
        row["id"]: (row["owner"], row["state"], row["crashes"], row["scratch"])
        for row in rows.work()
    } == {
        claimed.id: (None, "queued", 0, None),
        working.id: (None, "queued", 1, {"part": 1}),
        verified.id: (None, "verified", 0, {"path": "x"}),
        of_b.id: ("b", "claimed", 0, None),
    }
    assert {row["id"]: (row["owner"], row["state"]) for row in rows.all(Job)} == {
        leading: (None, "interrupted"),
        paused: (None, "paused"),
        other: ("b", "running"),
    }


def test_who_takes_over_has_a_newer_epoch(rows):
    job_id = rows.job()
    rows.instance("a")
    rows.asked(1, job_id)
    (old,) = rows.claim(job_id, "a")
    rows.do(instances.declare_dead, "a", 0)
    (new,) = rows.claim(job_id, "b")
    assert (new.id, new.epoch) == (old.id, old.epoch + 1)


def test_a_clean_exit_counts_no_crash(rows):
    job_id = rows.job(owner="a")
    rows.instance("a")
    rows.asked(2, job_id)
    working, verified = rows.claim(job_id, "a")
    rows.do(claims.save_scratch, "a", [(working, {})], state="working")
    rows.do(claims.save_scratch, "a", [(verified, {})], state="verified")
    rows.do(instances.leave, "a")
    assert [(row["owner"], row["state"], row["crashes"]) for row in rows.work()] == [
        (None, "queued", 0),
        (None, "verified", 0),
    ]
    assert [(row["owner"], row["state"]) for row in rows.all(Job)] == [(None, "interrupted")]
    assert states(rows) == {"a": "left"}


def test_a_late_exit_of_a_dead_instance_does_not_raise_it(rows):
    rows.instance("a")
    rows.do(instances.declare_dead, "a", 0)
    rows.do(instances.leave, "a")
    assert states(rows) == {"a": "dead"}


def test_what_the_dead_took_after_their_death_is_found_and_given_back(rows):
    job_id, led = rows.job(), rows.job(owner="late leader")
    for name in ("late", "alive"):
        rows.instance(name)
    rows.do(instances.declare_dead, "late", 0)
    rows.asked(2, job_id)
    rows.claim(job_id, "late", limit=1)
    rows.claim(job_id, "alive", limit=1)
    assert rows.do(instances.strays) == {"late", "late leader"}
    for owner in ("late", "late leader"):
        rows.do(instances.give_back, owner)
    assert rows.do(instances.strays) == set()
    assert [(row["owner"], row["crashes"]) for row in rows.work()] == [(None, 0), ("alive", 0)]
    assert {row["id"]: row["owner"] for row in rows.all(Job)} == {job_id: None, led: None}


@pytest.mark.parametrize(("crashes", "is_poison"), [(2, False), (3, True), (4, True)])
def test_what_took_three_processes_down_is_poison(rows, crashes, is_poison):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    for number in range(crashes):
        name = f"i{number}"
        rows.instance(name)
        held = rows.claim(job_id, name)
        assert [claim.crashes for claim in held] == [number]
        rows.do(claims.save_scratch, name, [(held[0], {})], state="working")
        rows.do(instances.declare_dead, name, 0)
    rows.do(work.ask, [artwork_id], TAGS, job_id)
    (claim,) = rows.claim(job_id, "me", stage=DOWNLOAD)
    assert rows.do(instances.poisoned, "me") == ([claim.id] if is_poison else [])
    assert rows.do(instances.poisoned, "other") == []


def test_crashes_with_work_only_claimed_poison_nothing(rows):
    job_id = rows.job()
    rows.asked(1, job_id)
    for number in range(5):
        name = f"i{number}"
        rows.instance(name)
        rows.claim(job_id, name)
        rows.do(instances.declare_dead, name, 0)
    assert [row["crashes"] for row in rows.work()] == [0]


def test_the_long_gone_are_forgotten_and_the_living_never(rows):
    rows.instance("alive")
    for number in range(60):
        rows.instance(f"old{number}")
        rows.do(instances.leave, f"old{number}")
    rows.instance("new")
    found = states(rows)
    assert len(found) == 52
    assert (found["alive"], found["new"]) == ("alive", "alive")
