"""Claiming: in order, in batches, one stage of an artwork at a time, and never twice."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.exc import IntegrityError
from tests.store import claimers
from tests.store.rows import DOWNLOAD, EXAMINE, TAGS, THEN, Rows

from artkeep.store import backlog, claims, work
from artkeep.store.claims import claim_batch, is_claim_race
from artkeep.store.models import Work
from artkeep.store.work import Deferral

SOON = datetime.now(UTC) + timedelta(days=1)
EARLIER = datetime.now(UTC) - timedelta(seconds=1)


def test_a_batch_is_the_oldest_work_in_order(rows):
    job_id = rows.job()
    ids = rows.asked(5, job_id)
    first = rows.claim(job_id, limit=3)
    second = rows.claim(job_id, limit=3)
    assert [claim.artwork_id for claim in first] == ids[:3]
    assert [claim.artwork_id for claim in second] == ids[3:]
    assert rows.claim(job_id) == []


def test_of_the_house_the_newest_work_comes_first(rows):
    """A heap that was taken over does not hold up what somebody has just downloaded."""
    ids = rows.asked(5, None, EXAMINE)
    first, second = (rows.claim(None, stage=EXAMINE, limit=2) for _ in range(2))
    assert [claim.artwork_id for claim in (*first, *second)] == [ids[3], ids[4], ids[1], ids[2]]


def test_a_heap_of_old_work_is_told_from_what_came_after_it(store, rows):
    rows.asked(4, None, EXAMINE)
    with store.reading() as connection:
        assert backlog.newest_of_many(connection, 4) == 0
        newest = backlog.newest_of_many(connection, 3)
    rows.asked(2, None, EXAMINE)
    with store.reading() as connection:
        assert backlog.house_work_left(connection) == 6
        assert backlog.house_work_left(connection, after_id=newest) == 2


def test_a_claim_carries_what_was_asked_and_a_new_epoch(rows):
    job_id = rows.job()
    rows.asked(1, job_id, spec={"quality": "sd", "then": ["tags"]})
    (claim,) = rows.claim(job_id, "me")
    assert (claim.epoch, claim.state, claim.stage) == (1, "claimed", DOWNLOAD)
    assert (claim.job_id, claim.attempts, claim.visits, claim.crashes) == (job_id, 0, 0, 0)
    assert (claim.spec, claim.scratch) == ({"quality": "sd", "then": ["tags"]}, {})
    (row,) = rows.work()
    assert (row["owner"], row["epoch"], row["state"]) == ("me", 1, "claimed")


def test_work_of_other_jobs_and_stages_is_left_alone(rows):
    job_id, other = rows.job(), rows.job()
    rows.asked(1, other)
    rows.asked(1, job_id, TAGS)
    rows.asked(1, None)
    assert rows.claim(job_id) == []
    assert [claim.job_id for claim in rows.claim(None)] == [None]
    assert [claim.stage for claim in rows.claim(job_id, stage=TAGS)] == [TAGS]


def test_put_off_work_is_claimed_when_it_is_due_and_then_first(rows):
    job_id = rows.job()
    early, late, fresh = rows.asked(3, job_id)
    held = {claim.artwork_id: claim for claim in rows.claim(job_id, limit=2)}
    rows.do(
        work.defer,
        "a",
        [Deferral(held[early], SOON, "busy"), Deferral(held[late], EARLIER, "busy")],
    )
    assert [claim.artwork_id for claim in rows.claim(job_id)] == [late, fresh]
    assert rows.claim(job_id) == []


def test_due_and_fresh_work_together_make_no_more_than_a_batch(rows):
    job_id = rows.job()
    rows.asked(6, job_id)
    held = rows.claim(job_id, limit=3)
    rows.do(work.defer, "a", [Deferral(claim, EARLIER, "busy") for claim in held])
    assert len(rows.claim(job_id, limit=4)) == 4
    assert len(rows.claim(job_id, limit=4)) == 2


def test_an_artwork_with_running_work_waits_with_its_other_stages(rows):
    job_id = rows.job()
    busy, idle = rows.asked(2, job_id)
    rows.do(work.ask, [busy, idle], EXAMINE, None)
    (claim,) = rows.claim(job_id, limit=1)
    assert [found.artwork_id for found in rows.claim(None, stage=EXAMINE)] == [idle]
    rows.do(claims.release, "a", [claim])
    assert [found.artwork_id for found in rows.claim(None, stage=EXAMINE)] == [busy]
    assert rows.claim(job_id) == []


def test_a_verified_file_is_still_verified_for_the_next_owner(rows):
    job_id = rows.job()
    rows.asked(1, job_id)
    first = rows.claim(job_id)
    rows.do(claims.save_scratch, "a", [(first[0], {"path": "x.png"})], state="verified")
    rows.do(claims.release, "a", first)
    (claim,) = rows.claim(job_id, "b")
    assert (claim.state, claim.scratch, claim.epoch) == ("verified", {"path": "x.png"}, 2)


def test_what_was_given_back_while_it_was_worked_on_counts_as_queued(rows):
    job_id = rows.job()
    rows.asked(1, job_id)
    first = rows.claim(job_id)
    rows.do(claims.save_scratch, "a", [(first[0], {"part": 1})], state="working")
    rows.do(claims.release, "a", first)
    assert [(row["state"], row["owner"]) for row in rows.work()] == [("queued", None)]
    (claim,) = rows.claim(job_id, "b")
    assert (claim.state, claim.scratch) == ("claimed", {"part": 1})


def test_four_processes_do_four_thousand_pieces_once_each(store, rows):
    job_id = rows.job()
    ids = rows.asked(4_000, job_id)
    done = claimers.together(store, [(claimers.claim_and_end_all, (job_id, 50))] * 4)
    assert Counter(id_ for process in done for id_ in process) == Counter(ids)
    assert rows.work() == []
    assert rows.tally(job_id)["download", "done", ""] == (4_000, 40_000)


def test_four_processes_hold_different_work(store, rows):
    job_id = rows.job()
    rows.asked(500, job_id)
    held = claimers.together(store, [(claimers.hold, (job_id,))] * 4)
    assert sorted(id_ for process in held for id_ in process) == [
        row["id"] for row in rows.work()
    ]
    owners = {row["id"]: row["owner"] for row in rows.work()}
    assert all(owners[id_] == f"p{n}" for n, ids in enumerate(held) for id_ in ids)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_of_two_stages_claimed_at_the_same_moment_one_wins(store, rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    rows.do(work.ask, [artwork_id], EXAMINE, None)
    caught: list[IntegrityError] = []

    def claim_the_other() -> None:
        try:
            rows.claim(None, "b", stage=EXAMINE)
        except IntegrityError as error:
            caught.append(error)

    thread = threading.Thread(target=claim_the_other)
    with store.writing() as connection:
        (claim,) = claim_batch(connection, job_id=job_id, stage=DOWNLOAD, owner="a", limit=1)
        thread.start()  # it does not see our uncommitted claim, and waits at the index
        while not _is_somebody_waiting(rows):
            thread.join(0.01)
    thread.join()
    assert [is_claim_race(error) for error in caught] == [True]
    assert claims_of(rows) == {("download", "a"), ("examine", None)}
    assert claim.artwork_id == artwork_id


def _is_somebody_waiting(rows: Rows) -> bool:
    with rows.store.reading() as connection:
        return bool(connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")))


def claims_of(rows: Rows) -> set[tuple[str, str | None]]:
    return {(row["stage"], row["owner"]) for row in rows.work()}


def test_other_broken_rules_are_no_claim_race(rows):
    with pytest.raises(IntegrityError) as raised:
        rows.do(work.ask, [999], DOWNLOAD, None)
    assert not is_claim_race(raised.value)


@pytest.fixture
def crowded(rows) -> int:
    """A job whose 50 free pieces lie behind thousands that may not be claimed."""
    job_id = rows.job()
    crowd = _crowd(rows, job_id)
    rows.do(lambda connection: connection.execute(insert(Work.__table__), crowd))
    return job_id


def _crowd(rows: Rows, job_id: int) -> list[dict[str, Any]]:
    standard = {"stage": "download", "job_id": job_id, "state": "queued", "epoch": 0}
    standard |= {"attempts": 0, "visits": 0, "crashes": 0, "asked_at": THEN}
    ids = [id_ for first in (1, 4_001) for id_ in rows.artworks(4_000, first=first)]
    ids += rows.artworks(50, first=8_001)
    return [
        standard
        | {
            "artwork_id": id_,
            "owner": "other" if n < 4_000 else None,
            "not_before": SOON if 4_000 <= n < 8_000 else None,
        }
        for n, id_ in enumerate(ids)
    ]


def claim_statements(connection: Connection, job_id: int) -> list[tuple[str, Any]]:
    """What a claim of 40 sends to the database."""
    sent: list[tuple[str, Any]] = []

    def note(_1: Any, _2: Any, statement: str, parameters: Any, *_3: Any) -> None:
        sent.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    found = claim_batch(connection, job_id=job_id, stage=DOWNLOAD, owner="x", limit=40)
    event.remove(connection, "before_cursor_execute", note)
    assert len(found) == 40
    return sent


def test_a_claim_looks_only_at_what_it_takes(store, rows, crowded):
    with store.writing() as connection:
        sent = claim_statements(connection, crowded)
        connection.rollback()
    look = _sqlite_look if store.is_sqlite else _postgres_look
    if not store.is_sqlite:
        rows.do(lambda connection: connection.execute(text("ANALYZE work")))
    plans = []
    for statement, parameters in sent:
        with store.writing() as connection:
            plans.append(look(connection, statement, parameters))
            connection.rollback()
    assert len(plans) == 2
    for plan, effort, limit in plans:
        assert "ix_work_free" in plan
        assert effort < limit


def _sqlite_look(connection: Connection, statement: str, parameters: Any) -> Any:
    """The plan, and the steps of SQLite's virtual machine, in hundreds."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    found = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    plan = " ".join(row[-1] for row in found)
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.set_progress_handler(step, 100)
    connection.exec_driver_sql(statement, parameters).all()
    driver.set_progress_handler(None, 0)
    return plan, steps, 100  # looking at 8,000 rows takes more than 400


def _postgres_look(connection: Connection, statement: str, parameters: Any) -> Any:
    """The plan, and how many rows of the index were passed over."""
    found = connection.exec_driver_sql(
        f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters
    )
    (plan,) = found.scalar_one()
    return str(plan), _passed_over(plan["Plan"]), 1


def _passed_over(node: dict[str, Any]) -> int:
    own: int = node.get("Rows Removed by Filter", 0)
    return own + sum(_passed_over(child) for child in node.get("Plans", ()))
