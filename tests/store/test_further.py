"""Further places of files, and originals that newer ones stand for."""

from __future__ import annotations

from typing import Any

from tests.store.rows import DOWNLOAD, Rows, wish

from artkeep.domain.artwork import Status
from artkeep.store import files, further, known_places, places, walking, walks, work
from artkeep.store.files import Settled
from artkeep.store.further import Further, Reserved
from artkeep.store.models import File, Place
from artkeep.store.superseded import SUPERSEDED
from artkeep.store.walks import NewWalk
from artkeep.store.work import Ending


def named(rows: Rows, artwork_id: int, name: str = "b/1") -> Reserved:
    """A further place with this name, reserved."""
    path = (f"{name}.png", f"{name} (2).png", f"{name} (3).png")
    wished = [Further(artwork_id, lambda number: path[number])]
    return rows.do(further.reserve, rows.root(), wished)[artwork_id]


def downloaded(rows: Rows, artwork_id: int, spec: dict[str, Any], **told: Any) -> None:
    """Ask for a download and settle it under `a/1.png`, or where `name` says."""
    job_id = rows.job()
    rows.do(work.ask, [artwork_id], DOWNLOAD, job_id, spec)
    (claim,) = rows.claim(job_id)
    wished = wish(claim, told.get("name", "a/1.png"), sha256=told["sha256"])
    intent = rows.do(places.reserve, "a", rows.root(), [wished])[claim.id]
    replaces = bool(spec.get("replace"))
    settled = Settled(claim, intent, 1, 1, 3, "image", supersedes=replaces)
    assert rows.do(files.settle, "a", [settled]) == {claim.id}


def test_a_further_place_is_reserved_then_filled(rows):
    (artwork_id,) = rows.artworks(1, download_status="done")
    file_id = rows.file(artwork_id, path="a/1.png")
    reserved = named(rows, artwork_id)
    assert (reserved.path, reserved.held) == ("b/1.png", None)
    assert named(rows, artwork_id) == reserved, "a second try takes the same name"
    assert rows.do(further.pending, rows.root(), 9) == [
        (reserved.place_id, "b/1.png", artwork_id)
    ]
    assert rows.do(places.orphan_reservations) == []

    rows.do(further.fill, rows.root(), [(reserved, artwork_id, file_id)])

    assert rows.do(further.pending, rows.root(), 9) == []
    (found,) = rows.do(further.places_of, rows.root(), [artwork_id]).values()
    assert [(one.path, one.file_id, one.is_primary) for one in found] == [
        ("a/1.png", file_id, True),
        ("b/1.png", file_id, False),
    ]


def test_a_name_of_somebody_else_is_passed_over(rows):
    mine, other = rows.artworks(2, download_status="done")
    rows.file(other, path="B/1.PNG")
    reserved = named(rows, mine)
    assert (reserved.path, reserved.suffix) == ("b/1 (2).png", 1)
    rows.do(further.let_go, [reserved.place_id])
    assert len(rows.all(Place)) == 1


def test_a_reservation_that_was_tidied_away_is_filled_all_the_same(rows):
    (artwork_id,) = rows.artworks(1, download_status="done")
    file_id = rows.file(artwork_id, path="a/1.png")
    reserved = named(rows, artwork_id)
    rows.do(further.let_go, [reserved.place_id])
    rows.do(further.fill, rows.root(), [(reserved, artwork_id, file_id)])
    assert [row["path"] for row in rows.all(Place)] == ["a/1.png", "b/1.png"]


def test_a_fresh_copy_takes_the_place_of_the_old_one(rows):
    """The further places keep the old bytes until they are filled anew."""
    (artwork_id,) = rows.artworks(1)
    downloaded(rows, artwork_id, {}, sha256="old")
    (old,) = rows.all(File)
    twin = named(rows, artwork_id)
    rows.do(further.fill, rows.root(), [(twin, artwork_id, old["id"])])

    downloaded(rows, artwork_id, {"replace": True}, sha256="new")

    assert [(row["sha256"], row["role"]) for row in rows.all(File)] == [
        ("old", SUPERSEDED),
        ("new", "original"),
    ]
    (now,) = rows.do(files.originals, [artwork_id]).values()
    assert (now.path, now.sha256) == ("a/1.png", "new")
    again = named(rows, artwork_id)
    assert (again.place_id, again.held) == (twin.place_id, "old")
    rows.do(further.fill, rows.root(), [(again, artwork_id, now.file_id)])
    assert [row["sha256"] for row in rows.all(File)] == ["new"]


def test_an_old_file_under_another_name_stays(rows):
    (artwork_id,) = rows.artworks(1)
    downloaded(rows, artwork_id, {}, sha256="sd", name="a/1.jpeg")
    downloaded(rows, artwork_id, {"replace": True}, sha256="hd")
    known = rows.do(known_places.of_artwork, artwork_id, rows.root())
    assert [(one.path, one.sha256) for one in known] == [("a/1.png", "hd")]
    assert [(row["path"], row["is_primary"]) for row in rows.all(Place)] == [
        ("a/1.jpeg", False),
        ("a/1.png", True),
    ]
    rows.do(further.forget, rows.all(Place)[0]["id"])
    assert [row["sha256"] for row in rows.all(File)] == ["hd"]


def test_what_could_not_be_replaced_still_counts_as_here(rows):
    (artwork_id,) = rows.artworks(1)
    downloaded(rows, artwork_id, {}, sha256="old")
    job_id = rows.job()
    rows.do(work.ask, [artwork_id], DOWNLOAD, job_id, {"replace": True})
    (claim,) = rows.claim(job_id)
    rows.do(work.end, "a", [Ending(claim, Status.FAILED, "gone")])
    assert rows.status(artwork_id) == "done"
    assert len(rows.failures()) == 1


def test_members_that_are_here_come_in_pages(rows):
    target_id = rows.target()
    here = rows.artworks(3, download_status="done")
    missing = rows.artworks(1, first=9)
    rows.belong(target_id, [*here, *missing])
    assert rows.do(further.members, target_id, 0, 2) == here[:2]
    assert rows.do(further.members, target_id, here[1], 2) == here[2:]


def test_the_models_of_versions_are_those_that_were_listed_first(rows):
    target_id, job_id = rows.target(), rows.job()
    listed = [("9001", "70"), ("9002", "70"), ("9001", "71")]
    planned = [
        NewWalk("images", f"modelVersionId={version}", (("model_id", model_id),))
        for version, model_id in listed
    ]
    rows.do(walking.open_walks, target_id, job_id, planned)
    assert rows.do(walks.model_of_version, target_id) == {"9001": "70", "9002": "70"}
