"""Deleting and bringing back, with real files: nothing deleted comes back by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.faults.scene import Scene
from tests.gallery import Gallery, Picture

from artkeep.domain.query import parse_query
from artkeep.domain.rating import Rating
from artkeep.domain.target import Filters
from artkeep.errors import NotFound, RootOffline, UsageError
from artkeep.jobs import trash
from artkeep.jobs.again import start_again, start_skipped
from artkeep.jobs.check import check, repair
from artkeep.jobs.start import Options, Started
from artkeep.jobs.tidy import clear_left_overs, open_library
from artkeep.jobs.trash import Removal, Return
from artkeep.stages.examine import thumb_path
from artkeep.store.base import Store

TRASH = ".artkeep/trash/"


def opened(scene: Scene) -> closing[Store]:
    return closing(scene.open())


def row_id(scene: Scene, picture: Picture) -> int:
    query = "SELECT id FROM artworks WHERE site_id = :id"
    return int(scene.rows(query, id=str(picture.id))[0][0])


def remove(scene: Scene, *pictures: Picture) -> Removal:
    ids = [row_id(scene, one) for one in pictures]
    with opened(scene) as store:
        return trash.remove(store, open_library(store, scene.library), ids)


def restore(scene: Scene, *pictures: Picture) -> Return:
    ids = [row_id(scene, one) for one in pictures]
    with opened(scene) as store:
        return trash.restore(store, open_library(store, scene.library), ids)


def in_trash(scene: Scene) -> dict[str, bytes]:
    found = scene.on_disk()
    return {name: body for name, body in found.items() if name.startswith(TRASH)}


def require_in_order(scene: Scene) -> None:
    with opened(scene) as store:
        report = check(store, open_library(store, scene.library), hashes=True)
    assert report.problems == 0, report.to_json()


def test_a_deleted_one_goes_to_the_trash_whole_and_comes_back_whole(
    scene: Scene, site: Gallery
) -> None:
    one, other = site.add("lena", 2)
    scene.get("lena")
    before = scene.on_disk()

    done = remove(scene, one)

    assert (done.removed, done.files, done.left) == (1, 1, 0)
    picture, sidecar = sorted(in_trash(scene), key=lambda name: name.endswith(".json"))
    assert in_trash(scene)[picture] == one.body
    assert json.loads(in_trash(scene)[sidecar])["id"] == str(one.id)
    scene.require_exactly([other], apart=in_trash(scene))
    require_in_order(scene)

    back = restore(scene, one)

    assert (back.restored, back.files, back.lost) == (1, 1, [])
    assert scene.on_disk() == before
    assert scene.status(one) == "done"
    require_in_order(scene)


def test_no_later_job_asks_for_what_was_deleted(scene: Scene, site: Gallery) -> None:
    one, other = site.add("lena", 2)
    scene.get("lena")
    remove(scene, one)
    asked = len(site.asked(one))

    again = scene.get("lena")
    elsewhere = scene.get("lena", filters=Filters(ratings=frozenset({Rating.PG})))

    assert len(site.asked(one)) == asked
    assert scene.status(one) == "skipped"
    for report in (again, elsewhere):
        assert report.state == "completed"
        assert report.progress.skipped_by == {"deleted_by_me": 1}
        assert report.progress.targets[0].skipped_by == {"deleted_by_me": 1}
        assert report.progress.targets[0].stored == 1
    scene.require_exactly([other], apart=in_trash(scene))


def test_what_was_lost_from_the_disk_is_another_thing(scene: Scene, site: Gallery) -> None:
    one, other = site.add("lena", 2)
    scene.get("lena")
    scene.place(one).unlink()
    scene.place(other).unlink()
    remove(scene, other)

    scene.get("lena")

    assert (len(site.asked(one)), len(site.asked(other))) == (2, 1)
    scene.require_exactly([one], apart=[f"{_beside(scene, other)}"])


def _beside(scene: Scene, picture: Picture) -> str:
    path = scene.place(picture).with_suffix(".json")
    return path.relative_to(scene.library).as_posix()


def test_after_the_trash_was_emptied_it_is_still_not_fetched(
    scene: Scene, site: Gallery
) -> None:
    one, other = site.add("lena", 2)
    scene.get("lena", examine=True)
    thumb = thumb_path(scene.settings.data_dir / "thumbs", row_id(scene, one))
    thumb.parent.mkdir(parents=True, exist_ok=True)
    thumb.write_bytes(b"small")
    remove(scene, one)

    empty(scene, days=1)
    assert in_trash(scene), "too early"
    empty(scene, days=0)

    assert in_trash(scene) == {}
    assert not thumb.exists()
    scene.get("lena")
    assert len(site.asked(one)) == 1
    scene.require_exactly([other])
    require_in_order(scene)

    back = restore(scene, one)  # without a file, to be got again
    assert (back.restored, back.files, len(back.lost)) == (1, 0, 1)
    listed = len(site.page_requests())
    assert run(scene, lambda store: start_again(store, back.lost, Options())) == "completed"
    assert len(site.page_requests()) == listed
    scene.require_exactly([one, other])


def empty(scene: Scene, *, days: int) -> int:
    with opened(scene) as store:
        library = open_library(store, scene.library)
        return trash.empty(store, library, scene.settings.data_dir / "thumbs", days)


def run(scene: Scene, start: Callable[[Store], Started]) -> str:
    with opened(scene) as store:
        started = start(store)
    return scene.run(started.job_id).state


def get_skipped(scene: Scene, target_id: int, *reasons: str) -> str:
    return run(scene, lambda store: start_skipped(store, target_id, reasons, Options()))


def test_the_running_program_empties_the_trash(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    remove(scene, one)
    disk = scene.settings.disk.model_copy(update={"trash_days": 0})
    scene.settings = scene.settings.model_copy(update={"disk": disk})
    real, was_emptied = trash.empty, Event()

    def empty_and_tell(*words: Any) -> int:
        amount = real(*words)
        was_emptied.set()
        return amount

    monkeypatch.setattr(trash, "empty", empty_and_tell)
    with scene.running():
        assert was_emptied.wait(60)
    assert in_trash(scene) == {}
    assert scene.rows("SELECT count(*) FROM files") == [(0,)]


def test_files_that_no_row_speaks_of_leave_the_trash_when_they_are_old(
    scene: Scene, site: Gallery
) -> None:
    """What a death in the middle of emptying leaves."""
    one, other = site.add("lena", 2)
    scene.get("lena")
    remove(scene, one, other)
    scene.change("DELETE FROM files WHERE id = (SELECT min(id) FROM files)")
    stranger = scene.library / TRASH / "mine.txt"
    stranger.write_text("not ours")

    empty(scene, days=1)
    assert len(in_trash(scene)) == 5
    with opened(scene) as store:
        library = open_library(store, scene.library)
        trash._drop_strays(store, trash.Bin(library), -1)

    assert len(in_trash(scene)) == 3
    assert restore(scene, other).files + restore(scene, one).files == 1
    assert stranger.exists()


@pytest.mark.parametrize("mended_by", ["the next start", "check --repair"])
def test_a_file_whose_row_says_deleted_is_moved_later(
    scene: Scene, site: Gallery, mended_by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CR-16: whatever kept it from being moved."""
    one, other = site.add("lena", 2)
    scene.get("lena")
    with monkeypatch.context() as broken:
        broken.setattr(trash.Bin, "put_in", _denied)
        done = remove(scene, one)
    assert (done.removed, done.files, done.left) == (1, 0, 1)
    assert in_trash(scene) == {}

    with opened(scene) as store:
        library = open_library(store, scene.library)
        if mended_by == "the next start":
            clear_left_overs(store, library)
            clear_left_overs(store, library)
        else:
            report = check(store, library, hashes=False)
            assert len(report.deleted) == report.problems == 1
            assert repair(store, library, report)["moved to the trash"] == 1

    scene.require_exactly([other], apart=in_trash(scene))
    assert restore(scene, one).files == 1
    scene.require_exactly([one, other])


