"""Asking for stages and finishing them: all or nothing, and only by who holds the claim."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.store import claimers
from tests.store.rows import DOWNLOAD, EXAMINE, TAGS, Rows, wish

from artkeep.domain.artwork import Status
from artkeep.store import claims, files, places, work
from artkeep.store.claims import Claim
from artkeep.store.files import Settled
from artkeep.store.models import Artwork, Failure, File, JobTally, Place, Work
from artkeep.store.places import Intent
from artkeep.store.work import Asked, Deferral, Ending

SOON = datetime.now(UTC) + timedelta(hours=1)


def ended(rows: Rows, claim: Claim, status: Status = Status.DONE, **how: Any) -> set[int]:
    return rows.do(work.end, "a", [Ending(claim, status, **how)])


def test_asking_queues_each_artwork_once(rows):
    job_id = rows.job()
    ids = rows.artworks(3)
    assert rows.do(work.ask, [*ids, ids[0]], DOWNLOAD, job_id, {"quality": "hd"}) == Asked(
        new=3, mine=0, elsewhere=0
    )
    assert rows.do(work.ask, ids, DOWNLOAD, job_id) == Asked(new=0, mine=3, elsewhere=0)
    assert [row["artwork_id"] for row in rows.work()] == ids
    assert {rows.status(id_) for id_ in ids} == {"queued"}
    assert rows.tally(job_id) == {("download", "asked", ""): (3, 0)}


def test_asking_for_nothing_changes_nothing(rows):
    assert rows.do(work.ask, [], DOWNLOAD, rows.job()) == Asked(0, 0, 0)
    assert rows.work() == []


def test_stages_of_one_artwork_are_asked_for_apart(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    rows.do(work.ask, [artwork_id], TAGS, job_id)
    assert [row["stage"] for row in rows.work()] == ["download", "tags"]
    assert (rows.status(artwork_id), rows.status(artwork_id, TAGS)) == ("queued", "queued")
    assert rows.status(artwork_id, EXAMINE) == "none"


@pytest.mark.parametrize("state", ["queued", "running", "paused"])
def test_what_a_running_job_was_asked_for_stays_with_it(rows, state):
    first, second = rows.job(state=state), rows.job()
    ids = rows.asked(2, first, spec={"quality": "sd"})
    more = rows.artworks(1, first=10)
    asked = rows.do(work.ask, ids + more, DOWNLOAD, second, {"quality": "hd"})
    assert asked == Asked(new=1, mine=0, elsewhere=2)
    assert [(row["job_id"], row["spec"]) for row in rows.work()] == [
        (first, {"quality": "sd"}),
        (first, {"quality": "sd"}),
        (second, {"quality": "hd"}),
    ]
    assert rows.tally(second) == {("download", "asked", ""): (1, 0)}


@pytest.mark.parametrize("state", ["incomplete", "failed", "stopped", "interrupted"])
def test_what_an_ended_job_left_changes_over(rows, state):
    first, second = rows.job(state=state), rows.job()
    ids = rows.asked(2, first, spec={"quality": "sd"})
    assert rows.do(work.ask, ids, DOWNLOAD, second) == Asked(new=0, mine=2, elsewhere=0)
    assert {row["job_id"] for row in rows.work()} == {second}
    assert {row["spec"]["quality"] for row in rows.work()} == {"sd"}
    assert rows.tally(second) == {("download", "asked", ""): (2, 0)}


def test_a_job_takes_over_what_the_house_waits_for_but_not_the_reverse(rows):
    job_id = rows.job()
    ids = rows.asked(1, None)
    assert rows.do(work.ask, ids, DOWNLOAD, job_id) == Asked(new=0, mine=1, elsewhere=0)
    assert rows.do(work.ask, ids, DOWNLOAD, None) == Asked(new=0, mine=0, elsewhere=1)
    assert [row["job_id"] for row in rows.work()] == [job_id]


def test_more_artworks_than_a_statement_has_parameters(rows):
    job_id = rows.job()
    columns = "(id, site, site_id, kind, page_url, added_at)"
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 66000)"
    values = "SELECT i, 'civitai', 'x' || i, 'image', '', '2026-05-31 12:00:00' FROM n"
    if not rows.store.is_sqlite:
        values = values.replace("'2026-05-31 12:00:00'", "now()")
    rows.do(lambda c: c.execute(text(f"{numbers} INSERT INTO artworks {columns} {values}")))
    ids = range(1, 66_001)
    assert rows.do(work.ask, ids, DOWNLOAD, job_id) == Asked(new=66_000, mine=0, elsewhere=0)
    assert rows.tally(job_id) == {("download", "asked", ""): (66_000, 0)}


def test_two_processes_that_ask_at_once_make_one_request_each_artwork(store, rows):
    first, second = rows.job(), rows.job()
    ids = rows.artworks(2_000)
    new = claimers.together(
        store, [(claimers.ask_all, (ids, first)), (claimers.ask_all, (ids[::-1], second))]
    )
    assert sum(new) == 2_000
    assert sorted(row["artwork_id"] for row in rows.work()) == ids
    for job_id, number in zip((first, second), new, strict=True):
        assert sum(row["job_id"] == job_id for row in rows.work()) == number


def test_done_work_is_gone_shown_and_counted(rows):
    job_id = rows.job()
    ids = rows.asked(2, job_id)
    one, two = rows.claim(job_id)
    held = rows.do(
        work.end,
        "a",
        [Ending(one, Status.DONE, bytes=70), Ending(two, Status.SKIPPED, reason="no_gain")],
    )
    assert held == {one.id, two.id}
    assert rows.work() == []
    assert [rows.status(id_) for id_ in ids] == ["done", "skipped"]
    assert rows.tally(job_id) == {
        ("download", "asked", ""): (2, 0),
        ("download", "done", ""): (1, 70),
        ("download", "skipped", "no_gain"): (1, 0),
    }


def test_a_failure_says_why_and_is_not_counted_as_done(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    (first,) = rows.claim(job_id)
    rows.do(work.defer, "a", [Deferral(first, datetime.now(UTC), "busy", attempts=6)])
    (claim,) = rows.claim(job_id)
    ended(
        rows,
        claim,
        Status.FAILED,
        reason="http_error",
        detail="500 again",
        host="x.example",
        http_status=500,
        attempts=4,
    )
    (failure,) = rows.failures()
    assert {name: failure[name] for name in ("artwork_id", "stage", "job_id", "reason")} == {
        "artwork_id": artwork_id,
        "stage": "download",
        "job_id": job_id,
        "reason": "http_error",
    }
    assert (failure["detail"], failure["host"]) == ("500 again", "x.example")
    assert (failure["http_status"], failure["attempts"]) == (500, 10)
    assert rows.status(artwork_id) == "failed"
    assert rows.tally(job_id) == {("download", "asked", ""): (1, 0)}


def test_success_takes_the_failure_of_the_same_stage_away(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    rows.do(work.ask, [artwork_id], TAGS, job_id)
    for stage in (DOWNLOAD, TAGS):
        ended(rows, *rows.claim(job_id, stage=stage), Status.FAILED, reason="http_error")
    rows.do(work.ask, [artwork_id], DOWNLOAD, job_id)
    ended(rows, *rows.claim(job_id))
    assert [failure["stage"] for failure in rows.failures()] == ["tags"]
    assert (rows.status(artwork_id), rows.status(artwork_id, TAGS)) == ("done", "failed")


def test_a_second_failure_replaces_the_first(rows):
    job_id = rows.job()
    ids = rows.asked(1, job_id)
    ended(rows, *rows.claim(job_id), Status.FAILED, reason="http_error")
    rows.do(work.ask, ids, DOWNLOAD, job_id)
    ended(rows, *rows.claim(job_id), Status.GONE, reason="gone")
    assert [failure["reason"] for failure in rows.failures()] == ["gone"]
    assert rows.status(ids[0]) == "gone"


def test_failures_of_house_work_show_up_at_the_job_it_is_done_for(rows):
    job_id = rows.job()
    rows.asked(1, None, EXAMINE, {"for_job": job_id})
    ended(rows, *rows.claim(None, stage=EXAMINE), Status.FAILED, reason="damaged")
    assert [failure["job_id"] for failure in rows.failures()] == [job_id]


def test_done_stages_ask_for_the_next_of_the_chain(rows):
    job_id = rows.job()
    good, bad = rows.asked(2, job_id, spec={"then": ["tags", "convert"]})
    one, two = rows.claim(job_id)
    endings = [Ending(one, Status.DONE), Ending(two, Status.FAILED, reason="damaged")]
    rows.do(work.end, "a", endings)
    (row,) = rows.work()
    assert (row["artwork_id"], row["stage"], row["job_id"]) == (good, "tags", job_id)
    assert row["spec"] == {"then": ["convert"]}
    assert (rows.status(good, TAGS), rows.status(bad, TAGS)) == ("queued", "none")
    ended(rows, *rows.claim(job_id, stage=TAGS))
    assert [(row["stage"], row["spec"]) for row in rows.work()] == [("convert", None)]


def test_finishing_is_all_or_nothing(rows):
    job_id = rows.job()
    rows.asked(2, job_id, spec={"then": ["tags"]})
    one, two = rows.claim(job_id)
    before = everything(rows)

    def end_and_fall(connection: Any) -> None:
        endings = [Ending(one, Status.DONE), Ending(two, Status.FAILED, reason="damaged")]
        work.end(connection, "a", endings)
        raise RuntimeError("the process ends here")

    with pytest.raises(RuntimeError):
        rows.do(end_and_fall)
    assert everything(rows) == before


def test_put_off_work_remembers_its_visits(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    rows.do(work.defer, "a", [Deferral(claim, SOON, "rate_limited", "429", attempts=6)])
    (row,) = rows.work()
    assert (row["owner"], row["state"], row["not_before"]) == (None, "queued", SOON)
    assert (row["reason"], row["detail"]) == ("rate_limited", "429")
    assert (row["attempts"], row["visits"], row["crashes"]) == (6, 1, 0)
    assert rows.status(artwork_id) == "queued"


def everything(rows: Rows) -> list[Any]:
    return [rows.all(table) for table in (Work, Artwork, Failure, JobTally, Place, File)]


INTENT = Intent(1, "x.png", "ab", 3, "png", "hd")
DEEDS: dict[str, Callable[[Rows, str, Claim], Any]] = {
    "end": lambda rows, owner, claim: rows.do(work.end, owner, [Ending(claim, Status.DONE)]),
    "fail": lambda rows, owner, claim: rows.do(
        work.end, owner, [Ending(claim, Status.FAILED, reason="damaged")]
    ),
    "defer": lambda rows, owner, claim: rows.do(
        work.defer, owner, [Deferral(claim, SOON, "busy")]
    ),
    "save_scratch": lambda rows, owner, claim: rows.do(
        claims.save_scratch, owner, [(claim, {"part": 1})], state="working"
    ),
    "release": lambda rows, owner, claim: rows.do(claims.release, owner, [claim]),
    "reserve": lambda rows, owner, claim: rows.do(
        places.reserve, owner, 1, [wish(claim, "new.png")]
    ),
    "move_reservation": lambda rows, owner, claim: rows.do(
        places.move_reservation, owner, claim, 1, wish(claim, "new.png")
    ),
    "settle": lambda rows, owner, claim: rows.do(
        files.settle, owner, [Settled(claim, INTENT, 1, 1, 3, "image")]
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("thief", ["another instance", "the same one, later"])
def test_who_lost_a_claim_changes_nothing(rows, deed, thief):
    job_id = rows.job()
    rows.root()
    rows.asked(1, job_id, spec={"then": ["tags"]})
    lost = rows.claim(job_id)
    rows.do(claims.release, "a", lost)
    owner = "b" if thief == "another instance" else "a"
    held = rows.claim(job_id, owner)
    rows.do(places.reserve, owner, 1, [wish(held[0], "x.png")])
    before = everything(rows)
    assert not DEEDS[deed](rows, "a", lost[0])
    assert everything(rows) == before


@pytest.mark.parametrize("deed", DEEDS)
def test_who_holds_a_claim_changes_something(rows, deed):
    job_id = rows.job()
    rows.root()
    rows.asked(1, job_id)
    held = rows.claim(job_id)
    rows.do(places.reserve, "a", 1, [wish(held[0], "x.png")])
    before = everything(rows)
    DEEDS[deed](rows, "a", held[0])
    assert everything(rows) != before


def test_lost_claims_in_a_batch_do_not_hold_up_the_others(rows):
    job_id = rows.job()
    ids = rows.asked(2, job_id)
    lost, kept = rows.claim(job_id)
    rows.do(claims.release, "a", [lost])
    endings = [Ending(claim, Status.DONE, bytes=5) for claim in (lost, kept)]
    assert rows.do(work.end, "a", endings) == {kept.id}
    assert [rows.status(id_) for id_ in ids] == ["queued", "done"]
    assert rows.tally(job_id)["download", "done", ""] == (1, 5)
