"""Names and places: nobody's file is in anybody's way, and what was downloaded is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from tests.store import claimers
from tests.store.rows import DOWNLOAD, EXAMINE, Rows, same_place, wish

from artkeep.domain.artwork import Status
from artkeep.store import claims, files, places, work
from artkeep.store.claims import Claim
from artkeep.store.files import Settled
from artkeep.store.models import Artwork, ArtworkFile, File, Place, Root
from artkeep.store.places import Intent
from artkeep.store.work import Ending


def reserved(rows: Rows, root_id: int, wanted: Sequence[tuple[Claim, str]]) -> list[str]:
    """The paths that these wishes got, reserved in one transaction."""
    wishes = [wish(claim, name) for claim, name in wanted]
    intents = rows.do(places.reserve, "a", root_id, wishes)
    return [intents[claim.id].path for claim, _ in wanted]


def downloaded(rows: Rows, claim: Claim, name: str = "x.png", **told: Any) -> Intent:
    """Reserve a name and settle the download."""
    root_id = rows.root()
    intents = rows.do(
        places.reserve, "a", root_id, [wish(claim, name, sha256=told.get("sha256", "ab"))]
    )
    intent = intents[claim.id]
    settled = Settled(claim, intent, 640, 480, told.get("bytes_fetched", 3), "image")
    assert rows.do(files.settle, "a", [settled]) == {claim.id}
    return intent


def asked_again(rows: Rows, artwork_id: int, job_id: int | None = None) -> Claim:
    rows.do(work.ask, [artwork_id], DOWNLOAD, job_id)
    (claim,) = rows.claim(job_id)
    return claim


def test_a_root_is_known_by_its_marker_wherever_it_lies(rows):
    first = rows.do(places.save_root, "marker", "/media/usb")
    assert rows.do(places.save_root, "marker", "/mnt/usb") == first
    assert rows.do(places.save_root, "other", "/mnt/usb") != first
    assert [row["path"] for row in rows.all(Root)] == ["/mnt/usb", "/mnt/usb"]
    assert set(rows.do(places.markers_at, "/mnt/usb")) == {"marker", "other"}


def test_a_reservation_is_kept_with_the_work(rows):
    job_id, root_id = rows.job(), rows.root()
    (artwork_id,) = rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    intents = rows.do(places.reserve, "a", root_id, [wish(claim, "Images/Cat.png")])
    (place,) = rows.all(Place)
    assert (place["path"], place["artwork_id"]) == ("Images/Cat.png", artwork_id)
    assert (place["compare_key"], place["file_id"]) == ("images/cat.png", None)
    (row,) = rows.work()
    assert (row["state"], row["owner"]) == ("verified", "a")
    assert Intent.from_json(row["scratch"]) == intents[claim.id]
    assert intents[claim.id].place_id == place["id"]


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("cat.png", "cat.png"),
        ("cat.png", "CAT.PNG"),
        ("straße.png", "STRASSE.png"),
        ("caf\u00e9.png", "cafe\u0301.png"),
        ("Lena./cat.png", "lena/cat.png"),
        ("a/cat.png", "a\\cat.png"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_names_that_a_filesystem_takes_for_one_get_a_suffix(rows, there, wanted, at_once):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(2, job_id)
    one, two = rows.claim(job_id)
    if at_once:
        paths = reserved(rows, root_id, [(one, there), (two, wanted)])
    else:
        paths = reserved(rows, root_id, [(one, there)])
        paths += reserved(rows, root_id, [(two, wanted)])
    stem, _, extension = wanted.rpartition(".")
    assert paths == [there, f"{stem}_2.{extension}"]
    assert not same_place(*paths)


def test_many_wishes_for_one_name_are_all_granted(rows):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(20, job_id)
    held = rows.claim(job_id)
    paths = reserved(rows, root_id, [(claim, "Untitled.png") for claim in held])
    assert paths == ["Untitled.png", *(f"Untitled_{n}.png" for n in range(2, 21))]


def test_the_same_name_is_free_in_another_root(rows):
    job_id, root_id = rows.job(), rows.root()
    other_root = rows.do(places.save_root, "other", "/other")
    rows.asked(2, job_id)
    one, two = rows.claim(job_id)
    assert reserved(rows, root_id, [(one, "cat.png")]) == ["cat.png"]
    assert reserved(rows, other_root, [(two, "cat.png")]) == ["cat.png"]


def test_an_artwork_uses_its_own_place_again(rows):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(1, job_id)
    first = rows.claim(job_id)
    assert reserved(rows, root_id, [(first[0], "cat.png")]) == ["cat.png"]
    rows.do(claims.release, "a", first)
    (second,) = rows.claim(job_id)
    assert reserved(rows, root_id, [(second, "Cat.png")]) == ["cat.png"]
    assert len(rows.all(Place)) == 1


def test_two_processes_never_get_the_same_name(store, rows):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(200, job_id)
    names = [f"Image {number % 10}.png" for number in range(100)]
    deed = (claimers.claim_and_reserve, (job_id, root_id, names))
    one, two = claimers.together(store, [deed, deed])
    paths = [*one.values(), *two.values()]
    assert len({path.casefold() for path in paths}) == 200
    places = {row["artwork_id"]: row["path"] for row in rows.all(Place)}
    assert places == {**one, **two}


def test_a_stranger_under_our_name_makes_us_take_the_next(rows):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    assert reserved(rows, root_id, [(claim, "cat.png")]) == ["cat.png"]
    again = places.with_suffix(wish(claim, "cat.png"), 1)
    moved = rows.do(places.move_reservation, "a", claim, root_id, again)
    assert moved is not None
    assert moved.path == "cat_2.png"
    assert [(row["id"], row["path"]) for row in rows.all(Place)] == [
        (moved.place_id, "cat_2.png")
    ]


def test_a_settled_download_is_known_with_everything(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    intent = downloaded(rows, claim, "cat.png", bytes_fetched=3)
    (file,) = rows.all(File)
    assert (file["role"], file["quality"], file["format"]) == ("original", "hd", "png")
    assert (file["size"], file["width"], file["height"]) == (3, 640, 480)
    assert (file["sha256"], file["downloaded_sha256"]) == ("ab", "ab")
    (place,) = rows.all(Place)
    assert (place["id"], place["file_id"], place["is_primary"]) == (
        intent.place_id,
        file["id"],
        True,
    )
    assert [dict(row) for row in rows.all(ArtworkFile)] == [
        {"artwork_id": artwork_id, "file_id": file["id"]}
    ]
    (artwork,) = rows.all(Artwork)
    assert artwork["download_status"] == "done"
    assert artwork["downloaded_at"] is not None
    assert rows.tally(job_id)["download", "done", ""] == (1, 3)


def test_a_settled_artwork_has_the_kind_that_its_bytes_have(rows):
    job_id, root_id = rows.job(), rows.root()
    rows.asked(1, job_id)
    (claim,) = rows.claim(job_id)
    intents = rows.do(places.reserve, "a", root_id, [wish(claim, "x.mp4")])
    settled = Settled(claim, intents[claim.id], 1, 1, 3, "video", reason="adopted")
    rows.do(files.settle, "a", [settled])
    assert [row["kind"] for row in rows.all(Artwork)] == ["video"]
    assert ("download", "done", "adopted") in rows.tally(job_id)


def test_equal_bytes_of_two_artworks_are_settled_together(rows):
    job_id, root_id = rows.job(), rows.root()
    ids = rows.asked(3, job_id)
    held = rows.claim(job_id)
    wishes = [wish(claim, f"{n}.png", sha256="ab") for n, claim in enumerate(held)]
    intents = rows.do(places.reserve, "a", root_id, wishes)
    settled = [Settled(claim, intents[claim.id], 1, 1, 3, "image") for claim in held]
    rows.do(files.settle, "a", settled)
    found = rows.do(files.originals, ids)
    assert {id_: found[id_].path for id_ in ids} == dict(
        zip(ids, ["0.png", "1.png", "2.png"], strict=True)
    )


def test_the_house_is_asked_to_examine_what_came(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    downloaded(rows, *rows.claim(job_id))
    (row,) = rows.work()
    assert (row["stage"], row["job_id"], row["artwork_id"]) == ("examine", None, artwork_id)
    assert row["spec"] == {"for_job": job_id, "fetches": 0}
    assert rows.status(artwork_id, EXAMINE) == "queued"


def test_a_chain_with_examine_keeps_it_to_itself(rows):
    job_id = rows.job()
    rows.asked(1, job_id, spec={"then": ["examine", "tags"]})
    downloaded(rows, *rows.claim(job_id))
    assert [(row["stage"], row["job_id"], row["spec"]) for row in rows.work()] == [
        ("examine", job_id, {"then": ["tags"]})
    ]


@pytest.mark.parametrize("state", ["missing", "damaged"])
def test_a_lost_file_is_superseded_by_the_new_one(rows, state):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    downloaded(rows, *rows.claim(job_id), "cat.png", sha256="old")
    (lost,) = rows.all(File)
    rows.do(files.mark, [lost["id"]], state)
    downloaded(rows, asked_again(rows, artwork_id), "cat.png", sha256="new")
    (file,) = rows.all(File)
    assert (file["sha256"], file["state"]) == ("new", "present")
    assert [(row["path"], row["file_id"]) for row in rows.all(Place)] == [
        ("cat.png", file["id"])
    ]
    assert rows.do(files.originals, [artwork_id])[artwork_id].sha256 == "new"


def test_a_present_file_is_not_superseded(rows):
    job_id = rows.job()
    (artwork_id,) = rows.asked(1, job_id)
    downloaded(rows, *rows.claim(job_id), "cat.png", sha256="sd")
    downloaded(rows, asked_again(rows, artwork_id), "cat_HD.png", sha256="hd")
    assert {row["sha256"] for row in rows.all(File)} == {"sd", "hd"}
    assert {row["path"] for row in rows.all(Place)} == {"cat.png", "cat_HD.png"}


def test_originals_are_asked_for_by_state(rows):
    job_id = rows.job()
    ids = rows.asked(2, job_id)
    one, two = rows.claim(job_id)
    downloaded(rows, one, "1.png")
    downloaded(rows, two, "2.png")
    gone = rows.do(files.originals, ids)[ids[1]].file_id
    rows.do(files.mark, [gone], "missing")
    assert set(rows.do(files.originals, ids)) == {ids[0]}
    assert set(rows.do(files.originals, ids, ("missing",))) == {ids[1]}
    assert rows.do(files.artworks_showing, [gone]) == {ids[1]}


def test_what_counts_as_downloaded_is_found_by_its_site_id(rows):
    job_id = rows.job()
    rows.asked(2, job_id)
    one, _ = rows.claim(job_id)
    downloaded(rows, one, "1.png")
    found = rows.do(files.downloaded, "civitai", ["1", "2", "3"])
    assert [place.path for place in found] == ["1.png"]
    assert rows.do(files.downloaded, "danbooru", ["1"]) == []


def test_places_are_read_in_pages(rows):
    job_id = rows.job()
    rows.asked(5, job_id)
    for number, claim in enumerate(rows.claim(job_id)):
        downloaded(rows, claim, f"{number}.png")
    root_id = rows.root()
    first = rows.do(files.places_after, root_id, 0, 3)
    rest = rows.do(files.places_after, root_id, first[-1].place_id, 3)
    assert [place.path for place in first + rest] == [f"{n}.png" for n in range(5)]


def test_reserved_names_that_nobody_will_fill_become_free(rows):
    job_id, root_id = rows.job(), rows.root()
    ids = rows.asked(3, job_id)
    given_up, waiting, kept = rows.claim(job_id)
    wanted = [(given_up, "a.png"), (waiting, "b.png")]
    assert reserved(rows, root_id, wanted) == ["a.png", "b.png"]
    downloaded(rows, kept, "c.png")
    rows.do(work.end, "a", [Ending(given_up, Status.FAILED, reason="damaged")])
    assert rows.do(places.drop_orphan_reservations) == 1
    assert {row["path"] for row in rows.all(Place)} == {"b.png", "c.png"}
    assert rows.do(places.drop_orphan_reservations) == 0
    assert rows.status(ids[1]) == "queued"


def test_files_of_ours_that_the_database_lost_are_asked_for(rows):
    (known,) = rows.artworks(1)
    identities = [("civitai", "1"), ("civitai", "404"), ("danbooru", "1")]
    assert rows.do(files.ask_for_adoption, identities) == 1
    assert [(row["artwork_id"], row["job_id"]) for row in rows.work()] == [(known, None)]
