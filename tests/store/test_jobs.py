"""Leading, steering and counting jobs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.store import claimers
from tests.store.rows import EXAMINE, TAGS, Rows

from artkeep.domain.artwork import Status
from artkeep.store import backlog, failures, job_events, jobs, ledger, work
from artkeep.store.failures import FailureGroup
from artkeep.store.jobs import JobRow
from artkeep.store.models import JobEvent, JobTarget
from artkeep.store.work import Deferral, Ending

SOON = datetime.now(UTC) + timedelta(days=1)
LATER = SOON + timedelta(days=1)


def job(rows: Rows, job_id: int) -> JobRow:
    found = rows.do(jobs.get, job_id)
    assert found is not None
    return found


def new_job(rows: Rows, signature: str = "same", **more: Any) -> int:
    asked: dict[str, Any] = {"kind": "download", "title": "user lena", "params": {"n": 1}}
    return rows.do(jobs.create, **{**asked, "then": ["tags"], "signature": signature, **more})


def failed(rows: Rows, job_id: int, reason: str, detail: str | None = None) -> int:
    (artwork_id,) = rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    rows.do(work.end, "a", [Ending(claim, Status.FAILED, reason=reason, detail=detail)])
    return artwork_id


def test_a_new_job_waits_for_somebody_to_lead_it(rows):
    target_ids = [rows.target("a"), rows.target("b")]
    job_id = new_job(rows, target_ids=[*target_ids, target_ids[0]])
    made = job(rows, job_id)
    assert (made.state, made.wanted_state, made.owner, made.epoch) == (
        "queued",
        "running",
        None,
        0,
    )
    assert (made.params, made.then, made.reasons) == ({"n": 1}, ["tags"], [])
    assert [row["target_id"] for row in rows.all(JobTarget)] == target_ids
    assert rows.do(jobs.get, 999) is None
    assert [found.id for found in rows.do(jobs.newest)] == [job_id]


def test_one_instance_leads(rows):
    job_id = new_job(rows)
    assert rows.do(jobs.take_lead, job_id, "a") == 1
    assert rows.do(jobs.take_lead, job_id, "b") is None
    assert (job(rows, job_id).state, job(rows, job_id).owner) == ("running", "a")
    assert rows.do(jobs.is_led_by, job_id, "a", 1)
    assert not rows.do(jobs.is_led_by, job_id, "a", 2)
    assert not rows.do(jobs.is_led_by, job_id, "b", 1)


def test_of_many_processes_one_leads(store, rows):
    job_id = new_job(rows)
    epochs = claimers.together(store, [(claimers.take_lead, (job_id,))] * 3)
    assert sorted(epochs, key=str) == [1, None, None]


@pytest.mark.parametrize("state", ["paused", "stopped"])
def test_a_job_that_somebody_halted_is_led_when_it_is_wanted_again(rows, state):
    job_id = rows.job(state=state)
    assert rows.do(jobs.take_lead, job_id, "a") is None
    rows.do(jobs.want, job_id, "running")
    assert rows.do(jobs.take_lead, job_id, "a") == 1


def test_a_job_that_was_handed_back_can_be_led_again(rows):
    job_id = new_job(rows)
    rows.do(jobs.take_lead, job_id, "a")
    reasons = [{"code": "gaps", "text": "2 pages could not be read"}]
    assert rows.do(jobs.hand_back, job_id, "a", 1, "incomplete", reasons)
    ended = job(rows, job_id)
    assert (ended.state, ended.owner, ended.reasons) == ("incomplete", None, reasons)
    assert ended.ended_at is not None
    assert rows.do(jobs.take_lead, job_id, "b") == 2
    again = job(rows, job_id)
    assert (again.reasons, again.ended_at, again.started_at) == ([], None, ended.started_at)


def test_a_lost_lead_ends_nothing(rows):
    job_id = new_job(rows)
    rows.do(jobs.take_lead, job_id, "a")
    rows.do(jobs.hand_back, job_id, "a", 1, "interrupted")
    rows.do(jobs.take_lead, job_id, "b")
    before = job(rows, job_id)
    assert not rows.do(jobs.hand_back, job_id, "a", 1, "completed")
    rows.do(jobs.show_state, job_id, "a", "paused")
    assert job(rows, job_id) == before


def test_interrupted_is_no_end(rows):
    job_id = new_job(rows)
    rows.do(jobs.take_lead, job_id, "a")
    rows.do(jobs.hand_back, job_id, "a", 1, "interrupted")
    assert job(rows, job_id).ended_at is None


def test_a_second_start_finds_the_unfinished_job(rows):
    old, other = new_job(rows), new_job(rows, "other")
    newest = new_job(rows)
    assert [rows.do(jobs.unfinished_like, s).id for s in ("same", "other")] == [newest, other]
    rows.do(jobs.take_lead, newest, "a")
    rows.do(jobs.hand_back, newest, "a", 1, "completed")
    assert rows.do(jobs.unfinished_like, "same").id == old
    assert rows.do(jobs.unfinished_like, "unknown") is None


@pytest.mark.parametrize(
    ("owner", "wanted", "state"),
    [
        ("a", "paused", "running"),
        ("a", "stopped", "running"),
        (None, "paused", "paused"),
        (None, "stopped", "stopped"),
        (None, "running", "queued"),
    ],
)
def test_whoever_leads_is_asked_and_what_nobody_leads_changes_at_once(
    rows, owner, wanted, state
):
    job_id = rows.job(owner=owner)
    changed = rows.do(jobs.want, job_id, wanted)
    assert (changed.wanted_state, changed.state) == (wanted, state)
    assert rows.do(jobs.wanted_states, [job_id, 999]) == {job_id: wanted}


def test_a_completed_job_wants_nothing_more(rows):
    job_id = rows.job(state="completed")
    assert rows.do(jobs.want, job_id, "paused").state == "completed"
    assert rows.do(jobs.want, 999, "paused") is None


def test_counts_add_up_apart_by_reason(rows):
    job_id = rows.job()
    rows.do(jobs.count, job_id, "download", "done", amount=2, size=10)
    rows.do(jobs.count, job_id, "download", "done", amount=1, size=5)
    rows.do(jobs.count, job_id, "download", "done", "adopted", amount=1)
    rows.do(jobs.count, job_id, "tags", "done")
    assert rows.tally(job_id) == {
        ("download", "done", ""): (3, 15),
        ("download", "done", "adopted"): (1, 0),
    }


def test_counts_are_exact_when_two_processes_count(store, rows):
    job_id = rows.job()
    claimers.together(store, [(claimers.count_up, (job_id, 200))] * 2)
    assert rows.tally(job_id) == {("download", "done", ""): (400, 2000)}


def test_failures_are_grouped_by_reason_with_an_example(rows):
    job_id = rows.job()
    failed(rows, job_id, "gone", "410")
    failed(rows, job_id, "http_error", "500 of x")
    failed(rows, job_id, "http_error", "503 of y")
    assert rows.do(failures.groups, job_id) == [
        FailureGroup("download", "http_error", 2, "500 of x", is_gone=False),
        FailureGroup("download", "gone", 1, "410", is_gone=True),
    ]


def test_failures_are_taken_out_by_reason_or_all(rows):
    job_id = rows.job()
    one, two = failed(rows, job_id, "timeout"), failed(rows, job_id, "damaged")
    assert rows.do(failures.forget, job_id, "timeout") == [(one, "download")]
    assert rows.do(failures.forget, rows.job()) == []
    assert rows.do(failures.forget, job_id) == [(two, "download")]
    assert rows.failures() == []


def test_waiting_tells_what_is_put_off_and_until_when(rows):
    job_id = rows.job()
    rows.asked(4, job_id)
    held = rows.claim(job_id, limit=2)
    times = (LATER, SOON)
    deferrals = [Deferral(c, at, "busy") for c, at in zip(held, times, strict=True)]
    rows.do(work.defer, "a", deferrals)
    rows.claim(job_id, limit=1)
    assert rows.do(backlog.waiting, job_id) == (4, 2, SOON)
    assert rows.do(backlog.waiting, rows.job()) == (0, 0, None)


def test_put_off_work_does_not_hold_a_job_open(rows):
    job_id = rows.job()
    rows.asked(1, job_id)
    assert rows.do(backlog.has_work_now, job_id, "download")
    (claim,) = rows.claim(job_id)
    assert rows.do(backlog.has_work_now, job_id, "download")
    rows.do(work.defer, "a", [Deferral(claim, SOON, "busy")])
    assert not rows.do(backlog.has_work_now, job_id, "download")
    assert not rows.do(backlog.has_work_now, job_id, "tags")


def test_house_work_is_counted_apart(rows):
    rows.asked(2, None, EXAMINE)
    rows.asked(1, rows.job(), TAGS)
    assert rows.do(backlog.house_work_left) == 2
    held = rows.claim(None, stage=EXAMINE)
    rows.do(work.defer, "a", [Deferral(held[0], SOON, "busy")])
    assert rows.do(backlog.house_work_left) == 1


def test_a_job_knows_who_does_its_downloads_for_it(rows):
    running, ended, mine = rows.job(), rows.job(state="incomplete"), rows.job()
    target_id = rows.target()
    rows.belong(target_id, rows.asked(2, running) + rows.asked(1, ended))
    rows.do(
        lambda c: c.execute(
            JobTarget.__table__.insert().values(job_id=mine, target_id=target_id, position=0)
        )
    )
    assert rows.do(backlog.waiting_elsewhere, mine) == 3
    assert rows.do(backlog.jobs_to_help, mine) == [running]
    held = rows.claim(running)
    rows.do(work.defer, "a", [Deferral(claim, SOON, "busy") for claim in held])
    assert rows.do(backlog.jobs_to_help, mine) == []


def test_ended_jobs_go_on_when_their_work_is_due(rows):
    now = datetime.now(UTC) - timedelta(seconds=1)
    due, later, led = (
        rows.job(state="incomplete"),
        rows.job(state="incomplete"),
        rows.job(state="incomplete", owner="b"),
    )
    stopped = rows.job(state="stopped")
    for job_id, at in ((due, now), (later, SOON), (led, now), (stopped, now)):
        rows.asked(1, job_id)
        (claim,) = rows.claim(job_id)
        rows.do(work.defer, "a", [Deferral(claim, at, "busy")])
    assert list(rows.do(backlog.due_jobs)) == [due]


def test_the_log_of_a_job_keeps_its_lines(rows):
    job_id = rows.job()
    rows.do(job_events.say, job_id, "listed", "100 artworks")
    rows.do(job_events.say, job_id, "damaged", "again", "warning")
    assert [(row["code"], row["level"]) for row in rows.all(JobEvent)] == [
        ("listed", "info"),
        ("damaged", "warning"),
    ]


def test_a_job_that_is_resumed_while_it_stops_is_led_again(rows):
    job_id = rows.job(state="queued")
    epoch = rows.do(jobs.take_lead, job_id, "a")
    rows.do(jobs.want, job_id, "stopped")
    rows.do(jobs.want, job_id, "running")
    rows.do(jobs.hand_back, job_id, "a", epoch, "stopped")
    job = rows.do(jobs.get, job_id)
    assert job is not None
    assert (job.state, job.wanted_state, job.ended_at) == ("queued", "running", None)
    epoch = rows.do(jobs.take_lead, job_id, "a")
    rows.do(jobs.hand_back, job_id, "a", epoch, "completed")
    done = rows.do(jobs.get, job_id)
    assert done is not None
    assert (done.state, done.wanted_state) == ("completed", None)


def test_jobs_are_listed_in_pages_and_by_state(rows):
    states = ("completed", "paused", "failed", "running")
    completed, paused, failed, running = (rows.job(state=state) for state in states)
    first = rows.do(jobs.newest, 2)
    rest = rows.do(jobs.newest, 2, before=first[-1].id)
    assert [job.id for job in [*first, *rest]] == [running, failed, paused, completed]
    ended = rows.do(jobs.newest, states=jobs.ENDED)
    assert [job.id for job in ended] == [failed, completed]


def test_a_job_with_picks_has_nothing_else_of_its_target(rows):
    running, target_id = rows.job(), rows.target()
    asked = rows.asked(3, running)
    rows.belong(target_id, asked)
    mine = rows.do(
        jobs.create,
        kind="download",
        title="",
        params={},
        then=(),
        signature="",
        target_ids=[target_id],
        picked_from=(target_id,),
    )
    assert rows.do(backlog.jobs_to_help, mine) == []
    rows.do(jobs.pick, mine, asked[:1])
    assert rows.do(backlog.waiting_elsewhere, mine) == 1
    assert rows.do(backlog.jobs_to_help, mine) == [running]
    (target,) = rows.do(ledger.targets_of_job, mine)
    assert target.is_picked
