"""What a target left out is counted by reason, and can be had after all."""

from __future__ import annotations

from tests.store.rows import Rows

from artkeep.domain.artwork import Artwork as Listed
from artkeep.domain.artwork import Kind
from artkeep.store import artworks, removal, skipped
from artkeep.store.artworks import SavedArtwork
from artkeep.store.base import Store
from artkeep.store.models import TargetArtwork


def left_out(rows: Rows, target: int, **reasons: list[int]) -> None:
    found = [(id_, reason) for reason, ids in reasons.items() for id_ in ids]
    rows.do(artworks.add_to_target, target, 0, found)


def saved(artwork_id: int, status: str = "none") -> SavedArtwork:
    listed = Listed("civitai", str(artwork_id), Kind.IMAGE, "")
    return SavedArtwork(artwork_id, listed, is_new=False, download_status=status)


def test_reasons_are_counted_the_most_first(rows: Rows, store: Store) -> None:
    target, other = rows.target(), rows.target("mio")
    ids = rows.artworks(6)
    left_out(rows, target, filtered_rating=ids[:3], filtered_size=ids[3:4])
    left_out(rows, other, filtered_type=ids)
    rows.belong(target, ids[4:])
    with store.reading() as connection:
        found = skipped.reasons_of(connection, target)
    assert list(found.items()) == [("filtered_rating", 3), ("filtered_size", 1)]


def test_what_is_deleted_counts_as_that_and_is_not_taken(rows: Rows, store: Store) -> None:
    target = rows.target()
    ids = rows.artworks(3)
    left_out(rows, target, filtered_rating=ids)
    rows.do(removal.remove, ids[:1])
    with store.reading() as connection:
        found = skipped.reasons_of(connection, target)
    assert found == {"filtered_rating": 2, "deleted_by_me": 1}
    assert rows.do(skipped.take, target, [], 10) == [(ids[1], "none"), (ids[2], "none")]


def test_they_are_taken_some_at_a_time_and_by_reason(rows: Rows) -> None:
    target = rows.target()
    ids = rows.artworks(5)
    left_out(rows, target, filtered_rating=ids[:3], filtered_size=ids[3:])
    first = rows.do(skipped.take, target, ["filtered_rating"], 2)
    assert [artwork_id for artwork_id, _ in first] == ids[:2]
    rest = rows.do(skipped.take, target, ["filtered_rating"], 2)
    assert [artwork_id for artwork_id, _ in rest] == ids[2:3]
    assert rows.do(skipped.take, target, ["filtered_rating"], 2) == []
    reasons = {row["artwork_id"]: row["skipped"] for row in rows.all(TargetArtwork)}
    assert [reasons[artwork_id] for artwork_id in ids] == [None] * 3 + ["filtered_size"] * 2


def test_what_somebody_wanted_after_all_stays_wanted(rows: Rows) -> None:
    target = rows.target()
    wanted, unwanted, deleted = rows.artworks(3)
    left_out(rows, target, filtered_rating=[unwanted])
    rows.belong(target, [wanted, deleted])
    rows.do(removal.remove, [deleted])
    page = [saved(wanted), saved(unwanted), saved(deleted, "skipped")]
    found = rows.do(
        skipped.decided,
        target,
        page,
        {wanted: "filtered_rating", unwanted: "filtered_rating", deleted: None},
    )
    assert found == {wanted: None, unwanted: "filtered_rating", deleted: "deleted_by_me"}
