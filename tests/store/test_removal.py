"""Deleted artworks are remembered, and nothing that somebody keeps is trashed for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select, text, update
from tests.store.rows import DOWNLOAD, EXAMINE, THEN, Rows

from artkeep.domain.query import parse_query
from artkeep.store import artworks, files, jobs, removal, work
from artkeep.store.base import Store
from artkeep.store.models import Artwork, Batch, Failure, File, Place, TargetArtwork
from artkeep.store.shown import standings

LATER = datetime.now(UTC) + timedelta(days=1)


def states(rows: Rows) -> dict[int, str]:
    return {row["id"]: row["state"] for row in rows.all(File)}


def kept(rows: Rows, number: int) -> list[int]:
    """Downloaded artworks with a file each, whose id is theirs."""
    had = {"download_status": "done", "examine_status": "done", "downloaded_at": THEN}
    ids = rows.artworks(number, **had)
    for artwork_id in ids:
        rows.file(artwork_id)
    return ids


def test_a_removed_artwork_stays_and_says_why(rows: Rows, store: Store) -> None:
    one, other = kept(rows, 2)
    target = rows.target()
    rows.belong(target, [one, other])

    done = rows.do(removal.remove, [one])

    assert (done.artworks, done.busy) == (1, 0)
    assert [place.path for place in done.places] == [f"{one}.png"]
    assert (rows.status(one), rows.status(other)) == ("skipped", "done")
    assert states(rows) == {one: "trashed", other: "present"}
    with store.reading() as connection:
        known = standings(connection, "civitai", ["1", "2"])
    assert (known["1"].badge, known["1"].detail) == ("deleted", "deleted_by_me")
    skipped = {row["artwork_id"]: row["skipped"] for row in rows.all(TargetArtwork)}
    assert skipped == {one: "deleted_by_me", other: None}
    (batch,) = rows.all(Batch)
    assert (batch["kind"], batch["params"]) == ("removal", {"artworks": [one]})


def test_removing_twice_changes_nothing_more(rows: Rows) -> None:
    (one,) = kept(rows, 1)
    rows.do(removal.remove, [one])
    again = rows.do(removal.remove, [one])
    assert (again.artworks, again.batch_id, again.places) == (0, None, [])
    assert len(rows.all(Batch)) == 1


def test_bytes_that_another_artwork_shows_are_kept_until_that_goes_too(rows: Rows) -> None:
    one, other = rows.artworks(2, download_status="done")
    shared = rows.file(one, other)
    assert rows.do(removal.remove, [one]).places == []
    assert states(rows) == {shared: "present"}
    assert len(rows.do(removal.remove, [other]).places) == 1
    assert states(rows) == {shared: "trashed"}


def test_bytes_of_two_artworks_that_go_together_go(rows: Rows) -> None:
    ids = rows.artworks(2, download_status="done")
    rows.file(*ids)
    assert len(rows.do(removal.remove, ids).places) == 1


def test_what_waits_is_put_away_and_what_runs_is_left_alone(rows: Rows) -> None:
    job = rows.job()
    waiting, running, examined = rows.asked(1, job) + rows.asked(2, job)
    rows.do(work.ask, [examined], EXAMINE, None)
    rows.store.transact(
        lambda connection: connection.execute(
            text(
                "UPDATE work SET owner = 'a' WHERE artwork_id IN (:running, :examined)"
            ).bindparams(running=running, examined=0)
        )
    )
    failed = {"stage": "download", "reason": "gone", "attempts": 1, "at": LATER}
    rows.store.transact(
        lambda connection: connection.execute(
            insert(Failure).values(artwork_id=waiting, job_id=job, **failed)
        )
    )

    done = rows.do(removal.remove, [waiting, running, examined])

    assert (done.artworks, done.busy) == (2, 1)
    assert rows.status(running) == "queued"
    assert [(row["artwork_id"], row["stage"]) for row in rows.work()] == [(running, "download")]
    assert rows.status(examined, EXAMINE) == "none"
    assert rows.failures() == []
    tally = rows.tally(job)
    assert tally["download", "asked", ""] == (1, 0)
    assert tally["download", "skipped", "deleted_by_me"] == (2, 0)


def test_a_name_that_was_reserved_is_free_again(rows: Rows) -> None:
    (one,) = rows.artworks(1)
    root = rows.root()
    rows.store.transact(
        lambda connection: connection.execute(
            insert(Place).values(root_id=root, path="x", compare_key="x", artwork_id=one)
        )
    )
    rows.do(removal.remove, [one])
    assert rows.all(Place) == []


def test_restoring_brings_back_what_lies_there_and_names_what_does_not(rows: Rows) -> None:
    whole, lost, stuck = kept(rows, 3)
    target = rows.target()
    rows.belong(target, [whole, lost, stuck])
    places = {
        place.file_id: place.place_id
        for place in rows.do(removal.remove, [whole, lost, stuck]).places
    }

    done = rows.do(
        removal.restore,
        [whole, lost, stuck],
        there=[places[whole]],
        stuck=[places[stuck]],
    )

    assert (done.artworks, done.lost) == (2, [lost])
    assert [rows.status(one) for one in (whole, lost, stuck)] == ["done", "none", "skipped"]
    assert states(rows) == {whole: "present", lost: "missing", stuck: "trashed"}
    skipped = {row["artwork_id"]: row["skipped"] for row in rows.all(TargetArtwork)}
    assert skipped == {whole: None, lost: None, stuck: "deleted_by_me"}


def test_what_never_had_a_file_lacks_none(rows: Rows) -> None:
    target = rows.target()
    (one,) = rows.artworks(1)
    rows.do(artworks.add_to_target, target, 0, [(one, "filtered_size")])
    rows.do(removal.remove, [one])
    done = rows.do(removal.restore, [one], there=[])
    assert (done.artworks, done.lost, rows.status(one)) == (1, [], "none")
    (member,) = rows.all(TargetArtwork)
    assert member["skipped"] == "filtered_size"


def test_an_examination_that_was_put_away_is_asked_for_again(rows: Rows) -> None:
    (one,) = rows.artworks(1, download_status="done")
    rows.file(one)
    rows.do(work.ask, [one], EXAMINE, None)
    (place,) = rows.do(removal.remove, [one]).places
    assert rows.work() == []
    rows.do(removal.restore, [one], there=[place.place_id])
    assert [(row["stage"], row["job_id"]) for row in rows.work()] == [("examine", None)]


def test_only_old_removals_are_emptied_and_the_artworks_stay(rows: Rows) -> None:
    old, fresh = kept(rows, 2)
    rows.do(removal.remove, [old])
    long_ago = datetime.now(UTC) - timedelta(days=8)
    rows.store.transact(
        lambda connection: connection.execute(update(Batch).values(created_at=long_ago))
    )
    rows.do(removal.remove, [fresh])
    week = datetime.now(UTC) - timedelta(days=7)

    gone = rows.do(removal.forget_files, rows.root(), week, 10)

    assert [place.file_id for place in gone.places] == [old]
    assert gone.artworks == [old]
    assert states(rows) == {fresh: "trashed"}
    assert (rows.status(old), rows.status(fresh)) == ("skipped", "skipped")
    assert [row["file_id"] for row in rows.all(Place)] == [fresh]


def test_batches_say_what_they_removed(rows: Rows) -> None:
    ids = kept(rows, 3)
    first = rows.do(removal.remove, ids[:1]).batch_id
    second = rows.do(removal.remove, ids[1:]).batch_id
    assert rows.do(removal.removed_in, [second]) == ids[1:]
    assert rows.do(removal.removed_in, [first, second, 999]) == ids


def test_a_lost_file_that_was_deleted_is_not_adopted(rows: Rows) -> None:
    (one,) = kept(rows, 1)
    rows.do(removal.remove, [one])
    assert rows.do(files.ask_for_adoption, [("civitai", "1")]) == 0
    assert rows.work() == []


def test_deleted_ones_are_hidden_unless_they_are_asked_for(rows: Rows, store: Store) -> None:
    one, _ = kept(rows, 2)

    def without(query: str) -> str:
        with store.reading() as connection:
            return str(removal.without_removed(connection, parse_query(query)))

    assert without("author:lena") == "author:lena"
    rows.do(removal.remove, [one])
    assert without("") == "-download:skipped"
    assert without("a OR b") == "(a OR b) -download:skipped"
    assert without("cat -download:done") == "cat -download:done"
    assert without("id:1") == "id:1"


def test_a_flushed_transaction_is_one(rows: Rows, store: Store) -> None:
    """CR-19: what a deletion leans on has reached the disk."""
    asked = "PRAGMA synchronous" if store.is_sqlite else "SHOW synchronous_commit"

    def level(connection: object) -> str:
        return str(connection.exec_driver_sql(asked).scalar())  # type: ignore[attr-defined]

    before = store.transact(level)
    assert store.transact(level, is_flushed=True) == ("2" if store.is_sqlite else "on")
    assert store.transact(level) == before
    if store.is_sqlite:
        assert before == "1", "the usual ones are not"


def test_a_flushed_transaction_that_fails_leaves_nothing(rows: Rows, store: Store) -> None:
    (one,) = kept(rows, 1)

    def fail(connection: object) -> None:
        removal.remove(connection, [one])  # type: ignore[arg-type]
        raise LookupError

    with pytest.raises(LookupError):
        store.transact(fail, is_flushed=True)
    assert rows.status(one) == "done"
    with store.reading() as connection:
        assert connection.scalar(select(Artwork.id)) == one


def test_a_job_goes_on_without_what_was_deleted(rows: Rows, store: Store) -> None:
    job = rows.job()
    ids = rows.asked(3, job)
    rows.do(removal.remove, ids[:2])
    assert len(rows.claim(job)) == 1
    with store.reading() as connection:
        found = jobs.tallies(connection, job)
    assert sum(one.amount for one in found if one.outcome == "asked") == 1
    assert rows.status(ids[0], DOWNLOAD) == "skipped"