def _denied(*args: object) -> bool:
    raise PermissionError(13, "in use")


def test_a_name_that_something_else_has_taken_is_not_written_over(
    scene: Scene, site: Gallery
) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    place = scene.place(one)
    remove(scene, one)
    place.write_bytes(b"somebody's own")

    back = restore(scene, one)

    assert (back.restored, back.stuck) == (0, 1)
    assert place.read_bytes() == b"somebody's own"
    assert one.body in in_trash(scene).values()
    place.unlink()
    assert restore(scene, one).restored == 1
    assert place.read_bytes() == one.body


def test_a_link_is_left_alone(scene: Scene, site: Gallery, tmp_path: Path) -> None:
    """SE-18"""
    (one,) = site.add("lena")
    scene.get("lena")
    outside = tmp_path / "outside.png"
    scene.place(one).rename(outside)
    scene.place(one).symlink_to(outside)
    remove(scene, one)
    assert outside.read_bytes() == one.body
    assert scene.place(one).is_symlink()


def test_a_library_that_is_away_keeps_everything(scene: Scene, site: Gallery) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    marker = scene.library / ".artkeep" / "root.json"
    with opened(scene) as store:
        library = open_library(store, scene.library)
        marker.rename(marker.with_name("away"))
        with pytest.raises(RootOffline):
            trash.remove(store, library, [row_id(scene, one)])
    assert scene.status(one) == "done"


