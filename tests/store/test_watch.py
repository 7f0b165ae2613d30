"""When watched targets are due, and who takes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update
from tests.store.rows import Rows

from artkeep.store import holds, jobs, ledger, walking, walks, watch
from artkeep.store.ledger import TargetRow
from artkeep.store.models import Job
from artkeep.store.walks import NewWalk
from artkeep.store.watch import Due

NOW = datetime(2026, 6, 1, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)


def watched(rows: Rows, name: str, next_at: datetime) -> int:
    target_id = rows.target(name)
    rows.do(watch.set_watch, target_id, is_watched=True, every_s=7200, next_at=next_at)
    return target_id


def found(rows: Rows, target_id: int) -> TargetRow:
    row = rows.do(ledger.target, target_id)
    assert row is not None
    return row


def test_the_one_that_waits_longest_is_due_first_and_none_before_its_time(rows: Rows) -> None:
    second, first = watched(rows, "a", NOW - HOUR), watched(rows, "b", NOW - 2 * HOUR)
    watched(rows, "later", NOW + HOUR)
    rows.target("nobody watches it")
    due = rows.do(watch.due, NOW, 9)
    assert [one.target.id for one in due] == [first, second]
    assert (due[0].every_s, due[0].seen_at) == (7200, NOW - 2 * HOUR)
    assert [one.target.id for one in rows.do(watch.due, NOW, 1)] == [first]
    assert [one.target.id for one in rows.do(watch.due, NOW, 9, [first])] == [second]


def test_of_several_instances_one_takes_a_check(rows: Rows) -> None:
    target_id = watched(rows, "a", NOW)
    (mine,), (theirs,) = rows.do(watch.due, NOW, 1), rows.do(watch.due, NOW, 1)
    assert rows.do(watch.claim, theirs, NOW + HOUR)
    assert not rows.do(watch.claim, mine, NOW + 2 * HOUR)
    assert found(rows, target_id).next_check_at == NOW + HOUR


def test_nothing_is_taken_that_nobody_watches_any_more(rows: Rows) -> None:
    target_id = watched(rows, "a", NOW)
    (one,) = rows.do(watch.due, NOW, 1)
    rows.do(watch.set_watch, target_id, is_watched=False, every_s=None, next_at=None)
    assert not rows.do(watch.claim, one, NOW + HOUR)
    assert rows.do(watch.due, NOW + 9 * HOUR, 9) == []


def test_a_held_site_is_left_alone_and_its_targets_say_so(rows: Rows) -> None:
    due, later = watched(rows, "a", NOW), watched(rows, "b", NOW + HOUR)
    (seen,) = rows.do(watch.due, NOW, 1)
    rows.do(holds.hold, "civitai", "it has changed", None, {})
    assert rows.do(watch.due, NOW, 9) == []
    assert not rows.do(watch.claim, seen, NOW + HOUR)
    rows.do(watch.note_held, NOW, "site_held")
    assert found(rows, due).watch_note == "site_held"
    assert found(rows, later).watch_note is None
    rows.do(holds.release, ["civitai"])
    assert [one.target.id for one in rows.do(watch.due, NOW, 9)] == [due]


def test_what_a_check_leads_to_does_not_overrule_a_person(rows: Rows) -> None:
    target_id = watched(rows, "a", NOW)
    (one,) = rows.do(watch.due, NOW, 1)
    assert rows.do(watch.claim, one, NOW + HOUR)
    told = {"every_s": 3600, "next_at": NOW + 3 * HOUR, "note": "not_listed"}
    rows.do(watch.set_watch, target_id, is_watched=True, every_s=9000, next_at=NOW + 2 * HOUR)
    rows.do(watch.settle, target_id, NOW + HOUR, **told)
    rows.do(watch.give_up, target_id, NOW + HOUR, "gone")
    row = found(rows, target_id)
    assert (row.is_watched, row.check_every_s, row.next_check_at, row.watch_note) == (
        *(True, 9000, NOW + 2 * HOUR, None),
    )
    rows.do(watch.settle, target_id, NOW + 2 * HOUR, **told)
    row = found(rows, target_id)
    assert (row.check_every_s, row.next_check_at) == (3600, NOW + 3 * HOUR)
    assert row.watch_note == "not_listed"
    rows.do(watch.give_up, target_id, NOW + 3 * HOUR, "gone")
    row = found(rows, target_id)
    assert (row.is_watched, row.next_check_at, row.watch_note) == (False, None, "gone")


def job_about(rows: Rows, *target_ids: int, state: str) -> int:
    job_id = rows.do(
        jobs.create,
        kind="download",
        title="",
        params={},
        then=(),
        signature="",
        target_ids=target_ids,
    )
    rows.do(jobs.want, job_id, "stopped")
    rows.do(_set_state, job_id, state)
    return job_id


def _set_state(connection: Connection, job_id: int, state: str) -> None:
    connection.execute(update(Job).where(Job.id == job_id).values(state=state))


@pytest.mark.parametrize(
    ("state", "rests"), [("paused", True), ("running", False), ("stopped", False)]
)
def test_a_paused_job_of_a_target_is_known(rows: Rows, state: str, rests: bool) -> None:
    target_id, other = rows.target("a"), rows.target("b")
    job_about(rows, target_id, state=state)
    assert rows.do(watch.is_paused, target_id) == rests
    assert not rows.do(watch.is_paused, other)


def test_only_ended_jobs_about_the_target_alone_tell_of_it(rows: Rows) -> None:
    target_id, other = rows.target("a"), rows.target("b")
    first = job_about(rows, target_id, state="incomplete")
    job_about(rows, target_id, other, state="incomplete")
    job_about(rows, target_id, state="stopped")
    last = job_about(rows, target_id, state="completed")
    assert [row.id for row in rows.do(watch.last_alone, target_id, 9)] == [last, first]
    assert [row.id for row in rows.do(watch.last_alone, target_id, 1)] == [last]


def test_what_a_job_found_is_summed_over_its_walks(rows: Rows) -> None:
    target_id, job_id, other = rows.target(), rows.job(), rows.job()
    for job, new in ((job_id, 2), (other, 5)):
        rows.do(walking.open_walks, target_id, job, [NewWalk("a", "x"), NewWalk("b", "x")])
        page = {"cursor": None, "seen": new, "new": new, "repeated": 0, "rejected": 0}
        for row in rows.do(walks.listings_of, target_id, job):
            rows.do(walking.save_progress, row.id, **page)
    assert rows.do(watch.newly_listed, target_id, job_id) == 4
    assert rows.do(watch.newly_listed, target_id, rows.job()) == 0


def test_a_due_check_names_the_target_with_its_filters(rows: Rows) -> None:
    target_id = watched(rows, "a", NOW)
    (one,) = rows.do(watch.due, NOW, 1)
    assert one == Due(found(rows, target_id), 7200, NOW)
