"""One file that several artworks share: it is found by a declared hash, and outlives each."""

from __future__ import annotations

import pytest
from tests.store.rows import DOWNLOAD, Rows, wish

from artkeep.store import files, known_places, places, removal, same_bytes, work
from artkeep.store.files import Settled
from artkeep.store.models import Artwork, ArtworkFile, File, Place

MD5 = "ba3f0090cd2d4c95d1afb28ba3660c5b"


def settle(rows: Rows, artwork_id: int, name: str, *, replace: bool = False, **told) -> int:
    """A download from the claim to its end; the artwork's place."""
    rows.do(work.ask, [artwork_id], DOWNLOAD, None)
    (claim,) = rows.claim(None)
    sha256 = told.pop("sha256", "ab")
    intents = rows.do(places.reserve, "a", rows.root(), [wish(claim, name, sha256=sha256)])
    intent = intents[claim.id]
    one = Settled(claim, intent, 640, 480, 3, "image", supersedes=replace, **told)
    assert rows.do(files.settle, "a", [one]) == {claim.id}
    return intent.place_id


def shown(rows: Rows) -> dict[int, list[int]]:
    """Artworks by file."""
    found: dict[int, list[int]] = {}
    for row in rows.all(ArtworkFile):
        found.setdefault(row["file_id"], []).append(row["artwork_id"])
    return {file_id: sorted(ids) for file_id, ids in found.items()}


def lying(rows: Rows) -> dict[str, tuple[int | None, bool]]:
    """File and rank of every place."""
    return {row["path"]: (row["file_id"], row["is_primary"]) for row in rows.all(Place)}


@pytest.fixture
def pair(rows) -> tuple[int, int, int]:
    """Two artworks that share a file: their ids, and the file's."""
    (first,) = rows.artworks(1, md5=MD5)
    (second,) = rows.artworks(1, first=2, site="yandere", md5=MD5)
    settle(rows, first, "a/1.png")
    (found,) = rows.do(same_bytes.find, second, {"md5": MD5}, rows.root())
    settle(rows, second, "b/2.png", shares=found.file_id)
    return first, second, found.file_id


def test_a_file_is_found_by_the_hash_that_an_artwork_declares(rows):
    first, second = rows.artworks(2, md5=MD5, sha512="0" * 128)
    settle(rows, first, "a/1.png")
    root = rows.root()
    (found,) = rows.do(same_bytes.find, second, {"md5": MD5, "sha512": "0" * 128}, root)
    assert (found.path, found.sha256, found.size) == ("a/1.png", "ab", 3)
    assert found.is_as_fetched
    assert rows.do(same_bytes.find, second, {"md5": "0" * 32}, root) == []
    assert rows.do(same_bytes.find, first, {"md5": MD5}, root) == []  # its own is no other's
    assert rows.do(same_bytes.find, second, {"md5": MD5}, root + 1) == []
    rows.do(files.mark, [found.file_id], "missing")
    assert rows.do(same_bytes.find, second, {"md5": MD5}, root) == []


def test_the_file_shows_both_and_lies_in_a_place_of_each(rows, pair):
    first, second, file_id = pair
    assert shown(rows) == {file_id: [first, second]}
    assert lying(rows) == {"a/1.png": (file_id, True), "b/2.png": (file_id, False)}
    assert [row["download_status"] for row in rows.all(Artwork)] == ["done", "done"]
    for artwork_id, path in ((first, "a/1.png"), (second, "b/2.png")):
        mine = rows.do(known_places.of_artwork, artwork_id, rows.root())
        assert [place.path for place in mine] == [path]
    assert set(rows.do(files.originals, [first, second])) == {first, second}


def test_a_file_that_changed_meanwhile_is_not_shared(rows):
    first, second = rows.artworks(2, md5=MD5)
    settle(rows, first, "a/1.png")
    (old,) = rows.all(File)
    settle(rows, second, "b/2.png", shares=old["id"], sha256="cd")
    assert sorted(shown(rows).values()) == [[first], [second]]
    assert {rank for _, rank in lying(rows).values()} == {True}


def test_a_fresh_copy_for_one_leaves_the_other_its_own(rows, pair):
    first, second, file_id = pair
    settle(rows, first, "a/1.png", replace=True, sha256="cd")
    (fresh,) = [row["id"] for row in rows.all(File) if row["id"] != file_id]
    assert shown(rows) == {file_id: [second], fresh: [first]}
    assert lying(rows) == {"a/1.png": (fresh, True), "b/2.png": (file_id, True)}
    assert {row["role"] for row in rows.all(File)} == {"original"}


@pytest.mark.parametrize("sha256", ["ab", "cd"])
def test_a_lost_file_that_comes_back_for_one_comes_back_for_all_with_the_same_bytes(
    rows, pair, sha256
):
    first, second, file_id = pair
    rows.do(files.mark, [file_id], "missing")
    settle(rows, second, "b/2.png", sha256=sha256)
    (fresh,) = [row["id"] for row in rows.all(File)]
    assert fresh != file_id
    assert shown(rows) == {fresh: [first, second] if sha256 == "ab" else [second]}
    assert lying(rows)["b/2.png"] == (fresh, True)


@pytest.mark.parametrize("which", [0, 1])
def test_deleting_one_takes_its_place_and_leaves_the_other_whole(rows, pair, which):
    first, second, file_id = pair
    removed, kept = (first, second) if which == 0 else (second, first)
    gone, stays = ("a/1.png", "b/2.png") if which == 0 else ("b/2.png", "a/1.png")
    told = rows.do(removal.remove, [removed])
    assert [place.path for place in told.places] == [gone]
    (own,) = [row["id"] for row in rows.all(File) if row["id"] != file_id]
    assert shown(rows) == {file_id: [kept], own: [removed]}
    assert lying(rows) == {gone: (own, True), stays: (file_id, True)}
    assert {row["id"]: row["state"] for row in rows.all(File)} == {
        file_id: "present",
        own: "trashed",
    }
    back = rows.do(removal.restore, [removed], there=[told.places[0].place_id])
    assert (back.artworks, back.lost) == (1, [])
    assert {row["state"] for row in rows.all(File)} == {"present"}


def test_a_file_that_lies_only_with_the_deleted_one_stays_for_the_other(rows):
    first, second = rows.artworks(2, md5=MD5, download_status="done")
    file_id = rows.file(first, second, path="a/1.png")
    assert rows.do(removal.remove, [first]).places == []
    assert shown(rows) == {file_id: [first, second]}
    assert lying(rows) == {"a/1.png": (file_id, True)}
    assert len(rows.do(removal.remove, [second]).places) == 1
