"""Every walk is a row that says where it is and how it ended."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.store.rows import Rows

from artkeep.domain.rating import Rating
from artkeep.domain.target import Filters, Target, TargetKind
from artkeep.store import artworks, jobs, ledger, walking, walks
from artkeep.store.ledger import TargetCounts
from artkeep.store.models import Artwork
from artkeep.store.walks import ListingRow, NewWalk

NEWEST = NewWalk("images", "lena", (("sort", "Newest"),), proves_end=True)
OLDEST = NewWalk("images", "lena", (("sort", "Oldest"),))


def job_with(rows: Rows, *target_ids: int) -> int:
    return rows.do(
        jobs.create,
        kind="download",
        title="",
        params={},
        then=(),
        signature="",
        target_ids=target_ids,
    )


def opened(rows: Rows, target_id: int, job_id: int, *planned: NewWalk) -> list[int]:
    rows.do(walking.open_walks, target_id, job_id, planned)
    return [row.id for row in rows.do(walks.listings_of, target_id, job_id)]


def listing(rows: Rows, target_id: int, job_id: int) -> ListingRow:
    (row,) = rows.do(walks.listings_of, target_id, job_id)
    return row


def test_a_target_asked_for_again_is_the_same_whatever_its_case():
    # The key folds names; what a person typed first stays.
    assert Target("civitai", TargetKind.USER, "Lena").key == "civitai:user:lena"


def test_targets_are_saved_once_for_each_set_of_filters(rows):
    lena = Target("civitai", TargetKind.USER, "Lena")
    safe = Target("civitai", TargetKind.USER, "lena", Filters(ratings=frozenset({Rating.PG})))
    first = rows.do(ledger.save_target, lena)
    assert rows.do(ledger.save_target, Target("civitai", TargetKind.USER, "LENA")) == first
    second = rows.do(ledger.save_target, safe)
    assert second != first
    found = {row.id: row.asked for row in rows.do(ledger.all_targets)}
    assert found == {first: lena, second: safe}


def test_targets_of_a_job_keep_their_order_and_come_once(rows):
    one, two, three = (rows.target(name) for name in ("a", "b", "c"))
    job_id = job_with(rows, three, one, two, one)
    found = rows.do(ledger.targets_of_job, job_id)
    assert [row.id for row in found] == [three, one, two]
    assert found[0].title == "user c"


def test_what_a_plan_learns_is_kept(rows):
    target_id = rows.target()
    rows.do(
        ledger.save_plan,
        target_id,
        title="Lena's pictures",
        site_claims=3412,
        site_claims_what="images",
        unreachable=["R and above need a key"],
    )
    (row,) = rows.do(ledger.all_targets)
    assert (row.title, row.site_claims) == ("Lena's pictures", 3412)
    assert row.unreachable == ("R and above need a key",)
    assert row.checked_at is not None


def test_listings_open_in_the_order_of_the_plan(rows):
    target_id, job_id = rows.target(), rows.job()
    ids = opened(rows, target_id, job_id, OLDEST, NEWEST)
    found = rows.do(walks.listings_of, target_id)
    assert [row.id for row in found] == ids
    assert [NewWalk(row.path, row.value, row.options, row.proves_end) for row in found] == [
        OLDEST,
        NEWEST,
    ]
    assert [row.ended for row in found] == [None, None]


def test_a_walk_goes_on_for_the_same_job_and_begins_anew_for_another(rows):
    target_id, job_id, later = rows.target(), rows.job(), rows.job()
    (id_,) = opened(rows, target_id, job_id, NEWEST)
    rows.do(walking.save_progress, id_, cursor="c1", seen=100, new=90, repeated=8, rejected=2)
    rows.do(walking.save_progress, id_, cursor="c2", seen=50, new=50, repeated=0, rejected=0)
    assert opened(rows, target_id, job_id, NEWEST) == [id_]
    row = listing(rows, target_id, job_id)
    assert (row.cursor, row.pages) == ("c2", 2)
    assert (row.seen, row.new, row.repeated, row.rejected) == (150, 140, 8, 2)
    rows.do(walking.end_listing, id_, "end")
    (its_id,) = opened(rows, target_id, later, NEWEST)
    row = listing(rows, target_id, later)
    assert (row.id, row.cursor, row.pages, row.seen, row.ended) == (its_id, None, 0, 0, None)
    assert [row.id for row in rows.do(walks.listings_of, target_id)] == [its_id]


def test_two_jobs_on_one_target_cannot_end_each_others_walks(rows):
    target_id, job_id, other = rows.target(), rows.job(), rows.job()
    (id_,) = opened(rows, target_id, job_id, NEWEST)
    (its_id,) = opened(rows, target_id, other, NEWEST)
    rows.do(walking.save_progress, its_id, cursor="c9", seen=9, new=9, repeated=0, rejected=0)
    rows.do(walking.end_listing, its_id, "end")
    row = listing(rows, target_id, job_id)
    assert (row.id, row.seen, row.cursor, row.ended) == (id_, 0, None, None)


@pytest.mark.parametrize(
    ("ended", "goes_on"), [("error", True), ("stopped", True), ("end", False), ("cap", False)]
)
def test_only_walks_that_were_cut_short_go_on(rows, ended, goes_on):
    target_id, job_id = rows.target(), rows.job()
    (id_,) = opened(rows, target_id, job_id, NEWEST)
    rows.do(walking.save_progress, id_, cursor="c1", seen=1, new=1, repeated=0, rejected=0)
    rows.do(walking.end_listing, id_, ended, "timeout", "30 s")
    assert listing(rows, target_id, job_id).reason == "timeout"
    assert rows.do(walking.reopen_failed, job_id) == goes_on
    row = listing(rows, target_id, job_id)
    assert row.ended == (None if goes_on else ended)
    assert row.cursor == "c1"


def test_walks_of_other_jobs_are_not_reopened(rows):
    target_id, job_id = rows.target(), rows.job()
    (id_,) = opened(rows, target_id, job_id, NEWEST)
    rows.do(walking.end_listing, id_, "error")
    assert rows.do(walking.reopen_failed, rows.job()) == 0


def test_when_a_walk_first_found_nothing_is_remembered(rows):
    target_id, job_id = rows.target(), rows.job()
    (id_,) = opened(rows, target_id, job_id, NEWEST)
    at = datetime(2026, 5, 1, tzinfo=UTC)
    rows.do(walking.note_empty, id_, at)
    assert listing(rows, target_id, job_id).empty_at == at
    later = rows.job()
    opened(rows, target_id, later, NEWEST)
    assert listing(rows, target_id, later).empty_at == at
    rows.do(walking.note_empty, id_, None)
    assert listing(rows, target_id, job_id).empty_at is None


def test_the_ledger_line_counts_what_became_of_everything(rows):
    target_id = rows.target()
    statuses = ["done", "done", "failed", "gone", "none", "queued", "done"]
    ids = [
        rows.artworks(1, first=n, download_status=status)[0]
        for n, status in enumerate(statuses, start=1)
    ]
    rows.belong(target_id, ids[:-1])
    rows.do(artworks.add_to_target, target_id, 1, [(ids[-1], "filtered_rating")])
    rows.artworks(1, first=99, download_status="done")
    assert len(rows.all(Artwork)) == 8
    assert rows.do(ledger.counts, target_id) == TargetCounts(
        listed=7, stored=2, skipped=1, failed=1, gone=1, waiting=2
    )


def test_targets_are_listed_in_pages(rows):
    ids = [rows.target(name) for name in ("a", "b", "c")]
    first = rows.do(ledger.all_targets, limit=2)
    rest = rows.do(ledger.all_targets, before=first[-1].id, limit=2)
    assert [row.id for row in [*first, *rest]] == ids[::-1]
    found = rows.do(ledger.target, ids[0])
    assert found is not None
    assert found.title == "user a"
    assert rows.do(ledger.target, 99) is None


def test_an_artwork_knows_the_targets_it_belongs_to(rows):
    mine, left_out, other = (rows.target(name) for name in ("a", "b", "c"))
    (artwork_id, another) = rows.artworks(2)
    rows.belong(mine, [artwork_id])
    rows.do(artworks.add_to_target, left_out, 1, [(artwork_id, "filtered_type")])
    rows.belong(other, [another])
    assert [row.id for row in rows.do(ledger.targets_of_artwork, artwork_id)] == [mine]