def test_files_of_an_earlier_library_go_to_the_trash_of_that_one(
    scene: Scene, site: Gallery, tmp_path: Path
) -> None:
    (one,) = site.add("lena")
    scene.get("lena")
    place = scene.place(one)
    with opened(scene) as store:
        moved = open_library(store, tmp_path / "another")
        assert trash.remove(store, moved, [row_id(scene, one)]).files == 1
        assert len(in_trash(scene)) == 2
        assert trash.restore(store, moved, [row_id(scene, one)]).files == 1
    assert place.read_bytes() == one.body


def test_a_query_says_which(scene: Scene, site: Gallery) -> None:
    lena, mio = site.add("lena", 3), site.add("mio", 2)
    scene.get("lena", "mio")
    with opened(scene) as store:
        library = open_library(store, scene.library)
        which = trash.matching(store, parse_query("author:lena"))
        assert trash.remove(store, library, which).removed == len(lena)
        assert trash.restore(store, library, trash.matching(store, parse_query("id:1000")))
    scene.require_exactly([lena[0], *mio], apart=in_trash(scene))


# --- what was left out, after all


def test_what_was_left_out_is_had_later_without_a_listing(scene: Scene, site: Gallery) -> None:
    small = site.add("lena", 3, changes={"width": 64, "height": 64})
    tagged = site.add("lena", 2, tags=("dog",), changes={"width": 900, "height": 900})
    plain = site.add("lena", 2, changes={"width": 900, "height": 900})
    filters = Filters.from_json({"min_size": "512", "without_tags": ["dog"]})
    first = scene.get("lena", filters=filters)
    assert first.progress.skipped_by == {"filtered_size": 3, "filtered_tags": 2}
    (target,) = first.progress.targets
    requests = len(site.server.requests) - len(site.media_requests())

    assert get_skipped(scene, target.id, "filtered_tags") == "completed"
    scene.require_exactly([*tagged, *plain])
    assert get_skipped(scene, target.id) == "completed"

    scene.require_exactly([*small, *tagged, *plain])
    assert len(site.server.requests) - len(site.media_requests()) == requests
    with pytest.raises(UsageError, match="Nothing was left out"):
        get_skipped(scene, target.id)

    # The next walk does not leave them out again.
    again = scene.get("lena", filters=filters)
    assert (again.state, again.progress.skipped_by) == ("completed", {})
    assert again.progress.targets[0].stored == 7


def test_an_unknown_target_is_said(scene: Scene) -> None:
    with pytest.raises(NotFound):
        get_skipped(scene, 99)


def test_thousands_go_in_batches_and_a_death_between_them_loses_none(
    scene: Scene, site: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = site.add("lena", 7, tags=("dog",))
    filters = Filters(without_tags=frozenset({"dog"}))
    (target,) = scene.get("lena", filters=filters).progress.targets
    monkeypatch.setattr("artkeep.jobs.again._AT_ONCE", 2)
    with monkeypatch.context() as dying, opened(scene) as store:
        calls = iter(range(3))
        real = store.transact

        def transact(change: object, **how: object) -> object:
            next(calls)  # StopIteration is the death
            return real(change, **how)  # type: ignore[arg-type]

        dying.setattr(store, "transact", transact)
        with pytest.raises(StopIteration):
            start_skipped(store, target.id, [], Options())
    with opened(scene) as store:
        started = start_skipped(store, target.id, [], Options())
    assert not started.is_new, "it goes on with the same job"
    assert scene.run(started.job_id).state == "completed"
    scene.require_exactly(pictures)


def test_an_artwork_that_was_listed_without_an_address_is_asked_for(
    scene: Scene, site: Gallery
) -> None:
    (one,) = site.add("lena", tags=("dog",))
    site.pages(site.page([{**one.row(), "url": None}]))
    filters = Filters(without_tags=frozenset({"dog"}))
    (target,) = scene.get("lena", filters=filters).progress.targets
    site.pages(site.listing)
    assert get_skipped(scene, target.id) == "completed"
    scene.require_exactly([one])
